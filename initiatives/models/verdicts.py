"""What the judge said, week by week, and the due row that asks it."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from initiatives.models.initiative import Initiative
from initiatives.models.targets import Target
from ownership.models import AppendOnly, Due, DueQuerySet, User

STATUSES = [
    "reached",
    "on-track",
    "behind",
    "unlikely",
    "stalled",
    "regressing",
    "missed",
    "insufficient-data",
    "data-stale",
]


class VerdictQuerySet(models.QuerySet["Verdict"]):
    """Questions about verdicts."""

    def visible_to(self, user: User) -> VerdictQuerySet:
        return self.filter(target__initiative__in=Initiative.objects.visible_to(user))


class Verdict(AppendOnly):
    """The judgement of one target in one week on what was then known. Late data makes a new revision."""

    prefix: ClassVar[str] = "V"

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="verdicts")
    week = models.PositiveSmallIntegerField()  # closed pilot weeks
    revision = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=20)
    effect = models.FloatField(null=True)  # change of the KPI itself, a share of its baseline: -0.1 is 10 % less
    low = models.FloatField(null=True)  # ends of its 80 % interval
    high = models.FloatField(null=True)
    units = models.FloatField(null=True)  # incremental units to date
    units_sd = models.FloatField(null=True)
    badges = models.JSONField(default=list)
    words = models.JSONField(default=dict)  # sentence code and parameters
    money = models.JSONField(default=dict)  # of the whole initiative, beside its main KPI (initiatives/outlook.py)
    inputs = models.JSONField(default=dict)
    inputs_sha256 = models.CharField(max_length=64)
    code_version = models.PositiveSmallIntegerField()
    judged_at = models.DateTimeField()

    objects = VerdictQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("target", "week", "revision", name="verdict_revision_is_taken_once"),
            models.CheckConstraint(name="verdict_status_is_known", condition=Q(status__in=STATUSES)),
            models.CheckConstraint(
                name="verdict_interval_is_ordered",
                condition=Q(effect=None, low=None, high=None)
                | Q(low__lte=models.F("effect"), high__gte=models.F("effect")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} week {self.week}: {self.status}"


class Watch(Due):
    """When to judge an initiative next: one row per initiative that lives."""

    queue: ClassVar[str] = "judge"
    lease: ClassVar[timedelta] = timedelta(minutes=5)
    failure_limit: ClassVar[int] = 8
    claim_size: ClassVar[int] = 500

    initiative = models.OneToOneField(Initiative, on_delete=models.PROTECT, related_name="watch")
    judged_at = models.DateTimeField(null=True, editable=False)

    objects = DueQuerySet["Watch"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="watch_due")]

    def __str__(self) -> str:
        return f"Watch on {self.initiative}"
