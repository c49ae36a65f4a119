"""A tool written by somebody who has nothing but docs/openapi.yaml: all it says to Mandate, a generated client says."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
from pytest_django.live_server_helper import LiveServer

from config.environment import ROOT
from tests.cast import Caller
from tests.decisions.desk import TITLE, Desk

RULES: list[dict[str, Any]] = [
    {"code": "A1", "when": {"ai_confidence": {"gte": 0.8}}, "then": {"authority": "ai_notify", "revert": 14}},
    {"code": "A2", "when": {"ai_confidence": {"gte": 0.2, "lt": 0.8}}, "then": {"authority": "human_confirms"}},
    {"code": "A3", "when": {"ai_confidence": {"lt": 0.2}}, "then": {"authority": "block"}},
]
SURE, HALF_SURE, UNSURE = 0.9, 0.5, 0.1


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of the package that the generator makes of the description. It may stumble over nothing."""
    path = tmp_path_factory.mktemp("generated")
    config = Config.from_sources(
        ConfigFile(post_hooks=[], content_type_overrides={"text/csv": "application/octet-stream"}),
        MetaType.NONE,
        document_source=ROOT / "docs/openapi.yaml",
        file_encoding="utf-8",
        overwrite=False,
        output_path=path / "mandate_client",
    )
    assert generate(config=config) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(path), *sys.path])
        yield "mandate_client"


@dataclass
class Tool:
    """A client of the recommendations, as its author would hold it."""

    package: str
    client: Any
    initiative: int

    def item(self, key: str, sure: float) -> Any:
        body = {**TITLE, "initiative": self.initiative, "key": key, "subject": f"/guide/{key}", "confidence": sure}
        return self._model("RecommendationInputRequest").from_dict(body)

    def post(self, key: str, sure: float) -> Any:
        return self._call("create", body=self.item(key, sure))

    def post_all(self, **sure: float) -> list[Any]:
        items = [self.item(key, one) for key, one in sure.items()]
        return list(self._call("batch_create", body=self._model("AdviceBatchSchemaRequest")(items=items)).answers)

    def read(self, row: Any) -> Any:
        return self._call("retrieve", row.ref)

    def report(self, what: str, row: Any, **more: Any) -> Any:
        model = self._model("OutcomeInputRequest" if more else "ReasonRequest")
        body = model.from_dict({"reason": "Nightly run", **more})
        return self._call(f"{what}_create", row.ref, body=body, if_match=str(row.version))

    def _call(self, operation: str, *about: str, **more: Any) -> Any:
        module = import_module(f"{self.package}.api.recommendations.recommendations_{operation}")
        return module.sync(*about, client=self.client, **more)

    def _model(self, name: str) -> Any:
        return getattr(import_module(f"{self.package}.models"), name)


@pytest.fixture
def tool(generated: str, live_server: LiveServer, desk: Desk) -> Iterator[Tool]:
    rows = [{**row, "then": {**row["then"], "because": "As agreed."}} for row in RULES]
    desk.publish("title_rewrite", table=rows)
    make = import_module(generated).AuthenticatedClient
    with make(base_url=live_server.url, token=desk.tool.token, raise_on_unexpected_status=True) as client:
        yield Tool(generated, client, desk.initiative.pk)


def decide(row: Any, by: Caller, **choice: str) -> None:
    """A person answers on the page."""
    answer = by.form(f"/recommendations/{row.ref}/decide/", version=row.version, **choice)
    assert answer.status_code == 303


def test_it_posts_learns_who_decides_applies_and_tells_how_it_turned_out(tool: Tool) -> None:
    granted = tool.post("covers", SURE)

    applied = tool.report("applied", granted)
    told = tool.report("outcome", applied, result="bad", effect=-0.1)
    undone = tool.report("reverted", told)

    assert (granted.state, granted.authority, granted.may_apply, granted.share) == ("granted", "ai_notify", True, 1)
    assert granted.why
    assert (applied.state, applied.revert_until.isoformat()) == ("applied", "2026-03-23")
    assert told.reported.to_dict()["effect"] == -0.1
    assert tool.read(undone).state == "reverted"


def test_of_a_batch_one_may_be_applied_one_waits_and_one_is_forbidden(tool: Tool, desk: Desk) -> None:
    granted, waiting, blocked = (answer.recommendation for answer in tool.post_all(a=SURE, b=HALF_SURE, c=UNSURE))
    before = tool.read(waiting)

    decide(waiting, Caller(desk.cast.tom), chosen="accept")
    after = tool.read(waiting)

    assert [row.state for row in (granted, before, blocked)] == ["granted", "waiting", "blocked"]
    assert (before.may_apply, before.decider, before.due_on.isoformat()) == (False, "SEO lead", "2026-03-14")
    assert (after.state, after.may_apply) == ("granted", True)
    assert tool.report("applied", after).state == "applied"


def test_a_refusal_is_read_like_any_answer(tool: Tool, desk: Desk) -> None:
    blocked, waiting = tool.post("a", UNSURE), tool.post("b", HALF_SURE)
    decide(waiting, Caller(desk.cast.tom), chosen="reject", reason_code="brand", reason="Not our voice")
    again = tool.post_all(a=SURE)[0]

    forbidden, outdated = tool.report("applied", blocked), tool.report("applied", waiting)

    assert (forbidden.status, forbidden.type_) == (409, "/problems/not-now")
    assert "nothing allowed this" in forbidden.detail
    assert (outdated.status, tool.read(waiting).state) == (409, "rejected")
    assert (again.intake, again.problem["type"]) == ("refused", "/problems/key-reused")
