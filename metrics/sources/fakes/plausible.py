"""Plausible's Stats API v2, after plausible.io/docs/stats-api, read in November 2026."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from metrics.sources.fakes import world
from metrics.sources.fakes.serving import Fake, Reply, Request

KEY = "plausible-made-up-key"


class Plausible(Fake):
    """One site. Its days are final once they are over, except yesterday, which may still grow."""

    def __init__(self, today: Callable[[], date]) -> None:
        super().__init__(today)
        self.key, self.site = KEY, "sofa.example"
        self.metrics = {"visitors", "visits", "pageviews", "events", "bounce_rate", "visit_duration"}
        self.meta: dict[str, Any] = {}

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return Reply({"error": "Invalid API key. Please make sure you're using a valid API key."}, 401)
        if request.path != "/api/v2/query":
            return Reply({"error": "Not found"}, 404)
        body = request.json
        if body["site_id"] != self.site:
            return Reply({"error": f"Invalid API key or site ID: {body['site_id']}"}, 401)
        if unknown := sorted(set(body["metrics"]) - self.metrics):
            return Reply({"error": f"Invalid metric '{unknown[0]}'"}, 400)
        if "dimensions" not in body:
            return Reply(
                {"results": [{"metrics": [400 for _ in body["metrics"]], "dimensions": []}], "meta": {}, "query": body}
            )
        first, last = (date.fromisoformat(day) for day in body["date_range"])
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        rows = [
            {"dimensions": [day.isoformat()], "metrics": [self._figure(name, day) for name in body["metrics"]]}
            for day in days
            if not world.is_empty(day) and day < self.today()
        ]
        return Reply({"results": rows, "meta": self.meta, "query": body})

    def _figure(self, name: str, day: date) -> float:
        age = (self.today() - day).days
        visits = world.visits(day, day + timedelta(days=world.FINAL_AFTER)) - (7 if age <= 1 else 0)
        return {"bounce_rate": 40, "visit_duration": 95, "pageviews": 3 * visits, "events": 4 * visits}.get(
            name, visits
        )
