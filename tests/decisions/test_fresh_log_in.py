"""Deciding wants a password given in the last quarter of an hour; whoever gives it again loses nothing they typed."""

import html
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from decisions.models import Decision, GateDecision, RuleSetVersion
from decisions.models.cases import read_case
from decisions.services import rules as rule_services
from initiatives.lifecycle import Gate
from initiatives.models import Initiative
from ownership.models import Token, User
from tests.cast import Caller, Cast, let_in
from tests.decisions.desk import NOW, TITLE, Desk
from tests.decisions.test_decide import YES

PASSWORD = "correct horse battery staple"
A_QUARTER = timedelta(minutes=15)
STOP = {"to": "stopped", "reason": "No", "lesson": "Ask earlier"}


def since(user: User, at: datetime) -> Caller:
    """Somebody whose log-in was then."""
    user.set_password(PASSWORD)
    user.save()
    caller = Caller(user)
    let_in(caller.client, user, at=at)
    return caller


def fields(answer: Any) -> dict[str, str]:
    """What the form on the page would send again."""
    boxes = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.content.decode())
    return {name: html.unescape(value) for name, value in boxes}


@pytest.fixture
def tom(desk: Desk) -> Caller:
    return since(desk.cast.tom, NOW - A_QUARTER)


def test_a_decision_is_interrupted_for_the_password_and_goes_on_with_what_was_typed(desk: Desk, tom: Caller) -> None:
    row = desk.posted(TITLE)
    address = f"/recommendations/{row.ref}/decide/"
    words = 'A "few" clicks & <one> voice'

    question = tom.form(address, version=row.version, **YES | {"trade_off": words})
    undecided = not Decision.objects.exists()
    answer = tom.form(address, **fields(question), again=PASSWORD)

    assert (question.status_code, undecided, answer.status_code) == (403, True, 303)
    assert "Is it still you?" in question.content.decode()
    assert Decision.objects.get().trade_off == words


def test_a_wrong_password_decides_nothing_and_asks_again(desk: Desk, tom: Caller) -> None:
    row = desk.posted(TITLE)
    address = f"/recommendations/{row.ref}/decide/"

    question = tom.form(address, version=row.version, again="wrong", **YES)

    assert question.status_code == 403
    assert "This is not your password." in question.content.decode()
    assert "wrong" not in fields(question).values()
    assert fields(question)["trade_off"] == YES["trade_off"]
    assert not Decision.objects.exists()


def test_guessing_the_password_there_shuts_the_door_too(desk: Desk, tom: Caller) -> None:
    row = desk.posted(TITLE)

    codes = [
        tom.form(f"/recommendations/{row.ref}/decide/", version=row.version, again="wrong", **YES).status_code
        for _attempt in range(5)
    ]

    assert codes == [403] * 4 + [429]


def test_whoever_just_logged_in_is_not_asked(desk: Desk) -> None:
    row = desk.posted(TITLE)
    tom = since(desk.cast.tom, NOW - A_QUARTER + timedelta(seconds=1))

    assert tom.form(f"/recommendations/{row.ref}/decide/", version=row.version, **YES).status_code == 303


def test_the_door_itself_is_a_fresh_log_in(desk: Desk) -> None:
    row = desk.posted(TITLE)
    since(desk.cast.tom, NOW)
    client = Client()
    client.post("/login/", {"username": desk.cast.tom.email, "password": PASSWORD})

    answer = client.post(f"/recommendations/{row.ref}/decide/", {"version": row.version, **YES})

    assert answer.status_code == 303


def test_gates_stops_rules_and_tokens_ask_too(desk: Desk) -> None:
    marieke, ref = since(desk.cast.marieke, NOW - A_QUARTER), desk.initiative.ref
    draft = a_rule_draft(desk)
    sends = {
        f"/initiatives/{ref}/gates/": {"version": desk.initiative.version, **STOP},
        f"/rules/{draft.ref}/publish/": {"version": draft.version, "reason": "Good", "sha256": draft.sha256},
        "/account/": {"name": "Power BI", "scopes": ["read"], "days": 9},
    }

    answers = {address: marieke.client.post(address, body) for address, body in sends.items()}

    assert {answer.status_code for answer in answers.values()} == {403}
    assert all("Is it still you?" in answer.content.decode() for answer in answers.values())
    assert Initiative.objects.get().state == "pilot"
    assert RuleSetVersion.objects.get(pk=draft.pk).state == "in_review"
    assert not Token.objects.filter(name="Power BI").exists()


def a_rule_draft(desk: Desk) -> RuleSetVersion:
    """Tom's, before Marieke."""
    stamp: dict[str, Any] = {"by": desk.cast.tom, "at": NOW, "reason": "As agreed"}
    domain = desk.domains["title_rewrite"]
    draft = rule_services.draft_rules(layer="table", domain=domain, initiative=desk.initiative, **stamp)
    text: dict[str, Any] = {
        "hit_policy": draft.hit_policy,
        "table": draft.table,
        "review_by": date(2026, 6, 1),
        "is_shadow": False,
    }
    rule_services.edit_rules(version=draft, expected_version=draft.version, **text, **stamp)
    rule_services.submit_rules(version=draft, expected_version=draft.version, **stamp)
    draft.refresh_from_db()
    return draft


def test_an_approval_at_a_gate_asks_too(asked: GateDecision, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownership.clock.now", lambda: NOW)
    marieke = since(cast.marieke, NOW - A_QUARTER)
    address = f"/initiatives/{asked.initiative.ref}/gates/G1/"
    sha256 = read_case(asked.initiative).dossier(Gate.G1).sha256

    question = marieke.form(address, choice="approve", reason="baseline", sentence="", sha256=sha256)
    answer = marieke.form(address, **fields(question), again=PASSWORD)

    assert (question.status_code, answer.status_code) == (403, 303)
    assert GateDecision.objects.get().reason == "Clear baseline"


def test_an_old_session_does_not_decide_over_the_api(desk: Desk, tom: Caller) -> None:
    row = desk.posted(TITLE)

    answers = [desk.decide(row, by=tom, **YES), desk.decide(row, by=Caller(desk.cast.tom), **YES)]

    assert [answer.status_code for answer in answers] == [403, 200]
    assert "younger than 15 minutes" in answers[0].json()["detail"]


def test_an_old_session_does_not_stop_over_the_api(desk: Desk) -> None:
    marieke = since(desk.cast.marieke, NOW - A_QUARTER)
    url = f"/api/v1/initiatives/{desk.initiative.pk}/transitions/"

    assert marieke.post(url, seen=desk.initiative.version, **STOP).status_code == 403


def test_what_is_no_decision_needs_no_fresh_log_in(desk: Desk, tom: Caller) -> None:
    assert tom.get("/inbox/").status_code == 200
    assert tom.form("/account/appearance/", language="nl", theme="dark").status_code == 303
