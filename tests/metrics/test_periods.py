"""Days become weeks that start where the pilot starts, and months."""

from collections.abc import Sequence
from datetime import date, timedelta

from metrics.catalogue import Grain, Kind
from metrics.periods import (
    Observation,
    Period,
    closed,
    gaps,
    is_period_start,
    known_until,
    period_end,
    period_start,
    periods_in,
    roll_up,
)

WEDNESDAY = date(2026, 3, 11)


def days(first: date, values: Sequence[float | None], den: float | None = None) -> list[Observation]:
    return [Observation(first + timedelta(days=at), value, den) for at, value in enumerate(values) if value is not None]


def weekly(
    values: list[Observation], *, kind: Kind = Kind.COUNT, until: date, stored: Grain = Grain.DAY
) -> list[Period]:
    return roll_up(values, kind=kind, stored=stored, judged=Grain.WEEK, from_day=WEDNESDAY, until=until)


def test_week_zero_begins_on_the_day_itself_and_earlier_weeks_are_negative() -> None:
    values = days(WEDNESDAY - timedelta(days=7), [1.0] * 7 + [2.0] * 7)

    found = weekly(values, until=WEDNESDAY + timedelta(days=7))

    assert found == [Period(-1, 7.0, None, 7), Period(0, 14.0, None, 7)]


def test_a_week_that_has_not_closed_is_not_there() -> None:
    values = days(WEDNESDAY, [1.0] * 13)

    assert [period.index for period in weekly(values, until=WEDNESDAY + timedelta(days=13))] == [0]


def test_a_missing_day_is_missing_and_never_zero() -> None:
    values = days(WEDNESDAY, [1.0, None, 0.0, 3.0, None, None, None])

    assert weekly(values, until=WEDNESDAY + timedelta(days=7)) == [Period(0, 4.0, None, 3)]


def test_a_week_with_fewer_than_three_known_days_is_missing() -> None:
    values = days(WEDNESDAY, [1.0, 1.0])

    assert weekly(values, until=WEDNESDAY + timedelta(days=7)) == []


def test_numerators_and_denominators_add_up_apart() -> None:
    values = days(WEDNESDAY, [1.0] * 7, den=50.0)

    assert weekly(values, kind=Kind.RATIO, until=WEDNESDAY + timedelta(days=7)) == [Period(0, 7.0, 350.0, 7)]


def test_a_mean_without_denominator_is_averaged_not_added() -> None:
    values = days(WEDNESDAY, [4.0, 6.0, 8.0])

    found = weekly(values, kind=Kind.POSITION, until=WEDNESDAY + timedelta(days=7))

    assert found == [Period(0, 18.0, 3.0, 3)]


def test_stored_weeks_move_week_zero_to_their_own_monday() -> None:
    mondays = [Observation(date(2026, 3, 9) + timedelta(weeks=at), 10.0 + at) for at in range(3)]

    found = weekly(mondays, stored=Grain.WEEK, until=date(2026, 3, 30))

    assert found == [Period(-1, 10.0, None, 7), Period(0, 11.0, None, 7), Period(1, 12.0, None, 7)]


def test_months_count_from_the_first_whole_one() -> None:
    values = (
        days(date(2026, 2, 1), [1.0] * 28) + days(date(2026, 3, 1), [1.0] * 31) + days(date(2026, 4, 1), [2.0] * 30)
    )

    found = roll_up(
        values, kind=Kind.MONEY, stored=Grain.DAY, judged=Grain.MONTH, from_day=WEDNESDAY, until=date(2026, 5, 1)
    )

    assert found == [Period(-2, 28.0, None, 28), Period(-1, 31.0, None, 31), Period(0, 60.0, None, 30)]


def test_a_daylight_saving_change_and_week_53_lose_no_day() -> None:
    values = days(date(2020, 12, 1), [1.0] * 150)

    found = roll_up(
        values,
        kind=Kind.COUNT,
        stored=Grain.DAY,
        judged=Grain.WEEK,
        from_day=date(2020, 12, 1),
        until=date(2021, 4, 27),
    )

    assert [period.days for period in found] == [7] * 21


def test_whole_periods_are_counted_from_their_own_start() -> None:
    assert closed(WEDNESDAY, WEDNESDAY + timedelta(days=20), stored=Grain.DAY, judged=Grain.WEEK) == 2
    assert closed(WEDNESDAY, WEDNESDAY + timedelta(days=20), stored=Grain.WEEK, judged=Grain.WEEK) == 2
    assert closed(WEDNESDAY, date(2026, 6, 30), stored=Grain.DAY, judged=Grain.MONTH) == 2
    assert closed(WEDNESDAY, WEDNESDAY - timedelta(days=30), stored=Grain.DAY, judged=Grain.WEEK) == 0


def test_known_until_leaves_out_what_is_not_over() -> None:
    values = days(WEDNESDAY, [1.0, 1.0, 1.0])

    assert known_until(values, stored=Grain.DAY, as_of=WEDNESDAY + timedelta(days=2)) == WEDNESDAY + timedelta(days=2)
    assert known_until([], stored=Grain.DAY, as_of=WEDNESDAY) is None


def test_periods_begin_where_calendars_say() -> None:
    assert is_period_start(date(2026, 3, 9), Grain.WEEK)
    assert not is_period_start(WEDNESDAY, Grain.WEEK)
    assert not is_period_start(WEDNESDAY, Grain.MONTH)
    assert is_period_start(WEDNESDAY, Grain.DAY)
    assert period_end(date(2026, 12, 1), Grain.MONTH) == date(2027, 1, 1)


def test_a_period_survives_its_row() -> None:
    period = Period(3, 1.5, None, 6)

    assert Period.of(period.row()) == period


def test_missing_periods_are_gaps_between_known_ones() -> None:
    known = [date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 9)]

    assert gaps(reversed(known), Grain.DAY) == [(date(2026, 1, 7), date(2026, 1, 9))]
    assert gaps([date(2026, 1, 1), date(2026, 4, 1)], Grain.MONTH) == [(date(2026, 2, 1), date(2026, 4, 1))]
    assert gaps([date(2026, 1, 5)], Grain.WEEK) == []


def test_how_many_periods_lie_between_two_beginnings() -> None:
    spans = {Grain.DAY: 31, Grain.MONTH: 1}

    assert {g: periods_in(date(2026, 1, 1), date(2026, 2, 1), g) for g in spans} == spans
    assert periods_in(date(2026, 1, 5), date(2026, 1, 19), Grain.WEEK) == 2


def test_a_day_belongs_to_the_period_that_holds_it() -> None:
    starts = {grain: period_start(date(2026, 3, 11), grain) for grain in Grain}

    assert starts == {Grain.DAY: date(2026, 3, 11), Grain.WEEK: date(2026, 3, 9), Grain.MONTH: date(2026, 3, 1)}
