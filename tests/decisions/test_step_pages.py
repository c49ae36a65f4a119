"""Pages on which an initiative is moved along and a flag is answered."""

from datetime import date
from typing import Any

import pytest
from time_machine import travel

from decisions.models import GateDecision
from initiatives.models import Answer, Flag, Initiative
from tests.cast import MONDAY, Caller, Cast
from tests.markup import read


def steps(initiative: Initiative, by: Caller) -> str:
    answer = by.get(f"/initiatives/{initiative.ref}/gates/")
    assert answer.status_code == 200
    said: str = answer.content.decode()
    assert read(said).verdict() == []
    return said


def go(initiative: Initiative, by: Caller, to: str, *, version: int | None = None, **fields: str) -> Any:
    given = {"to": to, "version": str(version or initiative.version), "reason": "Because"} | fields
    return by.form(f"/initiatives/{initiative.ref}/gates/", **given)


def state() -> str:
    return Initiative.objects.get().state


def test_a_draft_shows_what_is_missing_and_lists_it_when_sent(draft: Initiative, cast: Cast) -> None:
    tom = Caller(cast.tom)
    assert "Choose a main KPI" in steps(draft, tom)

    answer = go(draft, tom, "submitted")

    said = answer.content.decode()
    assert (answer.status_code, state()) == (422, "draft")
    assert said.count("Choose a main KPI") == 2
    assert read(said).verdict() == []


def test_the_owner_submits(ready: Initiative, cast: Cast) -> None:
    answer = go(ready, Caller(cast.tom), "submitted")

    assert (answer.status_code, state()) == (303, "submitted")
    assert GateDecision.objects.get().gate == "G1"


def test_a_stale_page_moves_nothing_and_loses_nothing(ready: Initiative, cast: Cast) -> None:
    answer = go(ready, Caller(cast.tom), "submitted", version=ready.version + 5, reason="Ready at last")

    assert (answer.status_code, state()) == (412, "draft")
    assert "Ready at last" in answer.content.decode()


def test_the_sponsor_stops_with_a_lesson(running: Initiative, cast: Cast) -> None:
    marieke = Caller(cast.marieke)

    without = go(running, marieke, "stopped")
    answer = go(running, marieke, "stopped", lesson="Titles alone move nothing")

    assert (without.status_code, answer.status_code, state()) == (422, 303, "stopped")


def test_others_read_why_they_cannot(running: Initiative, cast: Cast) -> None:
    aisha = Caller(cast.aisha)

    said = steps(running, aisha)
    answer = go(running, aisha, "stopped", lesson="None")

    assert "Only the sponsor can do this." in said
    assert 'name="lesson"' not in said
    assert (answer.status_code, state()) == (403, "pilot")


def test_a_gate_is_answered_on_its_own_page(asked: GateDecision, cast: Cast) -> None:
    answer = go(asked.initiative, Caller(cast.marieke), "baselining")

    assert (answer.status_code, state()) == (409, "submitted")
    assert f"/initiatives/{asked.initiative.ref}/gates/G1/" in steps(asked.initiative, Caller(cast.marieke))


def test_a_stranger_finds_nothing(running: Initiative, cast: Cast) -> None:
    assert Caller(cast.lena).get(f"/initiatives/{running.ref}/gates/").status_code == 404


@pytest.fixture
def stalled(running: Initiative) -> Flag:
    return Flag.objects.create(
        initiative=running,
        kind="S2",
        severity="warn",
        factor="F1",
        addressee=running.owner,
        opened_at=MONDAY,
        due_on=date(2026, 3, 9),
        words={"code": "review-open", "parameters": {"days": 6}},
        evidence=[{"code": "fact-progress", "parameters": {"week": 4, "weeks": 6}}],
    )


def test_a_flag_says_what_is_wrong_and_takes_one_of_three_answers(stalled: Flag, cast: Cast) -> None:
    url = f"/initiatives/{stalled.initiative.ref}/flags/{stalled.ref}/"
    with travel(MONDAY, tick=False):
        tom = Caller(cast.tom)
        said = tom.get(url).content.decode()
        fields = {"version": "1", "reply": "recover", "reason": "Covers first", "until": "2026-03-16"}
        incomplete = tom.form(url, **fields | {"until": ""})
        answer = tom.form(url, **fields)

    assert read(said).verdict() == []
    for words in (
        "4 of 6 pilot weeks are over.",
        "Recover with a plan",
        "Change the goal",
        "Propose to stop",
        "Portfolio lead",
    ):
        assert words in said
    assert (incomplete.status_code, answer.status_code) == (422, 303)
    assert Answer.objects.get().by == cast.tom


def test_a_flag_of_another_initiative_is_not_found(stalled: Flag, cast: Cast) -> None:
    assert Caller(cast.tom).get(f"/initiatives/999999/flags/{stalled.ref}/").status_code == 404
    assert Caller(cast.lena).get(f"/initiatives/{stalled.initiative.ref}/flags/{stalled.ref}/").status_code == 404


def test_somebody_else_cannot_answer_it(stalled: Flag, cast: Cast) -> None:
    url = f"/initiatives/{stalled.initiative.ref}/flags/{stalled.ref}/"
    with travel(MONDAY, tick=False):
        answer = Caller(cast.aisha).form(url, version="1", reply="recover", reason="Covers first", until="2026-03-16")

    assert answer.status_code == 403
    assert not Answer.objects.exists()
