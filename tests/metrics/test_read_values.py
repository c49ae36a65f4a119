"""Values are read by key, a page at a time, and each has an address."""

from typing import Any

import pytest

from metrics.models import Kpi
from tests.cast import Caller, Cast
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
