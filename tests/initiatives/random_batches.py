"""Random batches for the properties of the story filter: every scale, tiny and huge numbers, gaps, spikes."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from initiatives.stories import POLICIES, Batch, Judgement, Scale, Weeks, judge
from initiatives.stories.guard import Held

ROWS = 250


def random_batch(seed: int, *, rows: int = ROWS, scales: tuple[Scale, ...] = tuple(Scale)) -> Batch:
    """Targets that differ in everything that may differ within a batch. The same seed gives the same batch."""
    draw = np.random.default_rng(seed)
    first, length = int(draw.integers(1, 14)), draw.integers(1, 25, rows)
    scale = draw.choice(np.array(scales), rows)
    weeks = _weeks(draw, scale, first + int(length.max()), first)
    enter, leave = np.array(list(POLICIES.values()))[draw.integers(0, 3, rows)].T
    return Batch(
        weeks=weeks,
        first=first,
        k=draw.integers(0, length + 1),
        scale=scale,
        sign=draw.choice([-1.0, 1.0], rows),
        goal=draw.choice([0.02, 0.1, 0.2, 0.5, 0.9], rows),
        length=length,
        lag=draw.integers(0, 12, rows).astype(float),
        ramp=draw.integers(0, 12, rows).astype(float),
        enter=enter,
        leave=leave,
        is_stale=draw.random(rows) < 0.1,
        counters=np.zeros((rows, 8), dtype=np.int8),
        shocks=draw.random(weeks.num.shape) < 0.05,
        control=_weeks(draw, np.full(rows, Scale.COUNT), weeks.num.shape[1], first) if draw.random() < 0.5 else None,
        control_scale=np.full(rows, Scale.COUNT),
    )


def _weeks(draw: np.random.Generator, scale: npt.NDArray[np.int64], wide: int, first: int) -> Weeks:
    rows = len(scale)
    size = 10 ** draw.uniform(-1, 5, rows)[:, None]
    change = 1 + draw.choice([0.0, 0.0, -0.3, 0.2, 1.0], rows)[:, None] * (np.arange(wide) >= first + 2)
    level = size * change * np.exp(draw.normal(0, draw.choice([0.0, 0.05, 0.4], rows)[:, None], (rows, wide)))
    level = np.where(draw.random((rows, wide)) < 0.02, level * 50, level)
    days = np.where(draw.random((rows, wide)) < 0.15, draw.integers(0, 7, (rows, wide)), 7).astype(float)
    count = draw.poisson(np.minimum(level, 1e7) * days).astype(float)
    tries = draw.poisson(size * 10 * days + 1).astype(float)
    at = scale[:, None]
    num = np.where(at == Scale.COUNT, count, level * days)
    num = np.where(at == Scale.SHARE, draw.binomial(tries.astype(np.int64), np.minimum(0.1 * change, 1.0)), num)
    num = np.where(at == Scale.LINEAR, (level - size * draw.choice([0.0, 1.0, 2.0], rows)[:, None]) * days, num)
    den = np.where((at == Scale.SHARE) | (at == Scale.MEAN), tries, np.nan)
    return Weeks(num=num, den=den, days=days, eff=days * draw.uniform(0.9, 1.1, (rows, 1)))


def with_memory(batch: Batch) -> Batch:
    """The batch with the counters that the verdicts on the two weeks before hand on."""
    counters = batch.counters
    for back in (2, 1):
        counters = judge(replace(batch, k=np.maximum(batch.k - back, 0), counters=counters)).counters
    return replace(batch, counters=counters)


def random_margin(seed: int, *, rows: int = ROWS) -> npt.NDArray[np.float64]:
    """What as many guardrails tolerate."""
    return np.random.default_rng(seed).choice([0.0, 0.02, 0.05, 0.2, 0.6], rows)


def same(one: Judgement | Held, other: Judgement | Held, names: tuple[str, ...]) -> bool:
    """Whether two judgements agree in these fields, to the rounding of the last bits."""
    return all(
        np.allclose(getattr(one, name), getattr(other, name), rtol=1e-6, atol=1e-7, equal_nan=True) for name in names
    )
