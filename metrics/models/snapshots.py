"""Measured values: the narrow table of what holds now, and every value it replaced."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar, NamedTuple

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import NullIf
from django.utils.translation import gettext_lazy as _

from metrics.models.kpi import Kpi
from metrics.models.sources import Source
from metrics.periods import Observation
from ownership.models import AppendOnly, User

QUALITY = [
    (1, _("final")),
    (2, _("provisional")),
    (3, _("sampled")),
    (4, _("thresholded")),
    (5, _("partial")),
    (6, _("withdrawn")),
]


class BatchQuerySet(models.QuerySet["Batch"]):
    """Questions about batches."""

    def with_origin(self) -> BatchQuerySet:
        """With all that says where their values come from."""
        return self.select_related("source", "by", "pull", "imported").defer("imported__file")


class Batch(AppendOnly):
    """How values arrived: the provenance of every one of them."""

    prefix: ClassVar[str] = "B"

    kind = models.CharField(max_length=6, choices=[("manual", ""), ("import", ""), ("push", ""), ("pull", "")])
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="batches")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    inserted = models.PositiveIntegerField(default=0)
    revised = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)

    objects = BatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="batch_kind_is_known", condition=Q(kind__in=["manual", "import", "push", "pull"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def counts(self) -> dict[str, int]:
        """What an event says of it."""
        return {"batch": self.pk, "inserted": self.inserted, "revised": self.revised, "unchanged": self.unchanged}


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    """Questions about values."""

    def visible_to(self, user: User) -> SnapshotQuerySet:
        """Values of visible KPIs."""
        return self.filter(kpi__in=Kpi.objects.visible_to(user))

    def of_record(self) -> SnapshotQuerySet:
        """Only the source of record enters judgement, and nothing that was taken back."""
        return self.filter(kpi__source_of_record=F("source")).exclude(quality=6)

    def corrected(self, kpi: Kpi, *, limit: int) -> list[tuple[Snapshot, SnapshotRevision | None]]:
        """The values of record that replaced another, the newest first, each with the one it replaced."""
        if kpi.source_of_record_id is None:
            return []
        rows = self.filter(kpi=kpi, source=kpi.source_of_record_id, revision__gt=1).select_related("batch__by")
        newest = list(rows.order_by("-recorded_at", "-period_start")[:limit])
        days = [row.period_start for row in newest]
        old = SnapshotRevision.objects.filter(kpi_id=kpi.pk, source_id=kpi.source_of_record_id, period_start__in=days)
        replaced = {(row.period_start, row.revision): row for row in old}
        return [(row, replaced.get((row.period_start, row.revision - 1))) for row in newest]

    def newest(self, kpi: Kpi, *, before: date | None, limit: int) -> list[Snapshot]:
        """Of the source of record, the newest (before a day) first; what was taken back too."""
        rows = self.filter(kpi=kpi, source=kpi.source_of_record_id).order_by("-period_start")
        return list((rows.filter(period_start__lt=before) if before else rows)[:limit])

    def origins(self, kpi: Kpi, day: date) -> list[Origin]:
        """Every value that a period ever had: of the source of record first, then of the others, the newest first."""
        period = {"kpi_id": kpi.pk, "period_start": day}
        held = [*self.filter(**period), *SnapshotRevision.objects.filter(**period)]
        batches = Batch.objects.with_origin().in_bulk({row.batch_id for row in held})
        held.sort(key=lambda row: (row.source_id != kpi.source_of_record_id, row.source_id, -row.revision))
        return [Origin(row, batches[row.batch_id]) for row in held]

    def between(self, kpi: Kpi, starts_on: date, ends_on: date) -> list[Observation]:
        """The KPI's values of a half-open window, oldest first, for the judges."""
        rows = self.filter(kpi=kpi, period_start__gte=starts_on, period_start__lt=ends_on).order_by("period_start")
        return [Observation(*row) for row in rows.values_list("period_start", "num", "den")]

    def for_grid(self, kpis: Iterable[Kpi], *, since: date, until: date) -> SnapshotQuerySet:
        """Of these KPIs, since ≤ day < until, in order, with who brought them."""
        found = self.filter(kpi__in=[kpi.pk for kpi in kpis], period_start__gte=since, period_start__lt=until)
        return found.select_related("batch__by").order_by("kpi_id", "period_start")


class Snapshot(models.Model):
    """One KPI, one source, one period: `num` (`den` too, for ratios) are sums over it. No observations: value null."""

    pk = models.CompositePrimaryKey("kpi_id", "source_id", "period_start")
    kpi = models.ForeignKey(
        Kpi, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="snapshots"
    )
    source = models.ForeignKey(
        Source, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    period_start = models.DateField()
    batch = models.ForeignKey(Batch, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    recorded_at = models.DateTimeField()
    revision = models.IntegerField(default=1)
    quality = models.SmallIntegerField(choices=QUALITY, default=1)
    num = models.FloatField()
    den = models.FloatField(null=True)
    value = models.GeneratedField(
        expression=Case(When(den=None, then=F("num")), default=F("num") / NullIf("den", Value(0.0))),
        output_field=models.FloatField(null=True),
        db_persist=True,
    )

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="snapshot_num_is_finite", condition=Q(num__gte=-1e15, num__lte=1e15)),
            models.CheckConstraint(
                name="snapshot_den_is_zero_or_sensible",
                condition=Q(den=None) | Q(den=0.0) | Q(den__gte=1e-9, den__lte=1e15),
            ),
            models.CheckConstraint(name="snapshot_quality_is_known", condition=Q(quality__gte=1, quality__lte=6)),
        ]
        indexes = [models.Index(fields=["recorded_at"], name="snapshot_recorded_at")]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.period_start}"


class SnapshotRevision(AppendOnly):
    """A value that was replaced, with the batch that had brought it. Written by a trigger."""

    kpi_id = models.BigIntegerField()
    source_id = models.BigIntegerField()
    period_start = models.DateField()
    batch_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    revision = models.IntegerField()
    quality = models.SmallIntegerField()
    num = models.FloatField()
    den = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "kpi_id", "source_id", "period_start", "revision", name="snapshot_revision_is_kept_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.period_start} r{self.revision}"

    @property
    def value(self) -> float | None:
        if self.den is None:
            return self.num
        return self.num / self.den if self.den else None


class Origin(NamedTuple):
    """A value as it was or is held, and the batch that brought it."""

    held: Snapshot | SnapshotRevision
    batch: Batch

    @property
    def is_current(self) -> bool:
        return isinstance(self.held, Snapshot)

    @property
    def quality(self) -> str:
        return str(dict(QUALITY)[self.held.quality])
