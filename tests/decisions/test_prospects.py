"""The weakest point, the promise for each unit of money, and how sure the evidence is."""

from dataclasses import replace

import pytest

from decisions.gates import Facts
from decisions.prospects import Plan, evidence, promised, weakest_criterion, weakest_factor, weakest_question
from initiatives.lifecycle import Gate
from initiatives.readiness import QUESTIONS, Factor
from initiatives.roi import Value

PLAN = Plan(
    level=140,
    low=0.05,
    high=0.12,
    value=Value(20, 25, 30, attribution=0.5),
    periods_a_month=52 / 12,
    months=12,
    lag_weeks=1,
    ramp_weeks=2,
    cost=18000,
)


def test_the_promise_runs_from_the_low_effect_at_the_low_value_to_the_high_one_at_the_high() -> None:
    """50 of 52 weeks count: one of lag and half of two of ramp bring nothing."""
    found = promised(PLAN)

    assert found is not None
    assert found == pytest.approx((140 * 0.05 * 50 * 20 * 0.5 / 18000, 140 * 0.12 * 50 * 30 * 0.5 / 18000))


def test_doubling_all_money_keeps_the_promise() -> None:
    doubled = replace(PLAN, cost=36000, value=replace(PLAN.value, low=40, likely=50, high=60))

    assert promised(doubled) == pytest.approx(promised(PLAN))


def test_what_costs_nothing_promises_nothing_for_its_money() -> None:
    assert promised(replace(PLAN, cost=0)) is None


def test_a_lag_beyond_the_horizon_brings_nothing() -> None:
    assert promised(replace(PLAN, months=1, lag_weeks=9)) == (0, 0)


def test_the_weakest_point_is_a_soft_criterion_before_a_factor() -> None:
    well = Facts(scores=dict.fromkeys(QUESTIONS, 3))

    assert weakest_criterion(Gate.G2, Facts()) == "G2.power"
    assert weakest_criterion(Gate.G1, well) is None


def test_badly_answered_questions_are_told_by_their_factor() -> None:
    assert weakest_criterion(Gate.G1, Facts()) is None
    assert weakest_factor(Facts()) is Factor.EXPECTATIONS


def test_the_weakest_question_is_the_one_with_the_thinnest_answer() -> None:
    scores: dict[str, int | None] = {**dict.fromkeys(QUESTIONS, 2), "F3.2": None, "F3.5": 1}

    assert weakest_question(Factor.DATA, Facts(scores=scores)) == "F3.5"
    assert weakest_question(Factor.DATA, Facts(scores=scores | {"F3.6": 0})) == "F3.6"


def test_the_weakest_factor_is_the_one_least_looked_into() -> None:
    scores: dict[str, int | None] = dict.fromkeys(QUESTIONS, 3)

    assert weakest_factor(Facts(scores=scores)) is None
    assert weakest_factor(Facts(scores=scores | {"F3.4": 1})) is Factor.DATA


@pytest.mark.parametrize(
    ("status", "effect", "low", "high", "least", "most"),
    [
        ("", None, None, None, 0.1, 0.1),
        ("insufficient-data", 0.02, -0.2, 0.24, 0.25, 0.35),
        ("on-track", 0.13, 0.05, 0.21, 0.55, 0.65),
        ("regressing", -0.3, -0.35, -0.25, 0.9, 0.9),
        ("reached", 0.1, None, None, 1.0, 1.0),
    ],
)
def test_evidence_grows_with_the_distance_from_nothing(
    status: str, effect: float | None, low: float | None, high: float | None, least: float, most: float
) -> None:
    assert least <= evidence(status, effect, low, high) <= most
