"""Endpoints of what is decided. `config/api.py` collects ROUTES and URLPATTERNS of every app."""

from typing import Any

from django.urls import URLPattern, re_path
from rest_framework.viewsets import GenericViewSet

from decisions.api.breakers import BreakerViewSet
from decisions.api.flags import FlagAnswerViewSet
from decisions.api.gates import GateDecisionViewSet
from decisions.api.learning import LearningView
from decisions.api.portfolio import PortfolioViewSet
from decisions.api.recommendations import DecisionViewSet, RecommendationViewSet
from decisions.api.reviews import OutcomeReviewViewSet
from decisions.api.rules import BackTestViewSet, DomainViewSet, RuleSetVersionViewSet, RuleSetViewSet
from decisions.api.transitions import TransitionViewSet

REF = rf"(?P<pk>{TransitionViewSet.lookup_value_regex})"
ROUTES: list[tuple[str, type[GenericViewSet[Any]]]] = [
    ("gates", GateDecisionViewSet),
    ("portfolio", PortfolioViewSet),
    ("domains", DomainViewSet),
    ("rule-sets", RuleSetViewSet),
    ("rule-versions", RuleSetVersionViewSet),
    ("backtests", BackTestViewSet),
    ("recommendations", RecommendationViewSet),
    ("decisions", DecisionViewSet),
    ("outcome-reviews", OutcomeReviewViewSet),
    ("breakers", BreakerViewSet),
]
# Acts on rows of the floor below: they need what is known up here.
URLPATTERNS: list[URLPattern] = [
    re_path(
        rf"^initiatives/{REF}/transitions/$",
        TransitionViewSet.as_view({"get": "retrieve", "post": "create"}),
        name="transitions",
    ),
    re_path(r"^learning/$", LearningView.as_view(), name="learning"),
    re_path(rf"^flags/{REF}/answer/$", FlagAnswerViewSet.as_view({"post": "answer"}), name="flag-answer"),
    re_path(
        rf"^flags/{REF}/acknowledge/$", FlagAnswerViewSet.as_view({"post": "acknowledge"}), name="flag-acknowledge"
    ),
]
