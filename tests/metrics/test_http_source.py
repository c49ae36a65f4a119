"""A table behind an address becomes observations, or the reason why not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import pytest

from metrics.catalogue import Grain
from metrics.sources import http
from metrics.sources.connector import (
    Asked,
    AuthFailed,
    BadConfig,
    Observation,
    Outside,
    Profile,
    RateLimited,
    Transient,
    Window,
    typed,
)
from ownership.outbound import Answer

TODAY = date(2026, 3, 2)
URL = "https://shop.example/days?from={start}&to={end}"


@dataclass
class Shop:
    """An HTTP client that answers what it was told to and keeps what it was asked."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str], tuple[str, str] | None]] = field(default_factory=list)

    def call(self, method: str, url: str, **sent: Any) -> Answer:
        self.asked.append((url, sent["headers"], sent["auth"]))
        return Answer(self.status, self.headers, self.body)


def pull(shop: Shop, *queries: dict[str, Any], **config: Any) -> list[Any]:
    asked = [Asked(at, typed(http.Query, query)) for at, query in enumerate(queries or ({"num": "leads"},), start=1)]
    window = Window(date(2026, 2, 1), date(2026, 2, 4), TODAY)
    settings = typed(http.Config, {"url": URL} | config)
    return list(http.pull(settings, asked, window=window, secret="s3cret:x", outside=cast(Outside, shop)))


def test_the_window_is_asked_with_both_days_included() -> None:
    shop = Shop(b"date,leads\n")

    pull(shop)

    assert shop.asked[0][0] == "https://shop.example/days?from=2026-02-01&to=2026-02-03"


def test_columns_of_a_csv_become_observations_and_a_missing_day_stays_missing() -> None:
    shop = Shop(b"date,leads,pos,imp\n2026-02-01,5,10,100\n2026-02-03,,12,200\n")

    found = pull(shop, {"num": "leads"}, {"num": "pos", "den": "imp", "is_mean": True})

    assert found == [
        Observation(1, date(2026, 2, 1), 5.0, None),
        Observation(2, date(2026, 2, 1), 1000.0, 100.0),
        Observation(2, date(2026, 2, 3), 2400.0, 200.0),
    ]


def test_a_list_in_json_is_found_by_its_path() -> None:
    body = {"data": [{"d": "2026-02-01", "n": 5}, {"d": "20260202", "n": 6.5}, {"d": "2026-02-03", "n": None}]}

    found = pull(Shop(json.dumps(body).encode()), {"num": "n"}, format="json", rows="data", date="d")

    assert [(one.starts_on.day, one.num) for one in found] == [(1, 5.0), (2, 6.5)]


def test_days_outside_the_window_are_not_taken() -> None:
    shop = Shop(b"date,leads\n2026-01-31,1\n2026-02-01,2\n2026-02-04,3\n")

    assert [one.num for one in pull(shop)] == [2.0]


@pytest.mark.parametrize(
    ("config", "headers", "auth"),
    [
        ({}, {}, None),
        ({"auth": "bearer"}, {"Authorization": "Bearer s3cret:x"}, None),
        ({"auth": "basic"}, {}, ("s3cret", "x")),
        ({"auth": "header", "header": "X-Key"}, {"X-Key": "s3cret:x"}, None),
    ],
)
def test_the_secret_goes_where_the_configuration_says(
    config: dict[str, str], headers: dict[str, str], auth: tuple[str, str] | None
) -> None:
    shop = Shop(b"date,leads\n")

    pull(shop, **config)

    assert shop.asked[0][1:] == (headers, auth)


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, AuthFailed), (403, AuthFailed), (404, BadConfig), (204, BadConfig), (429, RateLimited), (503, Transient)],
)
def test_a_status_says_whether_waiting_helps(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        pull(Shop(status=status))


@pytest.mark.parametrize(("header", "seconds"), [("120", 120), ("", None), ("Wed, 21 Oct", None), ("9" * 30, None)])
def test_a_vendor_may_say_when_to_come_back(header: str, seconds: int | None) -> None:
    with pytest.raises(RateLimited) as limited:
        pull(Shop(status=429, headers={"retry-after": header}))

    assert limited.value.seconds == seconds


@pytest.mark.parametrize(
    ("config", "body"),
    [
        ({}, b""),
        ({}, b"<html>"),
        ({}, b"date,clicks\n"),
        ({}, b"date,leads\n2026-02-01,NaN\n"),
        ({}, b"date,leads\n2026-02-01,5\n2026-02-01,6\n"),
        ({}, b"date,leads\n2026-02-0"),
        ({"format": "json"}, b"{"),
        ({"format": "json"}, b"[" * 100_000),
        ({"format": "json"}, b'{"a": 1}'),
        ({"format": "json"}, b"[1]"),
        ({"format": "json"}, b'[{"date": "yesterday", "leads": 1}]'),
        ({"format": "json"}, b'[{"date": "2026-02-01", "leads": "5"}]'),
        ({"format": "json"}, b'[{"date": "2026-02-01", "leads": true}]'),
        ({"format": "json"}, b'[{"date": "2026-02-01", "leads": NaN}]'),
        ({"format": "json"}, b'[{"date": "2026-02-01", "leads": 1e400}]'),
        ({"format": "json"}, b'[{"date": "2999-02-01", "leads": 1}]'),
        ({"format": "json"}, b'[{"date": "2026-02-01", "leads": 1}, {"date": "2026-02-01", "leads": 2}]'),
    ],
)
def test_another_answer_than_was_agreed_is_a_matter_for_people(config: dict[str, str], body: bytes) -> None:
    with pytest.raises(BadConfig):
        pull(Shop(body), **config)


@pytest.mark.parametrize(
    "config",
    [
        {"url": "ftp://shop.example/"},
        {"url": "https://user:secret@shop.example/"},
        {"url": "https://shop.example/{start.__class__}"},
        {"url": "https://shop.example/{secret}"},
        {"url": 5},
        {"format": "xml"},
        {"rows": "["},
        {"rows": 5},
        {"lag_days": True},
        {"lag_days": -1},
        {"overlap_days": 1000},
        {"since": "yesterday"},
        {"since": 5},
        {"decimal": ";"},
        {"colour": "red"},
    ],
)
def test_a_configuration_is_checked_before_anything_is_asked(config: dict[str, Any]) -> None:
    shop = Shop()

    with pytest.raises(BadConfig):
        pull(shop, **config)

    assert shop.asked == []


@pytest.mark.parametrize("query", [{}, {"num": ""}, {"num": 5}, {"num": "n", "is_mean": True}, {"num": "n", "x": 1}])
def test_a_question_that_makes_no_sense_is_refused(query: dict[str, Any]) -> None:
    with pytest.raises(BadConfig):
        typed(http.Query, query)


def test_windows_reach_from_what_is_final_to_what_can_be_known() -> None:
    profile = Profile(lag_days=2, overlap_days=3, since=date(2025, 11, 20))

    first = profile.windows(watermark=None, today=TODAY)
    history = profile.history(TODAY)
    daily = profile.windows(watermark=date(2026, 2, 25), today=TODAY)
    after_a_gap = profile.windows(watermark=date(2025, 12, 10), today=TODAY)

    assert first == [(date(2026, 1, 1), date(2026, 2, 28))]
    assert history == [(date(2025, 11, 20), date(2025, 12, 1)), (date(2025, 12, 1), date(2026, 1, 1))]
    assert daily == [(date(2026, 2, 25), date(2026, 2, 28))]
    assert after_a_gap == [(date(2025, 12, 10), date(2026, 2, 10)), (date(2026, 2, 10), date(2026, 2, 28))]


def test_a_source_that_is_asked_once_a_week_is_asked_for_whole_weeks() -> None:
    profile = Profile(step=Grain.WEEK, max_history=0)

    assert profile.end(date(2026, 3, 4)) == date(2026, 3, 2)
    assert profile.history(date(2026, 3, 4)) == []


class Pages(Shop):
    """Answers from a list, one page a call."""

    def call(self, method: str, url: str, **sent: Any) -> Answer:
        self.asked.append((url, sent["headers"], sent["auth"]))
        return Answer(200, {}, json.dumps(PAGED[len(self.asked) - 1]).encode())


PAGED: list[dict[str, Any]] = [
    {"data": [{"date": "2026-02-01", "n": 1}], "next": "https://shop.example/2", "cursor": "a b"},
    {"data": [{"date": "2026-02-02", "n": 2}], "next": "3", "cursor": "c"},
    {"data": [], "next": "https://shop.example/4", "cursor": "d"},
]


@pytest.mark.parametrize(
    ("config", "asked"),
    [
        ({"paging": "next", "next": "next"}, ["https://shop.example/2", "https://shop.example/3"]),
        (
            {"url": "https://shop.example/?p={page}", "paging": "page"},
            ["https://shop.example/?p=2", "https://shop.example/?p=3"],
        ),
        (
            {"url": "https://shop.example/?o={offset}", "paging": "offset"},
            ["https://shop.example/?o=1", "https://shop.example/?o=2"],
        ),
        (
            {"url": "https://shop.example/?c={cursor}", "paging": "cursor", "next": "cursor"},
            ["https://shop.example/?c=a%20b", "https://shop.example/?c=c"],
        ),
    ],
)
def test_every_page_is_read(config: dict[str, Any], asked: list[str]) -> None:
    shop = Pages()

    found = pull(shop, {"num": "n"}, format="json", rows="data", **config)

    assert [one.num for one in found] == [1.0, 2.0]
    assert [url for url, _headers, _auth in shop.asked][1:] == asked


def test_credentials_do_not_follow_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PAGED[0], "next", "https://evil.example/2")

    with pytest.raises(BadConfig, match="another host"):
        pull(Pages(), {"num": "n"}, format="json", rows="data", paging="next", next="next")


def test_an_endless_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST_PAGES", 2)

    with pytest.raises(BadConfig, match="pages"):
        pull(Pages(), {"num": "n"}, format="json", rows="data", url=URL + "&page={page}", paging="page")
