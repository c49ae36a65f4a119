"""Gate 1 over the API: who may say yes, on exactly what, and who may not."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from decisions.models import GateDecision
from initiatives.models import Initiative, KillCriterion, ReadinessAnswer, Target, Transition
from ownership.models import Event, Token, User
from tests.cast import MONDAY, Caller, Cast
from tests.conftest import Calendar
from tests.decisions.conftest import a_draft, fill, submit


def read(asked: GateDecision, by: User) -> Any:
    answer = Caller(by).get(f"/api/v1/gates/{asked.pk}/")
    assert answer["ETag"] == f'"{answer.json()["sha256"]}"'
    return answer.json()


def decide(asked: GateDecision, by: User, act: str = "approve", *, seen: str = "", reason: str = "Clear") -> Any:
    """The status and the answer."""
    sha256 = seen or read(asked, by)["sha256"]
    answer = Caller(by).post(f"/api/v1/gates/{asked.ref}/{act}/", seen=sha256, reason=reason)
    return answer.status_code, answer.json()


def test_the_sponsor_commits_the_budget(asked: GateDecision, cast: Cast) -> None:
    shown = read(asked, cast.marieke)

    status, decided = decide(asked, cast.marieke, seen=shown["sha256"])

    assert (status, decided["choice"], decided["decided_by"]) == (200, "approve", cast.marieke.pk)
    assert (decided["sha256"], decided["dossier"]) == (shown["sha256"], shown["dossier"])
    assert Initiative.objects.get().state == "baselining"
    assert Transition.objects.get(pk=decided["transition"]).reason == "Clear"
    events = Event.objects.filter(data__action="gate.approved")
    assert [event.actor for event in events] == [cast.marieke]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("tom", "requester"),
        ("aisha", "editor"),
        ("eva", "no_gate_authority"),
        ("noor", "no_gate_authority"),
        ("ruth", "no_gate_authority"),
        ("daan", "not_sponsor"),
    ],
)
def test_nobody_else_can_say_yes(asked: GateDecision, cast: Cast, who: str, code: str) -> None:
    status, problem = decide(asked, getattr(cast, who))

    assert (status, problem["type"], problem["code"]) == (403, "/problems/not-yours", code)
    assert Initiative.objects.get().state == "submitted"
    assert not Event.objects.filter(data__action="gate.approved").exists()


def test_a_past_owner_cannot_say_yes(ready: Initiative, cast: Cast) -> None:
    assert ready.owner
    last_year = MONDAY.replace(year=2025)
    ready.owner.appointments.create(
        person=cast.joris,
        proposed_by=cast.noor,
        proposed_at=last_year,
        accepted_at=last_year,
        closed_at=MONDAY.replace(month=1),
    )
    asked = submit(ready, cast)

    status, problem = decide(asked, cast.joris)

    assert (status, problem["code"]) == (403, "owner")


def test_to_a_stranger_it_does_not_exist(asked: GateDecision, cast: Cast) -> None:
    lena = Caller(cast.lena)

    assert lena.get(f"/api/v1/gates/{asked.pk}/").status_code == 404
    assert lena.post(f"/api/v1/gates/{asked.pk}/approve/", seen=asked.sha256, reason="Yes").status_code == 404
    assert lena.get("/api/v1/gates/").json()["results"] == []


def test_without_the_hash_nothing_is_decided(asked: GateDecision, cast: Cast) -> None:
    answer = Caller(cast.marieke).post(f"/api/v1/gates/{asked.pk}/approve/", reason="Yes")

    assert (answer.status_code, answer.json()["type"]) == (428, "/problems/version-missing")


def test_what_moved_since_it_was_read_is_not_decided(asked: GateDecision, cast: Cast) -> None:
    shown = read(asked, cast.marieke)
    ReadinessAnswer.objects.filter(question="F3.4").update(verified_by=cast.daan)

    status, problem = decide(asked, cast.marieke, seen=shown["sha256"])

    assert (status, problem["type"]) == (412, "/problems/dossier-moved")
    assert decide(asked, cast.marieke)[0] == 200


def test_an_edit_voids_the_request(asked: GateDecision, cast: Cast) -> None:
    Target.objects.filter(role="primary").update(goal=0.30)

    status, problem = decide(asked, cast.marieke)

    assert (status, problem["code"]) == (412, "edited")
    assert read(asked, cast.marieke)["is_edited"] is True


def test_asked_again_the_edited_case_is_decided(asked: GateDecision, cast: Cast) -> None:
    Target.objects.filter(role="primary").update(goal=0.30)
    url = f"/api/v1/initiatives/{asked.initiative_id}/transitions/"
    step = next(m for m in Caller(cast.tom).get(url).json()["moves"] if m["act"] == "request")
    answer = Caller(cast.tom).post(url, seen=step["if_match"], to=step["to"], reason="A bolder goal")
    anew = GateDecision.objects.get(voided_at=None)

    status, _decided = decide(anew, cast.marieke)

    assert (answer.status_code, status) == (200, 200)
    asked.refresh_from_db()
    assert (asked.choice, asked.voided_at is None) == (None, False)
    assert decide(asked, cast.marieke)[1]["type"] == "/problems/already-answered"


def test_all_that_is_missing_is_listed(ready: Initiative, cast: Cast) -> None:
    KillCriterion.objects.update(withdrawn_at=MONDAY)
    ReadinessAnswer.objects.filter(question__in=["F3.6", "F4.1"]).update(evidence="")
    Initiative.objects.update(budget=None)
    ready.refresh_from_db()
    asked = submit(ready, cast)

    status, problem = decide(asked, cast.marieke)

    assert (status, problem["type"]) == (422, "/problems/gate-not-met")
    assert [item["code"] for item in problem["items"]] == ["G1.kill", "G1.budget", "G1.privacy", "G1.people"]
    assert all(item["why"] and item["field"] and item["hard"] and not item["met"] for item in problem["items"])
    assert Initiative.objects.get().state == "submitted"


def test_a_token_decides_only_with_the_scope_to_decide(asked: GateDecision, cast: Cast, calendar: Calendar) -> None:
    sha256 = read(asked, cast.marieke)["sha256"]
    url, until = f"/api/v1/gates/{asked.pk}/approve/", MONDAY + timedelta(hours=1)
    told = []
    for scopes in (["read", "write"], ["read", "decide"]):
        _row, text = Token.objects.issue(user=cast.marieke, name="phone", scopes=scopes, at=MONDAY, expires_at=until)
        told.append(Caller(token=text).post(url, seen=sha256, reason="Clear").status_code)

    assert told == [403, 200]
    assert Event.objects.get(data__action="gate.approved").data["via"].startswith("token:")


def test_a_reason_is_needed(asked: GateDecision, cast: Cast) -> None:
    assert decide(asked, cast.marieke, reason=" ")[0] == 400


def test_a_second_answer_comes_too_late(asked: GateDecision, cast: Cast) -> None:
    decide(asked, cast.marieke)

    status, problem = decide(asked, cast.marieke, act="reject")

    assert (status, problem["type"]) == (409, "/problems/already-answered")


def test_asked_for_more_it_is_a_draft_again(asked: GateDecision, cast: Cast) -> None:
    status, decided = decide(asked, cast.marieke, act="return", reason="Which pages?")

    assert (status, decided["choice"]) == (200, "return")
    initiative = Initiative.objects.get()
    assert initiative.state == "draft"
    again = submit(initiative, cast)
    assert decide(again, cast.marieke)[0] == 200


def test_who_wrote_what_was_sent_back_still_cannot_approve_it(asked: GateDecision, cast: Cast) -> None:
    decide(asked, cast.marieke, act="return", reason="Which pages?")
    again = submit(Initiative.objects.get(), cast)

    assert decide(again, cast.aisha)[1]["code"] == "editor"


def test_declined_it_ends(asked: GateDecision, cast: Cast) -> None:
    status, _decided = decide(asked, cast.marieke, act="reject", reason="Not this year")

    assert (status, Initiative.objects.get().state) == (200, "rejected")


@pytest.mark.parametrize("rows", [2, 20])
def test_the_list_takes_the_same_queries_for_any_number(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for number in range(rows):
        submit(fill(a_draft(cast, f"Try {number}"), cast), cast)
    noor = Caller(cast.noor)

    with django_assert_num_queries(4):
        listed = noor.get("/api/v1/gates/", open="true").json()["results"]

    assert len(listed) == rows
