"""Flags are answered by those whom they ask, with what they take, in time."""

from datetime import date, timedelta
from typing import Any

import pytest
from time_machine import travel

from decisions.models import GateDecision
from initiatives.models import Answer, Flag, Initiative
from ownership.models import Event, User
from tests.cast import MONDAY, Caller, Cast
from tests.markup import read

IN_TWO_WEEKS = (MONDAY + timedelta(days=14)).date()


@pytest.fixture(autouse=True)
def monday() -> Any:
    with travel(MONDAY, tick=False):
        yield


@pytest.fixture
def stalled(running: Initiative) -> Flag:
    return a_flag(running, "S2")


def a_flag(initiative: Initiative, kind: str, **fields: Any) -> Flag:
    given = {"severity": "warn", "factor": "F1", "addressee": initiative.owner, "opened_at": MONDAY} | fields
    return Flag.objects.create(initiative=initiative, kind=kind, due_on=date(2026, 3, 9), **given)


def answer(flag: Flag, by: User, reply: str, *, seen: int | None = None, **body: Any) -> Any:
    given = {"reason": "We rewrite the covers first"} | body
    url = f"/api/v1/flags/{flag.ref}/answer/"
    return Caller(by).post(url, seen=seen or flag.version, reply=reply, **given)


def test_the_owner_recovers_with_a_plan(stalled: Flag, cast: Cast) -> None:
    answered = answer(stalled, cast.tom, "recover", until="2026-03-16")

    assert (answered.status_code, answered.json()["reply"]) == (201, "recover")
    stalled.refresh_from_db()
    assert (stalled.acknowledged_until, stalled.closed_at, stalled.version) == (IN_TWO_WEEKS, None, 2)
    event = Event.objects.get(data__action="flag.answered")
    assert (event.actor, event.data["after"]["reply"]) == (cast.tom, "recover")


@pytest.mark.parametrize(
    ("reply", "until", "field"),
    [
        ("recover", None, "until"),
        ("recover", "2026-03-02", "until"),
        ("recover", "2026-03-31", "until"),
        ("change_goal", None, "until"),
        ("later", "2026-03-16", "reply"),
        ("done", None, "reply"),
    ],
)
def test_what_it_does_not_take_is_named(stalled: Flag, cast: Cast, reply: str, until: str | None, field: str) -> None:
    refused = answer(stalled, cast.tom, reply, until=until)

    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert not Answer.objects.exists()


def test_a_second_plan_comes_from_the_sponsor(stalled: Flag, cast: Cast) -> None:
    answer(stalled, cast.tom, "recover", until="2026-03-16")
    stalled.refresh_from_db()

    again = answer(stalled, cast.tom, "recover", until="2026-03-20")
    above = answer(stalled, cast.marieke, "recover", until="2026-03-20")

    assert (again.status_code, again.json()["code"]) == (403, "second_plan")
    assert above.status_code == 201


def test_a_proposal_to_stop_asks_the_sponsor(stalled: Flag, cast: Cast) -> None:
    answered = answer(stalled, cast.tom, "propose_stop", reason="Nothing moves")

    assert answered.status_code == 201
    assert Initiative.objects.get().state == "review"
    asked = GateDecision.objects.open().get()
    assert (asked.gate, asked.requested_by) == ("G3", cast.tom)


def test_the_sponsor_need_not_propose(stalled: Flag, cast: Cast) -> None:
    refused = answer(stalled, cast.marieke, "propose_stop")

    assert (refused.status_code, refused.json()["code"]) == (409, "stop_it")


def test_done_closes_it(running: Initiative, cast: Cast) -> None:
    flag = a_flag(running, "S7", factor="F4", addressee=None)

    assert answer(flag, cast.noor, "done").status_code == 201
    flag.refresh_from_db()
    assert flag.closed_at is not None
    assert answer(flag, cast.noor, "done").status_code == 409


@pytest.mark.parametrize("who", ["aisha", "daan", "eva", "ruth"])
def test_it_asks_somebody_else(stalled: Flag, cast: Cast, who: str) -> None:
    refused = answer(stalled, getattr(cast, who), "recover", until="2026-03-16")

    assert (refused.status_code, refused.json()["code"]) == (403, "not_asked")


def test_those_below_on_the_ladder_no_longer_answer(stalled: Flag, cast: Cast) -> None:
    Flag.objects.update(rung=1, addressee=None)

    assert answer(stalled, cast.tom, "recover", until="2026-03-16").status_code == 403
    assert answer(stalled, cast.noor, "recover", until="2026-03-16").status_code == 201


def test_a_stranger_does_not_see_it(stalled: Flag, cast: Cast) -> None:
    assert answer(stalled, cast.lena, "recover", until="2026-03-16").status_code == 404


def test_of_two_answers_at_once_one_counts(stalled: Flag, cast: Cast) -> None:
    answer(stalled, cast.tom, "recover", until="2026-03-16")

    late = answer(stalled, cast.marieke, "change_goal", until="2026-03-16", seen=1)

    assert late.status_code == 412
    assert Answer.objects.count() == 1


def test_it_is_acknowledged_for_two_weeks_at_most(stalled: Flag, cast: Cast) -> None:
    url = f"/api/v1/flags/{stalled.pk}/acknowledge/"
    tom = Caller(cast.tom)

    late = tom.post(url, seen=1, until="2026-03-17", reason="On leave")
    soon = tom.post(url, seen=1, until="2026-03-16", reason="On leave")

    assert (late.status_code, soon.status_code) == (422, 200)
    assert soon.json() == {"id": stalled.pk, "ref": stalled.ref, "acknowledged_until": "2026-03-16", "version": 2}


def page(flag: Flag, by: User, *, of: str = "") -> str:
    answered = Caller(by).get(of or f"/initiatives/{flag.initiative.ref}/flags/{flag.ref}/")
    said: str = answered.content.decode()
    assert (answered.status_code, read(said).verdict()) == (200, [])
    return said


def test_only_who_may_answer_is_offered_to(stalled: Flag, cast: Cast) -> None:
    assert 'name="reply"' in page(stalled, cast.tom)
    assert 'name="reply"' in page(stalled, cast.noor)  # stands above them
    assert 'name="reply"' not in page(stalled, cast.aisha)
    assert "Who is asked can answer" in page(stalled, cast.aisha)


def test_the_answer_is_given_on_the_page_of_the_initiative(stalled: Flag, cast: Cast) -> None:
    said = page(stalled, cast.tom, of=f"/initiatives/{stalled.initiative.ref}/")
    url = f"/initiatives/{stalled.initiative.ref}/flags/{stalled.ref}/"
    sent = Caller(cast.tom).form(url, version="1", reply="recover", reason="Two editors", until="2026-03-16")

    assert f'action="{url}"' in said
    assert (sent.status_code, Answer.objects.get().reason) == (303, "Two editors")
    assert 'name="reply"' not in page(stalled, cast.tom, of=f"/initiatives/{stalled.initiative.ref}/")


def test_a_second_send_of_the_same_answer_has_no_effect(stalled: Flag, cast: Cast) -> None:
    url = f"/initiatives/{stalled.initiative.ref}/flags/{stalled.ref}/"
    given = {"version": "1", "reply": "recover", "reason": "Two editors", "until": "2026-03-16"}

    first, second = (Caller(cast.tom).form(url, **given) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 412)
    assert Answer.objects.count() == Event.objects.filter(data__action="flag.answered").count() == 1


def test_the_second_flag_is_a_line_and_the_one_that_asks_me_stands_first(stalled: Flag, cast: Cast) -> None:
    Flag.objects.filter(pk=stalled.pk).update(words={"code": "payback-never", "parameters": {"horizon": 12}})
    other = {"severity": "bad", "addressee": stalled.initiative.sponsor}
    louder = a_flag(stalled.initiative, "S6", words={"code": "review-open", "parameters": {"days": 6}}, **other)

    toms, aishas = (page(stalled, who, of=f"/initiatives/{stalled.initiative.ref}/") for who in (cast.tom, cast.aisha))

    assert f'<h2 id="flag-{stalled.pk}">' in toms
    assert f'<h2 id="flag-{louder.pk}">' in aishas
    assert all(said.count('class="card flag"') == 1 for said in (toms, aishas))
    assert f"/flags/{louder.ref}/" in toms


def test_whoever_cannot_answer_yet_says_so_for_two_weeks_at_most(stalled: Flag, cast: Cast) -> None:
    url = f"/initiatives/{stalled.initiative.ref}/flags/{stalled.ref}/"
    given = {"version": "1", "reply": "acknowledge", "reason": "The editor is ill until then"}

    open_ended, too_long, fits = (
        Caller(cast.tom).form(url, **given, **until) for until in ({}, {"until": "2026-03-17"}, {"until": "2026-03-16"})
    )

    stalled.refresh_from_db()
    assert (open_ended.status_code, too_long.status_code, fits.status_code) == (422, 422, 303)
    assert "Say by when." in open_ended.content.decode()
    assert (stalled.acknowledged_until, stalled.closed_at) == (IN_TWO_WEEKS, None)
    assert not Answer.objects.exists()
    assert not Flag.objects.asking(cast.tom, on=IN_TWO_WEEKS).exists()
    assert Flag.objects.asking(cast.tom, on=IN_TWO_WEEKS + timedelta(days=1)).get() == stalled
