"""What is usual for a series, and what was probably meant by a value that is not."""

import pytest

from metrics.quality import likely_meant, usual_range

REVENUE = [18400.0, 18950.0, 18120.0, 18300.0, 17900.0, 18700.0, 18210.0, 18400.0]


def test_what_is_usual_follows_the_middle_and_the_spread() -> None:
    low, high = usual_range(REVENUE) or (0.0, 0.0)

    assert low < min(REVENUE)
    assert max(REVENUE) < high < 25_000


def test_a_slip_among_the_values_does_not_widen_the_range() -> None:
    usual = usual_range([*REVENUE, 81420.0])

    assert usual is not None
    assert usual[1] < 25_000


def test_of_too_few_values_nobody_can_say_what_is_usual() -> None:
    assert usual_range(REVENUE[:7]) is None


def test_a_series_that_never_moved_may_move_a_little_and_never_below_zero() -> None:
    assert usual_range([100.0] * 8) == (90.0, 110.0)
    assert usual_range([0.0] * 6 + [9.0] * 3) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("value", "meant"), [(81420.0, 18420.0), (1842.0, 18420.0), (184200.0, 18420.0), (184.2, 18420.0), (5.0, None)]
)
def test_a_swapped_digit_or_a_misplaced_mark_is_recognised(value: float, meant: float | None) -> None:
    usual = usual_range(REVENUE)

    assert usual is not None
    assert likely_meant(value, usual) == meant
