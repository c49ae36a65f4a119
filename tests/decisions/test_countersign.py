"""Against what the verdict advises, and for a third time round, a portfolio lead signs beside the sponsor."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from time_machine import travel

from decisions.models import GateDecision
from decisions.moves import wants_second
from initiatives.models import Initiative, KillCriterion, Target, Transition
from initiatives.verdicts import Status
from ownership.models import Event, User
from tests.cast import MONDAY, Caller, Cast
from tests.decisions.conftest import a_seat, seen

LATER = MONDAY + timedelta(days=43)
STOP = {"to": "stopped", "reason": "The market has moved", "lesson": "Reached is not yet worth it"}


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch, reviewed: GateDecision) -> None:
    """The day after the review began."""
    monkeypatch.setattr("ownership.clock.now", lambda: LATER)


def verdict(status: str) -> None:
    Target.objects.filter(role="primary").update(status=status)
    Target.objects.filter(role="guardrail").update(status="on-track")


def answer(asked: GateDecision, by: User, act: str, *, reason: str = "I see more in it") -> Any:
    asked = GateDecision.objects.get(pk=asked.pk)
    return Caller(by).post(f"/api/v1/gates/{asked.pk}/{act}/", seen=seen(asked), reason=reason)


def stop(initiative: Initiative, by: User) -> Any:
    initiative.refresh_from_db()
    return Caller(by).post(f"/api/v1/initiatives/{initiative.pk}/transitions/", seen=initiative.version, **STOP)


def state() -> str:
    return Initiative.objects.get().state


def events(action: str) -> list[Event]:
    return list(Event.objects.filter(data__action=action))


@pytest.mark.parametrize(
    ("choice", "status", "iterations", "why"),
    [
        ("iterate", None, 1, ""),
        ("iterate", None, 2, "third_iteration"),
        ("approve", Status.ON_TRACK, 5, ""),
        ("approve", Status.STALLED, 0, "scale_although_failing"),
        ("approve", Status.REGRESSING, 0, "scale_although_failing"),
        ("approve", Status.MISSED, 0, "scale_although_failing"),
        ("stop", Status.REACHED, 0, "stop_although_reached"),
        ("stop", Status.STALLED, 9, ""),
    ],
)
def test_what_wants_a_second_signature(choice: str, status: Status | None, iterations: int, why: str) -> None:
    assert wants_second(choice, verdict=status, iterations=iterations) == why


def test_scaling_what_stalls_waits_for_a_lead_and_then_happens(reviewed: GateDecision, cast: Cast) -> None:
    verdict("stalled")

    first = answer(reviewed, cast.marieke, "approve").json()
    waiting = state()
    second = answer(reviewed, cast.noor, "countersign", reason="The market is slow").json()

    assert (first["choice"], first["proposal"]["why"], waiting) == (None, "scale_although_failing", "review")
    assert (second["choice"], second["decided_by"], second["second_by"]) == ("approve", cast.marieke.pk, cast.noor.pk)
    assert second["reason"] == "I see more in it\nThe market is slow"
    assert state() == "scaling"
    assert [event.actor for event in events("gate.proposed")] == [cast.marieke]
    assert [event.actor for event in events("gate.approved") if event.data["after"]["gate"] == "G3"] == [cast.noor]


def test_stopping_what_was_reached_waits_for_a_lead_and_keeps_the_lesson(reviewed: GateDecision, cast: Cast) -> None:
    verdict("reached")

    said = stop(reviewed.initiative, cast.marieke)
    waiting = state()
    answer(reviewed, cast.noor, "countersign")

    assert (said.status_code, waiting, state()) == (200, "review", "stopped")
    assert Transition.objects.get(to_state="stopped").lesson == STOP["lesson"]
    assert len(events("initiative.stopped")) == 1


def test_stopping_what_failed_needs_nobody_else(reviewed: GateDecision, cast: Cast) -> None:
    verdict("stalled")

    stop(reviewed.initiative, cast.marieke)

    assert state() == "stopped"


def test_the_third_time_round_waits_for_a_lead(reviewed: GateDecision, cast: Cast) -> None:
    asked = reviewed
    for _round in range(2):
        answer(asked, cast.marieke, "iterate")
        assert state() == "pilot"
        asked = ask_again(reviewed.initiative, cast)

    third = answer(asked, cast.marieke, "iterate").json()
    waiting = state()
    answer(asked, cast.noor, "countersign")

    assert (third["proposal"]["why"], waiting, state()) == ("third_iteration", "review", "pilot")


def ask_again(initiative: Initiative, cast: Cast) -> GateDecision:
    initiative.refresh_from_db()
    url, body = f"/api/v1/initiatives/{initiative.pk}/transitions/", {"to": "review", "reason": "Look again"}
    assert Caller(cast.tom).post(url, seen=initiative.version, **body).status_code == 200
    return GateDecision.objects.open().get()


@pytest.fixture
def proposed(reviewed: GateDecision, cast: Cast) -> GateDecision:
    verdict("stalled")
    answer(reviewed, cast.marieke, "approve")
    reviewed.refresh_from_db()
    return reviewed


@pytest.mark.parametrize(
    ("who", "code"), [("marieke", "role"), ("eva", "role"), ("ruth", "role"), ("daan", "role"), ("tom", "role")]
)
def test_only_a_lead_signs_beside_the_sponsor(proposed: GateDecision, cast: Cast, who: str, code: str) -> None:
    said = answer(proposed, getattr(cast, who), "countersign")

    assert (said.status_code, said.json()["code"], state()) == (403, code, "review")


def test_a_lead_who_sponsors_it_cannot_sign_twice(reviewed: GateDecision, cast: Cast) -> None:
    User.objects.filter(pk=cast.marieke.pk).update(role="lead")
    verdict("stalled")
    answer(reviewed, cast.marieke, "approve")

    said = answer(reviewed, cast.marieke, "countersign")

    assert (said.status_code, said.json()["code"]) == (403, "same_person")


def test_a_lead_who_owns_it_cannot_sign(proposed: GateDecision, cast: Cast) -> None:
    User.objects.filter(pk=cast.tom.pk).update(role="lead")

    said = answer(proposed, cast.tom, "countersign")

    assert (said.status_code, state()) == (403, "review")


def test_without_a_reason_nobody_signs(proposed: GateDecision, cast: Cast) -> None:
    said = answer(proposed, cast.noor, "countersign", reason=" ")

    assert (said.status_code in (400, 422), state()) == (True, "review")


def test_a_lead_refuses_and_the_sponsor_decides_anew(proposed: GateDecision, cast: Cast) -> None:
    refused = answer(proposed, cast.noor, "refuse", reason="The figures are plain")
    again = answer(proposed, cast.noor, "countersign")

    assert (refused.json()["proposal"], again.status_code, again.json()["code"]) == (None, 409, "not_proposed")
    assert len(events("gate.not_countersigned")) == 1
    assert answer(proposed, cast.marieke, "iterate").json()["choice"] == "iterate"


def test_what_moved_since_the_sponsor_signed_is_not_signed(proposed: GateDecision, cast: Cast) -> None:
    verdict("regressing")

    said = answer(proposed, cast.noor, "countersign")

    assert (said.status_code, said.json()["code"], state()) == (412, "moved", "review")


def test_what_was_edited_since_is_not_signed(proposed: GateDecision, cast: Cast) -> None:
    agreed: dict[str, Any] = {"by_on": LATER.date(), "agreed_by": cast.tom, "agreed_at": LATER}
    KillCriterion.objects.create(initiative=proposed.initiative, text="No leads", **agreed)

    assert answer(proposed, cast.noor, "countersign").status_code == 412


def test_when_the_sponsor_changed_the_new_one_decides(proposed: GateDecision, cast: Cast) -> None:
    other = a_seat(cast, "sponsor", cast.lena)
    Initiative.objects.filter(pk=proposed.initiative_id).update(sponsor=other)

    said = answer(proposed, cast.noor, "countersign")

    assert said.status_code in (409, 412)
    assert state() == "review"


def test_nothing_waits_where_nothing_was_proposed(reviewed: GateDecision, cast: Cast) -> None:
    said = answer(reviewed, cast.noor, "countersign")

    assert (said.status_code, said.json()["code"]) == (409, "not_proposed")


def test_on_the_pages_it_moves_from_the_sponsor_to_the_lead(proposed: GateDecision, cast: Cast) -> None:
    address = f"/initiatives/{proposed.initiative.ref}/gates/G3/"
    inboxes = {who: page(getattr(cast, who), "/inbox/") for who in ("noor", "marieke")}
    portfolio = page(cast.noor, "/portfolio/")

    signed = Caller(cast.noor).form(address, choice="countersign", sentence="Slow market", sha256=seen(proposed))

    assert "Sign it too" in inboxes["noor"]
    assert "“I see more in it”" in inboxes["noor"]
    assert "Sign it too" not in inboxes["marieke"]
    assert "Sign the sponsor" in portfolio
    assert (signed.status_code, state()) == (303, "scaling")
    assert "signed too by Noor Hendriks" in page(cast.marieke, address)


def test_a_stop_that_waits_says_so_on_the_page(reviewed: GateDecision, cast: Cast) -> None:
    verdict("reached")
    reviewed.initiative.refresh_from_db()
    marieke, address = Caller(cast.marieke), f"/initiatives/{reviewed.initiative.ref}/gates/"

    marieke.form(address, version=reviewed.initiative.version, **STOP)

    assert "Signed; it waits for a portfolio lead." in " ".join(marieke.get(address).content.decode().split())
    assert state() == "review"


def page(user: User, address: str) -> str:
    with travel(LATER, tick=False):
        return " ".join(Caller(user).get(address).content.decode().split())


@pytest.mark.parametrize("who", ["marieke", "tom"])
def test_the_database_refuses_a_second_signature_of_the_first_or_of_an_owner(
    proposed: GateDecision, cast: Cast, who: str
) -> None:
    with (
        pytest.raises(DatabaseError, match="gate_second_signature_is_of_somebody_else"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE decisions_gatedecision SET choice = 'iterate', decided_by_id = %s, decided_at = now(),"
            " reason = 'x', second_by_id = %s WHERE id = %s",
            [cast.marieke.pk, getattr(cast, who).pk, proposed.pk],
        )
