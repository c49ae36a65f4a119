"""Endpoints of what is decided. `config/api.py` collects ROUTES and URLPATTERNS of every app."""

from typing import Any

from django.urls import URLPattern, re_path
from rest_framework.viewsets import GenericViewSet

from decisions.api.gates import GateDecisionViewSet
from decisions.api.transitions import TransitionViewSet

ROUTES: list[tuple[str, type[GenericViewSet[Any]]]] = [
    ("gates", GateDecisionViewSet),
]
URLPATTERNS: list[URLPattern] = [
    re_path(
        rf"^initiatives/(?P<pk>{TransitionViewSet.lookup_value_regex})/transitions/$",
        TransitionViewSet.as_view({"get": "retrieve", "post": "create"}),
        name="transitions",
    ),
]
