"""How much waits for one person: the number beside the inbox on every page."""

from datetime import date
from typing import Any

from django.db.models import QuerySet

from decisions.models.breakers import Breaker
from decisions.models.gates import GateDecision
from decisions.models.recommendations import Recommendation
from decisions.models.reviews import OutcomeReview
from decisions.models.rules import RuleSetVersion
from initiatives.models import Flag
from ownership.models import Appointment, User


def count_waiting(user: User, *, on: date) -> int:
    """Requests at gates, flags, breakers, rules, advice, outcomes and seats that ask for this answer; one query."""
    kinds: list[QuerySet[Any]] = [
        GateDecision.objects.visible_to(user).waiting_for(user),
        Flag.objects.visible_to(user).asking(user, on=on),
        Breaker.objects.visible_to(user).waiting_for(user),
        RuleSetVersion.objects.visible_to(user).waiting_for(user),
        Recommendation.objects.visible_to(user).waiting_for(user),
        OutcomeReview.objects.visible_to(user).waiting_for(user, on=on),
        Appointment.objects.visible_to(user).offered_to(user),
    ]
    first, *others = (kind.order_by().values_list("pk") for kind in kinds)
    return first.union(*others, all=True).count()
