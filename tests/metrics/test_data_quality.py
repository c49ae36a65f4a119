"""The data page and its API say per KPI what is wrong with its values."""

from datetime import date, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from metrics.merge import Value
from metrics.models import Kpi, Source
from tests.cast import MONDAY, Caller, Cast
from tests.initiatives import build
from tests.markup import text
from tests.metrics.builders import a_kpi, a_source, daily, store

URL = "/api/v1/data-quality/"
FIRST = date(2025, 12, 1)
DAYS = 88  # until 26 February, the last day that is not late on 2 March


@pytest.fixture(autouse=True)
def a_monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownership.clock.now", lambda: MONDAY)


@pytest.fixture
def shop(cast: Cast) -> Source:
    return a_source(cast.marketing)


def steady(kpi: Kpi, *, days: int = DAYS) -> list[Value]:
    return daily(kpi, [100.0 + n * 7 % 11 for n in range(days)], first=FIRST)


def broken(cast: Cast, shop: Source) -> Kpi:
    """A hundred times too large from 11 February on, with two days missing before."""
    kpi = a_kpi(cast.marketing, shop, key="organic_revenue", name="Revenue")
    values = steady(kpi)
    del values[40:42]
    store(
        shop,
        [value._replace(num=value.num * 100) if value.period_start >= date(2026, 2, 11) else value for value in values],
    )
    return kpi


def rows(caller: Caller, **query: Any) -> list[dict[str, Any]]:
    answer = caller.get(URL, **query)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_values_in_which_nothing_is_wrong_are_left_in_peace(cast: Cast, shop: Source) -> None:
    store(shop, steady(a_kpi(cast.marketing, shop)))
    tom = Caller(cast.tom)

    assert [row["findings"] for row in rows(tom)] == [[]]
    page = text(tom.get("/data/"))
    assert "No value looks wrong." in page
    assert "Nothing: values come in time" in page


def test_the_api_says_what_since_when_why_and_what_to_do(cast: Cast, shop: Source) -> None:
    kpi = broken(cast, shop)

    (row,) = rows(Caller(cast.tom))

    jump, missing = row["findings"]
    assert (row["ref"], row["source_of_record"]) == (kpi.ref, shop.pk)
    assert (jump["fault"], jump["since"], jump["until"], jump["count"], jump["factor"]) == (
        "unit_jump", "2026-02-11", None, 16, 100.0,
    )  # fmt: skip
    assert "100 times too large" in jump["what"]
    assert jump["why"]
    assert jump["todo"]
    assert (missing["fault"], missing["since"], missing["until"], missing["count"]) == (
        "missing", "2026-01-10", "2026-01-12", 2,
    )  # fmt: skip
    assert Caller(cast.tom).get(f"{URL}{kpi.ref}/").json() == row


def test_the_page_says_the_same_and_which_pilot_counts_on_it(cast: Cast) -> None:
    initiative = build.a_pilot(cast)
    kpi = initiative.targets.get(role="primary").kpi
    source = a_source(cast.marketing, name="CRM")
    Kpi.objects.filter(pk=kpi.pk).update(source_of_record=source)
    store(source, [Value(1, kpi.pk, date(2026, 1, 5), 40.0)])

    page = text(Caller(cast.tom).get("/data/"))
    (late,) = [one for row in rows(Caller(cast.tom)) if row["id"] == kpi.pk for one in row["findings"]]

    assert late["fault"] == "late"
    assert late["what"] in page
    assert late["todo"] in page
    assert f"It counts for {initiative.ref}" in page


def test_a_second_source_that_says_something_else_is_named(cast: Cast, shop: Source) -> None:
    kpi = a_kpi(cast.marketing, shop)
    other = a_source(cast.marketing, name="Ledger")
    store(shop, steady(kpi))
    store(other, [value._replace(num=value.num * 1.2) for value in steady(kpi)])

    ((differ,),) = [row["findings"] for row in rows(Caller(cast.tom))]

    assert (differ["fault"], differ["source"]) == ("sources_differ", other.pk)
    assert "Ledger" in differ["what"]
    assert differ["what"] in text(Caller(cast.tom).get("/data/"))


def test_marks_stand_apart_and_are_no_fault(cast: Cast, shop: Source) -> None:
    kpi = a_kpi(cast.marketing, shop)
    store(shop, [value._replace(quality=4) for value in steady(kpi)])

    ((mark,),) = [row["findings"] for row in rows(Caller(cast.tom))]
    page = text(Caller(cast.tom).get("/data/"))

    assert (mark["fault"], mark["is_mark"], mark["count"]) == ("thresholded", True, DAYS)
    assert "No value looks wrong." in page
    assert mark["what"] in page


def test_what_was_taken_back_is_missing_and_never_judged(cast: Cast, shop: Source) -> None:
    kpi = a_kpi(cast.marketing, shop)
    values = steady(kpi)
    values[50] = values[50]._replace(num=99_999.0, quality=6)
    store(shop, values)

    assert [one["fault"] for row in rows(Caller(cast.tom)) for one in row["findings"]] == ["missing"]


def test_the_api_filters_pages_and_leaves_out_what_one_may_not_see(cast: Cast, shop: Source) -> None:
    for number in range(3):
        store(shop, steady(a_kpi(cast.marketing, shop, name=f"Leads {number}"), days=DAYS - 20 * (number == 1)))
    tom = Caller(cast.tom)

    first = tom.get(URL, limit=2).json()
    rest = tom.client.get(first["next"]).json()

    assert [row["name"] for row in first["results"] + rest["results"]] == ["Leads 0", "Leads 1", "Leads 2"]
    assert rest["next"] is None
    assert [row["name"] for row in rows(tom, fault="late")] == ["Leads 1"]
    assert rows(tom, unit=cast.logistics.pk, fault="late") == []
    assert rows(Caller(cast.lena)) == []
    assert tom.get(URL, fault="sad").status_code == 400
    assert tom.get(URL, mood="sad").status_code == 400


def test_twenty_kpis_ask_as_often_as_two(
    cast: Cast, shop: Source, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tom = Caller(cast.tom)
    for number in range(20):
        store(shop, steady(a_kpi(cast.marketing, shop, name=f"Leads {number}"), days=60))

    for path, limit in (("/data/", 13), (URL, 10)):
        with django_assert_max_num_queries(limit):
            assert tom.get(path).status_code == 200


def test_a_page_holds_twenty_five_and_the_oldest_come_first(cast: Cast, shop: Source) -> None:
    tom = Caller(cast.tom)
    for number in range(26):
        store(
            shop, daily(a_kpi(cast.marketing, shop, name=f"Leads {number:02}"), [20.0], first=FIRST + timedelta(number))
        )

    first, second = (text(tom.get("/data/", page=page)) for page in (1, 2))

    assert "Leads 00" in first
    assert "Leads 25" not in first
    assert "Leads 25" in second
