"""World (a): series drawn like the method sees them, a level that wanders with an effect on top. The easy one."""

import numpy as np

from benchmarks.verdicts.pilots import Daily, Pilots, kinds, last_four, outcome
from initiatives.stories import Scale
from initiatives.stories.scales import Bools, Floats, Ints

FIRST, LONGEST = 16, 24
GOALS = (0.10, 0.15, 0.20, 0.25, 0.30, 0.40)
SHARES_OF_GOALS = (0.05, 0.15, 0.25, 0.2, 0.2, 0.15)
SHAPES = ("step", "ramp", "small", "slow", "none", "fade", "harm")
SHARES = (0.15, 0.25, 0.12, 0.08, 0.20, 0.12, 0.08)


def make(count: int, seed: int) -> Pilots:
    """`count` pilots of 6 to 24 weeks with 8 to 16 weeks before; counts from 0.4 a day; the same for a seed."""
    draw = np.random.default_rng([1, seed])
    length = draw.integers(6, LONGEST + 1, count)
    goal = draw.choice(GOALS, count, p=SHARES_OF_GOALS)
    lag = np.minimum(draw.integers(0, 7, count), length // 3).astype(float)
    ramp = np.minimum(draw.integers(1, 9, count), length // 2).astype(float)
    scale = draw.choice([Scale.COUNT, Scale.LOG, Scale.SHARE], count, p=[0.6, 0.2, 0.2])
    sign = np.where((scale == Scale.LOG) & (draw.random(count) < 0.4), -1.0, 1.0)
    level = np.exp(draw.uniform(np.log(0.4), np.log(2000), count))
    share = draw.uniform(0.01, 0.3, count)

    step = step_of(scale, sign, goal, share)
    course = courses(draw, length, lag, ramp)
    noise, shocks = _noise(draw, count)
    moved = np.concatenate([np.zeros((count, FIRST)), course * step[:, None]], axis=1)
    without, with_it = _values(scale, level, share, noise), _values(scale, level, share, noise + sign[:, None] * moved)
    daily = _observed(draw, scale, with_it, level)
    weeks, fresh = daily.weeks(FIRST, scale)

    before, after = without[:, FIRST:], with_it[:, FIRST:]
    change = after / before - 1
    size = np.where(scale == Scale.SHARE, 7 * np.maximum(level, 1) / share, 7.0)[:, None]
    return Pilots(
        name="series",
        weeks=weeks,
        fresh=fresh,
        first=FIRST,
        scale=scale,
        sign=sign,
        goal=goal,
        length=length,
        lag=lag,
        ramp=ramp,
        shocks=shocks,
        change=change,
        gain=sign[:, None] * (after - before) * size,
        reached=outcome(daily, weeks, FIRST, sign=sign, goal=goal, length=length),
        kind=kinds(last_four(sign[:, None] * change, length), goal),
    )


def step_of(scale: Ints, sign: Floats, goal: Floats, share: Floats) -> Floats:
    """How far the goal lies on the scale of the KPI."""
    logit = np.log(share * (1 + goal) / (1 - share * (1 + goal))) - np.log(share / (1 - share))
    return np.where(scale == Scale.SHARE, logit, np.abs(np.log(1 + sign * goal)))


def courses(draw: np.random.Generator, length: Ints, lag: Floats, ramp: Floats) -> Floats:
    """How much of the goal's step each pilot truly shows in each week [N, L]."""
    count = len(length)
    shape = draw.choice(len(SHAPES), count, p=SHARES)
    t = np.arange(LONGEST) + 0.5
    begin = (lag * np.exp(draw.uniform(np.log(0.4), np.log(2.5), count)))[:, None]
    rise = np.maximum(ramp * draw.uniform(0.4, 1.5, count), 0.5)[:, None]
    rise = np.where(shape[:, None] == SHAPES.index("step"), 0.5, rise)
    rise = np.where(shape[:, None] == SHAPES.index("slow"), 2.0 * length[:, None], rise)
    up = np.clip((t - begin) / rise, 0, 1)
    top = (draw.uniform(0.15, 0.45, count) * length)[:, None]
    fade = np.clip(t / top, 0, 1) * np.exp(-np.maximum(t - top, 0) / (0.1 * length[:, None]))
    up = np.where(shape[:, None] == SHAPES.index("fade"), fade, up)
    size = np.select(
        [shape == SHAPES.index(name) for name in ("small", "none", "harm")],
        [draw.uniform(0.25, 0.65, count), np.zeros(count), -draw.uniform(0.4, 1.5, count)],
        np.clip(draw.normal(1.3, 0.35, count), 0.8, None),
    )
    return up * size[:, None]


def _noise(draw: np.random.Generator, count: int) -> tuple[Floats, Bools]:
    """Each week's move on the scale, without the pilot [N, T]; and the weeks of core updates that are known."""
    weeks = FIRST + LONGEST
    spread = np.exp(draw.normal(np.log(0.05), 0.5, count))[:, None]
    rho = draw.uniform(0.0, 0.5, count)[:, None]
    own = draw.normal(0, 1, (count, weeks))
    auto = own.copy()
    for week in range(1, weeks):
        auto[:, week] = rho[:, 0] * auto[:, week - 1] + np.sqrt(1 - rho[:, 0] ** 2) * own[:, week]
    drift = draw.normal(0, 1, (count, weeks)) * spread * draw.uniform(0.1, 0.6, count)[:, None]
    trend = draw.normal(0, 0.003, count)[:, None] * (np.arange(weeks) - FIRST)
    update = draw.random((count, weeks)) < 0.03
    jump = np.where(update, draw.normal(0, 0.06, (count, weeks)), 0.0)
    spike = np.where(draw.random((count, weeks)) < 0.01, draw.normal(0, 5, (count, weeks)) * spread, 0.0)
    moved = spread * auto + np.cumsum(drift + jump, axis=1) + trend + spike
    return moved, update & (draw.random((count, weeks)) < 0.6)


def _values(scale: Ints, level: Floats, share: Floats, moved: Floats) -> Floats:
    """The KPI per day, or the share, that a move on its scale stands for [N, T]."""
    odds = np.exp(np.log(share / (1 - share))[:, None] + moved)
    return np.where((scale == Scale.SHARE)[:, None], odds / (1 + odds), level[:, None] * np.exp(moved))


def _observed(draw: np.random.Generator, scale: Ints, value: Floats, level: Floats) -> Daily:
    """Days as a source delivers them: weekday pattern, counting noise, gaps, sources that die, late days."""
    count, weeks = value.shape
    pattern = np.exp(
        draw.normal(0, 0.15, (count, 7)) - np.array([0, 0, 0, 0, 0, 1, 1]) * draw.uniform(0, 0.8, (count, 1))
    )
    pattern /= pattern.mean(axis=1, keepdims=True)
    daily = np.repeat(value, 7, axis=1)
    busy = np.tile(pattern, weeks)
    counted = draw.poisson(np.minimum(daily * busy, 1e8)).astype(float)
    tries = draw.poisson(
        np.maximum(level, 1)[:, None] / np.maximum(value[:, :FIRST].mean(axis=1), 1e-3)[:, None] * busy
    )
    hits = draw.binomial(tries, np.clip(np.where((scale == Scale.SHARE)[:, None], daily, 0.5), 0, 1)).astype(float)
    paid = daily * busy * np.exp(draw.normal(0, 0.1, daily.shape))
    num = np.select([(scale == Scale.COUNT)[:, None], (scale == Scale.SHARE)[:, None]], [counted, hits], paid)
    den = np.where((scale == Scale.SHARE)[:, None], tries.astype(float), np.nan)
    gone = np.repeat(draw.random((count, weeks)) < 0.02, 7, axis=1) | (draw.random(daily.shape) < 0.01)
    dies: Ints = np.where(draw.random(count) < 0.03, draw.integers(FIRST + 2, weeks, count), weeks) * 7
    gone |= np.arange(weeks * 7) >= dies[:, None]
    starts = draw.integers(0, FIRST - 8 + 1, (count, 1))
    gone |= np.arange(weeks * 7) < 7 * starts
    late = np.where(draw.random(count) < 0.15, draw.integers(1, 5, count), 0)
    return Daily(num, den, gone, late)
