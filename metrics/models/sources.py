"""Where figures come from, what is asked there, and when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from metrics.catalogue import Grain
from metrics.health import health
from metrics.models.kpi import Kpi
from metrics.periods import period_end
from metrics.sources import CONNECTORS, AuthFailed, BadConfig, Rhythm, Trouble
from ownership.models import Due, DueQuerySet, Governed, Unit, User

HEALTH = [
    ("new", _("New")),
    ("up", _("Working")),
    ("grace", _("Late")),
    ("down", _("Not working")),
    ("paused", _("Paused")),
]

STANDING = {"manual": "By hand", "import": "Files", "push": "Sent by tools"}


class SourceQuerySet(models.QuerySet["Source"]):
    """Questions about sources."""

    def visible_to(self, user: User) -> SourceQuerySet:
        return self.filter(unit__in=Unit.objects.visible_to(user))

    def for_list(self) -> SourceQuerySet:
        """All that a line of the data page says, in one query: `newest` period and `next_pull` besides the source."""
        fed = Kpi.objects.filter(source_of_record=OuterRef("pk"), snapshots__source=OuterRef("pk"))
        newest = fed.order_by("-snapshots__period_start").values("snapshots__period_start")[:1]
        rows = self.select_related("unit").annotate(newest=Subquery(newest), next_pull=Min("pulls__due_at"))
        return rows.order_by("name", "pk")

    def silent(self, *, on: date) -> set[int]:
        """Ids of those that people or tools bring, and whose next value of a KPI should have been there by then."""
        fed = Kpi.objects.filter(source_of_record__in=self.exclude(kind__in=CONNECTORS))
        given = Kpi.objects.filter(pk=OuterRef("pk"), snapshots__source=OuterRef("source_of_record"))
        newest = given.order_by("-snapshots__period_start").values("snapshots__period_start")[:1]
        rows: QuerySet[Any] = fed.annotate(newest=Subquery(newest)).exclude(newest=None)  # annotated with a date
        return {kpi.source_of_record_id for kpi in rows if on > kpi.expected_by(kpi.newest)}

    def asked(self) -> SourceQuerySet:
        """Those that are asked by themselves, and not paused."""
        return self.filter(kind__in=CONNECTORS, paused_at=None)

    def standing(self, kind: str, unit: Unit) -> Source:
        """The unit's own source of figures that people or tools bring: made when it is first needed."""
        return self.get_or_create(unit=unit, kind=kind, name=STANDING[kind])[0]


class Source(Governed):
    """One place that gives figures: a person, a file, or an address that is asked."""

    prefix: ClassVar[str] = "SRC"

    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=[
            ("manual", _("By hand")),
            ("import", _("Files")),
            ("push", _("Sent by a tool")),
            ("http", _("CSV or JSON over HTTP")),
        ],
    )
    name = models.CharField(_("name"), max_length=120)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="sources")
    config = models.JSONField(default=dict, blank=True)
    secret_ref = models.CharField(_("secret reference"), max_length=120, blank=True)  # env:NAME, never the secret
    health = models.CharField(max_length=6, choices=HEALTH, default="new", editable=False)
    health_note = models.TextField(blank=True, editable=False)
    last_success_at = models.DateTimeField(null=True, blank=True, editable=False)
    watermark = models.DateField(null=True, blank=True, editable=False)  # the last day that is wholly final
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="source_kind_is_known", condition=Q(kind__in=["manual", "import", "push", "http"])
            ),
            models.CheckConstraint(
                name="source_health_is_known", condition=Q(health__in=[key for key, _label in HEALTH])
            ),
            models.CheckConstraint(
                name="source_is_paused_or_not",
                condition=Q(health="paused", paused_at__isnull=False) | (~Q(health="paused") & Q(paused_at=None)),
            ),
            models.UniqueConstraint("unit", "name", name="source_name_is_unique_in_its_unit"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rhythm(self) -> Rhythm:
        return CONNECTORS[self.kind].rhythm(self.config)

    def windows(self, *, today: date, longest: int) -> list[tuple[date, date]]:
        """What should have been asked by now, as half-open windows of at most `longest` days, newest first."""
        return self.rhythm.windows(watermark=self.watermark, today=today, longest=longest)

    def known_until(self) -> date | None:
        """First day after the newest value of the KPI that is furthest behind; None while one has no value at all."""
        newest = Max("kpi__snapshots__period_start", filter=Q(kpi__snapshots__source=self))
        rows = self.series.values_list("kpi__grain").annotate(newest=newest)
        ends = [period_end(day, Grain(grain)) if day else None for grain, day in rows]
        return None if None in ends else min((end for end in ends if end), default=None)

    def judge(self, trouble: Trouble | None, *, failures: int, today: date) -> str:
        """Its health after a pull, on record. Returns what it was if that changed, else nothing."""
        before = self.health
        grace = self.series.aggregate(shortest=Min("kpi__grace_days"))["shortest"] or 0
        self.health = health(
            is_paused=self.paused_at is not None,
            is_refused=isinstance(trouble, AuthFailed | BadConfig),
            failures=failures,
            known_until=self.known_until(),
            expected_until=today - timedelta(days=self.rhythm.lag_days),
            grace_days=grace,
        )
        self.health_note = str(trouble or "")
        Source.objects.filter(pk=self.pk, paused_at=None).update(health=self.health, health_note=self.health_note)
        return before if before != self.health else ""

    def advance(self, *, until: date, at: datetime) -> None:
        """A window up to `until` was answered. The last days may still change, so the watermark stays before them."""
        final = until - timedelta(days=self.rhythm.overlap_days)
        self.watermark, self.last_success_at = max(self.watermark or final, final), at
        Source.objects.filter(pk=self.pk).update(
            watermark=Greatest(Coalesce("watermark", final), final), last_success_at=at
        )

    @property
    def stream_unit_id(self) -> int | None:
        return self.unit_id


class Series(models.Model):
    """The question that a source answers for one KPI."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="series")
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="series")
    query = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint("source", "kpi", name="series_is_asked_once_per_source_and_kpi")]

    def __str__(self) -> str:
        return f"{self.source}: {self.kpi}"


class PullQuerySet(DueQuerySet["Pull"]):
    """Questions about pulls."""

    def newest(self) -> PullQuerySet:
        """The latest windows first, with what came of them."""
        return self.select_related("batch").order_by("-ends_on", "-pk")

    def planned_until(self) -> dict[int, date]:
        """The end of the newest window of each source that has one."""
        return dict(self.order_by("source").values_list("source").annotate(Max("ends_on")))

    def ask_again(self, *, at: datetime) -> int:
        """Whatever was never answered is due now, given up or not."""
        return self.filter(settled_at=None).update(due_at=at, failures=0, attempts=0, dead_at=None, last_error="")

    def visible_to(self, user: User) -> PullQuerySet:
        return self.filter(source__in=Source.objects.visible_to(user))


class Pull(Due):
    """Ask a source for the days of one half-open window, starts_on ≤ day < ends_on."""

    queue: ClassVar[str] = "pull"
    lease: ClassVar[timedelta] = timedelta(minutes=2)
    failure_limit: ClassVar[int] = 8

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="pulls")
    starts_on = models.DateField()
    ends_on = models.DateField()
    batch = models.OneToOneField("metrics.Batch", on_delete=models.PROTECT, null=True, blank=True, related_name="pull")
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = PullQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("source", "starts_on", "ends_on", name="pull_window_is_asked_once"),
            models.CheckConstraint(name="pull_window_is_not_empty", condition=Q(ends_on__gt=models.F("starts_on"))),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="pull_due")]

    def __str__(self) -> str:
        return f"{self.source} {self.starts_on}–{self.ends_on}"

    @property
    def last_day(self) -> date:
        return self.ends_on - timedelta(days=1)
