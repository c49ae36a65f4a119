"""What judging costs, without a database."""

import time

import numpy as np

from initiatives.stories import POLICIES, Batch, Scale, Weeks, judge, weekly

SERIES, FIRST, WEEKS = 50_000, 12, 28  # 196 days


def cpu_s_per_50k_series(seed: int, *, rounds: int = 3) -> float:
    """CPU seconds of this process to judge 50,000 targets once, from daily sums on: weekday factors, weeks, filter,
    answers. The fastest of the rounds."""
    draw = np.random.default_rng([4, seed])
    level = np.exp(draw.normal(3, 1, SERIES))[:, None]
    days = draw.poisson(level * np.exp(draw.normal(0, 0.1, (SERIES, WEEKS * 7)))).astype(float)
    days[draw.random(days.shape) < 0.01] = np.nan
    none = np.full((SERIES, 1), np.nan)
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        weeks = weekly(days, np.broadcast_to(none, days.shape), first=FIRST, factors=np.ones(SERIES, dtype=bool))
        judge(_batch(weeks))
        taken.append(time.process_time() - began)
    return min(taken)


def _batch(weeks: Weeks) -> Batch:
    length = WEEKS - FIRST
    enter, leave = POLICIES["balanced"]
    return Batch(
        weeks=weeks,
        first=FIRST,
        k=np.full(SERIES, length),
        scale=np.full(SERIES, Scale.COUNT),
        sign=np.ones(SERIES),
        goal=np.full(SERIES, 0.2),
        length=np.full(SERIES, length + 2),
        lag=np.full(SERIES, 2.0),
        ramp=np.full(SERIES, 4.0),
        enter=np.full(SERIES, enter),
        leave=np.full(SERIES, leave),
        is_stale=np.zeros(SERIES, dtype=bool),
        counters=np.zeros((SERIES, 8), dtype=np.int8),
        shocks=np.zeros(weeks.num.shape, dtype=bool),
    )
