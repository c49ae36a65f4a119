"""Thirty questions, how an answer scores, and what a gate insists on."""

import pytest

from initiatives.lifecycle import Gate
from initiatives.readiness import FACTOR_NAMES, QUESTIONS, Factor, hard_unmet, score, share, weekly_cost

TOM, DAAN = 1, 2


def test_each_factor_has_a_name_and_six_questions_with_stable_codes() -> None:
    assert set(FACTOR_NAMES) == set(Factor)
    assert list(QUESTIONS) == [f"F{factor}.{number}" for factor in range(1, 6) for number in range(1, 7)]


@pytest.mark.parametrize(
    ("gate", "codes"),
    [
        (Gate.G0, ["F1.1", "F2.4"]),
        (Gate.G1, ["F1.2", "F1.6", "F3.1", "F3.6", "F4.1"]),
        (Gate.G2, ["F3.2", "F4.2", "F4.3"]),
        (Gate.G3, ["F5.2", "F5.3"]),
        (Gate.G4, []),
    ],
)
def test_a_gate_insists_on_its_questions(gate: Gate, codes: list[str]) -> None:
    assert hard_unmet(gate, {}) == codes


def test_a_bare_claim_about_personal_data_or_people_is_not_enough() -> None:
    claims = dict.fromkeys(QUESTIONS, 1)

    assert hard_unmet(Gate.G1, claims) == ["F3.6", "F4.1"]
    assert hard_unmet(Gate.G1, {**claims, "F3.6": 2, "F4.1": 2}) == []


def test_a_hard_question_cannot_be_waved_away() -> None:
    assert hard_unmet(Gate.G0, {"F1.1": None, "F2.4": 1}) == ["F1.1"]


@pytest.mark.parametrize(
    ("text", "number", "evidence", "verified_by", "expected"),
    [
        ("", None, "", None, 0),
        ("   ", None, " ", None, 0),
        ("", None, "", DAAN, 0),
        ("A lot", None, "", None, 1),
        ("A lot", 22.0, "", None, 2),
        ("None at all", 0.0, "", None, 2),
        ("", 0.0, "", None, 0),
        ("A lot", None, "time sheet of week 12", None, 2),
        ("A lot", 22.0, "", TOM, 2),
        ("A lot", 22.0, "", DAAN, 3),
    ],
)
def test_an_answer_scores_what_stands_in_it(
    text: str, number: float | None, evidence: str, verified_by: int | None, expected: int
) -> None:
    found = score(text=text, number=number, evidence=evidence, answered_by=TOM, verified_by=verified_by)

    assert found == expected


def test_a_share_leaves_out_what_does_not_apply_and_counts_silence_as_nothing() -> None:
    assert share(Factor.PROBLEM, {"F2.1": 3, "F2.2": 3, "F2.3": 3}) == 0.5
    assert share(Factor.PROBLEM, {"F2.1": 3, "F2.2": 3, "F2.3": 3, "F2.4": None, "F2.5": None, "F2.6": None}) == 1.0
    assert share(Factor.VENDOR, {f"F5.{number}": None for number in range(1, 7)}) is None


def test_the_problem_costs_hours_and_mistakes() -> None:
    assert weekly_cost(hours=22, rate=65, pieces=20, error_share=0.4, cost_per_error=30) == 1670.0
    assert weekly_cost(hours=22, rate=65) == 1430.0
