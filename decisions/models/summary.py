"""The figures above the portfolio, over all that somebody may see, in a few queries however much that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, FloatField, Min, Q, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

from decisions.models.gates import GateDecision
from initiatives.lifecycle import LIVE, State
from initiatives.models import CostEntry, Flag, Goal, Initiative
from initiatives.models.initiative import InitiativeQuerySet
from initiatives.verdicts import Status
from ownership.models import User

COMMITTED = LIVE - {State.SUBMITTED} | {State.STOPPED}  # money was given; what was stopped spent some of it too
GOOD = [Status.REACHED.value]
BAD = [Status.STALLED.value, Status.UNLIKELY.value, Status.REGRESSING.value, Status.MISSED.value]


@dataclass(frozen=True)
class Summary:
    """Money in the organisation's currency: `earned` is realised, `expected` projected to the horizon, never merged;
    `approved` is the budget of what a sponsor committed to."""

    total: int
    live: int
    reached: int
    failing: int
    earned: float | None
    expected: float | None
    spent: Decimal
    approved: Decimal
    waiting: int
    waiting_since: date | None
    flags: int
    flags_due_on: date | None


def read_summary(visible: InitiativeQuerySet, *, on: date) -> Summary:
    """Of these initiatives. A sum that nobody has measured anything for is None, not zero."""
    live = Q(state__in=[state.value for state in LIVE])
    counts = with_money(visible).aggregate(
        total=Count("pk"),
        live=Count("pk", filter=live),
        reached=Count("pk", filter=Q(verdict_status__in=GOOD)),
        failing=Count("pk", filter=live & Q(verdict_status__in=BAD)),
        earned=Sum("realised"),
        expected=Sum("projected", filter=live),
        approved=Sum("budget", filter=Q(state__in=[state.value for state in COMMITTED])),
    )
    requests = GateDecision.objects.open().filter(initiative__in=visible)
    waits = requests.aggregate(waiting=Count("pk"), waiting_since=Min("requested_at__date"))
    asking = Flag.objects.open().filter(initiative__in=visible).exclude(acknowledged_until__gte=on)
    flags = asking.aggregate(flags=Count("pk"), flags_due_on=Min("due_on"))
    spent = CostEntry.objects.filter(initiative__in=visible).aggregate(spent=Sum("amount"))["spent"]
    approved = counts.pop("approved") or Decimal(0)
    return Summary(**counts, **waits, **flags, approved=approved, spent=spent or Decimal(0))


def with_money(initiatives: InitiativeQuerySet) -> InitiativeQuerySet:
    """With what the verdict on the main KPI says of the money: `realised` so far, `projected` to the horizon."""
    return initiatives.with_standing().annotate(
        realised=_benefit("realised"),
        projected=_benefit("projected"),
    )


def _benefit(part: str) -> Cast:
    """Key by key: Django's short form does not see through a filtered relation."""
    return Cast(KeyTextTransform("benefit", KeyTransform(part, F("main__verdict__money"))), FloatField())


def unserved(user: User) -> QuerySet[Goal]:
    """Goals that no living initiative serves: said once, and then nobody tried."""
    serving = Initiative.objects.filter(state__in=[state.value for state in LIVE | {State.DRAFT}], goal__isnull=False)
    idle = Goal.objects.visible_to(user).exclude(pk__in=serving.values("goal"))
    return idle.select_related("owner__holder").order_by("horizon_on", "pk")
