"""What arithmetic judges, on small series whose answer one can see."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initiatives.verdicts import Badge, Plan, Status, Verdict, detectable_effect, gained, inputs, judge, replay
from metrics.catalogue import Grain, Kind
from metrics.periods import Period

START = date(2026, 3, 9)
BASELINE = [100.0, 104.0, 96.0, 101.0, 99.0, 103.0, 97.0, 100.0]


def plan(**changes: object) -> Plan:
    defaults: dict[str, object] = {
        "kind": Kind.COUNT,
        "lower_is_better": False,
        "goal": 0.12,
        "smallest_effect": 0.05,
        "starts_on": START,
        "due_on": START + timedelta(weeks=8),
    }
    return Plan(**(defaults | changes))  # type: ignore[arg-type]  # a test names only the fields it is about


def weeks(values: list[float | None], *, first: int = 0, den: float | None = None) -> list[Period]:
    return [Period(first + at, value, den, 7) for at, value in enumerate(values) if value is not None]


def judged(pilot: list[float | None], agreed: Plan | None = None, *, week: int | None = None) -> Verdict:
    """The verdict after `week` closed weeks, all that are given unless told."""
    whole = len(pilot) if week is None else week
    as_of = START + timedelta(weeks=whole, days=(agreed or plan()).source_lag_days)
    return judge(
        agreed or plan(),
        baseline=weeks(list(BASELINE), first=-8),
        pilot=weeks(pilot),
        known_until=START + timedelta(weeks=whole),
        as_of=as_of,
    )


def test_without_three_baseline_weeks_nothing_is_said() -> None:
    found = judge(
        plan(),
        baseline=weeks([100, 101], first=-2),
        pilot=weeks([130, 131, 132]),
        known_until=START + timedelta(weeks=3),
        as_of=START + timedelta(weeks=3),
    )

    assert (found.status, found.words.code, found.units) == (Status.INSUFFICIENT, "no-baseline", None)


@pytest.mark.parametrize(("late", "status"), [(17, Status.INSUFFICIENT), (18, Status.DATA_STALE)])
def test_silence_for_a_fortnight_beyond_the_lag_is_stale_whatever_the_numbers_say(late: int, status: Status) -> None:
    found = judge(
        plan(source_lag_days=3),
        baseline=weeks(list(BASELINE), first=-8),
        pilot=weeks([113, 115, 114, 116]),
        known_until=START + timedelta(weeks=4),
        as_of=START + timedelta(weeks=4, days=late),
    )

    assert found.status is status


def test_a_weekly_source_is_late_only_after_its_week_could_have_ended() -> None:
    agreed = plan(stored=Grain.WEEK)

    found = judge(
        agreed,
        baseline=weeks(list(BASELINE), first=-8),
        pilot=weeks([113, 115, 114, 116]),
        known_until=START + timedelta(weeks=4),
        as_of=START + timedelta(weeks=7),
    )

    assert found.status is Status.INSUFFICIENT


@pytest.mark.parametrize(
    ("pilot", "status"),
    [
        ([100, 100, 100, 100, 112, 112, 112, 113], Status.REACHED),
        ([140, 140, 140, 140, 111, 111, 111, 111], Status.MISSED),
        ([140, 140, 140, 140, 113, None, 113, 113], Status.REACHED),
        ([140, 140, 140, 140, 113, None, None, 113], Status.DATA_STALE),
    ],
)
def test_after_the_deadline_the_last_four_weeks_are_simply_compared(pilot: list[float | None], status: Status) -> None:
    found = judged(pilot, week=12)

    assert found.status is status


def test_units_and_badges_are_those_of_the_pilot_however_long_ago_it_ended() -> None:
    pilot: list[float | None] = [112, 113, 114, 112, 113, 112, 114, 113]

    assert judged(pilot, week=60) == judged(pilot, week=8)
    assert Badge.MISSING_DAYS not in judged(pilot, week=60).badges


def test_later_data_leave_an_earlier_verdict_alone() -> None:
    pilot: list[float | None] = [106, 107, 108, 107, 112, 113, 112, 114]

    assert judged([*pilot, 300, 300], week=8) == judged(pilot, week=8)


def test_a_missing_day_and_a_coarse_test_are_said_beside_the_status() -> None:
    agreed = plan(goal=0.02, smallest_effect=0.01)

    found = judge(
        agreed,
        baseline=weeks(list(BASELINE), first=-8),
        pilot=[Period(0, 60.0, None, 4), Period(1, 106.0, None, 7)],
        known_until=START + timedelta(weeks=2),
        as_of=START + timedelta(weeks=2),
    )

    assert set(found.badges) >= {Badge.MISSING_DAYS, Badge.LOW_RESOLUTION}


@pytest.mark.parametrize(
    ("agreed", "before", "after", "den", "units"),
    [
        (plan(), BASELINE, [113.0, 115, 114, 116], None, 4 * 14.5),
        (plan(kind=Kind.DAYS, lower_is_better=True), BASELINE, [85.0, 84, 86, 85], None, 4 * 15),
        (plan(kind=Kind.RATIO), [20.0] * 8, [24.0, 25, 23, 24], 1000, 4 * 4),
        (plan(kind=Kind.HOURS), [0.0] * 8, [11.0, 12, 10, 12], None, 45),
    ],
)
def test_units_are_what_was_gained_on_the_baseline_the_good_way(
    agreed: Plan, before: list[float], after: list[float], den: float | None, units: float
) -> None:
    found, sd = gained(agreed, weeks([*before], first=-8, den=den), weeks([*after], den=den), periods=4)

    assert found == pytest.approx(units)
    assert 0 < sd < 15


def test_a_partial_week_is_scaled_by_its_known_days() -> None:
    part = [Period(at, 4 * 16.0, None, 4) for at in range(4)]

    units, _ = gained(plan(), weeks(list(BASELINE), first=-8), part, periods=4)

    assert units == pytest.approx(4 * 12)


def test_monthly_figures_wait_for_the_deadline_and_are_then_compared() -> None:
    agreed = plan(kind=Kind.MONEY, judged=Grain.MONTH, starts_on=date(2026, 3, 1), due_on=date(2026, 6, 1))
    before = [Period(at, 1000.0 + at, None, 30) for at in range(-6, 0)]
    pilot = [Period(0, 1300.0, None, 31), Period(1, 900.0, None, 30), Period(2, 1200.0, None, 31)]

    early = judge(agreed, baseline=before, pilot=pilot, known_until=date(2026, 5, 1), as_of=date(2026, 5, 1))
    late = judge(agreed, baseline=before, pilot=pilot, known_until=date(2026, 6, 1), as_of=date(2026, 6, 1))

    assert (early.status, early.words.code) == (Status.INSUFFICIENT, "monthly")
    assert late.status is Status.REACHED


def test_what_nobody_knew_before_is_not_reached_by_whatever_came_after() -> None:
    agreed = plan(kind=Kind.MONEY, judged=Grain.MONTH, starts_on=date(2026, 3, 1), due_on=date(2026, 4, 1))
    before, pilot = [Period(at, 1000.0, None, 30) for at in (-2, -1)], [Period(0, 5.0, None, 31)]

    said = judge(agreed, baseline=before, pilot=pilot, known_until=date(2026, 4, 1), as_of=date(2026, 4, 1))

    assert (said.status, said.words.code, said.effect) == (Status.INSUFFICIENT, "no-baseline", None)


def test_six_months_that_scatter_by_five_percent_let_one_more_show_no_less_than_thirteen() -> None:
    noisy = [Period(at - 6, 1000.0 + 45.64 * (-1) ** at, None, 30) for at in range(6)]

    found = detectable_effect(plan(kind=Kind.MONEY, judged=Grain.MONTH), noisy)

    assert found == pytest.approx((1.4759 + 0.9195) * 0.05 * (7 / 6) ** 0.5, abs=0.001)


def test_two_months_before_a_pilot_let_it_show_nothing() -> None:
    assert detectable_effect(plan(judged=Grain.MONTH), weeks([100, 101], first=-2)) is None


def test_stored_inputs_give_the_same_verdict_again() -> None:
    agreed, before, pilot = plan(lag_weeks=1), weeks(list(BASELINE), first=-8), weeks([90, 106, 107, 108, 112, 113])
    until = as_of = START + timedelta(weeks=8)

    stored = json.loads(json.dumps(inputs(agreed, baseline=before, pilot=pilot, known_until=until, as_of=as_of)))

    assert replay(stored, as_of=as_of) == judge(agreed, baseline=before, pilot=pilot, known_until=until, as_of=as_of)


numbers = st.one_of(st.just(0.0), st.floats(1e-6, 1e9))


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(Kind),
    lower=st.booleans(),
    before=st.lists(numbers, max_size=9),
    after=st.lists(st.one_of(st.none(), numbers), max_size=9),
    week=st.integers(0, 12),
)
def test_whatever_comes_in_a_verdict_comes_out_in_order(
    *, kind: Kind, lower: bool, before: list[float], after: list[float | None], week: int
) -> None:
    den = 1e9 if kind is Kind.RATIO else None
    found = judge(
        plan(kind=kind, lower_is_better=lower),
        baseline=weeks(list(before), first=-len(before), den=den),
        pilot=weeks(after, den=den),
        known_until=START + timedelta(weeks=week),
        as_of=START + timedelta(weeks=week),
    )

    assert found.status in Status
    if found.low is not None:
        assert found.effect is not None
        assert found.high is not None
        assert found.low <= found.effect * (1 + 1e-9) + 1e-9
        assert found.effect <= found.high * (1 + 1e-9) + 1e-9


@given(scale=st.sampled_from([0.01, 10.0, 1e6]), after=st.lists(st.floats(50, 200), min_size=7, max_size=9))
def test_another_currency_changes_no_verdict(scale: float, after: list[float]) -> None:
    def verdict(factor: float) -> Verdict:
        return judge(
            plan(kind=Kind.MONEY),
            baseline=weeks([value * factor for value in BASELINE], first=-8),
            pilot=weeks([value * factor for value in after]),
            known_until=START + timedelta(weeks=8),
            as_of=START + timedelta(weeks=8),
        )

    assert verdict(scale).status == verdict(1.0).status
    assert verdict(scale).effect == pytest.approx(verdict(1.0).effect)
