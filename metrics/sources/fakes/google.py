"""Google's token endpoint, Search Console and Analytics.

After the discovery documents of searchconsole v1 (revision 20260805) and analyticsdata v1beta (revision 20261006), and
developers.google.com, read in November 2026.

Every credential is taken that brings a JWT or a refresh token, unless `revoked`. The account sees `properties`.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

from metrics.sources.fakes import world
from metrics.sources.fakes.serving import Fake, Reply, Request

MOST = 25_000  # rows in one answer of Search Console


class Google(Fake):
    """All three behind one address. `width`: how many pages are shown on a day, one row each."""

    def __init__(self, today: Callable[[], date]) -> None:
        super().__init__(today)
        self.properties = {"sc-domain:sofa.example", "123456"}
        self.is_revoked = self.renamed = False
        self.width = world.PAGES
        self.zone = "Europe/Amsterdam"
        self.metrics = {"sessions", "totalUsers", "keyEvents"}
        self.about: dict[str, Any] = {}  # what GA4 says of its figures besides: sampled, thresholded

    def answer(self, request: Request) -> Reply:
        path = request.path.partition("?")[0]
        if path == "/token":
            return self._token()
        bearer = request.headers.get("authorization", "")
        if self.is_revoked or not bearer.startswith("Bearer "):
            return _error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if path.startswith("/webmasters/v3/sites/"):
            return self._search_console(path.removeprefix("/webmasters/v3/sites/"), request)
        if path.startswith("/v1beta/properties/"):
            return self._analytics(path.removeprefix("/v1beta/properties/"), request)
        return _error(404, "NOT_FOUND", "Requested entity was not found.")

    def _token(self) -> Reply:
        if self.is_revoked:
            return Reply({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        return Reply({"access_token": "ya29.made-up", "expires_in": 3599, "token_type": "Bearer"})

    def _search_console(self, rest: str, request: Request) -> Reply:
        site = unquote(rest.removesuffix("/searchAnalytics/query"))
        if site not in self.properties:
            return _error(403, "PERMISSION_DENIED", f"User does not have sufficient permission for site '{site}'.")
        if not rest.endswith("/searchAnalytics/query"):
            return Reply({"siteUrl": site, "permissionLevel": "siteRestrictedUser"})
        body, today = request.json, self.today()
        first, last = (date.fromisoformat(body[name]) for name in ("startDate", "endDate"))
        oldest = today - timedelta(days=487)
        dimensions = [name.upper() for name in body["dimensions"]]
        found = [
            row for day in _days(max(first, oldest), min(last, today)) for row in self._rows(day, dimensions, today)
        ]
        start = body.get("startRow", 0)
        page = found[start : start + min(body.get("rowLimit", 1000), MOST)]
        said: dict[str, Any] = {"responseAggregationType": "BY_PAGE" if "PAGE" in dimensions else "BY_PROPERTY"}
        if page:
            said["rows"] = page
        if body.get("dataState", "").upper() == "ALL" and last >= world.first_incomplete(today):
            said["metadata"] = {"firstIncompleteDate": world.first_incomplete(today).isoformat()}
        return Reply(said)

    def _rows(self, day: date, dimensions: list[str], today: date) -> list[dict[str, Any]]:
        clicks = world.visits(day, today)
        if world.is_empty(day) or not clicks:
            return []
        shown = {"clicks": clicks, "impressions": clicks * 20, "ctr": 0.05, "position": world.position(day)}
        if self.renamed:
            shown["hits"] = shown.pop("clicks")
        if dimensions == ["DATE"]:
            return [{"keys": [day.isoformat()]} | shown]
        return [
            {
                "keys": [day.isoformat(), f"https://sofa.example/{n}"],
                "clicks": 1,
                "impressions": 20,
                "ctr": 0.05,
                "position": 9.0,
            }
            for n in range(self.width)
        ]

    def _analytics(self, rest: str, request: Request) -> Reply:
        number, _sep, call = rest.replace("/", ":").partition(":")
        if number not in self.properties:
            return _error(403, "PERMISSION_DENIED", "User does not have sufficient permissions for this property.")
        if call == "metadata":
            return Reply(
                {"name": f"properties/{number}/metadata", "metrics": [{"apiName": name} for name in self.metrics]}
            )
        body = request.json
        names = [one["name"] for one in body["metrics"]]
        if unknown := sorted(set(names) - self.metrics):
            return _error(400, "INVALID_ARGUMENT", f"Field {unknown[0]} is not a valid metric.")
        dimensions = [one["name"] for one in body["dimensions"]]
        window = body["dateRanges"][0]
        found = [
            row
            for day in _days(date.fromisoformat(window["startDate"]), date.fromisoformat(window["endDate"]))
            for row in self._report(day, dimensions, names)
        ]
        offset, limit = int(body.get("offset", 0)), min(int(body.get("limit", 10_000)), 250_000)
        said = {
            "dimensionHeaders": [{"name": name} for name in dimensions],
            "metricHeaders": [{"name": name, "type": "TYPE_INTEGER"} for name in names],
            "rowCount": len(found),
            "metadata": {"currencyCode": "EUR", "timeZone": self.zone} | self.about,
            "kind": "analyticsData#runReport",
        }
        return Reply(said | ({"rows": found[offset : offset + limit]} if found[offset : offset + limit] else {}))

    def _report(self, day: date, dimensions: list[str], names: list[str]) -> list[dict[str, Any]]:
        sessions = world.visits(day, self.today())
        if world.is_empty(day) or not sessions:
            return []
        known = {"sessions": sessions, "totalUsers": sessions * 4 // 5, "keyEvents": sessions // 20}
        figures = [{"value": str(known[name])} for name in names]
        ends = (
            [[day.strftime("%Y%m%d")]]
            if len(dimensions) == 1
            else [[day.strftime("%Y%m%d"), f"/{n}"] for n in range(self.width)]
        )
        return [{"dimensionValues": [{"value": text} for text in one], "metricValues": figures} for one in ends]


def service_account(url: str, private_key: str) -> str:
    """The JSON key of a made-up service account whose tokens come from the fake at this address."""
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "made-up",
            "private_key_id": "1",
            "private_key": private_key,
            "client_email": "mandate@made-up.iam.gserviceaccount.com",
            "client_id": "1",
            "token_uri": f"{url}/token",
        }
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _error(status: int, kind: str, message: str) -> Reply:
    return Reply({"error": {"code": status, "message": message, "status": kind, "errors": [{"reason": kind}]}}, status)
