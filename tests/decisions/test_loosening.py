"""What a new table gives the AI is found also where an exception hides it, and not where nothing happens unseen."""

from typing import Any

import pytest

from decisions.models import RuleSetVersion
from tests.cast import Caller
from tests.decisions.desk import Desk, prove
from tests.decisions.test_publish_rules import act, draft, edit, submitted


def alone(authority: str, *guardrails: str, **then: Any) -> dict[str, Any]:
    """The only row of its table."""
    named = {"guardrails": list(guardrails)} if guardrails else {}
    return {"code": "T1", "when": {}, "then": {"authority": authority, "because": "A reason."} | named | then}


def except_for_a_month(desk: Desk, exception: dict[str, Any]) -> None:
    """In front of the table, for as long as an exception may last."""
    version = draft(desk, desk.cast.tom, layer="exception")
    assert edit(version, desk.cast.tom, table=[exception], review_by="2026-04-01").status_code == 200
    act(version, "submit", desk.cast.tom)
    version.refresh_from_db()
    prove(version)
    assert act(version, "publish", desk.cast.marieke).status_code == 200


def loosened(version: RuleSetVersion) -> list[str]:
    found = Caller(version.author).get(f"/api/v1/rule-versions/{version.pk}/findings/").json()
    return [finding["code"] for finding in found["loosened"]]


@pytest.mark.parametrize(
    ("exception", "before", "after", "code"),
    [
        (alone("human_confirms"), alone("human_decides"), alone("ai_wins"), "loosens"),
        (
            alone("ai_notify", revert=14),
            alone("ai_notify", revert=14),
            alone("ai_notify", "g_money_cvr", revert=14),
            "guards_less",
        ),
    ],
)
def test_no_exception_hides_what_its_end_will_loosen(
    desk: Desk, exception: dict[str, Any], before: dict[str, Any], after: dict[str, Any], code: str
) -> None:
    desk.publish("title_rewrite", table=[before])
    except_for_a_month(desk, exception | {"code": "E1"})
    version = submitted(desk, table=[after])

    inbox = Caller(desk.cast.marieke).get("/inbox/").content.decode()
    diff = Caller(desk.cast.tom).get(f"/rules/{version.ref}/diff/").content.decode()
    answer = act(version, "publish", desk.cast.marieke)

    assert loosened(version) == [code]
    assert ("More say for the AI" in inbox, "In no case does the AI get more say" in inbox) == (True, False)
    assert "The AI gets more say." in diff
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/unproven")


def test_what_is_loosened_under_an_exception_and_after_it_is_said_once(desk: Desk) -> None:
    desk.publish("title_rewrite", table=[alone("human_decides")])
    support = alone("human_confirms") | {"code": "E1", "when": {"page_class": {"in": ["support"]}}}
    except_for_a_month(desk, support)

    assert loosened(submitted(desk, table=[alone("ai_wins")])) == ["loosens"]


@pytest.mark.parametrize(
    ("row", "is_shadow"),
    [
        (alone("ai_notify", "g_money_cvr", revert=14), True),
        (alone("experiment", "g_money_cvr", canary={"share": 0.2, "days": 28}), False),
    ],
)
def test_where_nothing_happened_unseen_naming_guardrails_guards_no_less(
    desk: Desk, row: dict[str, Any], *, is_shadow: bool
) -> None:
    version = submitted(desk, table=[row], is_shadow=is_shadow)

    assert loosened(version) == []
    assert act(version, "publish", desk.cast.marieke).status_code == 200


def test_where_nothing_happens_unseen_any_more_naming_guardrails_guards_no_less(desk: Desk) -> None:
    desk.publish("title_rewrite", table=[alone("ai_notify", revert=14)])

    assert loosened(submitted(desk, table=[alone("ai_notify", "g_money_cvr", revert=14)], is_shadow=True)) == []


def test_a_test_that_names_fewer_guardrails_is_guarded_less(desk: Desk) -> None:
    canary = {"share": 0.2, "days": 28}
    desk.publish("title_rewrite", table=[alone("experiment", "g_money_cvr", "organic_leads", canary=canary)])

    assert "guards_less" in loosened(submitted(desk, table=[alone("experiment", "g_money_cvr", canary=canary)]))
