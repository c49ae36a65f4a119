"""The golden example to the cent, and what must hold whatever the figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initiatives.roi import Amount, Month, Return, Value, assess, benefit, project, total

ONE_OFF = 60 * 65 + 2500 + 24 * 45.0
MONTHLY = 20 * 65 + 390.0
UNITS = [40 * min(t / 6, 1) for t in range(1, 13)]


def golden(*, units_sd: float, value: Value, scale: float = 1.0) -> Return:
    months = [
        Month(benefit(units=units, units_sd=units_sd * units / 380, value=value), MONTHLY * scale) for units in UNITS
    ]
    return assess(one_off=ONE_OFF * scale, months=months)


def test_the_golden_example_without_spread() -> None:
    found = golden(units_sd=0, value=Value(108, 108, 108, attribution=0.7))

    assert found.cost == 27_760.00
    assert found.benefit == Amount(28_728.00, 0.0)
    assert found.roi == pytest.approx(0.035, abs=0.0005)
    assert found.payback == pytest.approx(11.3, abs=0.05)
    assert found.discounted_payback == pytest.approx(11.7, abs=0.05)
    assert found.npv == pytest.approx(307, abs=0.5)
    assert found.chance == 1.0


def test_the_golden_example_with_spread() -> None:
    value = Value(84, 108, 132, attribution=0.7)

    found = golden(units_sd=95, value=value)

    assert (value.mean, value.variance) == (108, 96)
    assert found.benefit.sd == pytest.approx(7668, abs=0.5)
    assert found.benefit.p10 == pytest.approx(18_901, abs=0.5)
    assert found.conservative_roi == pytest.approx(-0.319, abs=0.0005)
    assert found.chance == pytest.approx(0.55, abs=0.005)


def test_doubling_all_money_keeps_the_return() -> None:
    once = golden(units_sd=95, value=Value(84, 108, 132))
    twice = golden(units_sd=95, value=Value(168, 216, 264), scale=2)

    assert twice.roi == pytest.approx(once.roi)
    assert twice.payback == pytest.approx(once.payback)
    assert twice.chance == pytest.approx(once.chance)
    assert twice.npv == pytest.approx(2 * once.npv, abs=0.02)


@given(extra=st.floats(0, 1e6), monthly=st.floats(0, 1e5))
def test_more_cost_never_raises_the_return(extra: float, monthly: float) -> None:
    months = [Month(Amount(2000, 300), 500.0)] * 12
    dearer = [Month(Amount(2000, 300), 500.0 + monthly)] * 12

    cheap, dear = assess(one_off=1000, months=months), assess(one_off=1000 + extra, months=dearer)

    assert cheap.roi is not None
    assert dear.roi is not None
    assert dear.roi <= cheap.roi
    assert dear.npv <= cheap.npv
    assert dear.chance <= cheap.chance


def test_what_never_catches_up_has_no_payback_and_what_cost_nothing_no_return() -> None:
    assert assess(one_off=1000, months=[Month(Amount(10), 5.0)] * 12).payback is None
    assert assess(one_off=0, months=[Month(Amount(10), 0.0)]).roi is None
    assert assess(one_off=0, months=[Month(Amount(10), 0.0)]).payback == 0.0
    assert assess(one_off=0, months=[]).npv == 0


def test_a_month_of_loss_first_is_paid_back_too() -> None:
    months = [Month(Amount(0), 100.0), Month(Amount(200), 0.0)]

    assert assess(one_off=0, months=months).payback == pytest.approx(1.5)


def test_hours_count_for_the_share_that_becomes_money() -> None:
    full = benefit(units=100, units_sd=10, value=Value(65, 65, 65))
    half = benefit(units=100, units_sd=10, value=Value(65, 65, 65, cashable=0.5))

    assert (half.mean, half.sd) == (full.mean / 2, full.sd / 2)


def test_projected_months_share_one_error() -> None:
    ahead = project(months_left=6, monthly_units=40, monthly_units_sd=10, value=Value(1, 1, 1), monthly_cost=7)

    assert len(ahead) == 6
    assert total([month.benefit for month in ahead]) == Amount(240, 60)
    assert project(months_left=-1, monthly_units=1, monthly_units_sd=0, value=Value(1, 1, 1), monthly_cost=0) == []
