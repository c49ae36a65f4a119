"""Endpoints of what is tried. `config/api.py` collects ROUTES of every app."""

from typing import Any

from rest_framework.viewsets import GenericViewSet

from initiatives.api.initiatives import GoalViewSet, InitiativeViewSet
from initiatives.api.parts import (
    AssumptionViewSet,
    BaselineViewSet,
    CostViewSet,
    FlagViewSet,
    KillCriterionViewSet,
    PageSetViewSet,
    TargetViewSet,
    VerdictViewSet,
)

ROUTES: list[tuple[str, type[GenericViewSet[Any]]]] = [
    ("goals", GoalViewSet),
    ("initiatives", InitiativeViewSet),
    ("page-sets", PageSetViewSet),
    ("targets", TargetViewSet),
    ("kill-criteria", KillCriterionViewSet),
    ("assumptions", AssumptionViewSet),
    ("baselines", BaselineViewSet),
    ("costs", CostViewSet),
    ("verdicts", VerdictViewSet),
    ("flags", FlagViewSet),
]
