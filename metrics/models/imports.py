"""Files that people bring."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from metrics.models.sources import Source
from metrics.tabular import Mapping, Proposal
from ownership.models import Governed, User


class ImportQuerySet(models.QuerySet["Import"]):
    """Questions about imports."""

    def visible_to(self, user: User) -> ImportQuerySet:
        return self.filter(source__in=Source.objects.visible_to(user))

    def for_list(self) -> ImportQuerySet:
        """All that a line of the list shows, newest first. The files themselves stay where they are."""
        return self.select_related("source", "batch", "uploaded_by").defer("file").order_by("-pk")

    def stored_like(self, row: Import) -> ImportQuerySet:
        """The one import, if any, that stored the same file under the same mapping."""
        same = self.filter(source=row.source, file_sha256=row.file_sha256, mapping_sha256=row.mapping_sha256)
        return same.filter(state="stored").order_by("pk")

    def remembered(self, source: Source, found: Proposal) -> Mapping | None:
        """The mapping of the newest stored file of this source, if the new file has all its columns. How the file is
        written is for itself to show: the same table may come as a workbook the next time."""
        last = self.filter(source=source, state="stored").defer("file").order_by("-pk").first()
        mapping = Mapping.of(last.mapping) if last else None
        if mapping is None or not mapping.columns() <= set(found.headings):
            return None
        shown = found.mapping
        return replace(
            mapping,
            encoding=shown.encoding,
            delimiter=shown.delimiter,
            decimal=shown.decimal or mapping.decimal,
            order=shown.order or mapping.order,
            on="",  # yesterday's day is not today's
        )


class Import(Governed):
    """One file: uploaded, read with a mapping, shown as a dry run, then stored whole or not at all."""

    prefix: ClassVar[str] = "IMP"
    kept: ClassVar[timedelta] = timedelta(days=30)  # the file itself; its rows stay

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="imports")
    file_name = models.CharField(max_length=200)
    file = models.BinaryField()
    file_sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    mapping_sha256 = models.CharField(max_length=64, blank=True)
    dry_run = models.JSONField(default=dict)  # counts, errors, revisions of the last reading
    state = models.CharField(max_length=8, default="uploaded")
    batch = models.OneToOneField(
        "metrics.Batch", on_delete=models.PROTECT, null=True, blank=True, related_name="imported"
    )
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    objects = ImportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="import_state_is_known", condition=Q(state__in=["uploaded", "read", "stored"])),
            models.CheckConstraint(
                name="import_is_stored_with_its_batch",
                condition=Q(state="stored", batch__isnull=False) | (~Q(state="stored") & Q(batch=None)),
            ),
            models.UniqueConstraint(
                "source",
                "file_sha256",
                "mapping_sha256",
                condition=Q(state="stored"),
                name="import_of_a_file_and_mapping_is_stored_once",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def stream(self) -> str:
        return self.source.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.source.unit_id
