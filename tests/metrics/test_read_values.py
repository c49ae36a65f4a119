"""Values are read by key, a page at a time, and each has an address."""

from datetime import date
from typing import Any

import pytest

from metrics.models import Kpi, Pull
from tests.cast import Caller, Cast
from tests.markup import read
from tests.metrics.builders import a_kpi, a_source, daily, store

URL = "/api/v1/snapshots/"


@pytest.fixture
def leads(cast: Cast) -> Kpi:
    return a_kpi(cast.marketing)


def test_values_are_read_by_key_page_by_page(cast: Cast, leads: Kpi) -> None:
    source = a_source(cast.marketing)
    store(source, daily(leads, range(7)))
    hidden = a_kpi(cast.logistics)
    store(source, daily(hidden, [99]))
    caller = Caller(cast.tom)

    found, url = [], f"{URL}?limit=3"
    while url:
        page = caller.get(url).json()
        found += [value["num"] for value in page["results"]]
        url = page["next"]

    assert found == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_values_are_filtered_by_kpi_and_days(cast: Cast, leads: Kpi) -> None:
    source = a_source(cast.marketing)
    store(source, daily(leads, range(7)))

    page = Caller(cast.tom).get(URL, kpi=leads.pk, since="2026-01-03", until="2026-01-05").json()

    assert [value["num"] for value in page["results"]] == [2.0, 3.0]
    assert page["next"] is None


def test_one_value_has_an_address(cast: Cast, leads: Kpi) -> None:
    source = a_source(cast.marketing)
    store(source, daily(leads, [4]))

    assert Caller(cast.tom).get(f"{URL}{leads.pk}.{source.pk}.2026-01-01/").json()["value"] == 4.0
    assert Caller(cast.tom).get(f"{URL}{leads.pk}.{source.pk}.2026-01-02/").status_code == 404
    assert Caller(cast.lena).get(f"{URL}{leads.pk}.{source.pk}.2026-01-01/").status_code == 404
    assert Caller(cast.tom).get(f"{URL}{leads.pk}.{source.pk}.2026-99-99/").status_code == 404


@pytest.mark.parametrize("query", [{"cursor": "x"}, {"cursor": "1.2"}, {"limit": 0}, {"limit": 2000}, {"colour": 1}])
def test_a_broken_question_is_refused(cast: Cast, query: dict[str, Any]) -> None:
    assert Caller(cast.tom).get(URL, **query).status_code == 400


@pytest.fixture
def corrected(cast: Cast, leads: Kpi) -> Kpi:
    """First from one source, then otherwise."""
    source = a_source(cast.marketing)
    Kpi.objects.filter(pk=leads.pk).update(source_of_record=source)
    store(source, daily(leads, [4, 5]))
    batch = store(source, daily(leads, [4, 6]), kind="pull")
    Pull.objects.create(source=source, batch=batch, starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 3))
    leads.refresh_from_db()
    return leads


def test_the_api_says_where_a_value_comes_from(cast: Cast, corrected: Kpi) -> None:
    url = f"{URL}{corrected.pk}.{corrected.source_of_record_id}.2026-01-02/origins/"

    pull = Pull.objects.get()

    now, before = Caller(cast.tom).get(url).json()

    assert (now["revision"], now["num"], now["is_current"]) == (2, 6.0, True)
    assert (before["revision"], before["num"], before["is_current"]) == (1, 5.0, False)
    assert (now["kind"], now["source"], now["pull"], now["file"]) == (
        "pull",
        corrected.source_of_record_id,
        pull.pk,
        None,
    )
    assert (before["kind"], before["pull"]) == ("import", None)
    assert now["batch"] > before["batch"]
    assert Caller(cast.lena).get(url).status_code == 404


def test_two_clicks_lead_from_an_initiative_s_kpi_to_the_origin_of_a_value(cast: Cast, corrected: Kpi) -> None:
    tom = Caller(cast.tom)

    kpi = tom.get(f"/data/kpis/{corrected.ref}/").content.decode()
    value = tom.get(f"/data/kpis/{corrected.ref}/2026-01-02/")

    assert f'href="/data/kpis/{corrected.ref}/2026-01-02/"' in kpi
    said = " ".join(value.content.decode().split())
    assert read(value.content.decode()).verdict() == []
    assert said.count("Holds now") == 1
    assert all(word in said for word in ("of record", "final", "pulled for", "Where this value comes from"))


@pytest.mark.parametrize("day", ["2026-01-09", "soon", "2026-13-01"])
def test_a_period_without_a_value_has_no_page(cast: Cast, corrected: Kpi, day: str) -> None:
    assert Caller(cast.tom).get(f"/data/kpis/{corrected.ref}/{day}/").status_code == 404
    assert Caller(cast.lena).get(f"/data/kpis/{corrected.ref}/2026-01-02/").status_code == 404


def test_every_value_of_the_past_is_in_reach(cast: Cast, leads: Kpi) -> None:
    source = a_source(cast.marketing)
    Kpi.objects.filter(pk=leads.pk).update(source_of_record=source)
    store(source, daily(leads, range(70)))

    newest, older, oldest = (
        Caller(cast.tom).get(f"/data/kpis/{leads.ref}/{query}").content.decode()
        for query in ("", "?before=2026-02-10", "?before=2026-01-11")
    )

    assert 'href="?before=2026-02-10#h-values"' in newest
    assert 'href="?before=2026-01-11#h-values"' in older
    assert "Older values" not in oldest
    assert f"/data/kpis/{leads.ref}/2026-01-01/" in oldest
