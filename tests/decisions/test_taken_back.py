"""What a breaker took back waits for people: no fact that comes later gives it back."""

from typing import Any

import pytest

from decisions.models import Breaker, Recommendation
from tests.cast import Caller
from tests.decisions.desk import OUTREACH, TITLE, Desk
from tests.decisions.test_breaker import AI_WINS, break_guardrail, mend_guardrail, rearm, title


@pytest.fixture
def granting(desk: Desk) -> Desk:
    """Titles are granted at once."""
    desk.publish("title_rewrite", table=[AI_WINS])
    return desk


@pytest.fixture
def testing(desk: Desk) -> Desk:
    """Titles of money pages with many clicks are tested first."""
    desk.publish("title_rewrite")
    return desk


def sent_facts(desk: Desk, row: Recommendation, facts: dict[str, Any]) -> Any:
    """The tool says more, or the same once more."""
    row.refresh_from_db()
    url = f"/api/v1/recommendations/{row.pk}/facts/"
    return desk.tool.post(url, seen=row.version, facts=facts, reason="Measured again").json()


def arm_again(desk: Desk) -> None:
    mend_guardrail(desk)
    assert rearm(Breaker.objects.get(), Caller(desk.cast.marieke)).status_code == 200


def test_no_fact_that_a_tool_sends_grants_again_what_was_taken_back(granting: Desk) -> None:
    row = title(granting, "a")
    break_guardrail(granting)
    arm_again(granting)

    said = sent_facts(granting, row, {"ai_confidence": 0.86})

    page = Caller(granting.cast.marieke).get(f"/breakers/{Breaker.objects.get().ref}/").content.decode()
    assert (said["state"], said["authority"], said["held_by"]) == ("waiting", "human_confirms", "breaker")
    assert (said["may_apply"], said["due_on"], row.ref in page) == (False, "2026-03-14", True)
    assert granting.decide(Recommendation.objects.get(pk=row.pk), by=Caller(granting.cast.tom), chosen="accept").json()[
        "may_apply"
    ]


def test_no_fact_that_a_tool_sends_begins_a_test_that_was_taken_back(testing: Desk) -> None:
    row = testing.posted(TITLE)
    break_guardrail(testing)
    arm_again(testing)

    said = sent_facts(testing, row, {"ai_confidence": 0.86})

    row.refresh_from_db()
    begun = testing.decide(row, by=Caller(testing.cast.tom), chosen="accept", trade_off="Some clicks")
    assert (said["state"], said["authority"], said["share"]) == ("waiting", "experiment", 0)
    assert (row.is_untested, begun.json()["state"], begun.json()["share"]) == (True, "testing", 0.2)


def test_where_the_rules_ask_for_no_test_any_more_a_yes_does_not_grant_it_whole(testing: Desk) -> None:
    row = testing.posted(TITLE)
    break_guardrail(testing)
    testing.publish("title_rewrite", table=[AI_WINS])
    row.refresh_from_db()
    tom = Caller(testing.cast.tom)

    answer = testing.decide(row, by=tom, chosen="accept", trade_off="Some clicks")

    row.refresh_from_db()
    said = answer.json()
    no = {"chosen": "reject", "reason_code": "timing", "reason": "The rules changed", "trade_off": "Some clicks"}
    assert (answer.status_code, said["code"], row.state) == (409, "no_test", "waiting")
    assert "have it posted again under a new key" in said["detail"]
    assert testing.decide(row, by=tom, **no).json()["state"] == "rejected"


@pytest.mark.parametrize(("score", "state", "authority"), [(10, "waiting", "human_confirms"), (70, "blocked", "block")])
def test_facts_still_tighten_what_was_taken_back(desk: Desk, score: int, state: str, authority: str) -> None:
    desk.publish("link_outreach")
    row = desk.posted(OUTREACH)
    url = f"/api/v1/recommendations/{row.pk}/facts/"
    Caller(desk.cast.sanne).post(url, seen=row.version, facts={"existing_relation": False}, reason="I looked")
    break_guardrail(desk)
    arm_again(desk)

    said = sent_facts(desk, row, {"toxic_score": score})

    assert (said["state"], said["authority"], said["may_apply"]) == (state, authority, False)


def test_what_was_taken_back_waits_for_people_also_after_facts_were_missing(granting: Desk) -> None:
    """Meanwhile the domain asks for a fact that nobody had to know before."""
    row = title(granting, "a")
    break_guardrail(granting)
    arm_again(granting)
    domain = granting.domains["title_rewrite"]
    fact = {"name": "is_new", "type": "boolean", "source": "tool", "required": True}
    type(domain).objects.filter(pk=domain.pk).update(fact_schema=[*domain.fact_schema, fact])

    lacking = sent_facts(granting, row, {"ai_confidence": 0.86})
    complete = sent_facts(granting, row, {"is_new": True})

    assert (lacking["state"], lacking["held_by"], lacking["may_apply"]) == ("needs_facts", "breaker", False)
    assert (complete["state"], complete["authority"], complete["may_apply"]) == ("waiting", "human_confirms", False)
