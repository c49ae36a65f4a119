"""What must hold of the story filter whatever the numbers: 250 random targets in every example."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from initiatives.stories import (
    PARAMETERS,
    STATUSES,
    Batch,
    Counter,
    Judgement,
    Scale,
    Weeks,
    guard,
    judge,
    power,
    recursion,
    scales,
)
from tests.initiatives.random_batches import ROWS, random_batch, random_margin, same, with_memory

SEEDS = st.integers(0, 2**32 - 1)
SAID = ("status", "p_dead", "p_neg", "p_reach", "stories", "counters")
ALL = tuple(field.name for field in fields(Judgement))
HELD = tuple(field.name for field in fields(guard.Held))
often = settings(max_examples=7, deadline=None, phases=[Phase.generate])  # a smaller seed is no simpler case
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def changed(weeks: Weeks, **parts: object) -> Weeks:
    return replace(weeks, **parts)  # type: ignore[arg-type]  # arrays, by name


@often
@given(SEEDS)
def test_answers_are_numbers_in_their_order_and_stories_sum_to_one(seed: int) -> None:
    said = judge(with_memory(random_batch(seed)))

    assert all(np.isfinite(getattr(said, name)).all() for name in ALL)
    assert np.allclose(said.stories.sum(axis=1), 1)
    assert all(((chance >= 0) & (chance <= 1)).all() for chance in (said.p_dead, said.p_neg, said.p_reach))
    assert (said.p_neg <= said.p_dead + 1e-9).all()
    assert (said.low <= said.effect).all()
    assert (said.effect <= said.high).all()
    assert (said.units_sd >= 0).all()


@often
@given(SEEDS)
def test_of_guardrails_answers_are_numbers_in_their_order_and_nothing_breaks_unseen(seed: int) -> None:
    held = guard.judge(random_batch(seed), random_margin(seed))

    assert all(np.isfinite(getattr(held, name)).all() for name in HELD)
    assert ((held.chance >= 0) & (held.chance <= 1)).all()
    assert (held.low <= held.effect).all()
    assert (held.effect <= held.high).all()
    assert (held.chance[held.is_broken] >= guard.LIKELY).all()
    assert held.is_told[held.is_broken].all()
    assert (held.weeks_known[held.is_told] >= PARAMETERS.least_pilot).all()


@often
@given(SEEDS)
def test_ten_times_the_money_is_the_same_verdict(seed: int) -> None:
    drawn = with_memory(random_batch(seed, scales=(Scale.LOG, Scale.LINEAR)))
    has_level = _baseline_level(drawn) != 0  # beside a baseline of zero, a goal is an amount
    batch = drawn.rows(np.flatnonzero(has_level))
    tenfold = replace(batch, weeks=changed(batch.weeks, num=batch.weeks.num * 10))

    assert same(judge(batch), judge(tenfold), (*SAID, "effect", "low", "high"))
    assert np.allclose(judge(batch).units * 10, judge(tenfold).units)
    margin = random_margin(seed)[has_level]
    assert same(guard.judge(batch, margin), guard.judge(tenfold, margin), HELD)


@often
@given(SEEDS)
def test_later_weeks_never_change_an_earlier_verdict(seed: int) -> None:
    batch = with_memory(random_batch(seed))
    is_later = np.arange(batch.weeks.num.shape[1]) >= batch.first + batch.k[:, None]
    num = np.where(is_later, batch.weeks.num * 7 + 3, batch.weeks.num)
    shocks = batch.shocks ^ is_later
    later = replace(batch, weeks=changed(batch.weeks, num=num, days=np.where(is_later, 7, batch.weeks.days)))

    assert same(judge(batch), judge(replace(later, shocks=shocks)), ALL)
    margin = random_margin(seed)
    assert same(guard.judge(batch, margin), guard.judge(replace(later, shocks=shocks), margin), HELD)


@often
@given(SEEDS)
def test_order_and_company_change_nothing(seed: int) -> None:
    batch = with_memory(random_batch(seed))
    order = np.random.default_rng(seed).permutation(ROWS)
    margin, one = random_margin(seed), slice(3, 4)

    shuffled, alone = batch.rows(order), batch.rows(one)

    for names, whole, again, single in (
        (ALL, judge(batch), judge(shuffled), judge(alone)),
        (HELD, guard.judge(batch, margin), guard.judge(shuffled, margin[order]), guard.judge(alone, margin[one])),
    ):
        for name in names:
            assert np.array_equal(getattr(whole, name)[order], getattr(again, name))
            assert np.allclose(getattr(whole, name)[one], getattr(single, name), rtol=1e-12, atol=1e-14)


@often
@given(SEEDS)
def test_a_missing_week_neither_breaks_a_guardrail_nor_mends_it(seed: int) -> None:
    batch, margin = random_batch(seed), random_margin(seed)
    batch = replace(batch, k=np.clip(batch.k, 1, None))
    days = batch.weeks.days.copy()
    days[np.arange(ROWS), batch.first + batch.k - 1] = 0
    silent = replace(batch, weeks=changed(batch.weeks, days=days))

    assert same(guard.judge(silent, margin), guard.judge(replace(batch, k=batch.k - 1), margin), HELD)


@often
@given(SEEDS)
def test_what_tolerates_more_breaks_no_sooner(seed: int) -> None:
    batch, margin = random_batch(seed), np.full(ROWS, 0.01)

    little, more = guard.judge(batch, margin), guard.judge(batch, margin * 5)

    assert (more.chance <= little.chance + 1e-9).all()
    assert not (more.is_broken & ~little.is_broken).any()


@often
@given(SEEDS)
def test_a_missing_week_raises_no_alarm(seed: int) -> None:
    batch = with_memory(random_batch(seed))
    batch = replace(batch, k=np.clip(batch.k, 1, np.maximum(batch.length - 1, 1)), is_stale=np.zeros(ROWS, dtype=bool))
    days = batch.weeks.days.copy()
    days[np.arange(ROWS), batch.first + batch.k - 1] = 0
    silent = judge(replace(batch, weeks=changed(batch.weeks, days=days)))

    assert np.array_equal(silent.counters, batch.counters)
    red = np.isin(np.array(STATUSES)[silent.status], ["stalled", "regressing"])
    runs = batch.k < batch.length
    assert not (red & runs & (batch.counters[:, Counter.RED] == 0)).any()


@often
@given(SEEDS)
def test_missing_weeks_widen_every_story(seed: int) -> None:
    draw = np.random.default_rng(seed)
    first, weeks = 8, 20
    x = draw.normal(0, 0.1, (weeks, ROWS))
    r, q = draw.uniform(0.001, 0.05, (weeks, ROWS)), draw.uniform(0.0002, 0.003, (weeks, ROWS))
    course = draw.uniform(0, 1, (weeks - first, len(PARAMETERS.stories), ROWS))
    is_gone = (draw.random(x.shape) < 0.3) & (np.arange(weeks) >= first)[:, None]

    last = np.full(ROWS, weeks)
    whole = recursion.run(x, r, q, course, first=first, last=last, parameters=PARAMETERS)
    gappy = recursion.run(np.where(is_gone, np.nan, x), r, q, course, first=first, last=last, parameters=PARAMETERS)

    assert (gappy.info <= whole.info * (1 + 1e-9)).all()
    assert (gappy.p00 >= whole.p00 * (1 - 1e-9)).all()


@often
@given(SEEDS)
def test_one_pass_back_finds_what_a_pass_for_each_week_of_a_move_finds(seed: int) -> None:
    draw = np.random.default_rng(seed)
    first, weeks = 8, 20
    x = draw.normal(0, 0.1, (weeks, ROWS))
    x[draw.random(x.shape) < 0.2] = np.nan
    x[0] = 0.0
    r, q = draw.uniform(0.001, 0.05, (weeks, ROWS)), draw.uniform(0.0002, 0.003, (weeks, ROWS))
    last = draw.integers(first + 1, weeks + 1, ROWS)
    x = np.where(np.arange(weeks)[:, None] < last, x, np.nan)
    in_week = np.arange(weeks - first)
    course = np.broadcast_to((in_week[:, None] >= in_week)[:, :, None], (weeks - first, weeks - first, ROWS))

    whole = recursion.run(x, r, q, course.astype(float), first=first, last=last, parameters=guard.GUARD)
    info, score = recursion.moved_for_good(whole, guard.GUARD)

    assert np.allclose(info, whole.info)
    assert np.allclose(score, whole.score)


@often
@given(SEEDS)
def test_a_source_that_never_spoke_gives_the_prior_and_no_alarm(seed: int) -> None:
    batch = random_batch(seed)
    nothing = np.zeros_like(batch.weeks.days)
    said = judge(replace(batch, weeks=changed(batch.weeks, days=nothing), is_stale=np.ones(ROWS, dtype=bool)))

    assert {STATUSES[code] for code in said.status} == {"data-stale"}
    assert all(np.isfinite(getattr(said, name)).all() for name in ALL)
    prior = np.array([story.prior for story in PARAMETERS.stories])
    assert np.allclose(said.stories, prior / prior.sum())


@often
@given(SEEDS)
def test_a_kpi_and_its_mirror_image_agree(seed: int) -> None:
    drawn = random_batch(seed, scales=(Scale.LINEAR, Scale.SHARE))
    batch = with_memory(replace(drawn, control=None))
    weeks, is_share = batch.weeks, batch.scale == Scale.SHARE
    num = np.where(is_share[:, None], weeks.den - weeks.num, -weeks.num)
    share = _baseline_level(batch)
    mirrored = np.where(is_share, batch.goal * share / np.maximum(1 - share, 1e-9), batch.goal)
    usual = ~is_share | ((share > 0.01) & (share < 0.99) & (batch.goal * share < 0.9 * (1 - share)))
    usual &= (batch.sign > 0) | (batch.goal < 0.9)
    other = replace(batch, weeks=changed(weeks, num=num), sign=-batch.sign, goal=mirrored)
    rows = np.flatnonzero(usual)

    said, of_mirror = judge(batch.rows(rows)), judge(other.rows(rows))

    assert same(said, of_mirror, ("status", "p_dead", "p_neg", "p_reach", "stories", "counters", "noise"))
    if (is_linear := rows[~is_share[rows]]).size:  # of a share, a margin and its mirror image are different steps
        margin = random_margin(seed)[is_linear]
        held, of_mirror_held = guard.judge(batch.rows(is_linear), margin), guard.judge(other.rows(is_linear), margin)
        assert same(held, of_mirror_held, ("chance", "is_broken", "weeks_known", "is_told"))


def _baseline_level(batch: Batch) -> scales.Floats:
    given = scales.measure(
        batch.weeks, batch.scale, batch.sign, first=batch.first, confirmed=None, parameters=PARAMETERS
    )
    return given.ruler.level


@often
@given(SEEDS)
def test_a_longer_look_never_proves_less(seed: int) -> None:
    batch = random_batch(seed)
    near, far = power(batch), power(replace(batch, goal=batch.goal * 2))

    assert not np.isnan(near.detectable_effect).any()
    told = near.first_telling_week > 0
    grows = told & ((batch.sign > 0) | (batch.goal * 2 < 0.95)) & (batch.scale != Scale.SHARE)
    assert (far.first_telling_week[grows] > 0).all()
    assert (far.first_telling_week[grows] <= near.first_telling_week[grows]).all()
