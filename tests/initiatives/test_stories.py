"""The story filter on small series whose answer one can see, judged week by week."""

from dataclasses import replace

import numpy as np
import pytest

from initiatives.stories import (
    PARAMETERS,
    POLICIES,
    STATUSES,
    Batch,
    Counter,
    Judgement,
    Parameters,
    Scale,
    Weeks,
    guard,
    judge,
    paths,
    power,
    scale_of,
    weekly,
    would_change,
)
from initiatives.stories.scales import Bools
from metrics.catalogue import Kind

BASELINE = [700.0, 728, 672, 707, 693, 721, 679, 700]
LENGTH = 12


def target(pilot: list[float], *, scale: Scale = Scale.COUNT, den: float = np.nan, **changes: object) -> Batch:
    """One target: a goal of +15 % in twelve weeks, nothing expected in the first two."""
    num = np.array([BASELINE + pilot])
    days = np.where(np.isnan(num), 0.0, 7.0)
    weeks = Weeks(num=num, den=np.full(num.shape, den), days=days, eff=days)
    batch = Batch(
        weeks=weeks,
        first=len(BASELINE),
        k=np.array([len(pilot)]),
        scale=np.array([scale]),
        sign=np.ones(1),
        goal=np.array([0.15]),
        length=np.array([LENGTH]),
        lag=np.array([2.0]),
        ramp=np.array([3.0]),
        enter=np.array([POLICIES["balanced"][0]]),
        leave=np.array([POLICIES["balanced"][1]]),
        is_stale=np.zeros(1, dtype=bool),
        counters=np.zeros((1, 8), dtype=np.int8),
        shocks=np.zeros(num.shape, dtype=bool),
    )
    return replace(batch, **changes)  # type: ignore[arg-type]  # a test names only the fields it is about


def week_by_week(batch: Batch) -> list[Judgement]:
    """The verdicts of all weeks, each handing its counters to the next."""
    told: list[Judgement] = []
    for week in range(1, int(batch.k[0]) + 1):
        told.append(judge(replace(batch, k=np.array([week]), counters=told[-1].counters if told else batch.counters)))
    return told


def statuses(batch: Batch) -> list[str]:
    return [STATUSES[said.status[0]] for said in week_by_week(batch)]


DEAD = [705.0, 695, 700, 690, 704, 698, 702, 700, 697, 701]
WORKING = [705.0, 700, 735, 770, 815, 830, 825, 832, 820, 828]
LATE = [705.0, 695, 700, 698, 702, 720, 760, 800, 830, 840]
FADE = [700.0, 760, 805, 800, 790, 740, 710, 698, 700, 696]
HARMFUL = [690.0, 640, 600, 580, 575, 570, 580, 572, 576, 570]


def test_a_dead_pilot_stalls_and_stays_so() -> None:
    said = statuses(target(DEAD))

    assert said[0] == "insufficient-data"
    assert said[-1] == "stalled"
    assert "regressing" not in said


def test_a_working_pilot_is_never_red() -> None:
    said = statuses(target(WORKING))

    assert not {"stalled", "regressing", "unlikely"} & set(said)
    assert said[-1] == "on-track"


def test_a_late_bloomer_ends_on_track() -> None:
    assert statuses(target(LATE))[-1] == "on-track"


def test_what_fades_is_told_by_its_story() -> None:
    said = week_by_week(target(FADE))[-1]

    fades = [story.name == "fade" for story in PARAMETERS.stories]
    assert said.stories[0, fades].sum() > 0.5


def test_what_hurts_is_regressing() -> None:
    said = week_by_week(target(HARMFUL))[-1]

    assert STATUSES[said.status[0]] == "regressing"
    assert said.effect[0] < -0.05


def test_one_bad_week_turns_nothing_red() -> None:
    assert "stalled" not in statuses(target([*WORKING[:6], 690.0, *WORKING[7:]]))


def test_lower_is_better_turns_the_signs() -> None:
    said = week_by_week(target(HARMFUL, sign=-np.ones(1), scale=Scale.LOG))[-1]

    assert STATUSES[said.status[0]] == "on-track"
    assert said.low[0] <= said.effect[0] < 0
    assert said.units[0] > 0


def test_a_share_is_judged_on_both_its_numbers() -> None:
    said = week_by_week(target(WORKING, scale=Scale.SHARE, den=20_000.0))[-1]

    assert STATUSES[said.status[0]] == "on-track"
    assert 0.05 < said.effect[0] < 0.25
    assert 300 < said.units[0] < 1_300  # of about 800 more successes in ten weeks


@pytest.mark.parametrize(("tries", "fell", "is_broken"), [(50.0, 0.8, True), (50.0, 0.99, False), (1000.0, 0.8, True)])
def test_what_was_whole_can_break_too(tries: float, fell: float, is_broken: bool) -> None:  # noqa: FBT001
    """All of eight weeks' pages were indexed; a share of nearly all lies far up the scale of odds."""
    num = np.array([[tries] * 8 + [fell * tries] * 6])
    weeks = Weeks(num=num, den=np.full(num.shape, tries), days=np.full(num.shape, 7.0), eff=np.full(num.shape, 7.0))
    held = guard.judge(target(DEAD[:6], scale=Scale.SHARE, weeks=weeks), np.array([0.05]))

    assert held.is_broken[0] == is_broken
    assert held.effect[0] == pytest.approx(fell - 1, abs=0.03)
    assert -1 <= held.low[0] <= held.effect[0] <= held.high[0] <= 0


def test_units_are_the_sum_of_what_was_gained() -> None:
    steady = [900.0] * 11

    said = week_by_week(target(steady, lag=np.zeros(1), ramp=np.ones(1), goal=np.array([0.25])))[-1]

    assert said.units[0] == pytest.approx(2_100, rel=0.25)
    assert said.rate[0] == pytest.approx(190, rel=0.25)


def test_after_the_deadline_arithmetic_decides() -> None:
    reached, missed = [*WORKING, 825.0, 830.0], [*DEAD, 700.0, 700.0]

    assert statuses(target(reached))[-1] == "reached"
    assert statuses(target(missed))[-1] == "missed"
    assert statuses(target([*missed[:-2], np.nan, np.nan]))[-1] == "data-stale"


@pytest.mark.parametrize("times", [1.0, 0.1, 10.0, 1 / 3])
def test_the_goal_exactly_is_the_goal_reached(times: float) -> None:
    batch = target([700 * 1.15] * LENGTH)
    batch.weeks.num[:, : batch.first] = 700.0
    scaled = replace(batch, weeks=replace(batch.weeks, num=batch.weeks.num * times), scale=np.array([Scale.LOG]))

    assert STATUSES[judge(scaled).status[0]] == "reached"


def test_judging_a_week_twice_is_not_twice() -> None:
    batch = target(DEAD)
    first_red = statuses(batch).index("stalled")
    before = week_by_week(replace(batch, k=np.array([first_red])))[-1]
    again = replace(batch, k=np.array([first_red]), counters=week_by_week(batch)[first_red - 2].counters)

    assert [judge(again).status[0], judge(again).status[0]] == [before.status[0]] * 2
    assert before.counters[0, Counter.DEAD] == 1


def test_a_zero_where_many_were_expected_waits_for_the_steward() -> None:
    batch = target([*WORKING[:6], 0.0])
    held = judge(batch)
    confirmed = judge(replace(batch, confirmed=held.findings))

    assert held.findings[0].nonzero()[0].tolist() == [len(BASELINE) + 6]
    assert held.weeks_known[0] == 6
    assert confirmed.weeks_known[0] == 7
    assert confirmed.p_reach[0] < held.p_reach[0]


def test_a_control_takes_the_blame_for_a_shared_fall() -> None:
    fall = [1.0, 1.0, 1.0, 0.98, 0.9, 0.8, 0.78, 0.76, 0.75, 0.75]
    alone = target([week * share for week, share in zip(WORKING, fall, strict=True)])
    quiet = np.array([[300.0, 310, 290, 303, 297, 308, 292, 300, *(300 * share for share in fall)]])
    beside = replace(alone, control=replace(alone.weeks, num=quiet), control_scale=np.array([Scale.COUNT]))

    assert "stalled" in statuses(alone)
    assert "stalled" not in statuses(beside)
    assert judge(beside).effect[0] > judge(alone).effect[0] + 0.07


def test_power_says_what_a_pilot_can_prove() -> None:
    steady, noisy = target([]), target([])
    noisy.weeks.num[0, ::2] *= 1.4
    can, cannot = power(steady), power(noisy)

    assert can.detectable_effect[0] < 0.15 < cannot.detectable_effect[0]
    assert 4 <= can.first_telling_week[0] <= LENGTH
    assert cannot.first_telling_week[0] == 0


def test_what_would_change_a_verdict_changes_it() -> None:
    batch = target(DEAD[:9])
    told = week_by_week(batch)
    value = would_change(replace(batch, counters=told[-2].counters), told[-1])[0]

    enough = statuses(target([*DEAD[:9], value * 7.05, value * 7.05]))
    short = statuses(target([*DEAD[:9], value * 6.95, value * 6.95]))

    assert STATUSES[told[-1].status[0]] == short[-1] == "stalled"
    assert enough[-1] != "stalled"


def test_a_chart_has_a_band_without_the_pilot_and_a_fan_ahead() -> None:
    drawn = paths(target(WORKING[:7]))

    low, middle, high = drawn.usual[:, 0]
    assert (low < middle).all()
    assert (middle < high).all()
    assert middle == pytest.approx(100, rel=0.03)  # a day, as before
    assert np.isnan(drawn.ahead[:, 0, :7]).all()
    assert (drawn.ahead[1, 0, 7:] > 112).all()
    assert (np.diff(drawn.ahead[2, 0, 7:] - drawn.ahead[0, 0, 7:]) > 0).all()
    assert drawn.plan[0, -1] == pytest.approx(115, rel=0.01)


@pytest.mark.parametrize(
    ("pilot", "is_broken"),
    [
        ([702.0, 690, 711, 695, 704], False),
        ([560.0], False),
        ([702.0, 690, 711, 560], False),
        ([702.0, 690, 711, 560, 566], True),
        ([560.0, 552, np.nan, 566, 559, np.nan], True),
        ([420.0, 425, 416], True),
        ([70.0, 72, 69], True),
        ([702.0, 690, 560, 698, 704], False),
        ([560.0, 552, 571, 698, 704, 690], False),
        ([840.0, 850, 835], False),
    ],
)
def test_a_guardrail_is_broken_after_two_known_weeks_beyond_its_margin(pilot: list[float], is_broken: bool) -> None:  # noqa: FBT001
    assert guarded(pilot).is_broken[0] == is_broken


def test_the_fall_of_a_guardrail_is_told_with_its_interval_whichever_way_is_worse() -> None:
    fall, rise = guarded([420.0, 425, 416, 422]), guarded([980.0, 990, 985, 972], sign=-np.ones(1))

    assert fall.is_broken[0]
    assert rise.is_broken[0]
    assert -0.45 < fall.low[0] < -0.40 < fall.effect[0] < -0.30 < fall.high[0] < -0.20
    assert 0.10 < rise.low[0] < rise.effect[0] < 0.40 < rise.high[0]


def test_a_fall_after_a_year_is_found_and_a_margin_of_nothing_is_not_broken_by_nothing() -> None:
    steady = [700.0 + 14 * (-1) ** week for week in range(60)]

    assert guarded([*steady, 540, 552, 546]).is_broken[0]
    assert not guarded(steady).is_broken[0]
    assert not guarded(steady, margin=0.0).is_broken[0]


def long_ago(fall: float, *, at: int, noise: float, until: int = 130, again: int = 10**6) -> Batch:
    """Twenty KPIs that fell in pilot week `at` for good, or until they came back in week `again`."""
    draw, rows, first = np.random.default_rng(at), 20, 8
    week = np.arange(until + first) - first
    level = 700 * np.where((week >= at) & (week < again), 1 - fall, 1.0)
    num = draw.poisson(level * np.exp(draw.normal(0, noise, (rows, len(week))))).astype(float)
    days = np.full(num.shape, 7.0)
    batch = target([700.0]).rows(np.zeros(rows, dtype=int))
    weeks = Weeks(num, np.full(num.shape, np.nan), days, days)
    return replace(batch, weeks=weeks, first=first, k=np.full(rows, until), shocks=np.zeros(num.shape, dtype=bool))


def broken_after(batch: Batch, week: int) -> Bools:
    return guard.judge(replace(batch, k=np.full(len(batch.k), week)), np.full(len(batch.k), 0.05)).is_broken


@pytest.mark.parametrize(("fall", "noise"), [(0.2, 0.05), (0.33, 0.05), (0.33, 0.08)])
@pytest.mark.parametrize("at", [2, 8, 12, 30])
def test_what_broke_stays_broken_for_a_hundred_weeks_while_it_does_not_come_back(
    fall: float, noise: float, at: int
) -> None:
    batch = long_ago(fall, at=at, noise=noise)
    was = broken_after(batch, at + 12)

    assert was.sum() >= 10
    for week in (24, 30, 31, 32, 35, 40, 52, 68, 104, 128):
        if week > at + 12:
            assert broken_after(batch, week)[was].mean() >= 0.9, week


def test_what_came_back_is_whole_again_within_a_quarter_and_stays_so() -> None:
    batch = long_ago(0.3, at=8, noise=0.05, again=20)

    assert broken_after(batch, 19).mean() >= 0.9
    for week in (34, 40, 60, 104):
        assert broken_after(batch, week).mean() <= 0.1, week


def test_nothing_falls_from_a_baseline_of_zero() -> None:
    grown = np.full(8, 5.0)
    count = replace(target(list(grown)), weeks=changed_before(target(list(grown)), 0.0))
    share = target(list(grown), scale=Scale.SHARE, den=100.0)
    share = replace(share, weeks=changed_before(share, 0.0))

    for batch in (count, share):
        held = guard.judge(batch, np.array([0.05]))
        assert (held.chance[0], held.is_broken[0], held.is_told[0]) == (0, False, True)


def changed_before(batch: Batch, level: float) -> Weeks:
    """The weeks, with another baseline."""
    num = batch.weeks.num.copy()
    num[:, : batch.first] = level
    return replace(batch.weeks, num=num)


def test_a_missing_week_changes_nothing_years_later() -> None:
    batch = long_ago(0.3, at=8, noise=0.08, until=60)
    days = batch.weeks.days.copy()
    days[:, -3:] = 0

    silent = guard.judge(replace(batch, weeks=replace(batch.weeks, days=days)), np.full(20, 0.05))

    assert np.allclose(silent.chance, guard.judge(replace(batch, k=batch.k - 3), np.full(20, 0.05)).chance)


def guarded(pilot: list[float], *, margin: float = 0.05, **changes: object) -> guard.Held:
    """Of a KPI of 700 a week that may change so far the wrong way."""
    return guard.judge(target(pilot, **changes), np.array([margin]))  # type: ignore[arg-type]  # as in `target`


def test_days_become_weeks_with_the_weekday_pattern_of_the_baseline() -> None:
    pattern = np.array([1.0, 1, 1, 1, 1, 0.5, 0.5])
    days = np.tile(pattern * 140, (1, 10))
    days[0, -2:] = np.nan  # the last weekend is not in yet

    weeks = weekly(days, np.full(days.shape, np.nan), first=8, factors=np.array([True]))

    assert weeks.days[0, -1] == 5
    assert weeks.num[0, -1] / weeks.eff[0, -1] == pytest.approx(weeks.num[0, 0] / weeks.eff[0, 0], rel=0.03)
    assert np.isnan(weeks.den).all()


def test_a_kpi_finds_its_scale_by_its_baseline() -> None:
    assert scale_of(Kind.COUNT, least=0.0, most_share=None) is Scale.COUNT
    assert scale_of(Kind.RATIO, least=0.0, most_share=0.3) is Scale.SHARE
    assert scale_of(Kind.RATIO, least=1.0, most_share=3.0) is Scale.MEAN
    assert scale_of(Kind.MONEY, least=10.0, most_share=None) is Scale.LOG
    assert scale_of(Kind.MONEY, least=-10.0, most_share=None) is Scale.LINEAR


def test_parameters_have_a_name_that_changes_with_them() -> None:
    assert Parameters().sha256 == PARAMETERS.sha256
    assert Parameters(drift_share=0.3).sha256 != PARAMETERS.sha256


def test_a_batch_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="arrays of one length"):
        judge(replace(target(DEAD), k=np.array([3, 4])))
