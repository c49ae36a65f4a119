"""Realised and projected return of a running pilot."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initiatives.outlook import WEEKS_A_MONTH, Cost, Gain, outlook
from initiatives.roi import Value

START = date(2026, 3, 2)
LEAD = Value(84, 108, 132, attribution=0.7)


def said(gains: list[Gain], costs: list[Cost], weeks: int = 13, horizon: int = 12) -> dict[str, Any]:
    return outlook(gains=gains, costs=costs, starts_on=START, weeks=weeks, horizon_months=horizon)


def test_what_was_earned_and_spent_so_far_is_realised() -> None:
    costs = [Cost(START - timedelta(days=9), 4000, is_one_off=False), Cost(START, 3480, is_one_off=True)]
    costs += [Cost(START + timedelta(days=30 * n), 1690, is_one_off=False) for n in range(3)]

    money = said([Gain(LEAD, (120, 30), (10, 2.5))], costs)

    assert money["realised"]["cost"] == 7480 + 3 * 1690
    assert money["realised"]["benefit"] == pytest.approx(0.7 * 120 * 108)
    assert money["realised"]["p10"] < money["realised"]["benefit"] < money["realised"]["p90"]
    assert money["realised"]["roi"] == pytest.approx(0.7 * 120 * 108 / (7480 + 3 * 1690) - 1)


def test_the_rest_to_the_horizon_repeats_the_present_effect_and_cost() -> None:
    costs = [Cost(START, 1000, is_one_off=True), Cost(START + timedelta(days=5), 900, is_one_off=False)]

    money = said([Gain(LEAD, (130, 0), (10, 0))], costs, weeks=13, horizon=12)

    months = 13 * 7 / (365.25 / 12)
    assert money["projected"]["benefit"] == pytest.approx(0.7 * 108 * (130 + 9 * 10 * WEEKS_A_MONTH), abs=0.02)
    assert money["projected"]["cost"] == pytest.approx(1000 + 900 + 9 * 900 / months, abs=0.02)
    assert money["payback"] < money["conservative_payback"] < 12


def test_what_never_catches_up_has_no_payback() -> None:
    money = said([Gain(LEAD, (1, 5), (0.1, 0.5))], [Cost(START, 50_000, is_one_off=True)])

    assert (money["payback"], money["conservative_payback"]) == (None, None)
    assert money["chance"] < 0.01


def test_two_chains_earn_together() -> None:
    one = said([Gain(LEAD, (100, 0), (10, 0))], [])["realised"]["benefit"]

    both = said([Gain(LEAD, (100, 0), (10, 0)), Gain(Value(40, 50, 60, cashable=0.5), (200, 0), (15, 0))], [])

    assert both["realised"]["benefit"] == pytest.approx(one + 200 * 50 * 0.5)


@pytest.mark.parametrize(("gains", "weeks"), [([], 13), ([Gain(LEAD, (0, 0), (0, 0))], 0)])
def test_nothing_is_said_without_values_or_weeks(gains: list[Gain], weeks: int) -> None:
    assert said(gains, [Cost(START, 100, is_one_off=False)], weeks=weeks) == {}


@given(st.floats(0, 1e6), st.floats(0, 1e5), st.integers(1, 80), st.integers(1, 60))
def test_more_cost_never_raises_the_return(units: float, more: float, weeks: int, horizon: int) -> None:
    gain, cost = Gain(LEAD, (units, units / 3), (units / weeks, 1)), Cost(START, 1000, is_one_off=False)

    cheap = said([gain], [cost], weeks, horizon)
    dear = said([gain], [cost, Cost(START, more, is_one_off=False)], weeks, horizon)

    for part in ("realised", "projected"):
        assert dear[part]["roi"] <= cheap[part]["roi"]
    assert dear["chance"] <= cheap["chance"] + 1e-12
