"""Drafting and editing an initiative, and setting the goal it serves, over the API."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from initiatives.lifecycle import State
from initiatives.models import Goal, Initiative
from ownership.models import Appointment, Event, Seat
from ownership.policy import SeatKind
from tests.cast import MONDAY, Caller, Cast
from tests.initiatives.build import a_draft, a_goal, a_kpi, a_main_target, a_seat

URL = "/api/v1/initiatives/"


def events(action: str) -> list[Event]:
    return list(Event.objects.filter(data__action=action))


def test_whoever_drafts_an_initiative_owns_it(cast: Cast) -> None:
    goal = a_goal(cast)

    answer = Caller(cast.tom).post(URL, title="AI-refreshed product pages", goal=goal.pk, hours_per_week=22)

    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    said = answer.json()
    assert (said["state"], said["owner_holder"], said["sponsor_holder"]) == ("draft", cast.tom.pk, None)
    assert (said["unit"], said["goal"], said["hours_per_week"]) == (cast.marketing.pk, goal.pk, 22)
    assert Appointment.objects.get(seat=said["owner"]).accepted_at is not None
    (event,) = events("initiative.drafted")
    assert (event.stream, event.actor) == (f"initiative:{said['id']}", cast.tom)


def test_sponsor_and_owner_seat_are_for_different_people(cast: Cast) -> None:
    initiative = a_draft(cast)

    sponsor, owner = Seat.objects.filter(pk__in=[initiative.sponsor_id, initiative.owner_id]).order_by("kind")

    assert sponsor.apart == owner.apart is not None


def test_an_auditor_drafts_nothing(cast: Cast) -> None:
    answer = Caller(cast.ruth).post(URL, title="Audit by AI", unit=cast.company.pk)

    assert (answer.status_code, answer.json()["code"]) == (403, "auditor")
    assert not Initiative.objects.exists()


def test_a_draft_belongs_to_a_unit_that_one_sees(cast: Cast) -> None:
    answer = Caller(cast.tom).post(URL, title="For another unit", unit=cast.logistics.pk)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "unit")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", "pilot"),
        ("title", ""),
        ("budget", -1),
        ("budget", "plenty"),
        ("error_share", 1.2),
        ("timebox_weeks", 0),
        ("track", "fast"),
        ("goal", 999),
    ],
)
def test_what_cannot_be_meant_is_refused_by_field(cast: Cast, field: str, value: Any) -> None:
    answer = Caller(cast.tom).post(URL, **{"title": "A title", field: value})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_the_owner_edits_and_the_ledger_has_figures_before_and_after(cast: Cast) -> None:
    initiative = a_draft(cast, budget=1000)

    answer = Caller(cast.tom).patch(f"{URL}{initiative.ref}/", seen=1, budget=36000, scope="240 product pages")

    assert (answer.status_code, answer.headers["ETag"], answer.json()["budget"]) == (200, '"2"', 36000.0)
    (event,) = events("initiative.edited")
    assert event.data["before"] == {"budget": "1000.00", "fields": ["budget", "scope"]}
    assert event.data["after"] == {"budget": "36000.00", "fields": ["budget", "scope"]}


def test_an_edit_that_changes_nothing_is_no_event(cast: Cast) -> None:
    initiative = a_draft(cast, scope="240 product pages")

    answer = Caller(cast.tom).patch(f"{URL}{initiative.pk}/", seen=1, scope="240 product pages")

    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    assert events("initiative.edited") == []


def test_who_leads_the_change_edits_too(cast: Cast) -> None:
    seat = a_seat(SeatKind.CHANGE_LEAD, cast.aisha)
    initiative = a_draft(cast)
    Caller(cast.tom).patch(f"{URL}{initiative.pk}/", seen=1, change_lead=seat.pk)

    answer = Caller(cast.aisha).patch(f"{URL}{initiative.pk}/", seen=2, scope="Blog")

    assert answer.status_code == 200


def test_only_a_change_leads_seat_leads_the_change(cast: Cast) -> None:
    initiative = a_draft(cast)

    answer = Caller(cast.tom).patch(f"{URL}{initiative.pk}/", seen=1, change_lead=initiative.owner_id)

    assert (answer.status_code, answer.json()["field"]) == (422, "change_lead")


@pytest.mark.parametrize("who", ["aisha", "noor", "eva", "ruth", "marieke"])
def test_nobody_else_edits_whatever_their_role(cast: Cast, who: str) -> None:
    initiative = a_draft(cast)

    answer = Caller(getattr(cast, who)).patch(f"{URL}{initiative.pk}/", seen=1, scope="Everything")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_owner")


def test_another_unit_finds_nothing(cast: Cast) -> None:
    initiative = a_draft(cast)
    lena = Caller(cast.lena)

    answers = [lena.get(f"{URL}{initiative.pk}/"), lena.patch(f"{URL}{initiative.pk}/", seen=1, scope="Mine")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert lena.get(URL).json()["results"] == []


def test_an_edit_names_the_version_it_saw(cast: Cast) -> None:
    initiative = a_draft(cast)
    tom = Caller(cast.tom)
    tom.patch(f"{URL}{initiative.pk}/", seen=1, scope="Blog")

    late = tom.patch(f"{URL}{initiative.pk}/", seen=1, scope="Shop")
    blind = tom.patch(f"{URL}{initiative.pk}/", scope="Shop")

    assert [late.status_code, blind.status_code] == [412, 428]
    assert Initiative.objects.get().scope == "Blog"


def test_the_light_track_is_only_for_little(cast: Cast) -> None:
    tom = Caller(cast.tom)
    light = tom.post(URL, title="Small", track="light", budget=2500, timebox_weeks=4).json()

    refused = tom.post(URL, title="Large", track="light", budget=2501, timebox_weeks=4)
    outgrown = tom.patch(f"{URL}{light['id']}/", seen=1, timebox_weeks=5)

    assert (refused.status_code, refused.json()["field"]) == (422, "track")
    assert (light["track"], outgrown.json()["track"]) == ("light", "standard")


def test_the_problem_costs_something_every_week(cast: Cast) -> None:
    figures: dict[str, Any] = {
        "hours_per_week": 22,
        "hourly_rate": 65,
        "errors_per_week": 20,
        "error_share": 0.4,
        "cost_per_error": 30,
    }

    said = Caller(cast.tom).post(URL, title="Briefs", **figures).json()

    assert said["problem_cost"] == 1670.0


def test_a_goal_is_owned_by_who_sets_it(cast: Cast) -> None:
    answer = Caller(cast.marieke).post(
        "/api/v1/goals/", statement="More qualified leads", horizon_on="2030-12-31", unit=cast.marketing.pk
    )

    assert answer.status_code == 201
    assert Goal.objects.get().owner.holder == cast.marieke
    assert len(events("goal.set")) == 1


def test_a_goal_lies_ahead(cast: Cast) -> None:
    answer = Caller(cast.marieke).post(
        "/api/v1/goals/", statement="Yesterday's", horizon_on="2020-12-31", unit=cast.marketing.pk
    )

    assert (answer.status_code, answer.json()["field"]) == (422, "horizon_on")


def test_a_list_takes_as_many_queries_for_twenty_as_for_two(cast: Cast) -> None:
    tom = Caller(cast.tom)
    kpi = a_kpi(cast)

    def queries(count: int) -> int:
        for n in range(Initiative.objects.count(), count):
            a_main_target(a_draft(cast, f"Initiative {n}"), kpi, attribution=0.0)
        with CaptureQueriesContext(connection) as asked:
            assert len(tom.get(URL).json()["results"]) == count
        return len(asked)

    assert queries(2) == queries(20)


@pytest.mark.parametrize("query", [{"colour": "red"}, {"limit": "5000"}, {"state": "sleeping"}])
def test_an_unknown_filter_is_an_error(cast: Cast, query: dict[str, str]) -> None:
    answer = Caller(cast.tom).get(URL, **query)

    assert answer.status_code == 400


def test_a_stopped_initiative_stays_as_it_was(cast: Cast) -> None:
    initiative = a_draft(cast)
    initiative.move(to=State.WITHDRAWN, by=cast.tom, at=MONDAY, reason="Not now", expected_version=1)

    answer = Caller(cast.tom).patch(f"{URL}{initiative.pk}/", seen=2, scope="Again")

    assert (answer.status_code, answer.json()["code"]) == (409, "ended")
