"""An AI tool posts what it advises and learns who decides."""

from datetime import timedelta
from typing import Any

import pytest

from decisions.models import Evaluation, Recommendation
from decisions.services import lifecycle
from ownership.models import Event, Seat
from ownership.services import vacate_seat
from tests.cast import Caller
from tests.decisions.desk import NOW, OUTREACH, TITLE, Desk, judge_guardrail


def test_a_title_on_a_money_page_with_unknown_clicks_is_tested_first(desk: Desk) -> None:
    desk.publish("title_rewrite")

    answer = desk.post(TITLE)

    said = answer.json()
    assert answer.status_code == 201
    assert (said["state"], said["authority"], said["decider"]) == ("testing", "experiment", "SEO lead")
    assert (said["may_apply"], said["share"], said["apply_by"]) == (True, 0.2, "2026-03-16")
    assert "T1 may apply, so it decides: clicks, 28 days: not known (needs 1,000 or more)." in said["why"]
    assert Event.objects.filter(data__action="recommendation.received").count() == 1


def test_without_rules_a_person_decides(desk: Desk) -> None:
    said = desk.post(TITLE).json()

    assert (said["state"], said["authority"], said["decider"]) == ("waiting", "human_decides", "SEO lead")
    assert (said["due_on"], said["may_apply"]) == ("2026-03-14", False)


def test_missing_required_facts_are_asked_for_and_then_the_ai_wins(desk: Desk) -> None:
    desk.publish("link_outreach")

    first = desk.post(OUTREACH).json()
    answer = Caller(desk.cast.sanne).post(
        f"/api/v1/recommendations/{first['ref']}/facts/",
        seen=first["version"],
        facts={"existing_relation": False},
        reason="I looked her up",
    )

    assert (first["state"], first["missing"], first["authority"]) == ("needs_facts", ["existing_relation"], None)
    said = answer.json()
    assert (said["state"], said["authority"], said["may_apply"]) == ("granted", "ai_notify", True)
    assert Evaluation.objects.count() == 2


def test_in_a_freeze_that_somebody_annotated_a_person_confirms(desk: Desk) -> None:
    desk.publish("link_outreach")
    days = {"starts_on": NOW.date().isoformat(), "last_on": NOW.date().isoformat()}
    said = Caller(desk.cast.noor).post(
        "/api/v1/annotations/", kind="season", name="Peak", unit=desk.cast.company.pk, is_freeze=True, **days
    )
    first = desk.post(OUTREACH).json()

    answer = Caller(desk.cast.sanne).post(
        f"/api/v1/recommendations/{first['ref']}/facts/",
        seen=first["version"],
        facts={"existing_relation": False},
        reason="I looked her up",
    )

    assert said.status_code == 201
    assert (answer.json()["authority"], answer.json()["may_apply"]) == ("human_confirms", False)


def test_a_person_s_fact_is_never_the_tool_s_word(desk: Desk) -> None:
    answer = desk.post(OUTREACH, facts={**OUTREACH["facts"], "existing_relation": False})

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "/problems/facts-wrong")
    assert [(item["field"], item["code"]) for item in problem["items"]] == [
        ("facts.existing_relation", "not_yours_to_say")
    ]
    assert not Recommendation.objects.exists()


def test_the_same_post_gives_the_same_answer_and_another_body_is_refused(desk: Desk) -> None:
    first = desk.post(TITLE)

    again = desk.post(TITLE)
    other = desk.post(TITLE, confidence=0.99)

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
    assert again.json() == first.json()
    assert (other.json()["type"], other.json()["field"]) == ("/problems/key-reused", "key")
    assert Recommendation.objects.count() == Evaluation.objects.count() == 1


def test_a_paid_link_is_blocked_by_the_floor(desk: Desk) -> None:
    row = desk.posted(OUTREACH, facts={**OUTREACH["facts"], "paid_link": True})
    Caller(desk.cast.sanne).post(
        f"/api/v1/recommendations/{row.pk}/facts/", seen=row.version, facts={"existing_relation": False}, reason="No"
    )

    said = desk.tool.get(f"/api/v1/recommendations/{row.pk}/").json()

    assert (said["state"], said["authority"], said["may_apply"]) == ("blocked", "block", False)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("all is well", "ai_notify"),
        ("a guardrail broke", "human_confirms"),
        ("the guardrail is blind", "human_confirms"),
        ("the decider left", "human_confirms"),
        ("the sponsor left", "human_confirms"),
        ("it is paused", "human_decides"),
    ],
)
def test_what_mandate_knows_only_tightens(desk: Desk, what: str, expected: str) -> None:
    desk.publish("bulk_meta")
    if what == "a guardrail broke":
        judge_guardrail(desk.initiative, "regressing")
    elif what == "the guardrail is blind":
        judge_guardrail(desk.initiative, "data-stale")
    elif what == "the decider left":
        vacate(desk, desk.domains["bulk_meta"].decider)
    elif what == "the sponsor left":
        assert desk.initiative.sponsor
        vacate(desk, desk.initiative.sponsor)
    elif what == "it is paused":
        lifecycle.pause(
            initiative=desk.initiative, by=None, at=NOW, reason="Peak", expected_version=desk.initiative.version
        )

    row = few_pages(desk, "b-1")

    assert row.authority == expected


def vacate(desk: Desk, seat: Seat) -> None:
    vacate_seat(seat=seat, by=desk.cast.noor, at=NOW, reason="Left", expected_version=seat.version)


def few_pages(desk: Desk, key: str, pages: int = 12) -> Recommendation:
    """A small batch, with the fact that a person adds."""
    body = {"domain": "bulk_meta", "source": "metabot", "key": key, "subject": "/guide/*", "proposal": {"title": key}}
    row = desk.posted(body, facts={"pages": pages})
    Caller(desk.cast.aisha).post(
        f"/api/v1/recommendations/{row.pk}/facts/", seen=row.version, facts={"revenue_share": 0.01}, reason="From sales"
    )
    row.refresh_from_db()
    return row


def test_pages_of_the_day_add_up_until_the_floor_stops_them(desk: Desk) -> None:
    desk.publish("bulk_meta")

    levels = [few_pages(desk, f"b-{n}", pages=20).authority for n in range(11)]

    assert levels == ["ai_notify"] * 10 + ["block"]


def test_a_full_cap_sends_the_next_one_to_a_person(desk: Desk) -> None:
    version = desk.publish("bulk_meta")
    rows = [dict(row) for row in version.table]
    rows[2]["then"] = {**rows[2]["then"], "caps": {"changes_per_day": 2}}
    desk.publish("bulk_meta", table=rows)

    made = [few_pages(desk, f"b-{n}") for n in range(3)]

    assert [row.authority for row in made] == ["ai_notify", "ai_notify", "human_confirms"]
    assert (made[2].state, made[2].held_by) == ("waiting", "changes_per_day")


def test_expired_rules_no_longer_let_the_ai_win(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.publish("bulk_meta")
    monkeypatch.setattr("ownership.clock.now", lambda: NOW + timedelta(days=100))

    row = few_pages(desk, "late")

    assert (row.authority, row.evaluation().decisive) == ("human_decides", "default:DEFAULT")


def test_rules_in_shadow_let_people_decide(desk: Desk) -> None:
    desk.publish("bulk_meta", is_shadow=True)

    assert few_pages(desk, "b-1").authority == "human_decides"


def test_every_evaluation_can_be_replayed(desk: Desk) -> None:
    desk.publish("bulk_meta")
    few_pages(desk, "b-1")
    desk.posted(TITLE)
    desk.publish("bulk_meta", table=[])

    assert [evaluation.replay() for evaluation in Evaluation.objects.order_by("pk")] == [True, True, True]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"domain": "nothing"}, 400, "domain"),
        ({"initiative": 10**6}, 400, "initiative"),
        ({"confidence": 3}, 400, "confidence"),
        ({"confidence": "high"}, 400, "confidence"),
        ({"proposal": "text"}, 400, "proposal"),
        ({"wish": 1}, 400, "wish"),
        ({"facts": {"clicks_28d": 5}}, 422, "facts.clicks_28d"),
        ({"facts": {"nonsense": 5}}, 422, "facts.nonsense"),
        ({"facts": {"ai_confidence": "x"}}, 422, "facts.ai_confidence"),
    ],
)
def test_a_bad_post_names_the_field_and_leaves_nothing(
    desk: Desk, change: dict[str, Any], status: int, field: str
) -> None:
    answer = desk.post(TITLE, **change)

    places = [one["field"] for one in answer.json().get("errors", answer.json().get("items", []))]
    assert (answer.status_code, places) == (status, [field])
    assert not Recommendation.objects.exists()


def test_another_unit_s_initiative_is_unknown(desk: Desk) -> None:
    answer = Caller(desk.cast.lena).post("/api/v1/recommendations/", initiative=desk.initiative.pk, **TITLE)

    assert answer.status_code == 400
    row = desk.posted(TITLE)
    assert Caller(desk.cast.lena).get(f"/api/v1/recommendations/{row.pk}/").status_code == 404


def test_a_token_that_only_reads_cannot_post(desk: Desk) -> None:
    reading = Caller(desk.cast.ruth)

    answer = reading.post("/api/v1/recommendations/", initiative=desk.initiative.pk, **TITLE)

    assert (answer.status_code, answer.json()["code"]) == (403, "auditor")


def test_an_ended_initiative_takes_no_advice(desk: Desk) -> None:
    lifecycle.stop(
        initiative=desk.initiative,
        by=desk.cast.marieke,
        at=NOW,
        reason="Enough",
        lesson="Titles alone do not sell",
        expected_version=desk.initiative.version,
    )

    assert desk.post(TITLE).status_code == 409
