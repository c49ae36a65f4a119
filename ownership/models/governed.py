"""The two abstract models of whatever somebody answers for."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F

from ownership.refusals import Stale
from ownership.refusals import gettext_noop as _


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
