"""Speaking to the database as each of its roles, and standing still in time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import psycopg
import pytest
import time_machine
from django.db import connection

from tests import cluster
from tests.cast import MONDAY

Refused = Callable[..., dict[str, str]]


@pytest.fixture
def refusals_of(request: pytest.FixtureRequest) -> Iterator[Refused]:
    """What the application, the owner and a superuser get for one statement on committed rows: the rule's name or the
    error's. A test that uses it needs `django_db(transaction=True)`."""
    databases = request.config.stash[cluster.DATABASES]
    name = connection.settings_dict["NAME"]
    urls = {
        "application": databases.environment(name)["DATABASE_URL"],
        "owner": databases.environment(name)["DATABASE_OWNER_URL"],
        "superuser": urlsplit(databases.superuser_url)._replace(path=f"/{name}").geturl(),
    }
    with ExitStack() as open_connections:
        everyone = {who: open_connections.enter_context(psycopg.connect(url)) for who, url in urls.items()}

        def ask(statement: str, *values: object) -> dict[str, str]:
            return {who: _answer(session, statement, values) for who, session in everyone.items()}

        yield ask


def _answer(session: psycopg.Connection, statement: str, values: tuple[object, ...]) -> str:
    try:
        session.execute(statement.encode(), values)
        session.execute(b"SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.errors.InsufficientPrivilege:
        return "no right"
    except psycopg.IntegrityError as error:
        return error.diag.constraint_name or type(error).__name__
    finally:
        session.rollback()
    return "done"


@pytest.fixture
def monday() -> Iterator[time_machine.Traveller]:
    """The edges read the clock of the first Monday in March 2026; a test may move it on."""
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock
