"""Windows of days that sources are asked for, each a due row."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Now

from metrics.models.sources import Source
from metrics.sources.connector import LONGEST_DAYS
from ownership.models import Due, DueQuerySet, User


class PullQuerySet(DueQuerySet["Pull"]):
    """Questions about pulls."""

    def newest(self) -> PullQuerySet:
        """The latest windows first, with what came of them."""
        return self.select_related("batch").order_by("-ends_on", "-pk")

    def planned_until(self) -> dict[int, date]:
        """The end of the newest window of each source that has one."""
        current = self.filter(is_backfill=False).order_by("source")
        return dict(current.values_list("source").annotate(Max("ends_on")))

    def extend(self, source: Source, *, until: date, at: datetime) -> int:
        """Ask for the newer days too where the window before them is still open and nobody works on it."""
        is_free = Q(leased_until=None) | Q(leased_until__lt=Now())
        oldest = until - timedelta(days=LONGEST_DAYS)
        still_open = self.filter(
            is_free, source=source, is_backfill=False, settled_at=None, ends_on__lt=until, starts_on__gte=oldest
        )
        last = still_open.order_by("-ends_on", "-pk").values("pk")[:1]
        return self.filter(is_free, pk__in=last).update(
            ends_on=until, due_at=at, failures=0, attempts=0, dead_at=None, lease_token=None, leased_until=None
        )

    def hold(self, source: Source, *, until: datetime) -> int:
        """A busy source is not asked by its other windows either."""
        return self.filter(source=source, due_at__lt=until, leased_until=None).update(due_at=until)

    def next_due(self) -> datetime | None:
        """When the next of them is asked."""
        found: datetime | None = self.aggregate(next=Min("due_at"))["next"]
        return found

    def ask_again(self, *, at: datetime) -> int:
        """Whatever was never answered is due now, given up or not."""
        return self.filter(settled_at=None).update(due_at=at, failures=0, attempts=0, dead_at=None, last_error="")

    def backfill(self) -> dict[str, int]:
        """How far the history is: windows in all, answered, given up."""
        return self.filter(is_backfill=True).aggregate(
            windows=Count("pk"),
            answered=Count("pk", filter=Q(settled_at__isnull=False)),
            given_up=Count("pk", filter=Q(dead_at__isnull=False)),
        )

    def visible_to(self, user: User) -> PullQuerySet:
        return self.filter(source__in=Source.objects.visible_to(user))


class Pull(Due):
    """Ask a source for the days of one half-open window, starts_on ≤ day < ends_on."""

    queue: ClassVar[str] = "pull"
    lease: ClassVar[timedelta] = timedelta(minutes=2)
    failure_limit: ClassVar[int] = 8
    order: ClassVar[str] = "is_backfill, due_at, id"  # history comes after all that is new

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="pulls")
    starts_on = models.DateField()
    ends_on = models.DateField()
    is_backfill = models.BooleanField(default=False)
    batch = models.OneToOneField("metrics.Batch", on_delete=models.PROTECT, null=True, blank=True, related_name="pull")
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = PullQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("source", "starts_on", "ends_on", name="pull_window_is_asked_once"),
            models.CheckConstraint(name="pull_window_is_not_empty", condition=Q(ends_on__gt=F("starts_on"))),
        ]
        indexes = [models.Index(fields=["is_backfill", "due_at"], condition=Q(due_at__isnull=False), name="pull_due")]

    def __str__(self) -> str:
        return f"{self.source} {self.starts_on}–{self.ends_on}"

    @property
    def last_day(self) -> date:
        return self.ends_on - timedelta(days=1)
