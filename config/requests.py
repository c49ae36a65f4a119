"""What every request carries: an id that ties log, ledger and answer together, and the frame around a page."""

import re
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ownership import origin
from ownership.models import Organisation

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


def rail(request: HttpRequest) -> dict[str, Any]:
    """The navigation beside every page, for those who are logged in."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    known = []
    for group, pages in enumerate(_groups()):
        for name, label, icon in pages:
            with suppress(NoReverseMatch):
                url = reverse(name)
                is_current, starts = request.path.startswith(url), bool(group and name == pages[0][0])
                item = {"name": name, "label": label, "icon": icon, "url": url, "current": is_current}
                known.append(item | {"group": starts, "desk": group > 0})
    return {"rail": known, "me": request.user}


def _groups() -> list[list[tuple[str, str, str]]]:
    """Pages with their words and icons. A phone's bar shows the first group, the menu page shows all."""
    return [
        [
            ("inbox", _("Inbox"), "inbox"),
            ("portfolio", _("Portfolio"), "grid"),
            ("log_metrics", _("Log metrics"), "pen"),
        ],
        [
            ("rules", _("Decision rules"), "scale"),
            ("decision_log", _("Decision log"), "log"),
            ("people", _("People"), "people"),
            ("data", _("Data"), "data"),
        ],
        [("settings", _("Settings"), "gear")],
    ]
