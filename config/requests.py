"""What every request carries: an id that ties log, ledger and answer together, and the frame around a page."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from decisions.models.waiting import count_waiting
from ownership import clock, origin
from ownership.models import Organisation, User

SAFE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestIdMiddleware:
    """Gives each request an id, or keeps the one that a trusted proxy gave."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "") if settings.ENV.proxies else ""
        request_id = given if SAFE_ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]  # the framework's class has no place for it
        with origin.acting("page", request_id):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class ZoneMiddleware:
    """Shows instants in the organisation's zone to whoever is logged in. The API speaks UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/") or not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(Organisation.the().tz):
            return self.get_response(request)


def account(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """The account that a log-in is about, however it is spelled, for counting failures."""
    given = (credentials or {}).get("username") or request.POST.get("username", "")
    return given.strip().lower()


@dataclass(frozen=True)
class Place:
    """One line of the navigation."""

    name: str  # of its address
    label: str
    icon: str
    below: tuple[str, ...] = ()  # other addresses that belong to it
    group: bool = False  # a line above it
    desk: bool = False  # too much for the bar of a phone, whose menu page shows it
    count: int = 0

    @property
    def url(self) -> str:
        return reverse(self.name)

    def holds(self, path: str) -> bool:
        return path.startswith((self.url, *self.below))


def rail(request: HttpRequest) -> dict[str, Any]:
    """The navigation beside every page, for those who are logged in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    waiting = count_waiting(user, on=timezone.localtime(clock.now()).date())
    places = [
        Place("inbox", _("Inbox"), "inbox", count=waiting),
        Place("portfolio", _("Portfolio"), "grid", ("/initiatives/", "/goals/")),
        Place("log_metrics", _("Log metrics"), "pen", ("/imports/", "/mentions/")),
        Place("rules", _("Decision rules"), "scale", group=True, desk=True),
        Place("decision_log", _("Decision log"), "log", ("/recommendations/",), desk=True),
        Place("people", _("People"), "people", ("/seats/",), desk=True),
        Place("data", _("Data"), "data", desk=True),
        Place("settings", _("Settings"), "gear", ("/audit/",), group=True, desk=True),
    ]
    return {"rail": [(place, place.holds(request.path)) for place in places], "me": user}
