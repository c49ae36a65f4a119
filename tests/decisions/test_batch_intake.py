"""An AI tool posts a thousand pieces of advice in one request."""

from collections import Counter
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from decisions.models import Evaluation, Recommendation
from ownership.models import Event
from tests.decisions.desk import OUTREACH, TITLE, Desk

BATCH = "/api/v1/recommendations/batch/"
AI_WINS = {"authority": "ai_wins", "because": "Easily undone."}


def titles(desk: Desk, count: int, **more: Any) -> list[dict[str, Any]]:
    one = {"initiative": desk.initiative.pk, **TITLE, **more}
    return [{**one, "key": f"t-{number}", "subject": f"/p/{number}"} for number in range(count)]


def test_a_thousand_are_answered_like_one(desk: Desk) -> None:
    desk.publish("title_rewrite")
    items = titles(desk, 1000)
    alone = desk.post(items[0], key="alone").json()

    answer = desk.tool.post(BATCH, items=items)

    answers = answer.json()["answers"]
    assert answer.status_code == 200
    assert Counter(one["intake"] for one in answers) == {"new": 1000}
    first = answers[0]["recommendation"]
    own = {"id", "ref", "key", "received_at", "granted_at", "why"}  # how many changes there were today differs
    assert {k: v for k, v in first.items() if k not in own} == {k: v for k, v in alone.items() if k not in own}
    assert first["why"][0] == alone["why"][0]
    assert [one["recommendation"]["key"] for one in answers] == [item["key"] for item in items]
    assert Event.objects.filter(data__action="recommendation.received").count() == 1001
    assert all(row.replay() for row in Evaluation.objects.order_by("pk")[:20])
    call_command("verify_ledger")


def test_ten_times_as_many_take_no_more_queries(desk: Desk) -> None:
    desk.publish("title_rewrite")

    def queries(items: list[dict[str, Any]]) -> int:
        with CaptureQueriesContext(connection) as made:
            assert desk.tool.post(BATCH, items=items).status_code == 200
        return len(made)

    queries(titles(desk, 1))  # warms what is read once a process

    assert queries(titles(desk, 60)[:5]) >= queries(titles(desk, 60)[10:])


def test_what_is_refused_spoils_no_other(desk: Desk) -> None:
    desk.publish("title_rewrite")
    good, other = titles(desk, 2)
    items = [
        good,
        {**good, "confidence": 0.2},  # its key again, with other words
        good,  # and word for word
        {**other, "key": "t-9", "initiative": 999_999},
        {**other, "key": "t-8", "facts": {"nonsense": 1}},
        {**other, "key": "t-7", "confidence": 7},
        "no advice",
        other,
    ]

    answers = desk.tool.post(BATCH, items=items).json()["answers"]

    outcomes = [one["intake"] for one in answers]
    assert outcomes == ["new", "refused", "known", "refused", "refused", "refused", "refused", "new"]
    problems = [one["problem"]["type"].removeprefix("/problems/") for one in answers if one["problem"]]
    assert problems == ["key-reused", "invalid", "facts-wrong", "invalid", "invalid"]
    assert [error["field"] for error in answers[3]["problem"]["errors"]] == ["initiative"]
    assert answers[2]["recommendation"]["id"] == answers[0]["recommendation"]["id"]
    assert Recommendation.objects.count() == 2


def test_sent_again_it_changes_nothing(desk: Desk) -> None:
    desk.publish("title_rewrite")
    items = titles(desk, 20)
    first = desk.tool.post(BATCH, items=items).json()["answers"]
    events = Event.objects.count()

    again = desk.tool.post(BATCH, items=items).json()["answers"]

    assert {one["intake"] for one in again} == {"known"}
    assert [one["recommendation"] for one in again] == [one["recommendation"] for one in first]
    assert (Event.objects.count(), Recommendation.objects.count()) == (events, 20)


def test_a_cap_fills_up_within_a_batch(desk: Desk) -> None:
    capped = {**AI_WINS, "caps": {"changes_per_day": 5}}
    desk.publish("title_rewrite", table=[{"code": "T1", "when": {}, "then": capped}])

    answers = desk.tool.post(BATCH, items=titles(desk, 8)).json()["answers"]

    rows = [one["recommendation"] for one in answers]
    assert [row["state"] for row in rows] == ["granted"] * 5 + ["waiting"] * 3
    assert [row["held_by"] for row in rows[5:]] == ["changes_per_day"] * 3


def test_domains_count_together_where_the_floor_counts_the_initiative(desk: Desk) -> None:
    desk.publish("title_rewrite", table=[{"code": "T1", "when": {}, "then": AI_WINS}])
    facts = {**OUTREACH["facts"]}
    outreach = {"initiative": desk.initiative.pk, **OUTREACH, "facts": facts}

    answers = desk.tool.post(BATCH, items=[*titles(desk, 201), outreach]).json()["answers"]

    assert Counter(one["recommendation"]["authority"] for one in answers[:201])["ai_wins"] == 200
    assert answers[200]["recommendation"]["authority"] == "block"
    assert answers[201]["recommendation"]["state"] == "needs_facts"


def test_the_batch_has_its_bounds(desk: Desk) -> None:
    too_many = desk.tool.post(BATCH, items=titles(desk, 1001))
    none = desk.tool.post(BATCH, items=[])

    assert (too_many.status_code, none.status_code) == (400, 400)
    assert too_many.json()["errors"][0]["field"] == "items"
