"""People decide about what AI tools advise, with reasons, and within what the rules allow."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from decisions.models import Decision, Recommendation
from initiatives.models import CostEntry
from ownership.models import Event
from tests.cast import Caller
from tests.decisions.desk import NOW, OUTREACH, TITLE, Desk, judge_guardrail

YES = {"chosen": "accept", "trade_off": "A few clicks for one voice"}
NO = {"chosen": "reject", "reason_code": "brand", "reason": "Our titles start with the product", "trade_off": "Clicks"}
DRAFT: dict[str, Any] = {
    "domain": "content_draft",
    "source": "writer",
    "key": "d-1",
    "subject": "/health/sleep",
    "proposal": {"title": "How to sleep"},
}


def test_the_decider_follows_the_ai(desk: Desk) -> None:
    row = desk.posted(TITLE)

    answer = desk.decide(row, by=Caller(desk.cast.tom), minutes=15, probability=0.7, **YES)

    said = answer.json()
    assert (answer.status_code, said["state"], said["may_apply"], said["share"]) == (200, "granted", True, 1)
    decision = Decision.objects.get()
    assert (decision.followed_ai, decision.authority, decision.deciders) == (True, "human_decides", [desk.cast.tom.pk])
    assert decision.review_on == (NOW + timedelta(days=28, weeks=1)).date()
    assert CostEntry.objects.get(category="review").amount == 15
    assert Event.objects.filter(data__action="recommendation.decided").count() == 1


def test_the_decider_opposes_the_ai_with_code_and_sentence(desk: Desk) -> None:
    row = desk.posted(TITLE)

    answer = desk.decide(row, by=Caller(desk.cast.tom), **NO)

    assert (answer.status_code, answer.json()["state"], answer.json()["may_apply"]) == (200, "rejected", False)
    decision = Decision.objects.get()
    assert (decision.chosen, decision.followed_ai, decision.reason_code) == ("reject", False, "brand")


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        ({**NO, "reason_code": ""}, "reason_code"),
        ({**NO, "reason_code": "mood"}, "reason_code"),
        ({**NO, "reason": " "}, "reason"),
        ({**NO, "trade_off": ""}, "trade_off"),
        ({**YES, "trade_off": ""}, "trade_off"),
        ({**NO, "chosen": "modify"}, "modification"),
    ],
)
def test_an_incomplete_choice_names_what_is_missing(desk: Desk, choice: dict[str, str], field: str) -> None:
    row = desk.posted(TITLE)

    answer = desk.decide(row, by=Caller(desk.cast.tom), **choice)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not Decision.objects.exists()


def test_only_the_decider_decides(desk: Desk) -> None:
    row = desk.posted(TITLE)

    answers = [desk.decide(row, by=Caller(user), **YES) for user in (desk.cast.aisha, desk.cast.eva, desk.cast.ruth)]

    assert [(a.status_code, a.json()["code"]) for a in answers] == [(403, "not_decider")] * 3


def test_the_tool_s_token_never_decides(desk: Desk) -> None:
    row = desk.posted(TITLE)

    assert desk.decide(row, by=desk.tool, **YES).status_code == 403


def test_to_another_unit_it_does_not_exist(desk: Desk) -> None:
    row = desk.posted(TITLE)

    assert desk.decide(row, by=Caller(desk.cast.lena), **YES).status_code == 404


def test_a_choice_needs_the_version_that_was_seen(desk: Desk) -> None:
    row = desk.posted(TITLE)

    answers = [desk.decide(row, by=Caller(desk.cast.tom), seen=seen, **YES) for seen in (None, row.version + 1)]

    assert [answer.status_code for answer in answers] == [428, 412]
    assert not Decision.objects.exists()


def test_what_is_decided_is_not_decided_again(desk: Desk) -> None:
    row = desk.posted(TITLE)
    desk.decide(row, by=Caller(desk.cast.tom), **YES)
    row.refresh_from_db()

    assert desk.decide(row, by=Caller(desk.cast.tom), **NO).status_code == 409


def test_two_people_must_agree(desk: Desk) -> None:
    desk.publish("content_draft")
    row = desk.posted(DRAFT)

    first = desk.decide(row, by=Caller(desk.cast.daan), **YES)
    row.refresh_from_db()
    same = desk.decide(row, by=Caller(desk.cast.daan), **YES)
    second = desk.decide(row, by=Caller(desk.cast.aisha), chosen="accept", trade_off="Speed")

    assert (row.authority, first.json()["state"], same.json()["code"]) == ("two_person", "waiting", "same_person")
    assert second.json()["state"] == "granted"
    decision = Decision.objects.get()
    assert decision.deciders == [desk.cast.daan.pk, desk.cast.aisha.pk]
    assert decision.trade_off == "A few clicks for one voice\nSpeed"


@pytest.mark.parametrize("confidence", [0.5, 0.9])
def test_no_fact_that_a_tool_sends_wipes_the_first_yes_of_two(desk: Desk, confidence: float) -> None:
    """What it claims now would let the AI win."""
    seats = {"decider": "SEO lead", "second": "Editor"}
    unsure = {"authority": "two_person", "because": "It doubts.", **seats}
    sure = {"authority": "ai_notify", "because": "Easily undone.", "revert": 14}
    rows = [
        {"code": "T1", "when": {"ai_confidence": {"lt": 0.8}}, "then": unsure},
        {"code": "T2", "when": {"ai_confidence": {"gte": 0.8}}, "then": sure},
    ]
    desk.publish("title_rewrite", table=rows)
    row = desk.posted(TITLE, confidence=0.5)
    desk.decide(row, by=Caller(desk.cast.tom), **YES)
    row.refresh_from_db()

    url = f"/api/v1/recommendations/{row.pk}/facts/"
    said = desk.tool.post(url, seen=row.version, facts={"ai_confidence": confidence}, reason="Surer now").json()

    row.refresh_from_db()
    same = desk.decide(row, by=Caller(desk.cast.tom), **YES)
    second = desk.decide(row, by=Caller(desk.cast.aisha), **YES)
    assert (said["state"], said["authority"], said["may_apply"]) == ("waiting", "two_person", False)
    assert (same.json()["code"], second.json()["state"]) == ("same_person", "granted")
    assert Decision.objects.get().deciders == [desk.cast.tom.pk, desk.cast.aisha.pk]


def test_one_refusal_of_two_people_rejects(desk: Desk) -> None:
    desk.publish("content_draft")
    row = desk.posted(DRAFT)
    desk.decide(row, by=Caller(desk.cast.daan), **YES)
    row.refresh_from_db()

    assert desk.decide(row, by=Caller(desk.cast.aisha), **NO).json()["state"] == "rejected"


def test_a_test_is_not_cut_short_by_an_opinion(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.publish("title_rewrite")
    row = desk.posted(TITLE)

    early = desk.decide(row, by=Caller(desk.cast.tom), **YES)
    monkeypatch.setattr("ownership.clock.now", lambda: NOW + timedelta(days=28))
    late = desk.decide(row, by=Caller(desk.cast.tom), **YES)

    assert (row.state, early.status_code, late.status_code) == ("testing", 409, 200)
    assert (late.json()["state"], late.json()["share"]) == ("granted", 1)


def test_a_yes_meets_the_rules_of_that_moment(desk: Desk) -> None:
    """Confirming would have done; now that the initiative is on hold, a person decides and says what is given up."""
    desk.publish("content_draft")
    row = desk.posted(DRAFT, subject="/p/sofa")
    type(desk.initiative).objects.filter(pk=desk.initiative.pk).update(budget=90_000)

    bare = desk.decide(row, by=Caller(desk.cast.aisha), chosen="accept")
    full = desk.decide(row, by=Caller(desk.cast.aisha), **YES)

    assert (row.authority, bare.status_code, bare.json()["field"]) == ("human_confirms", 422, "trade_off")
    assert (full.status_code, Decision.objects.get().authority) == (200, "human_decides")


def test_a_yes_cannot_lift_what_the_rules_now_forbid(desk: Desk) -> None:
    desk.publish("bulk_meta")
    rows = [bulk(desk, f"b-{n}", pages=100) for n in range(3)]
    answers = [desk.decide(row, by=Caller(desk.cast.tom), chosen="accept") for row in rows]

    assert [row.authority for row in rows] == ["human_confirms"] * 3
    assert [(answer.status_code, answer.json().get("code")) for answer in answers] == [
        (200, None),
        (200, None),
        (409, "tightened"),
    ]


def bulk(desk: Desk, key: str, *, pages: int) -> Recommendation:
    body = {"domain": "bulk_meta", "source": "metabot", "key": key, "subject": "/guide/*", "proposal": {"title": key}}
    row = desk.posted(body, facts={"pages": pages})
    url = f"/api/v1/recommendations/{row.pk}/facts/"
    Caller(desk.cast.aisha).post(url, seen=row.version, facts={"revenue_share": 0.01}, reason="From sales")
    row.refresh_from_db()
    return row


def test_the_tool_reports_what_it_applied_and_undid(desk: Desk) -> None:
    desk.publish("bulk_meta")
    row = bulk(desk, "b-1", pages=5)
    url = f"/api/v1/recommendations/{row.pk}"

    applied = desk.tool.post(f"{url}/applied/", seen=row.version, reason="Done")
    reverted = desk.tool.post(f"{url}/reverted/", seen=applied.json()["version"], reason="Clicks fell")

    assert (applied.json()["state"], applied.json()["revert_until"]) == ("applied", "2026-03-23")
    assert reverted.json()["state"] == "reverted"


def test_applying_without_a_grant_is_refused_and_recorded(desk: Desk) -> None:
    row = desk.posted(TITLE)

    answer = desk.tool.post(f"/api/v1/recommendations/{row.pk}/applied/", seen=row.version, reason="Done")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_granted")
    assert Event.objects.filter(data__action="recommendation.applied_ungranted").count() == 1
    row.refresh_from_db()
    assert row.applied_at is None


def test_a_grant_lapses_and_a_window_closes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.publish("bulk_meta")
    late, used = bulk(desk, "b-1", pages=5), bulk(desk, "b-2", pages=5)
    desk.tool.post(f"/api/v1/recommendations/{used.pk}/applied/", seen=used.version, reason="Done")
    used.refresh_from_db()

    monkeypatch.setattr("ownership.clock.now", lambda: NOW + timedelta(days=15))
    apply = desk.tool.post(f"/api/v1/recommendations/{late.pk}/applied/", seen=late.version, reason="Done")
    undo = desk.tool.post(f"/api/v1/recommendations/{used.pk}/reverted/", seen=used.version, reason="Undo")

    assert (apply.json()["code"], undo.json()["code"]) == ("not_granted", "window_closed")


def test_strangers_report_nothing(desk: Desk) -> None:
    desk.publish("bulk_meta")
    row = bulk(desk, "b-1", pages=5)

    answer = Caller(desk.cast.daan).post(f"/api/v1/recommendations/{row.pk}/applied/", seen=row.version, reason="Done")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_reporter")


def test_facts_come_in_time_or_not_at_all(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    row = desk.posted(OUTREACH)
    monkeypatch.setattr("ownership.clock.now", lambda: NOW + timedelta(days=6))
    url = f"/api/v1/recommendations/{row.pk}/facts/"

    answer = Caller(desk.cast.sanne).post(url, seen=row.version, facts={"existing_relation": False}, reason="No")

    assert (answer.status_code, answer.json()["code"]) == (409, "expired")


def test_a_broken_guardrail_keeps_the_ai_from_winning_at_once(desk: Desk) -> None:
    desk.publish("bulk_meta")
    judge_guardrail(desk.initiative, "regressing")

    row = bulk(desk, "b-1", pages=5)

    assert (row.authority, row.state, row.granted_at) == ("human_confirms", "waiting", None)


def test_the_log_shows_decisions_of_visible_initiatives(desk: Desk) -> None:
    desk.decide(desk.posted(TITLE), by=Caller(desk.cast.tom), **NO)

    mine = Caller(desk.cast.marieke).get("/api/v1/decisions/", chosen="reject").json()["results"]
    others = Caller(desk.cast.lena).get("/api/v1/decisions/").json()["results"]

    assert ([row["rationale"] for row in mine], others) == ([NO["reason"]], [])


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE decisions_decision SET chosen = 'accept'", "decisions_decision_is_append_only"),
        ("DELETE FROM decisions_decision", "decisions_decision_is_append_only"),
        ("UPDATE decisions_evaluation SET authority = 'ai_wins'", "decisions_evaluation_is_append_only"),
        ("UPDATE decisions_recommendation SET state = 'applied', granted_at = NULL", "is_applied_only_when_granted"),
    ],
)
def test_the_database_keeps_what_was_decided(desk: Desk, statement: str, rule: str) -> None:
    desk.decide(desk.posted(TITLE), by=Caller(desk.cast.tom), **NO)

    with (
        pytest.raises(DatabaseError, match=rf"{rule}|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
