"""What people do with sources: add one of each kind, change it, try it out; what it may spend, what it asks first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from metrics.models import Kpi, Pull, Source, Spending
from metrics.services import pulls
from metrics.sources import CONNECTORS, BudgetFull
from ownership.models import Event, Secret
from tests.cast import MONDAY, Caller, Cast
from tests.markup import text
from tests.metrics.builders import a_kpi, a_source

ZONE = "Europe/Amsterdam"
CONFIGS: dict[str, dict[str, Any]] = {
    "searchconsole": {"property": "sc-domain:sofa.example"},
    "ga4": {"property": "123456", "zone": ZONE},
    "plausible": {"site": "sofa.example", "zone": ZONE},
    "http": {"url": "https://shop.example/?from={start}"},
    "sql": {"query": "SELECT day, leads FROM sales"},
    "dataforseo": {"target": "sofa.example", "every": "day"},
}
COLUMNS = {"num": "leads"}
TOKEN = "token-0123456789-wxyz"  # made up
BUDGET = {"day_budget": "0.50", "month_budget": "2.00"}


@pytest.fixture
def leads(cast: Cast) -> Kpi:
    return a_kpi(cast.marketing)


def body(kind: str, kpi: Kpi, **changes: Any) -> dict[str, Any]:
    query = COLUMNS if kind in ("http", "sql") else {}
    about = {"kind": kind, "name": kind, "unit": kpi.unit_id, "config": CONFIGS[kind], "reason": "For the pilot"}
    paid = BUDGET if kind == "dataforseo" else {}
    return about | {"secret": TOKEN, "series": [{"kpi": kpi.pk, "query": query}]} | paid | changes


@pytest.mark.parametrize("kind", sorted(CONNECTORS))
def test_a_source_of_each_kind_is_added_by_the_api_and_on_its_page(kind: str, cast: Cast, leads: Kpi) -> None:
    eva = Caller(cast.eva)
    fields = CONFIGS[kind] | {"secret": TOKEN, "name": "By page", "unit": leads.unit_id, "reason": "For the pilot"}
    fields |= BUDGET if kind == "dataforseo" else {}
    fields |= {"kpi1": leads.pk} | ({"num1": "leads"} if kind in ("http", "sql") else {})

    form = eva.get(f"/data/new/{kind}/")
    by_api = eva.post("/api/v1/sources/", **body(kind, leads))
    by_page = eva.client.post(f"/data/new/{kind}/", fields)

    assert (form.status_code, by_api.status_code, by_page.status_code) == (200, 201, 303)
    first, second = Source.objects.order_by("pk")
    assert second.settings == first.settings
    assert first.credential() == second.credential() == TOKEN
    shown = text(eva.get(by_page["Location"]))
    assert "wxyz" in shown
    assert TOKEN not in shown + by_api.content.decode()
    assert by_api.json()["secret"]["last_four"] == "wxyz"


@pytest.mark.parametrize(
    ("kind", "config", "field"),
    [
        ("searchconsole", {"property": "sofa"}, "config"),
        ("searchconsole", {}, "config"),
        ("ga4", {"property": "123456", "zone": "Mars/Olympus"}, "config"),
        ("ga4", {"property": "UA-1", "zone": ZONE}, "property"),
        ("plausible", {"site": "x", "zone": ZONE, "colour": 1}, "config"),
        ("http", {"url": "https://x.example", "lag_days": -1}, "lag_days"),
        ("sql", {"query": ""}, "query"),
        ("dataforseo", {"target": "https://sofa.example/"}, "config"),
    ],
)
def test_a_configuration_that_cannot_work_names_its_field(
    kind: str, config: dict[str, Any], field: str, cast: Cast, leads: Kpi
) -> None:
    refused = Caller(cast.eva).post("/api/v1/sources/", **body(kind, leads, config=config))

    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert not Source.objects.exists()
    assert not Secret.objects.exists()


def test_a_kpi_that_is_stored_otherwise_than_the_source_gives_is_refused(cast: Cast) -> None:
    weekly = a_kpi(cast.marketing, grain="week")

    refused = Caller(cast.eva).post("/api/v1/sources/", **body("ga4", weekly))

    assert (refused.status_code, refused.json()["code"]) == (422, "grain")
    assert "per day" in refused.json()["detail"]


def test_what_each_kind_wants_to_know_is_in_the_api(cast: Cast) -> None:
    kinds = {one["kind"]: one for one in Caller(cast.tom).get("/api/v1/source-kinds/").json()["results"]}

    assert set(kinds) == set(CONNECTORS)
    assert "property" in str(kinds["ga4"]["config"])
    assert [kind for kind, one in kinds.items() if one["costs_money"]] == ["dataforseo"]


def test_what_costs_money_needs_a_budget_that_one_call_fits_into(cast: Cast, leads: Kpi) -> None:
    eva = Caller(cast.eva)
    answers = [
        eva.post("/api/v1/sources/", **body("dataforseo", leads, **budget))
        for budget in ({"day_budget": None}, {"month_budget": "0.01"}, {})
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 201]
    assert "$0.03" in answers[1].json()["detail"]


def test_a_new_secret_is_taken_at_once_and_the_old_one_is_gone(cast: Cast, leads: Kpi) -> None:
    eva = Caller(cast.eva)
    source = Source.objects.get(pk=eva.post("/api/v1/sources/", **body("ga4", leads)).json()["id"])
    pulls.plan(at=MONDAY, zone=ZONE)
    Pull.objects.update(due_at=None, dead_at=MONDAY, failures=8)
    url = f"/api/v1/sources/{source.pk}/change/"

    stale = eva.post(url, seen=9, config=CONFIGS["ga4"], secret="x", reason="New key")
    others = Caller(cast.tom).post(url, seen=1, config=CONFIGS["ga4"], secret="x", reason="New key")
    changed = eva.post(url, seen=1, config=CONFIGS["ga4"], secret="another-0123456789", reason="New key")

    assert [answer.status_code for answer in (stale, others, changed)] == [412, 403, 200]
    source.refresh_from_db()
    assert source.credential() == "another-0123456789"
    assert Secret.objects.count() == 1
    assert not Pull.objects.filter(dead_at__isnull=False).exists()
    event = Event.objects.order_by("pk").last()
    assert event is not None
    assert event.data["after"] == {"secret": "replaced"}
    assert "another" not in event.body


def test_a_change_without_a_secret_keeps_it(cast: Cast, leads: Kpi) -> None:
    eva = Caller(cast.eva)
    source = Source.objects.get(pk=eva.post("/api/v1/sources/", **body("plausible", leads)).json()["id"])

    page = eva.get(f"/data/{source.ref}/change/")
    fields = {"site": "other.example", "zone": ZONE, "version": 1, "reason": "It moved"}
    changed = eva.client.post(f"/data/{source.ref}/change/", fields)

    assert (page.status_code, changed.status_code) == (200, 303)
    source.refresh_from_db()
    assert (source.config["site"], source.credential()) == ("other.example", TOKEN)


def test_the_connection_is_tried_out_and_the_cause_said(cast: Cast, leads: Kpi) -> None:
    eva = Caller(cast.eva)
    config = {"url": "http://127.0.0.1:1/"}
    source = Source.objects.get(pk=eva.post("/api/v1/sources/", **body("http", leads, config=config)).json()["id"])

    by_api = eva.post(f"/api/v1/sources/{source.pk}/check/")
    by_page = eva.client.post(f"/data/{source.ref}/check/", follow=True)
    others = Caller(cast.tom).post(f"/api/v1/sources/{source.pk}/check/")
    invisible = Caller(cast.lena).client.post(f"/data/{source.ref}/check/")

    assert by_api.json()["works"] is False
    assert "It gave no proper answer" in by_api.json()["why"]
    assert "It gave no proper answer" in text(by_page)
    assert (others.status_code, invisible.status_code) == (403, 404)


def test_what_people_bring_is_neither_tried_out_nor_asked_otherwise(cast: Cast) -> None:
    source = a_source(cast.marketing, kind="manual")
    eva = Caller(cast.eva)

    tried = eva.post(f"/api/v1/sources/{source.pk}/check/")
    changed = eva.post(f"/api/v1/sources/{source.pk}/change/", seen=1, config={}, reason="Ask it daily")

    assert (tried.status_code, changed.status_code) == (409, 409)
    assert "there is nobody to ask" in tried.json()["detail"]


def test_the_newest_days_come_before_history_and_history_from_its_oldest_month(cast: Cast, leads: Kpi) -> None:
    old = a_source(cast.marketing, name="Old")
    Source.objects.filter(pk=old.pk).update(config=CONFIGS["http"] | {"since": "2025-11-15"})
    pulls.plan(at=MONDAY, zone=ZONE)
    young = a_source(cast.marketing, name="Young")
    Source.objects.filter(pk=young.pk).update(config=CONFIGS["http"])
    later = MONDAY + timedelta(minutes=5)
    pulls.plan(at=later, zone=ZONE)

    rows = Pull.objects.claim(at=later, limit=10)

    assert [(row.source.name, row.is_backfill, row.starts_on) for row in rows] == [
        ("Old", False, date(2026, 2, 1)),
        ("Young", False, date(2026, 2, 1)),
        ("Old", True, date(2025, 11, 15)),
        ("Old", True, date(2025, 12, 1)),
        ("Old", True, date(2026, 1, 1)),
    ]


def test_an_open_window_grows_instead_of_a_second_one_being_asked(cast: Cast, leads: Kpi) -> None:
    source = a_source(cast.marketing)
    Source.objects.filter(pk=source.pk).update(config=CONFIGS["http"])
    pulls.plan(at=MONDAY, zone=ZONE)
    in_work = Pull.objects.claim(at=MONDAY)
    tuesday = MONDAY + timedelta(days=1)

    pulls.plan(at=tuesday, zone=ZONE)
    beside_one_in_work = Pull.objects.count()
    for row in in_work:
        row.fail(at=tuesday, error="busy")
    pulls.plan(at=tuesday + timedelta(days=1), zone=ZONE)

    assert (beside_one_in_work, Pull.objects.count()) == (2, 2)
    assert sorted(Pull.objects.values_list("ends_on", flat=True)) == [date(2026, 3, 2), date(2026, 3, 4)]


def test_a_day_ends_where_the_source_is(cast: Cast, leads: Kpi) -> None:
    source = a_source(cast.marketing, kind="searchconsole")
    Source.objects.filter(pk=source.pk).update(config=CONFIGS["searchconsole"])
    at_dawn = MONDAY.replace(hour=6)  # Monday here, still Sunday in California

    pulls.plan(at=at_dawn, zone=ZONE)

    newest = Pull.objects.filter(is_backfill=False).latest("ends_on")
    assert newest.ends_on == date(2026, 3, 1)
    months = Pull.objects.filter(is_backfill=True).order_by("starts_on")
    assert (len(months), months[0].starts_on) == (16, date(2024, 10, 30))


def test_a_budget_is_never_overspent_and_renews(cast: Cast) -> None:
    source = a_source(cast.marketing, kind="dataforseo")
    source.day_budget, source.month_budget = Decimal(1), Decimal(2)

    monday, tuesday, wednesday = (date(2026, 3, 2) + timedelta(days=n) for n in range(3))
    for day in (monday, monday, tuesday):
        Spending.objects.reserve(source, 0.5, on=day)
    Spending.objects.correct(source, -0.1, on=monday)
    full: list[date] = []
    for day in (monday, tuesday, tuesday, wednesday):
        try:
            with transaction.atomic():
                Spending.objects.reserve(source, 0.5, on=day)
        except BudgetFull as spent:
            full.append(spent.until)

    assert full == [tuesday, wednesday, date(2026, 4, 1)]
    assert Spending.objects.get(span="month").dollars == pytest.approx(1.9)


@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_spend_no_more_than_the_budget(cast: Cast) -> None:
    source = a_source(cast.marketing, kind="dataforseo")
    source.day_budget = Decimal("1.00")

    def reserve(_number: int) -> bool:
        try:
            with transaction.atomic():
                Spending.objects.reserve(source, 0.25, on=date(2026, 3, 2))
        except BudgetFull:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as workers:
        granted = sum(workers.map(reserve, range(16)))

    assert granted == 4
    assert set(Spending.objects.values_list("dollars", flat=True)) == {1.0}


@pytest.mark.parametrize(
    "change",
    [
        "health = 'paused'",
        "paused_at = now()",
        "secret_ref = 'env:X', secret_id = 1",
        "day_budget = -1",
        "kind = 'fax'",
    ],
)
def test_the_database_refuses_a_source_in_two_minds(change: str, cast: Cast) -> None:
    a_source(cast.marketing)
    Secret.objects.create(pk=1, sealed="x", at=MONDAY)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE metrics_source SET {change}")  # noqa: S608  words of this test
