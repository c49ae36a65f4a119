"""Plausible: figures per day from its Stats API, averages as sums, warnings as what they are."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import jsonschema
import pytest

from metrics.sources import AuthFailed, BadConfig, NoData, RateLimited, Transient, plausible
from metrics.sources.fakes.plausible import KEY, Plausible
from metrics.sources.fakes.serving import Reply
from tests.metrics.vendors import ask, client, running, values

# plausible.io/docs/stats-api, November 2026: the part of the request that is used here.
REQUEST = {
    "type": "object",
    "required": ["site_id", "metrics", "date_range"],
    "additionalProperties": False,
    "properties": {
        "site_id": {"type": "string"},
        "metrics": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "date_range": {"anyOf": [{"const": "day"}, {"type": "array", "items": {"type": "string"}, "minItems": 2}]},
        "dimensions": {"type": "array", "items": {"const": "time:day"}},
        "filters": {"type": "array", "items": {"type": "array", "minItems": 3, "maxItems": 3}},
        "pagination": {
            "type": "object",
            "properties": {"limit": {"type": "integer", "maximum": 10_000}, "offset": {"type": "integer"}},
        },
    },
}


@pytest.fixture
def plausible_() -> Iterator[tuple[Plausible, str]]:
    yield from running(Plausible)  # type: ignore[misc]  # of this kind


@pytest.fixture
def fake(plausible_: tuple[Plausible, str]) -> Plausible:
    return plausible_[0]


@pytest.fixture
def config(plausible_: tuple[Plausible, str]) -> dict[str, Any]:
    return {"site": "sofa.example", "zone": "Europe/Amsterdam", "endpoint": plausible_[1]}


def test_each_day_has_its_figure_and_an_empty_one_none(fake: Plausible, config: dict[str, Any]) -> None:
    goal = {"metric": "events", "filter": "event:goal", "operator": "is", "value": "Lead"}

    found = ask("plausible", config, KEY, {"metric": "visits"})
    mean = values(ask("plausible", config, KEY, {"metric": "visit_duration"}))
    ask("plausible", config, KEY, goal)

    known = values(found)
    assert len(known) == 28
    assert found[-1] == NoData(1, date(2026, 3, 2))
    assert mean[date(2026, 2, 2)] == (95 * known[date(2026, 2, 2)][0], known[date(2026, 2, 2)][0], 1)
    for request in fake.asked:
        jsonschema.validate(request.json, REQUEST)
    assert fake.asked[-1].json["filters"] == [["is", "event:goal", ["Lead"]]]


def test_a_figure_that_plausible_warns_of_is_sampled(fake: Plausible, config: dict[str, Any]) -> None:
    fake.meta = {"metric_warnings": {"visitors": {"code": "no_imported_scroll_depth"}}}

    assert {quality for _num, _den, quality in values(ask("plausible", config, KEY)).values()} == {3}


@pytest.mark.parametrize(
    ("reply", "error", "seconds"),
    [
        (Reply({"error": "no"}, 401), AuthFailed, None),
        (Reply({"error": "Invalid metric"}, 400), BadConfig, None),
        (Reply({}, 429), RateLimited, 3600),
        (Reply({}, 429, {"Retry-After": "40"}), RateLimited, 40),
        (Reply(b"", 502), Transient, None),
        (Reply(b"<html>"), BadConfig, None),
        (Reply(b'{"results": [{"dimen'), BadConfig, None),
        (Reply({"results": [{"dimensions": [], "metrics": [1]}]}), BadConfig, None),
        (Reply({"results": [{"dimensions": ["2026-02-01"], "metrics": [None]}]}), BadConfig, None),
    ],
)
def test_each_refusal_says_whether_waiting_helps(
    reply: Reply, error: type[Exception], seconds: int | None, fake: Plausible, config: dict[str, Any]
) -> None:
    fake.first = [reply] * 3

    with pytest.raises(error) as told:
        ask("plausible", config, KEY)

    assert getattr(told.value, "seconds", None) == seconds


def test_a_key_is_tried_out(config: dict[str, Any]) -> None:
    settings = plausible.Config(**config)

    plausible.check(settings, KEY, client())
    with pytest.raises(AuthFailed, match="Invalid API key"):
        plausible.check(settings, "another", client())
