"""What is wrong with a series: told when it is, and not when nothing is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from metrics.catalogue import Grain, Kind
from metrics.findings import Fault, Finding, Reading, Record, findings

FIRST = date(2026, 1, 5)  # a Monday
WEEKDAYS = (1.1, 1.1, 1.0, 1.0, 0.9, 0.1, 0.1)  # a shop that sells to offices


def a_series(
    seed: int = 1, *, days: int = 126, level: float = 400, weekdays: Sequence[float] = WEEKDAYS
) -> list[float]:
    draw = Random(seed)
    return [float(round(level * weekdays[n % 7] * (1 + draw.gauss(0, 0.08)))) for n in range(days)]


def record(values: Sequence[float | None], *, grain: Grain = Grain.DAY, kind: Kind = Kind.COUNT, **more: Any) -> Record:
    step = timedelta(days=1 if grain is Grain.DAY else 7)
    known = [Reading(FIRST + step * n, value) for n, value in enumerate(values) if value is not None]
    return Record(kind, grain, known, **more)


def found(of: Record, *, on: date = date(2026, 6, 1)) -> dict[Fault, Finding]:
    return {one.fault: one for one in findings(of, on=on)}


def test_of_a_hundred_series_in_which_nothing_is_wrong_hardly_any_is_suspected() -> None:
    told = [one for seed in range(100) for one in findings(record(a_series(seed)), on=FIRST)]

    assert len(told) <= 5


def test_growth_by_a_half_is_no_fault() -> None:
    values = [value * (1.5 if n > 60 else 1.0) for n, value in enumerate(a_series())]

    assert not found(record(values))


@pytest.mark.parametrize("factor", [10, 100, 1000, 0.1, 0.01, 0.001])
def test_another_unit_is_told_from_its_first_day_on(factor: float) -> None:
    values = [value * factor if n >= 100 else value for n, value in enumerate(a_series(level=40_000))]

    told = found(record(values, kind=Kind.MONEY))

    jump = told[Fault.UNIT_JUMP]
    assert (jump.since, jump.until, jump.count, jump.factor) == (FIRST + timedelta(days=100), None, 26, factor)
    assert Fault.OUTLIER not in told


def test_one_value_in_another_unit_ends_with_it() -> None:
    values = [value * 100 if n == 100 else value for n, value in enumerate(a_series())]

    jump = found(record(values))[Fault.UNIT_JUMP]

    assert (jump.since, jump.until, jump.count) == (date(2026, 4, 15), date(2026, 4, 16), 1)
    assert (jump.low or 0) < 400 < (jump.high or 0)


def test_ten_times_a_small_count_may_be_a_busy_day_and_is_only_unusual() -> None:
    values = [3.0, 2, 4, 3, 5, 2, 3, 1] * 4 + [30.0]

    assert [*found(record(values, grain=Grain.WEEK))] == [Fault.OUTLIER]


def test_a_value_far_out_is_told_and_a_weekend_is_not() -> None:
    values = a_series()
    values[100] *= 2.6

    told = found(record(values))

    assert [*told] == [Fault.OUTLIER]
    assert (told[Fault.OUTLIER].since, told[Fault.OUTLIER].value) == (date(2026, 4, 15), values[100])


def test_the_same_value_again_and_again_stands_still_where_others_move() -> None:
    values = a_series()
    values[110:] = [values[109]] * 16

    told = found(record(values))[Fault.FROZEN]

    assert (told.since, told.until, told.count) == (FIRST + timedelta(days=109), None, 17)


def test_what_is_nearly_always_nought_does_not_stand_still() -> None:
    values = [0.0] * 40 + [1.0] + [0.0] * 30 + [1.0] + [0.0] * 50

    assert Fault.FROZEN not in found(record(values, grain=Grain.DAY))


def test_days_between_known_ones_are_missing_unless_the_source_says_that_there_are_none() -> None:
    values: list[float | None] = [*a_series()]
    values[50:53] = [None] * 3
    values[100] = None

    missing = found(record(values))[Fault.MISSING]
    later = found(record(values, confirmed_until=FIRST + timedelta(days=53)))[Fault.MISSING]
    none = found(record(values, confirmed_until=FIRST + timedelta(days=101)))

    assert (missing.since, missing.count) == (FIRST + timedelta(days=50), 4)
    assert (later.since, later.until, later.count) == (date(2026, 4, 15), date(2026, 4, 16), 1)
    assert Fault.MISSING not in none


@pytest.mark.parametrize(("on", "is_late"), [(date(2026, 5, 14), False), (date(2026, 5, 15), True)])
def test_a_value_is_late_from_the_day_after_its_grace(on: date, *, is_late: bool) -> None:
    told = found(record(a_series(), expected_by=date(2026, 5, 14)), on=on)

    assert ([*told] == [Fault.LATE]) == is_late
    assert not is_late or told[Fault.LATE].since == date(2026, 5, 15)


@pytest.mark.parametrize(("share", "is_told"), [(1.09, False), (1.12, True), (0.88, True)])
def test_two_sources_may_differ_by_a_tenth_and_no_more(share: float, *, is_told: bool) -> None:
    values = a_series()
    other = [Reading(FIRST + timedelta(days=n), value * share) for n, value in enumerate(values)]

    told = found(record(values, others={7: other}))

    assert (Fault.SOURCES_DIFFER in told) == is_told
    if is_told:
        differ = told[Fault.SOURCES_DIFFER]
        assert (differ.source, differ.since, differ.count) == (7, FIRST, 18)
        assert differ.other == pytest.approx(share * (differ.value or 0))


def test_sources_are_compared_in_whole_weeks_that_are_final() -> None:
    values = a_series()
    shifted = [Reading(FIRST + timedelta(days=n + 1), value) for n, value in enumerate(values)]  # of another zone
    late = [replace(one, num=one.num / 2, quality=2) if n >= 119 else one for n, one in enumerate(shifted)]

    assert Fault.SOURCES_DIFFER not in found(record(values, others={7: late}))


def test_marks_say_from_when_on_values_are_less_than_final() -> None:
    values = [Reading(FIRST + timedelta(days=n), 9.0 + n % 3, None, 1) for n in range(20)]
    values[3] = replace(values[3], quality=3)
    values[18:] = [replace(one, quality=2) for one in values[18:]]

    told = found(Record(Kind.COUNT, Grain.DAY, values))

    assert [*told] == [Fault.SAMPLED, Fault.PROVISIONAL]
    assert all(fault.is_mark for fault in told)
    assert (told[Fault.SAMPLED].until, told[Fault.PROVISIONAL].until) == (FIRST + timedelta(days=4), None)
    assert told[Fault.PROVISIONAL].count == 2


def test_of_nothing_nothing_is_said() -> None:
    assert not found(record([]))
    assert not found(record([5.0]))
