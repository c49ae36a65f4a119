"""Pages about where figures come from: who delivers, who is silent, and what waits."""

from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

from metrics.models import Kpi, Source
from tests.cast import MONDAY, Caller, Cast
from tests.markup import text
from tests.metrics.builders import a_kpi, a_source, daily, store
from tests.metrics.test_metrics_pages import CONSOLE, WEEK, upload


@pytest.fixture(autouse=True)
def a_monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownership.clock.now", lambda: MONDAY)


def test_the_data_page_says_who_delivers_and_admins_add_a_source(cast: Cast) -> None:
    leads = a_kpi(cast.marketing)
    eva = Caller(cast.eva)
    given = {
        "name": "Shop",
        "unit": cast.marketing.pk,
        "url": "https://shop.example/?from={start}&to={end}",
        "format": "csv",
        "rows": "@",
        "date": "date",
        "delimiter": ",",
        "decimal": ".",
        "auth": "none",
        "lag_days": 0,
        "overlap_days": 3,
        "kpi1": leads.pk,
        "num1": "leads",
        "reason": "Leads come from the shop",
    }

    refused = Caller(cast.tom).client.post("/data/new/http/", given)
    wrong = eva.client.post("/data/new/http/", given | {"url": "ftp://shop.example"})
    added = eva.client.post("/data/new/http/", given)

    assert [refused.status_code, wrong.status_code, added.status_code] == [403, 422, 303]
    source = Source.objects.get()
    assert (source.config["url"], source.series.get().query) == (given["url"], {"num": "leads"})
    assert "Every source delivers." in text(Caller(cast.tom).get("/data/"))
    assert "Not asked yet" in text(eva.get(added["Location"]))


def test_a_source_is_paused_and_resumed_on_its_page(cast: Cast) -> None:
    source = a_source(cast.marketing)
    eva = Caller(cast.eva)

    paused = eva.form(f"/data/{source.ref}/pause/", version=1, reason="They move house")
    stale = eva.form(f"/data/{source.ref}/resume/", version=1, reason="Back")
    resumed = eva.form(f"/data/{source.ref}/resume/", version=2, reason="Back")

    assert [paused.status_code, stale.status_code, resumed.status_code] == [303, 412, 303]
    assert Caller(cast.lena).get(f"/data/{source.ref}/").status_code == 404


def test_pages_ask_as_often_for_twenty_rows_as_for_two(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tom = Caller(cast.tom)
    for number in range(20):
        source = a_source(cast.marketing, name=f"Shop {number}")
        kpi = Kpi.objects.create(
            type="hours_saved",
            name=f"Hours {number}",
            unit=cast.marketing,
            metric_class="O",
            chain="Effort",
            grain="week",
        )
        store(source, daily(kpi, [1.0], first=WEEK))
        upload(tom, cast, CONSOLE)

    for path, limit in (("/metrics/", 10), ("/data/", 13), ("/imports/", 9)):
        with django_assert_max_num_queries(limit):
            assert tom.get(path).status_code == 200


def test_a_source_says_how_many_days_its_newest_value_is_old(cast: Cast) -> None:
    source = a_source(cast.marketing)
    kpi = a_kpi(cast.marketing, source)
    source.series.create(kpi=kpi, query={})
    store(source, daily(kpi, [1.0, 1.0], first=date(2026, 2, 24)))

    assert "5 days ago" in text(Caller(cast.tom).get("/data/"))
    assert "Wed 25 Feb, 5 days ago" in text(Caller(cast.tom).get(f"/data/{source.ref}/"))


def test_an_admin_looks_into_the_queue_and_cannot_press_anything(cast: Cast) -> None:
    source = a_source(cast.marketing)
    batch = store(source, daily(a_kpi(cast.marketing, source), [1.0]))
    eva = Caller(cast.eva)

    assert eva.get("/admin/metrics/pull/").status_code == 200
    assert eva.get(f"/admin/metrics/batch/{batch.pk}/change/").status_code == 200
    assert eva.get("/admin/metrics/batch/add/").status_code == 403
    assert eva.form(f"/admin/metrics/batch/{batch.pk}/delete/", post="yes").status_code == 403
    assert Caller(cast.tom).get("/admin/metrics/pull/").status_code == 302


@pytest.mark.parametrize(("day", "said"), [(24, "Every source delivers."), (23, "One source needs a look.")])
def test_a_file_that_nobody_brought_in_time_is_trouble(cast: Cast, day: int, said: str) -> None:
    """Leads come by the day, settle after one and may be three late: after 24 February until 2 March."""
    source = a_source(cast.marketing, kind="import", name="Files")
    store(source, daily(a_kpi(cast.marketing, source), [20.0], first=date(2026, 2, day)))

    shown = text(Caller(cast.tom).get("/data/"))

    assert said in shown
    assert ("Silent" in shown) == (day == 23)
