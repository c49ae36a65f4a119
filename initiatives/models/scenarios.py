"""What an initiative may bring, and what that rests on."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final

from django.db import models
from django.db.models import Q

from initiatives.models.initiative import MONEY_LIMIT, Initiative, PartQuerySet
from initiatives.scenarios import Future, Prospect, Standing, prospect
from metrics.models import Kpi
from ownership.models import AppendOnly, Governed, Seat, User

SIDES: Final = ["floor", "ceiling"]


class ScenarioSet(Governed):
    """At least three futures whose chances add up to one. A change makes the next one; the old stay."""

    prefix: ClassVar[str] = "SC"

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="scenario_sets")
    number = models.PositiveIntegerField()
    reason = models.TextField(blank=True)
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    objects = PartQuerySet["ScenarioSet"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("initiative", "number", name="scenario_set_number_is_taken_once"),
            models.UniqueConstraint(
                "initiative", condition=Q(superseded_at=None), name="scenario_set_is_one_per_initiative"
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def stream(self) -> str:
        return self.initiative.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id

    @property
    def prospect(self) -> Prospect:
        return prospect([one.future for one in self.scenarios.all()])


class Scenario(AppendOnly):
    """One of them: money over the initiative's horizon, in its currency."""

    of = models.ForeignKey(ScenarioSet, on_delete=models.PROTECT, related_name="scenarios")
    name = models.CharField(max_length=80)
    probability = models.FloatField()
    benefit = models.DecimalField(max_digits=14, decimal_places=2)
    cost = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint("of", "name", name="scenario_has_a_name_of_its_own"),
            models.CheckConstraint(
                name="scenario_probability_is_a_share", condition=Q(probability__gt=0, probability__lte=1)
            ),
            models.CheckConstraint(
                name="scenario_money_is_an_amount",
                condition=Q(benefit__gte=0, benefit__lt=MONEY_LIMIT, cost__gte=0, cost__lt=MONEY_LIMIT),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def future(self) -> Future:
        return Future(self.probability, float(self.benefit), float(self.cost))


class AssumptionQuerySet(PartQuerySet["Assumption"]):
    """Questions about assumptions."""

    def standing(self) -> AssumptionQuerySet:
        """Those that somebody still relies on."""
        return self.filter(withdrawn_at=None)


class Assumption(Governed):
    """What the scenarios rest on, who watches it, and until when. A KPI tells (one that the initiative watches, in the
    last four weeks), or a person who finds it broken."""

    prefix: ClassVar[str] = "AS"

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="assumptions")
    text = models.CharField(max_length=200)
    owner = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, null=True, related_name="+")
    side = models.CharField(max_length=7, blank=True)  # of the threshold
    threshold = models.FloatField(null=True)  # of the KPI, a week
    valid_until = models.DateField()
    stated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()
    broken_at = models.DateTimeField(null=True)
    broken_because = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = AssumptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="assumption_signal_is_whole",
                condition=Q(kpi=None, side="", threshold=None)
                | Q(kpi__isnull=False, side__in=SIDES, threshold__gte=-1e15, threshold__lte=1e15),
            ),
            models.CheckConstraint(
                name="assumption_is_broken_for_a_reason",
                condition=Q(broken_at=None, broken_because="") | (Q(broken_at__isnull=False) & ~Q(broken_because="")),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def stream(self) -> str:
        return self.initiative.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id

    def standing(self, found: str | None, *, on: date) -> Standing:
        """As a page shows it: `found` is what the judge's open flag says of it, if there is one."""
        if self.broken_at is not None or found == "assumption-missed":
            return Standing.BROKEN
        if on > self.valid_until:
            return Standing.EXPIRED
        return Standing.OPEN if self.kpi is None or self.initiative.pilot_starts_on is None else Standing.HOLDS

    @property
    def flag_subject(self) -> str:
        return f"assumption:{self.pk}"
