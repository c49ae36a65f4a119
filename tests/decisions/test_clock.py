"""What happens by itself: time-boxes end, harm is reviewed at once, what nobody leads stands still."""

from datetime import date, datetime, timedelta

import pytest
from time_machine import travel

from decisions.models import GateDecision, Timer
from decisions.moves import Act, Hands, due_act
from decisions.services import lifecycle
from decisions.tasks import timer_due
from initiatives.lifecycle import State
from initiatives.models import Initiative, Target, Transition, Verdict
from ownership.models import Event
from tests.cast import MONDAY, Cast

TODAY = date(2026, 4, 13)
LAST_WEEK = TODAY - timedelta(days=7)


@pytest.mark.parametrize(
    ("hands", "act"),
    [
        (Hands(TODAY, State.PILOT, LAST_WEEK, pilot_ends_on=TODAY), Act.REVIEW),
        (Hands(TODAY, State.PILOT, LAST_WEEK, pilot_ends_on=TODAY + timedelta(days=1)), None),
        (Hands(TODAY, State.PILOT, LAST_WEEK, pilot_ends_on=TODAY + timedelta(days=9), is_harmful=True), Act.REVIEW),
        (Hands(TODAY, State.SCALING, LAST_WEEK), None),
        (Hands(TODAY, State.SCALING, LAST_WEEK, is_harmful=True), Act.REVIEW),
        (Hands(TODAY, State.SCALING, TODAY - timedelta(days=365)), Act.REVIEW),
        (Hands(TODAY, State.EMBEDDED, TODAY - timedelta(days=364)), None),
        (Hands(TODAY, State.EMBEDDED, LAST_WEEK, is_harmful=True), Act.REVIEW),
        (Hands(TODAY, State.REVIEW, LAST_WEEK, is_harmful=True), None),
        (Hands(TODAY, State.REVIEW, LAST_WEEK, vacant_since=TODAY - timedelta(days=30)), Act.PAUSE),
        (Hands(TODAY, State.REVIEW, LAST_WEEK, vacant_since=TODAY - timedelta(days=29)), None),
        (Hands(TODAY, State.PAUSED, LAST_WEEK, vacant_since=TODAY - timedelta(days=99)), None),
        (Hands(TODAY, State.STOPPED, TODAY - timedelta(days=999)), None),
    ],
)
def test_the_clock_acts_when_it_is_time(hands: Hands, act: Act | None) -> None:
    due = due_act(hands)

    assert (due[0] if due else None) is act


def ring(at: datetime) -> None:
    with travel(at, tick=False):
        timer_due()


def judged(target: Target, status: str, at: datetime) -> None:
    verdict = Verdict.objects.create(target=target, week=2, status=status, code_version=1, judged_at=at)
    Target.objects.filter(pk=target.pk).update(status=status, verdict=verdict)


def test_a_pilot_whose_time_box_ended_goes_under_review(running: Initiative, cast: Cast) -> None:
    ring(MONDAY + timedelta(days=41))
    assert Initiative.objects.get().state == "pilot"

    ring(MONDAY + timedelta(days=42))

    assert Initiative.objects.get().state == "review"
    asked = GateDecision.objects.open().get()
    assert (asked.gate, asked.requested_by, asked.due_on) == ("G3", None, date(2026, 4, 18))
    step = Transition.objects.get(to_state="review")
    assert (step.by, step.reason) == (None, "The time-box has ended.")
    event = Event.objects.get(data__action="gate.requested", data__after__gate="G3")
    assert (event.actor, event.data["via"]) == (None, "job")


def test_ringing_twice_changes_nothing(running: Initiative) -> None:
    for _ in range(2):
        ring(MONDAY + timedelta(days=42))

    assert Transition.objects.filter(to_state="review").count() == 1
    assert Timer.objects.get().due_at == MONDAY + timedelta(days=42, hours=1)


def test_harm_is_reviewed_within_the_hour(running: Initiative) -> None:
    judged(Target.objects.get(role="primary"), "regressing", MONDAY + timedelta(days=15))

    ring(MONDAY + timedelta(days=16))

    assert Initiative.objects.get().state == "review"


def test_what_was_judged_before_this_pilot_is_no_harm_of_it(running: Initiative) -> None:
    judged(Target.objects.get(role="primary"), "regressing", MONDAY - timedelta(days=1))

    ring(MONDAY + timedelta(days=16))

    assert Initiative.objects.get().state == "pilot"


def test_a_seat_empty_for_thirty_days_pauses(running: Initiative) -> None:
    assert running.sponsor
    seat = running.sponsor
    seat.appointments.update(closed_at=MONDAY)
    seat.change(expected_version=seat.version, holder=None, vacant_since=MONDAY)

    ring(MONDAY + timedelta(days=30))

    initiative = Initiative.objects.get()
    assert (initiative.state, initiative.paused_from) == ("paused", "pilot")


def test_what_has_ended_has_no_timer(running: Initiative, cast: Cast) -> None:
    lifecycle.stop(
        initiative=running,
        by=cast.marieke,
        at=MONDAY,
        reason="No",
        lesson="None",
        expected_version=running.version,
    )

    ring(MONDAY + timedelta(days=1))

    assert Timer.objects.get().due_at is None
