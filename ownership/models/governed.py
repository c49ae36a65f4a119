"""The two abstract models of whatever somebody answers for."""

import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, ClassVar

from django.db import connection, models
from django.db.models import F

from ownership.refusals import Stale
from ownership.refusals import gettext_noop as _


def copy_in(rows: Sequence[models.Model]) -> None:
    """Store many new rows of one table by COPY; those without an id get one. An INSERT of as many would spend most of
    its time on the quotes in their JSON."""
    if not rows:
        return
    table = rows[0]._meta.db_table
    columns = [field for field in rows[0]._meta.concrete_fields if not field.generated]
    names = [field.attname for field in columns]
    values_of, is_json = attrgetter(*names), [isinstance(field, models.JSONField) for field in columns]
    with connection.cursor() as cursor:
        new = [row for row in rows if row.pk is None]
        next_id = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        cursor.execute(next_id, [table, len(new)])
        for row, (pk,) in zip(new, cursor.fetchall(), strict=True):
            row.pk = pk
        into = f"COPY {table} ({', '.join(names)}) FROM STDIN"
        with connection.wrap_database_errors, cursor.copy(into) as copy:  # which Django does for execute alone
            for row in rows:
                values = zip(values_of(row), is_json, strict=True)
                copy.write_row([_json(v) if as_json and v is not None else v for v, as_json in values])
    for row in rows:
        row._state.adding = False


def _json(value: Any) -> str:
    """Raises ValueError at what is no number, which a quicker encoder would store as nothing."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class Governed(models.Model):
    """A row that people change knowingly: each change names the version it saw."""

    prefix: ClassVar[str] = ""  # INI in INI-14

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    @property
    def ref(self) -> str:
        """The id as people read it: INI-14."""
        return f"{self.prefix}-{self.pk}"

    @property
    def stream(self) -> str:
        """The ledger stream that tells this row's story: whoever sees the unit reads who did what there."""
        return "organisation" if self.stream_unit_id is None else f"unit:{self.stream_unit_id}"

    @property
    def stream_unit_id(self) -> int | None:
        """The unit whose people may read that stream; None: leads, admins and auditors."""
        return None

    def change(self, *, expected_version: int, **fields: Any) -> None:
        """Write the fields unless somebody wrote since `expected_version`. The only compare-and-set there is."""
        row = type(self)._base_manager.filter(pk=self.pk, version=expected_version)
        if not row.update(version=F("version") + 1, **fields):
            raise Stale(
                _("%(ref)s is no longer at version %(version)s. Open it again; what you typed is kept."),
                ref=self.ref,
                version=expected_version,
            )
        self.refresh_from_db(fields=["version", *fields])


class AppendOnly(models.Model):
    """Rows that are written once. The application role has no right to change them (see the grant command)."""

    prefix: ClassVar[str] = ""

    class Meta:
        abstract = True

    @property
    def ref(self) -> str:
        """The id as people read it: C-31."""
        return f"{self.prefix}-{self.pk}"
