"""Endpoints of what is decided. `config/api.py` collects ROUTES and URLPATTERNS of every app."""

from typing import Any

from django.urls import URLPattern
from rest_framework.viewsets import GenericViewSet

ROUTES: list[tuple[str, type[GenericViewSet[Any]]]] = []
URLPATTERNS: list[URLPattern] = []
