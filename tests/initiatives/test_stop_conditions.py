"""Whether what was agreed to make us stop has come true."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from initiatives.stop_conditions import Condition, outcome
from initiatives.verdicts import Plan
from metrics.catalogue import Kind
from metrics.periods import Period

START = date(2026, 3, 2)
BY = START + timedelta(weeks=6)
PLAN = Plan(
    kind=Kind.COUNT,
    lower_is_better=False,
    goal=0.12,
    smallest_effect=0.05,
    starts_on=START,
    due_on=START + timedelta(weeks=12),
    source_lag_days=1,
)


def weeks(*levels: float | None, first: int = 0) -> list[Period]:
    return [Period(index, level, None, 7) for index, level in enumerate(levels, first) if level is not None]


AGREED = Condition(
    text="leads stay under 400 a week",
    by_on=BY,
    author="Marieke de Vries",
    agreed_on=date(2026, 2, 1),
    threshold=400.0,
    plan=PLAN,
    periods=weeks(300, 300, 395, 402, 398, 399),
)


def test_it_has_come_true_when_the_last_four_weeks_lie_below() -> None:
    found = outcome(AGREED, on=BY + timedelta(days=1))

    assert found.is_met is True
    assert found.value == pytest.approx(398.5)


def test_it_has_not_when_they_reach_the_figure() -> None:
    assert outcome(replace(AGREED, periods=weeks(300, 300, 399, 401, 400, 400)), on=BY + timedelta(9)).is_met is False


def test_before_its_day_and_the_delay_of_its_source_nothing_is_said() -> None:
    assert outcome(AGREED, on=BY).is_met is None


def test_later_weeks_change_nothing() -> None:
    later = replace(AGREED, periods=[*AGREED.periods, *weeks(900, 900, 900, 900, first=6)])

    assert outcome(later, on=BY + timedelta(weeks=9)) == outcome(AGREED, on=BY + timedelta(days=1))


def test_where_lower_is_better_the_figure_is_a_ceiling() -> None:
    lower = replace(AGREED, plan=replace(PLAN, lower_is_better=True))

    assert outcome(lower, on=BY + timedelta(days=1)).is_met is False
    assert outcome(replace(lower, threshold=390.0), on=BY + timedelta(days=1)).is_met is True


@pytest.mark.parametrize(
    "unclear",
    [
        replace(AGREED, periods=weeks(300, 300, None, None, 398, 399)),
        replace(AGREED, by_on=START + timedelta(weeks=2)),
        replace(AGREED, threshold=None),
        replace(AGREED, plan=None),
    ],
)
def test_where_too_little_is_known_people_must_say(unclear: Condition) -> None:
    assert outcome(unclear, on=BY + timedelta(weeks=1)).is_met is None
