"""When the clock looks at an initiative again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from initiatives.models import Initiative
from ownership.models import Due, DueQuerySet

EVERY = timedelta(hours=1)  # a review that harm calls for begins within the hour


class TimerQuerySet(DueQuerySet["Timer"]):
    """Questions about timers."""

    def start(self, initiative: Initiative, *, at: datetime) -> None:
        self.update_or_create(initiative=initiative, defaults={"due_at": at + EVERY})


class Timer(Due):
    """One row per initiative that was ever submitted: time-boxes end, seats stay empty, years pass."""

    queue: ClassVar[str] = "judge"
    claim_size: ClassVar[int] = 100

    initiative = models.OneToOneField(Initiative, on_delete=models.PROTECT, related_name="timer")

    objects = TimerQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="timer_due")]

    def __str__(self) -> str:
        return f"Timer of {self.initiative}"
