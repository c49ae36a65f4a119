"""What happened outside: said by page and API, shown in charts, and an explanation for single values."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from metrics.models import Annotation, Kpi
from ownership.models import Event
from ownership.policy import SeatKind
from tests.cast import MONDAY, Caller, Cast
from tests.markup import text
from tests.metrics.builders import a_kpi, a_seat, a_source, daily, store

URL = "/api/v1/annotations/"
CAMPAIGN = {"kind": "campaign", "name": "Sofa week", "starts_on": "2026-02-02", "last_on": "2026-02-06", "note": "Sale"}
UPDATE = CAMPAIGN | {"kind": "core_update", "name": "February core update"}


@pytest.fixture(autouse=True)
def a_monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownership.clock.now", lambda: MONDAY)


@pytest.fixture
def leads(cast: Cast) -> Kpi:
    kpi = a_kpi(cast.marketing, a_source(cast.marketing))
    nums = [100.0 + n * 7 % 11 for n in range(88)]
    nums[65] = 400.0  # on 4 February
    store(kpi.source_of_record or a_source(cast.marketing), daily(kpi, nums, first=date(2025, 12, 1)))
    return kpi


def annotate(caller: Caller, unit: int, /, **fields: Any) -> Any:
    return caller.post(URL, **CAMPAIGN | {"unit": unit} | fields)


def test_who_writes_for_a_unit_annotates_it_with_one_event(cast: Cast) -> None:
    made = annotate(Caller(cast.tom), cast.marketing.pk)

    assert (made.status_code, made["ETag"]) == (201, '"1"')
    row = made.json()
    assert (row["ref"], row["by"], row["is_freeze"], row["kpi"]) == (f"ANN-{row['id']}", cast.tom.pk, False, None)
    (event,) = Event.objects.all()
    assert (event.data["action"], event.data["after"]["kind"]) == ("annotation.made", "campaign")
    assert str(event.text) == "Sale"


def test_a_core_update_is_for_the_steward_a_lead_or_an_admin(cast: Cast) -> None:
    a_seat(cast, SeatKind.STEWARD, cast.daan)

    answers = [annotate(Caller(who), cast.marketing.pk, **UPDATE) for who in (cast.tom, cast.daan, cast.noor, cast.eva)]

    assert [answer.status_code for answer in answers] == [403, 201, 201, 201]
    assert "data steward" in answers[0].json()["detail"]
    campaign = annotate(Caller(cast.tom), cast.marketing.pk).json()
    disguised = Caller(cast.tom).post(f"{URL}{campaign['id']}/change/", seen=1, **UPDATE, reason="Really")
    assert disguised.status_code == 403


def test_an_auditor_reads_and_another_unit_does_neither(cast: Cast) -> None:
    row = annotate(Caller(cast.tom), cast.marketing.pk).json()

    assert annotate(Caller(cast.ruth), cast.marketing.pk).status_code == 403
    assert Caller(cast.ruth).get(f"{URL}{row['ref']}/").status_code == 200
    assert Caller(cast.lena).get(f"{URL}{row['ref']}/").status_code == 404
    assert Caller(cast.lena).get(f"/data/annotations/{row['ref']}/").status_code == 404
    assert annotate(Caller(cast.lena), cast.marketing.pk).status_code == 400


def test_what_holds_for_the_company_is_seen_below_and_changed_above(cast: Cast) -> None:
    row = annotate(Caller(cast.noor), cast.company.pk).json()
    tom = Caller(cast.tom)

    seen = [one["id"] for one in tom.get(URL).json()["results"]]
    refused = tom.post(f"{URL}{row['id']}/withdraw/", seen=1, reason="Not mine")

    assert seen == [row["id"]]
    assert refused.status_code == 403
    assert "a unit above yours" in refused.json()["detail"]


def test_it_is_corrected_and_withdrawn_with_a_reason_by_whoever_saw_it_last(cast: Cast) -> None:
    tom = Caller(cast.tom)
    row = annotate(tom, cast.marketing.pk).json()
    here = f"{URL}{row['id']}/"

    stale = tom.post(f"{here}change/", seen=7, **CAMPAIGN, reason="Longer")
    blind = tom.post(f"{here}change/", **CAMPAIGN, reason="Longer")
    changed = tom.post(f"{here}change/", seen=1, **CAMPAIGN | {"last_on": "2026-02-09"}, reason="Longer")
    withdrawn = tom.post(f"{here}withdraw/", seen=2, reason="Cancelled")
    late = tom.post(f"{here}withdraw/", seen=3, reason="Cancelled")

    assert [one.status_code for one in (stale, blind, changed, withdrawn, late)] == [412, 428, 200, 200, 409]
    assert changed.json()["last_on"] == "2026-02-09"
    assert withdrawn.json()["withdrawn_at"]
    told = [event.data for event in Event.objects.order_by("pk")]
    assert [one["action"] for one in told] == ["annotation.made", "annotation.changed", "annotation.withdrawn"]
    assert (told[1]["before"]["last_on"], told[1]["after"]["last_on"]) == ("2026-02-06", "2026-02-09")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"last_on": "2026-02-01"}, "last_on"),
        ({"last_on": "2027-06-01"}, "last_on"),
        ({"kind": "miracle"}, "kind"),
        ({"name": ""}, "name"),
        ({"kpi": 987_654}, "kpi"),
        ({"unit": 987_654}, "unit"),
        ({"mood": "sad"}, "mood"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_field(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    answer = annotate(Caller(cast.noor), cast.marketing.pk, **wrong)

    assert answer.status_code in {400, 422}
    assert field in answer.content.decode()
    assert not Annotation.objects.exists()


def test_a_kpi_of_another_unit_is_refused(cast: Cast) -> None:
    elsewhere = a_kpi(cast.logistics)

    answer = annotate(Caller(cast.noor), cast.marketing.pk, kpi=elsewhere.pk)

    assert (answer.status_code, answer.json()["field"]) == (422, "kpi")


def test_the_list_is_filtered_by_days_and_kind(cast: Cast) -> None:
    noor = Caller(cast.noor)
    annotate(noor, cast.marketing.pk)
    annotate(noor, cast.company.pk, **UPDATE | {"starts_on": "2026-01-05", "last_on": "2026-01-19"})

    def names(**query: Any) -> list[str]:
        return [row["name"] for row in noor.get(URL, **query).json()["results"]]

    assert names(kind="campaign") == ["Sofa week"]
    assert names(since="2026-01-19", until="2026-02-02") == ["February core update"]
    assert names(is_withdrawn="true") == []
    assert len(names()) == 2


@pytest.mark.parametrize(
    "change",
    ["kind = 'miracle'", "last_on = starts_on - 1", "last_on = starts_on + 400", "name = ''"],
)
def test_the_database_refuses_what_makes_no_sense(cast: Cast, change: str) -> None:
    annotate(Caller(cast.tom), cast.marketing.pk)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE metrics_annotation SET {change}")  # noqa: S608  our own words


def test_a_page_does_all_of_it_without_a_script(cast: Cast, leads: Kpi) -> None:
    tom = Caller(cast.tom)
    empty = text(tom.get("/data/annotations/"))

    wrong = tom.form("/data/annotations/", **CAMPAIGN | {"unit": cast.marketing.pk, "last_on": "2026-01-01"})
    made = tom.form("/data/annotations/", **CAMPAIGN, unit=cast.marketing.pk, kpi=leads.pk)
    row = Annotation.objects.get()
    changed = tom.form(
        f"/data/annotations/{row.ref}/change/", **CAMPAIGN | {"name": "Bed week"}, version=1, reason="Typo"
    )
    stale = tom.form(f"/data/annotations/{row.ref}/withdraw/", version=1, reason="Cancelled")
    page = text(tom.get(f"/data/annotations/{row.ref}/"))
    gone = tom.form(f"/data/annotations/{row.ref}/withdraw/", version=2, reason="Cancelled")

    assert "None yet." in empty
    assert [one.status_code for one in (wrong, made, changed, stale, gone)] == [422, 303, 303, 412, 303]
    assert "a year at most" in text(wrong)
    assert "Bed week" in page
    assert "only qualified organic leads" in page
    assert "Withdrawn" in text(tom.get("/data/annotations/"))
    assert "no longer know of it" in text(tom.get(f"/data/annotations/{row.ref}/"))


def test_the_page_of_a_kpi_draws_it_and_names_it_in_the_table(cast: Cast, leads: Kpi) -> None:
    tom = Caller(cast.tom)
    annotate(tom, cast.marketing.pk)
    annotate(tom, cast.marketing.pk, name="Of another KPI", kpi=a_kpi(cast.marketing, name="Others").pk)

    page = tom.get(f"/data/kpis/{leads.ref}/")

    markup = page.content.decode()
    assert '<rect class="shock"' in markup
    assert '<th scope="col" class="num">What happened</th>' in markup
    assert '<td class="num">Sofa week</td>' in markup
    assert "Of another KPI" not in markup
    assert Caller(cast.lena).get(f"/data/kpis/{leads.ref}/").status_code == 404
    assert "No value yet." in text(tom.get(f"/data/kpis/{a_kpi(cast.marketing, name='Empty').ref}/"))


def test_an_annotation_explains_a_single_value_and_a_season_does_not(cast: Cast, leads: Kpi) -> None:
    tom = Caller(cast.tom)

    def faults() -> list[str]:
        row = tom.get(f"/api/v1/data-quality/{leads.ref}/").json()
        return [one["fault"] for one in row["findings"]]

    before = faults()
    season = annotate(tom, cast.marketing.pk, kind="season").json()
    in_season = faults()
    tom.post(f"{URL}{season['id']}/change/", seen=1, **CAMPAIGN, reason="It was a sale")
    explained = faults()
    tom.post(f"{URL}{season['id']}/withdraw/", seen=2, reason="It was not")

    assert (before, in_season, explained, faults()) == (["outlier"], ["outlier"], [], ["outlier"])


def test_twenty_annotations_ask_as_often_as_two(
    cast: Cast, leads: Kpi, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tom = Caller(cast.tom)
    for number in range(20):
        annotate(tom, cast.marketing.pk, name=f"Sale {number}")

    for path, limit in (("/data/annotations/", 10), (URL, 6), (f"/data/kpis/{leads.ref}/", 16)):
        with django_assert_max_num_queries(limit):
            assert tom.get(path).status_code == 200
