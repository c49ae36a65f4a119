"""Two versions of a set side by side: what differs in the text, and what that does to all cases."""

from typing import Any

import pytest

from decisions import rule_words, rules, standard
from decisions.models import RuleSetVersion
from decisions.models.checks import compare
from decisions.rules import comparing
from tests.cast import Caller
from tests.decisions.desk import NOW, Desk
from tests.decisions.test_try_rules import drafted, text
from tests.markup import read

SCHEMA = rules.read_schema(standard.DOMAINS[0].facts + standard.common(["title_rewrite"]))
TITLES = standard.DOMAINS[0].rules


def table(rows: list[dict[str, Any]]) -> rules.Table:
    return rules.read_table({"hit_policy": "restrictive", "rows": rows}, SCHEMA)


def changed(row: dict[str, Any], **then: Any) -> dict[str, Any]:
    return row | {"then": row["then"] | then}


def test_rows_are_added_removed_changed_and_moved() -> None:
    first, second, third = TITLES["rows"]
    fourth = {"code": "T4", "then": {"authority": "human_decides", "because": "All else."}}

    found = comparing.compare(table([first, second, third]), table([third, changed(first, sla=9), fourth]))

    assert [row.code for row in found.added] == ["T4"]
    assert [row.code for row in found.removed] == ["T2"]
    assert [(old.then.sla_days, new.then.sla_days) for old, new in found.changed] == [(None, 9)]
    assert found.is_reordered


def test_a_row_is_told_cell_by_cell_and_duty_by_duty() -> None:
    third = TITLES["rows"][2]
    when = {"ai_confidence": {"gte": 0.7}, "page_class": {"in": ["long_tail", "support"]}}
    ((old, new),) = comparing.compare(
        table([third]), table([changed(third, sample=0.05, on_timeout="hold") | {"when": when}])
    ).changed

    said = [tuple(part) for part in rule_words.differences(old, new)]

    assert said == [
        ("Page class", "long tail", "long tail or support"),
        ("AI confidence", "80% or more", "70% or more"),
        ("Track record", "60% or more", "any"),
        (
            "Duties",
            "1 in 10 waits for a person, can be undone for 14 days",
            "1 in 20 waits for a person, can be undone for 14 days",
        ),
        ("If nobody answers", "ask the next in line", "leave it"),
    ]


def test_the_page_shows_what_a_draft_changes_and_loosens_with_a_case(desk: Desk) -> None:
    version = drafted(desk, 0.6)

    answer = Caller(desk.cast.tom).get(f"/rules/{version.ref}/diff/")

    shown = text(answer)
    assert "From version 1 to version 2." in shown
    assert "<del>80% or more</del>" in shown
    assert "<ins>60% or more</ins>" in shown
    assert "The AI gets more say: “AI wins, sampled” (T3) instead of “Person decides” (the default)." in shown
    assert "AI confidence: 60%" in shown
    assert "In no case." in shown
    assert read(answer.content.decode()).verdict() == []


def test_what_one_way_loosens_the_other_way_tightens(desk: Desk) -> None:
    draft = drafted(desk, 0.6)
    in_force = RuleSetVersion.objects.get(state="published")

    there, back = (compare(*pair, on=NOW.date()) for pair in ((in_force, draft), (draft, in_force)))

    assert [(one.code, one.rows) for one in there.loosened] == [("loosens", ("DEFAULT", "T3"))]
    assert [(one.code, one.rows) for one in back.tightened] == [("tightens", ("T3", "DEFAULT"))]
    assert (there.tightened, back.loosened) == ([], [])
    assert [one.case for one in there.loosened] == [one.case for one in back.tightened]


def test_the_floor_is_compared_by_its_text(desk: Desk) -> None:
    noor = Caller(desk.cast.noor)
    noor.form("/rules/new/", layer="floor", reason="Stricter")
    version = RuleSetVersion.objects.get()

    alone = text(noor.get(f"/rules/{version.ref}/diff/"))

    assert "There is no other version of these rules yet." in alone


@pytest.mark.parametrize("other", ["7", "x", "99999999999999999999"])
def test_another_version_must_be_of_the_same_set(desk: Desk, other: str) -> None:
    version = drafted(desk, 0.6)

    answer = Caller(desk.cast.tom).get(f"/rules/{version.ref}/diff/", other=other)

    assert answer.status_code == 422
    assert "Select a valid choice" in text(answer)


def test_who_cannot_see_the_rules_cannot_compare_them(desk: Desk) -> None:
    version = drafted(desk, 0.6)

    assert Caller(desk.cast.lena).get(f"/rules/{version.ref}/diff/").status_code == 404
    assert f"/rules/{version.ref}/diff/" in text(Caller(desk.cast.tom).get(f"/rules/{version.ref}/"))
