"""The inbox: one card, one decision, two taps."""

import re
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from decisions.models import GateDecision
from initiatives.lifecycle import Gate
from initiatives.models import Flag, Initiative, Target
from ownership.models import Appointment
from tests.cast import MONDAY, Caller, Cast
from tests.decisions.conftest import a_draft, a_seat, ask, fill, submit
from tests.markup import read


def page(caller: Caller, url: str = "/inbox/", status: int = 200) -> str:
    answer = caller.get(url)
    assert answer.status_code == status
    said: str = answer.content.decode()
    assert read(said).verdict() == []
    return said


def hash_on(said: str) -> str:
    found = re.search(r'name="sha256" value="([0-9a-f]{64})"', said)
    assert found
    return found[1]


def send(asked: GateDecision, by: Caller, **fields: str) -> Any:
    url = f"/initiatives/{asked.initiative.ref}/gates/{asked.gate}/"
    return by.form(url, **{"sha256": hash_on(page(by)), "choice": "approve", "reason": "baseline"} | fields)


def state() -> str:
    return Initiative.objects.get().state


def test_one_card_says_what_is_to_be_decided(asked: GateDecision, cast: Cast) -> None:
    with travel(MONDAY, tick=False):
        said = page(Caller(cast.marieke))

    for words in (
        "AI-refreshed product pages",
        "Gate 1: commit the budget",
        "Tom Bakker asks",
        "€18,000",
        "More leads",
        "140 a week<small>, ± 0 a week</small>",
        "157 a week <small>by Mon 1 Jun</small>",
        "fewer than 19 leads a day",
        "147",
        "Weakest point: unrealistic expectations.",
        "The thinnest answer is to “What will be measurably different after the pilot, and what will not?”",
    ):
        assert words in said
    assert "checked" not in said


def test_two_taps_commit_the_budget(asked: GateDecision, cast: Cast) -> None:
    answer = send(asked, Caller(cast.marieke))

    assert (answer.status_code, answer["Location"]) == (303, "/inbox/")
    assert state() == "baselining"
    decided = GateDecision.objects.get()
    assert (decided.choice, decided.reason) == ("approve", "Clear baseline")
    assert "Clear baseline" in page(Caller(cast.marieke), "/inbox/decided/")


def test_without_a_reason_nothing_is_approved(asked: GateDecision, cast: Cast) -> None:
    answer = send(asked, Caller(cast.marieke), reason="")

    assert (answer.status_code, state()) == (422, "submitted")
    assert read(answer.content.decode()).verdict() == []
    assert "Choose a reason" in answer.content.decode()


@pytest.mark.parametrize(("choice", "becomes"), [("return", "draft"), ("reject", "rejected")])
def test_asking_and_declining_want_a_sentence(asked: GateDecision, cast: Cast, choice: str, becomes: str) -> None:
    marieke = Caller(cast.marieke)

    refused = send(asked, marieke, choice=choice)
    taken = send(asked, marieke, choice=choice, reason="other", sentence="Which pages exactly?")

    assert (refused.status_code, taken.status_code, state()) == (422, 303, becomes)
    assert GateDecision.objects.get().reason == "Which pages exactly?"


def test_a_case_that_moved_is_shown_anew_and_nothing_typed_is_lost(asked: GateDecision, cast: Cast) -> None:
    marieke = Caller(cast.marieke)
    old = hash_on(page(marieke))
    asked.initiative.answers.filter(question="F3.4").update(verified_by=cast.daan)

    answer = send(asked, marieke, sha256=old, reason="other", sentence="Small enough to try")

    said = answer.content.decode()
    assert (answer.status_code, state()) == (412, "submitted")
    assert "Small enough to try" in said
    assert hash_on(said) != old
    assert read(said).verdict() == []
    assert send(asked, marieke, sha256=hash_on(said)).status_code == 303


def test_an_edited_case_has_no_buttons(asked: GateDecision, cast: Cast) -> None:
    Target.objects.filter(role="primary").update(goal=0.30)

    said = page(Caller(cast.marieke))

    assert "Its owner must ask again" in said
    assert 'value="approve"' not in said


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("tom", "You asked for this"),
        ("aisha", "You edited"),
        ("eva", "A role gives no say here"),
        ("daan", "Only the sponsor"),
    ],
)
def test_nobody_else_can_answer(asked: GateDecision, cast: Cast, who: str, words: str) -> None:
    other = Caller(getattr(cast, who))
    url = f"/initiatives/{asked.initiative.ref}/gates/G1/"

    shown = page(other, url)
    answer = other.form(url, sha256=hash_on(page(Caller(cast.marieke))), choice="approve", reason="baseline")

    assert "AI-refreshed product pages" not in page(other)
    assert words in shown
    assert 'value="approve"' not in shown
    assert (answer.status_code, state()) == (403, "submitted")
    assert words in answer.content.decode()


def test_to_a_stranger_it_does_not_exist(asked: GateDecision, cast: Cast) -> None:
    assert Caller(cast.lena).get(f"/initiatives/{asked.initiative.ref}/gates/G1/").status_code == 404


def test_looking_decides_nothing(asked: GateDecision, cast: Cast) -> None:
    Caller(cast.marieke).get(f"/initiatives/{asked.initiative.ref}/gates/G1/", choice="approve", reason="baseline")

    assert state() == "submitted"


def test_the_steward_confirms_in_the_inbox(committed: Initiative, cast: Cast) -> None:
    asked = ask(committed, Gate.G2, cast.tom)

    answer = send(asked, Caller(cast.daan), reason="sound")

    assert (answer.status_code, state()) == (303, "pilot")


def test_at_gate_three_once_more_names_the_idea(reviewed: GateDecision, cast: Cast) -> None:
    answer = send(
        reviewed, Caller(cast.marieke), choice="iterate", reason="other", sentence="Rewrite the covers instead"
    )

    assert (answer.status_code, state()) == (303, "pilot")
    assert GateDecision.objects.get(pk=reviewed.pk).choice == "iterate"


def test_seats_flags_and_coming_reviews_stand_there_too(running: Initiative, cast: Cast) -> None:
    flag = Flag.objects.create(
        initiative=running,
        kind="S2",
        severity="bad",
        factor="F1",
        addressee=running.owner,
        opened_at=MONDAY,
        due_on=MONDAY.date() + timedelta(days=7),
        words={"code": "review-open", "parameters": {"days": 6}},
    )
    seat = a_seat(cast, "decider", None)
    Appointment.objects.create(seat=seat, person=cast.tom, proposed_by=cast.noor, proposed_at=MONDAY)

    tom, marieke = page(Caller(cast.tom)), page(Caller(cast.marieke))

    assert "Noor Hendriks asks you" in tom
    assert f"/flags/{flag.ref}/" in tom
    assert "scale or stop" in marieke
    assert "scale or stop" in tom
    assert "Nothing waits for you now." in page(Caller(cast.aisha))


@pytest.mark.parametrize("number", [2, 20])
def test_twenty_cards_take_the_queries_of_two(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    for n in range(number):
        submit(fill(a_draft(cast, f"Try {n}"), cast), cast)
    marieke = Caller(cast.marieke)

    with django_assert_max_num_queries(33):
        said = marieke.get("/inbox/").content.decode()

    assert said.count('class="card ask"') == number
