"""The life of an initiative over the API: every next step with its criteria, and taking it."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from decisions.models import GateDecision
from decisions.services import gates, lifecycle
from initiatives.lifecycle import Gate
from initiatives.models import Initiative, Target, Transition
from ownership.models import Event, Organisation, User
from tests.cast import MONDAY, Caller, Cast
from tests.decisions.conftest import a_draft, approve, ask, fill, seen


def look(initiative: Initiative, by: User) -> dict[str, Any]:
    """Every next step by where it leads."""
    answer = Caller(by).get(f"/api/v1/initiatives/{initiative.ref}/transitions/")
    assert answer.status_code == 200
    return {move["to"]: move for move in answer.json()["moves"]}


def take(initiative: Initiative, by: User, to: str, **body: str) -> Any:
    """The step as a client takes it: look, then send back what was seen."""
    move = look(initiative, by)[to]
    url = f"/api/v1/initiatives/{initiative.pk}/transitions/"
    return Caller(by).post(url, seen=move["if_match"], to=to, **{"reason": "Because"} | body)


def state() -> str:
    return Initiative.objects.get().state


def test_a_draft_shows_all_that_gate_0_asks(draft: Initiative, cast: Cast) -> None:
    moves = look(draft, cast.tom)

    assert list(moves) == ["submitted", "withdrawn"]
    submit = moves["submitted"]
    assert (submit["act"], submit["gate"], submit["allowed"]) == ("submit", "G0", False)
    met = {criterion["code"]: criterion["met"] for criterion in submit["criteria"]}
    assert met == {
        "G0.questions": False,
        "G0.problem": False,
        "G0.outcome": False,
        "G0.owner": True,
        "G0.sponsor": True,
    }
    assert moves["withdrawn"]["allowed"] is True


def test_submitting_lists_the_same_that_is_missing(draft: Initiative, cast: Cast) -> None:
    shown = look(draft, cast.tom)["submitted"]["criteria"]

    answer = take(draft, cast.tom, "submitted")

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/gate-not-met")
    assert answer.json()["items"] == [criterion for criterion in shown if not criterion["met"]]
    assert state() == "draft"
    assert not Event.objects.filter(data__action="initiative.submitted").exists()


def test_a_ready_draft_goes_before_its_sponsor(ready: Initiative, cast: Cast) -> None:
    answer = take(ready, cast.tom, "submitted")

    assert (answer.status_code, answer.json()["state"]) == (200, "submitted")
    asked = GateDecision.objects.get()
    assert (asked.gate, asked.requested_by, asked.excluded) == ("G1", cast.tom, sorted([cast.tom.pk, cast.aisha.pk]))
    assert asked.due_on - asked.requested_at.astimezone(ZoneInfo(settings.TIME_ZONE)).date() == timedelta(days=10)
    assert Event.objects.filter(data__action="initiative.submitted").count() == 1


def test_only_the_owner_submits(ready: Initiative, cast: Cast) -> None:
    answer = take(ready, cast.aisha, "submitted")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_owner")
    assert look(ready, cast.aisha)["submitted"]["refusal"]["code"] == "not_owner"


def test_a_stale_version_submits_nothing(ready: Initiative, cast: Cast) -> None:
    url = f"/api/v1/initiatives/{ready.pk}/transitions/"

    stale = Caller(cast.tom).post(url, seen=ready.version + 1, to="submitted", reason="Ready")
    blind = Caller(cast.tom).post(url, to="submitted", reason="Ready")

    assert (stale.status_code, blind.status_code, state()) == (412, 428, "draft")


def test_there_is_no_other_way(ready: Initiative, cast: Cast) -> None:
    url = f"/api/v1/initiatives/{ready.pk}/transitions/"

    answer = Caller(cast.tom).post(url, seen=ready.version, to="pilot", reason="Let us start")

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-now")
    assert Caller(cast.lena).get(url).status_code == 404


def test_the_sponsor_commits_by_the_same_address(asked: GateDecision, cast: Cast) -> None:
    assert look(asked.initiative, cast.marieke)["baselining"]["allowed"] is True

    answer = take(asked.initiative, cast.marieke, "baselining")

    assert (answer.status_code, state()) == (200, "baselining")
    assert GateDecision.objects.get().choice == "approve"


@pytest.mark.parametrize(("who", "code"), [("tom", "requester"), ("aisha", "editor"), ("eva", "no_gate_authority")])
def test_nobody_else_commits_by_it(asked: GateDecision, cast: Cast, who: str, code: str) -> None:
    shown = look(asked.initiative, getattr(cast, who))["baselining"]

    answer = take(asked.initiative, getattr(cast, who), "baselining")

    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert (shown["allowed"], shown["refusal"]["code"]) == (False, code)


def test_the_pilot_begins_when_the_steward_confirms(committed: Initiative, cast: Cast) -> None:
    assert look(committed, cast.tom)["pilot"]["act"] == "request"
    assert take(committed, cast.tom, "pilot").status_code == 200
    assert state() == "baselining"

    answer = take(committed, cast.daan, "pilot")

    assert answer.status_code == 200
    initiative = Initiative.objects.get()
    assert initiative.state == "pilot"
    assert initiative.pilot_starts_on is not None
    assert initiative.pilot_ends_on == initiative.pilot_starts_on + timedelta(weeks=6)


def test_the_sponsor_does_not_confirm_the_figures(committed: Initiative, cast: Cast) -> None:
    ask(committed, Gate.G2, cast.tom)

    answer = take(committed, cast.marieke, "pilot")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_steward")


def test_without_a_guardrail_the_pilot_is_not_asked_for(committed: Initiative, cast: Cast) -> None:
    Target.objects.filter(role="guardrail").update(superseded_at=MONDAY)

    answer = take(committed, cast.tom, "pilot")

    assert (answer.status_code, [item["code"] for item in answer.json()["items"]]) == (422, ["G2.guardrail"])


def test_a_goal_changed_after_the_approval_goes_before_the_sponsor_again(committed: Initiative, cast: Cast) -> None:
    Target.objects.filter(role="primary").update(goal=0.11)

    answer = take(committed, cast.tom, "pilot")

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/approval-outdated")
    approve(ask(committed, Gate.G1, cast.tom), cast.marieke)
    assert state() == "baselining"
    assert take(committed, cast.tom, "pilot").status_code == 200


def test_one_more_guardrail_leaves_the_approval_as_it_is(committed: Initiative, cast: Cast) -> None:
    main = Target.objects.get(role="primary")
    Target.objects.create(
        initiative=committed,
        kpi=main.kpi,
        metric_class=main.metric_class,
        chain=main.chain,
        role="guardrail",
        margin=0.02,
    )

    assert take(committed, cast.tom, "pilot").status_code == 200


def test_the_owner_ends_a_pilot_early(running: Initiative, cast: Cast) -> None:
    answer = take(running, cast.tom, "review")

    assert (answer.status_code, state()) == (200, "review")
    assert GateDecision.objects.open().get().gate == "G3"


def judged(status: str) -> None:
    Target.objects.update(status=status)


def test_what_helps_is_scaled(reviewed: GateDecision, cast: Cast) -> None:
    judged("on-track")

    answer = take(reviewed.initiative, cast.marieke, "scaling", reason="Twelve percent more, and it lasts")

    assert (answer.status_code, state()) == (200, "scaling")


def test_harm_is_not_scaled(reviewed: GateDecision, cast: Cast) -> None:
    judged("regressing")

    answer = take(reviewed.initiative, cast.marieke, "scaling")

    assert (answer.status_code, [item["code"] for item in answer.json()["items"]]) == (422, ["G3.guardrails"])


def test_once_more_with_another_idea(reviewed: GateDecision, cast: Cast) -> None:
    answer = take(reviewed.initiative, cast.marieke, "pilot", reason="Rewrite the covers instead of the titles")

    assert answer.status_code == 200
    initiative = Initiative.objects.get()
    assert initiative.state == "pilot"
    assert GateDecision.objects.get(pk=reviewed.pk).choice == "iterate"
    assert initiative.pilot_ends_on is not None
    assert initiative.pilot_ends_on > date(2026, 4, 13)


@pytest.mark.parametrize("fixture", ["asked", "committed", "running", "reviewed"])
def test_stopping_is_one_act_from_everywhere(fixture: str, cast: Cast, request: pytest.FixtureRequest) -> None:
    row = request.getfixturevalue(fixture)
    initiative = row if isinstance(row, Initiative) else row.initiative

    answer = take(initiative, cast.marieke, "stopped", lesson="Titles alone move nothing")

    assert (answer.status_code, state()) == (200, "stopped")
    assert Transition.objects.order_by("-version").values_list("lesson", flat=True)[0] == "Titles alone move nothing"
    assert not GateDecision.objects.open().exists()
    assert Event.objects.filter(data__action="initiative.stopped").count() == 1


def test_a_request_that_waited_is_answered_by_the_stop(reviewed: GateDecision, cast: Cast) -> None:
    take(reviewed.initiative, cast.marieke, "stopped", lesson="Titles alone move nothing")

    reviewed.refresh_from_db()
    assert (reviewed.choice, reviewed.decided_by) == ("stop", cast.marieke)


def test_stopping_at_a_gate_needs_the_case_that_was_read(reviewed: GateDecision, cast: Cast) -> None:
    url, said = f"/api/v1/gates/{reviewed.pk}/stop/", {"reason": "No return", "lesson": "Titles alone move nothing"}

    unseen = Caller(cast.marieke).post(url, **said)
    other = Caller(cast.marieke).post(url, seen="0" * 64, **said)
    read = Caller(cast.marieke).post(url, seen=seen(reviewed), **said)

    assert (unseen.status_code, other.status_code, read.status_code, state()) == (428, 412, 200, "stopped")


def test_stopping_leaves_a_lesson(running: Initiative, cast: Cast) -> None:
    answer = take(running, cast.marieke, "stopped")

    assert (answer.status_code, answer.json()["field"], state()) == (422, "lesson", "pilot")


@pytest.mark.parametrize("who", ["tom", "noor", "eva", "daan"])
def test_only_the_sponsor_stops(running: Initiative, cast: Cast, who: str) -> None:
    answer = take(running, getattr(cast, who), "stopped", lesson="Something")

    assert (answer.status_code, state()) == (403, "pilot")


def test_a_pause_moves_the_end_of_the_pilot(running: Initiative, cast: Cast) -> None:
    ends_on = running.pilot_ends_on
    assert ends_on is not None
    stamp: dict[str, Any] = {"by": cast.marieke, "reason": "The shop moves house"}
    at = MONDAY + timedelta(days=7)
    paused = lifecycle.pause(initiative=running, at=at, expected_version=running.version, **stamp)
    assert (paused.state, paused.paused_from) == ("paused", "pilot")

    resumed = lifecycle.resume(initiative=paused, at=at + timedelta(days=10), expected_version=paused.version, **stamp)

    assert (resumed.state, resumed.paused_from) == ("pilot", None)
    assert resumed.pilot_ends_on == ends_on + timedelta(days=10)


def test_a_paused_initiative_goes_on_or_stops(running: Initiative, cast: Cast) -> None:
    take(running, cast.marieke, "paused")

    assert list(look(running, cast.marieke)) == ["pilot", "stopped"]
    assert take(running, cast.marieke, "pilot").status_code == 200
    assert state() == "pilot"


def test_its_owner_withdraws_what_was_not_decided(asked: GateDecision, cast: Cast) -> None:
    assert take(asked.initiative, cast.marieke, "withdrawn").json()["code"] == "not_owner"

    answer = take(asked.initiative, cast.tom, "withdrawn")

    assert (answer.status_code, state()) == (200, "withdrawn")
    assert not GateDecision.objects.open().exists()


def test_the_sponsor_sends_a_case_back_before_the_pilot(committed: Initiative, cast: Cast) -> None:
    answer = take(committed, cast.marieke, "draft", reason="The scope is too wide")

    assert (answer.status_code, state()) == (200, "draft")


def test_while_a_seat_is_empty_no_gate_passes(committed: Initiative, cast: Cast) -> None:
    assert committed.sponsor
    seat = committed.sponsor
    seat.appointments.update(closed_at=MONDAY)
    seat.change(expected_version=seat.version, holder=None, vacant_since=MONDAY)

    answer = take(committed, cast.tom, "pilot")

    assert [item["code"] for item in answer.json()["items"]] == ["G2.seats"]


def test_the_due_day_is_counted_where_the_organisation_lives(ready: Initiative, cast: Cast) -> None:
    """At 23:30 in UTC it is the next day in Amsterdam."""
    Organisation.objects.update(zone="Europe/Amsterdam")
    late = MONDAY.replace(hour=23, minute=30)

    asked = gates.submit(initiative=ready, by=cast.tom, at=late, reason="Ready", expected_version=ready.version)

    assert asked.due_on == date(2026, 3, 13)


def test_a_repeated_post_has_one_effect(ready: Initiative, cast: Cast) -> None:
    url = f"/api/v1/initiatives/{ready.pk}/transitions/"
    headers = {"Idempotency-Key": "submit-once-14"}
    body = {"to": "submitted", "reason": "Ready"}

    first = Caller(cast.tom).send("POST", url, body, seen=ready.version, **headers)
    second = Caller(cast.tom).send("POST", url, body, seen=ready.version, **headers)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert Transition.objects.count() == 1


@pytest.mark.parametrize("others", [1, 20])
def test_reading_takes_the_same_queries_however_much_there_is(
    ready: Initiative, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries, others: int
) -> None:
    for number in range(others):
        fill(a_draft(cast, f"Try {number}"), cast)
    tom = Caller(cast.tom)

    with django_assert_num_queries(17):
        tom.get(f"/api/v1/initiatives/{ready.pk}/transitions/")
