"""The database adds up weeks and learns weekdays exactly as the story filter's own function does."""

from datetime import date, timedelta
from random import Random

import numpy as np
import pytest

from initiatives.stories import weekly
from metrics.catalogue import Grain, Kind
from metrics.periods import Observation
from metrics.weekly import Span, weekly_sums
from tests.metrics.test_rollup import stored_as

START = date(2026, 3, 4)  # a Wednesday
BEFORE, WEEKS = 8, 5


def days_of(seed: int, kind: Kind) -> list[Observation]:
    """Thirteen weeks and three days with gaps and a weekly pattern; for shares with denominators."""
    chance = Random(seed)
    return [
        Observation(
            START + timedelta(days=n),
            round(chance.gauss(100, 10) * (0.4 if n % 7 > 4 else 1), 1),
            2000.0 if kind is Kind.RATIO else None,
        )
        for n in range(-7 * BEFORE, 7 * WEEKS + 3)
        if chance.random() > 0.1
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [Kind.COUNT, Kind.RATIO, Kind.DAYS])
def test_one_query_says_what_the_pure_function_says(kind: Kind) -> None:
    values = days_of(3, kind)
    kpi = stored_as(values, "A KPI", Grain.DAY)
    until = START + timedelta(days=7 * WEEKS + 3)

    ((found, known_until),) = weekly_sums([Span(kpi.pk, kind, Grain.DAY, START, BEFORE, WEEKS, until)])

    num = np.full((1, 7 * (BEFORE + WEEKS)), np.nan)
    den = np.full(num.shape, np.nan)
    for value in values:
        at = (value.starts_on - START).days + 7 * BEFORE
        if at < num.shape[1]:
            num[0, at] = value.num
            den[0, at] = 1.0 if kind is Kind.DAYS else np.nan if value.den is None else value.den
    expected = weekly(num, den, first=BEFORE, factors=np.array([kind is Kind.COUNT]))
    assert found.weeks == list(range(-BEFORE, WEEKS))
    assert found.num == pytest.approx(expected.num[0].tolist())
    assert found.days == expected.days[0].tolist()
    assert found.eff == pytest.approx(expected.eff[0].tolist())
    assert found.den == (None if kind is Kind.COUNT else pytest.approx(expected.den[0].tolist()))
    assert known_until == values[-1].starts_on + timedelta(days=1)


@pytest.mark.django_db
def test_stored_weeks_count_once_they_are_over() -> None:
    monday = date(2026, 3, 2)
    values = [Observation(monday + timedelta(weeks=n), 10.0 + n) for n in range(-3, 3)]
    kpi = stored_as(values, "By the week", Grain.WEEK)

    ((found, known_until),) = weekly_sums(
        [Span(kpi.pk, Kind.COUNT, Grain.WEEK, monday, 3, 2, monday + timedelta(days=16))]
    )

    assert (found.weeks, found.num, found.days) == ([-3, -2, -1, 0, 1], [7, 8, 9, 10, 11], [7] * 5)
    assert (found.eff, known_until) == ([7] * 5, monday + timedelta(days=14))


@pytest.mark.django_db
def test_a_kpi_without_values_has_no_weeks() -> None:
    kpi = stored_as([], "Silent", Grain.DAY)

    ((found, known_until),) = weekly_sums([Span(kpi.pk, Kind.COUNT, Grain.DAY, START, 8, 2, START)])

    assert (found.weeks, found.den, known_until) == ([], None, None)
