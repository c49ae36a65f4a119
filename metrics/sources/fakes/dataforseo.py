"""DataForSEO's API v3, after the models of dataforseo-client 2.1.10 and docs.dataforseo.com, read in November 2026."""

from base64 import b64encode
from collections.abc import Callable
from datetime import date
from typing import Any

from metrics.sources.fakes.serving import Fake, Reply, Request

LOGIN = "login:made-up-password"
COSTS = {"backlinks/summary/live": 0.02003, "ai_optimization/llm_mentions/target_metrics_lite/live": 0.101}


class DataForSeo(Fake):
    """Knows how things stand today, and sends a bill."""

    def __init__(self, today: Callable[[], date]) -> None:
        super().__init__(today)
        self.login, self.target = LOGIN, "sofa.example"
        self.fields = {"referring_domains", "referring_main_domains", "backlinks", "broken_backlinks", "rank"}
        self.spent = 0.0

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Basic {b64encode(self.login.encode()).decode()}":
            return Reply(_said(40100, "You are not authorized to access this resource.", []), 401)
        path = request.path.removeprefix("/v3/")
        if path == "appendix/user_data":
            return Reply(_said(20000, "Ok.", [_task(20000, "Ok.", 0, [{"login": "login"}])]))
        task = request.json[0]
        target = task["target"] if isinstance(task["target"], str) else task["target"][0]["domain"]
        if target != self.target:
            return Reply(_said(20000, "Ok.", [_task(40501, "Invalid Field: 'target'.", 0, None)]))
        self.spent += COSTS[path]
        number = self.today().toordinal() % 1000
        result: dict[str, Any] = {"target": target, **{name: 200 + number + len(name) for name in self.fields}}
        if path.startswith("ai_"):
            items = [{"platform": name, "metrics": {"mentions": 30 + number}} for name in ("chat_gpt", "google")]
            result = {"total_count": 2, "items_count": 2, "items": items}
        return Reply(_said(20000, "Ok.", [_task(20000, "Ok.", COSTS[path], [result])]))


def _task(code: int, message: str, cost: float, result: Any) -> dict[str, Any]:
    return {"id": "1", "status_code": code, "status_message": message, "cost": cost, "result": result}


def _said(code: int, message: str, tasks: list[dict[str, Any]]) -> dict[str, Any]:
    cost = sum(task["cost"] for task in tasks)
    return {"version": "0.1.20261026", "status_code": code, "status_message": message, "cost": cost, "tasks": tasks}
