"""KPIs are defined once, by people of the unit, and say which source counts."""

from typing import Any

import pytest

from metrics.models import Kpi
from ownership.models import Event, Seat
from ownership.policy import SeatKind
from tests.cast import Caller, Cast
from tests.metrics.builders import a_kpi, a_seat, a_source


def define(caller: Caller, **changes: Any) -> Any:
    body = {"type": "organic_leads", "name": "Leads", "grain": "day", "reason": "We need it"} | changes
    return caller.post("/api/v1/kpis/", **body)


@pytest.fixture
def steward(cast: Cast) -> Seat:
    return a_seat(cast, SeatKind.STEWARD, cast.daan)


def test_a_member_defines_a_kpi_of_the_own_unit(cast: Cast) -> None:
    answer = define(Caller(cast.tom), unit=cast.marketing.pk)

    assert answer.status_code == 201
    assert {name: answer.json()[name] for name in ("metric_class", "chain", "grain", "cadence_days", "version")} == {
        "metric_class": "O",
        "chain": "Demand",
        "grain": "day",
        "cadence_days": 1,
        "version": 1,
    }
    assert answer["ETag"] == '"1"'
    assert Event.objects.get().data["action"] == "kpi.defined"


@pytest.mark.parametrize("name", ["Articles generated a week", "Aantal prompts"])
def test_a_name_that_counts_output_is_refused_unless_it_is_logged_as_activity(cast: Cast, name: str) -> None:
    refused = define(Caller(cast.tom), unit=cast.marketing.pk, name=name)
    allowed = define(Caller(cast.tom), unit=cast.marketing.pk, name=name, type="articles_generated")

    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (422, "looks_like_output", "name")
    assert (allowed.status_code, allowed.json()["metric_class"]) == (201, "V")


def test_a_name_is_taken_once_per_unit(cast: Cast) -> None:
    define(Caller(cast.tom), unit=cast.marketing.pk)

    again = define(Caller(cast.tom), unit=cast.marketing.pk, name="leads")

    assert (again.status_code, again.json()["code"]) == (422, "taken")


@pytest.mark.parametrize(
    ("changes", "status"), [({"type": "likes"}, 400), ({"grain": "hour"}, 400), ({"colour": 1}, 400)]
)
def test_what_the_catalogue_does_not_know_is_refused(cast: Cast, changes: dict[str, Any], status: int) -> None:
    assert define(Caller(cast.tom), unit=cast.marketing.pk, **changes).status_code == status


def test_an_auditor_defines_nothing(cast: Cast) -> None:
    assert define(Caller(cast.ruth), unit=cast.marketing.pk).status_code == 403


def test_a_unit_that_one_cannot_see_is_as_unknown_as_none(cast: Cast) -> None:
    assert define(Caller(cast.lena), unit=cast.marketing.pk).status_code == 400


def test_another_unit_sees_no_kpi(cast: Cast) -> None:
    kpi = a_kpi(cast.marketing)

    assert Caller(cast.lena).get("/api/v1/kpis/").json()["results"] == []
    assert Caller(cast.lena).get(f"/api/v1/kpis/{kpi.pk}/").status_code == 404
    assert Caller(cast.tom).get(f"/api/v1/kpis/{kpi.ref}/").status_code == 200


def test_the_steward_names_the_source_that_counts(cast: Cast, steward: Seat) -> None:
    source = a_source(cast.marketing)
    kpi = a_kpi(cast.marketing)
    Kpi.objects.filter(pk=kpi.pk).update(steward=steward)
    url = f"/api/v1/kpis/{kpi.pk}/choose_source/"

    others = Caller(cast.tom).post(url, seen=1, source=source.pk, reason="CRM counts")
    unsaid = Caller(cast.daan).post(url, source=source.pk, reason="CRM counts")
    stewards = Caller(cast.daan).post(url, seen=1, source=source.pk, reason="CRM counts")
    stale = Caller(cast.daan).post(url, seen=1, source=source.pk, reason="CRM counts")

    assert [a.status_code for a in (others, unsaid, stewards, stale)] == [403, 428, 200, 412]
    assert stewards.json()["source_of_record"] == source.pk


def test_a_kpi_is_found_by_its_number_or_its_name(cast: Cast) -> None:
    kpi = a_kpi(cast.marketing)
    names = [kpi.ref, str(kpi.pk), "QUALIFIED organic leads", "nothing"]

    assert Kpi.objects.named(names) == dict.fromkeys(names[:3], kpi.pk)


def test_a_name_that_two_units_use_is_nobodys(cast: Cast) -> None:
    a_kpi(cast.marketing)
    a_kpi(cast.logistics)

    assert Kpi.objects.named(["qualified organic leads"]) == {}
