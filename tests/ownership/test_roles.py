"""What the database roles may do: the grants in the code are those in the catalogue, and they hold."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import ProgrammingError, connection

from ownership import roles
from ownership.models import AppendOnly

CATALOGUE = """
    SELECT table_name, string_agg(privilege_type, ',' ORDER BY privilege_type)
    FROM information_schema.role_table_grants WHERE grantee = %s AND table_schema = 'public' GROUP BY table_name"""


def granted(role: str) -> dict[str, set[str]]:
    with connection.cursor() as cursor:
        cursor.execute(CATALOGUE, [role])
        return {table: set(rights.split(",")) for table, rights in cursor.fetchall()}


@pytest.mark.django_db
def test_the_catalogue_says_what_the_code_says() -> None:
    models = apps.get_models(include_auto_created=True)
    expected = {
        model._meta.db_table: {"SELECT", "INSERT"}
        if issubclass(model, AppendOnly)
        else {"SELECT", "INSERT", "UPDATE", "DELETE"}
        for model in models
    }

    assert granted(roles.APPLICATION) == expected | {"django_migrations": {"SELECT"}}


@pytest.mark.django_db
def test_tests_run_as_the_application_which_owns_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT current_user, rolsuper, rolcreatedb, rolcreaterole, pg_has_role(current_user, %s, 'MEMBER'),
                      (SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid)
               FROM pg_roles WHERE rolname = current_user""",
            [roles.OWNER],
        )

        assert cursor.fetchone() == (roles.APPLICATION, False, False, False, False, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act",
    [
        "CREATE TABLE mine (id int)",
        "ALTER TABLE ownership_user ADD COLUMN mine int",
        "DROP TABLE ownership_event",
        "TRUNCATE ownership_user",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())",
    ],
)
def test_the_application_cannot_change_the_schema(act: str) -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        cursor.execute(act)


def test_a_dba_gets_the_same_as_text() -> None:
    printed = StringIO()

    call_command("roles_sql", database="elsewhere", stdout=printed)

    assert "CREATE ROLE mandate_bi_ro LOGIN" in printed.getvalue()
    assert 'CREATE DATABASE "elsewhere" OWNER mandate_owner' in printed.getvalue()
    assert 'GRANT SELECT, INSERT ON "ownership_event" TO mandate_app;' in printed.getvalue()
