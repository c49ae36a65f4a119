"""DataForSEO: how links and mentions stand, one call for each, every answer with its cost."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from metrics.sources import AuthFailed, BadConfig, Cost, Observation, RateLimited, Transient, Window, dataforseo
from metrics.sources.fakes.dataforseo import LOGIN, DataForSeo
from metrics.sources.fakes.serving import Reply
from tests.metrics.vendors import TODAY, ask, client, running

WEEK = Window(date(2026, 2, 23), date(2026, 3, 2), TODAY)
# The names of the models of dataforseo-client 2.1.10 (BacklinksSummaryLiveRequestInfo and its like).
KNOWN = {"target", "include_subdomains", "backlinks_status_type", "platform", "location_code", "language_code"}


@pytest.fixture
def dataforseo_() -> Iterator[tuple[DataForSeo, str]]:
    yield from running(DataForSeo)  # type: ignore[misc]  # of this kind


@pytest.fixture
def fake(dataforseo_: tuple[DataForSeo, str]) -> DataForSeo:
    return dataforseo_[0]


@pytest.fixture
def config(dataforseo_: tuple[DataForSeo, str]) -> dict[str, Any]:
    return {"target": "sofa.example", "endpoint": dataforseo_[1]}


def test_one_call_answers_all_about_links_and_one_all_about_mentions(fake: DataForSeo, config: dict[str, Any]) -> None:
    queries = [{"metric": name} for name in ("referring_domains", "backlinks", "mentions")]

    found = ask("dataforseo", config, LOGIN, *queries, window=WEEK)

    number = TODAY.toordinal() % 1000
    observed = sorted((one for one in found if isinstance(one, Observation)), key=lambda one: one.kpi_id)
    assert [(one.kpi_id, one.starts_on, one.num, one.quality) for one in observed] == [
        (1, date(2026, 2, 23), 217.0 + number, 1),
        (2, date(2026, 2, 23), 209.0 + number, 1),
        (3, date(2026, 2, 23), 60.0 + 2 * number, 3),
    ]
    assert sum(one.dollars for one in found if isinstance(one, Cost)) == pytest.approx(fake.spent)
    assert [len(request.json) for request in fake.asked] == [1, 1]
    assert all(set(request.json[0]) <= KNOWN for request in fake.asked)


@pytest.mark.parametrize(
    ("every", "end", "day"),
    [
        ("day", date(2026, 3, 2), date(2026, 3, 1)),
        ("week", date(2026, 3, 2), date(2026, 2, 23)),
        ("month", date(2026, 3, 1), date(2026, 2, 1)),
    ],
)
def test_a_standing_is_kept_under_the_period_that_is_just_over(
    every: str, end: date, day: date, config: dict[str, Any]
) -> None:
    found = ask("dataforseo", config | {"every": every}, LOGIN, window=Window(date(2026, 2, 1), end, TODAY))

    assert [one.starts_on for one in found if isinstance(one, Observation)] == [day]


def said(code: int, task: int = 20000) -> Reply:
    tasks = [{"status_code": task, "status_message": "because", "cost": 0, "result": None}]
    return Reply({"status_code": code, "status_message": "said", "cost": 0, "tasks": tasks})


@pytest.mark.parametrize(
    ("reply", "error", "seconds"),
    [
        (said(40100), AuthFailed, None),
        (said(20000, 40210), AuthFailed, None),
        (said(20000, 40202), RateLimited, 60),
        (said(20000, 40501), BadConfig, None),
        (said(20000, 50000), Transient, None),
        (said(20000), BadConfig, None),
        (Reply(b"", 503), Transient, None),
        (Reply(b"<html>", 401), AuthFailed, None),
        (Reply(b"<html>"), BadConfig, None),
        (Reply([]), BadConfig, None),
    ],
)
def test_a_refusal_in_the_body_is_heard_and_nothing_is_asked_twice(
    reply: Reply, error: type[Exception], seconds: int | None, fake: DataForSeo, config: dict[str, Any]
) -> None:
    fake.first = [reply]

    with pytest.raises(error) as told:
        ask("dataforseo", config, LOGIN, window=WEEK)

    assert getattr(told.value, "seconds", None) == seconds
    assert len(fake.asked) == 1


def test_a_figure_that_is_gone_is_named(fake: DataForSeo, config: dict[str, Any]) -> None:
    fake.fields.remove("rank")

    with pytest.raises(BadConfig, match="rank"):
        ask("dataforseo", config, LOGIN, {"metric": "rank"}, window=WEEK)


def test_trying_it_out_costs_nothing(fake: DataForSeo, config: dict[str, Any]) -> None:
    settings = dataforseo.Config(**config)

    dataforseo.check(settings, LOGIN, client())
    with pytest.raises(AuthFailed):
        dataforseo.check(settings, "x:y", client())

    assert fake.spent == 0
