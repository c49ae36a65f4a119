"""Does a guardrail break when it should, and only then? Untreated pages of the mechanistic world, half of them hurt."""

from dataclasses import replace

import numpy as np

from benchmarks.verdicts.pilots import Pilots
from initiatives import student
from initiatives.guardrails import RECENT
from initiatives.stories import PARAMETERS, Batch, guard, judge
from initiatives.stories.scales import Bools, Floats

MARGIN, FALL, BEGINS = 0.05, 0.20, 2  # tolerated, and put in from this pilot week on
_QUANTILES = np.array([np.nan, *(student.quantile(0.9, df) for df in range(1, 61))])


def measure(pilots: Pilots) -> dict[str, float]:
    """`unharmed_ever_broken`, `falls_found`: guardrails that broke in some week of the pilot. Every second one falls by
    a fifth. The others fall, if they do, by the world's own doing: with a margin of 5 % that happens to many.
    `twice_…` ask for more certainty, in two weeks running; `interval_…` are of the rule that Mandate judges them by:
    the 80 % interval of the newest six weeks lies beyond the margin."""
    if pilots.control is None:
        raise ValueError("The guardrails are the control's pages.")
    rows = np.flatnonzero(pilots.sign > 0)
    count = len(rows)
    is_harmed = np.arange(count) % 2 == 1
    weeks = pilots.control.rows(rows)
    falls = is_harmed[:, None] & (np.arange(weeks.num.shape[1]) >= pilots.first + BEGINS)
    margin = np.full(count, MARGIN)
    batch = replace(
        pilots.without_control("guardrails").batch().rows(rows),
        weeks=replace(weeks, num=np.where(falls, weeks.num * (1 - FALL), weeks.num)),
        sign=-np.ones(count),
        goal=guard.guardrail_goal(margin),
        lag=np.full(count, guard.LAG_WEEKS),
        ramp=np.full(count, guard.RAMP_WEEKS),
        margin=margin,
    )
    told = _told(batch)
    rules = {
        "": _broken(told),
        "twice_80_": _twice(told, 0.80),
        "twice_90_": _twice(told, 0.90),
        "interval_": _by_interval(batch),
    }
    shares = {}
    for name, ever in rules.items():
        shares[f"{name}unharmed_ever_broken"] = float(ever[~is_harmed].mean())
        shares[f"{name}falls_found"] = float(ever[is_harmed].mean())
    return shares


Told = list[tuple[Floats, Bools]]  # by week: the chance of being beyond the margin, and where the week is known


def _told(batch: Batch) -> Told:
    found = []
    for k in range(1, int(batch.length.max()) + 1):
        said = judge(replace(batch, k=np.full(len(batch.k), k)))
        counts = (batch.weeks.days[:, batch.first + k - 1] >= PARAMETERS.least_days) & (k <= batch.length)
        found.append((said.p_beyond, counts & (said.weeks_known >= PARAMETERS.least_pilot)))
    return found


def _broken(told: Told) -> Bools:
    """By the rule of `initiatives.stories.guard`, in any week."""
    streak, ever = np.zeros(len(told[0][0]), dtype=np.int8), np.zeros(len(told[0][0]), dtype=bool)
    for beyond, counts in told:
        is_broken, streak = guard.broken(beyond, streak, counts)
        ever |= is_broken & counts
    return ever


def _twice(told: Told, sure: float) -> Bools:
    """So sure in two known weeks running."""
    before, ever = np.zeros(len(told[0][0]), dtype=bool), np.zeros(len(told[0][0]), dtype=bool)
    for beyond, counts in told:
        ever |= counts & before & (beyond >= sure)
        before = np.where(counts, beyond >= sure, before)
    return ever


def _by_interval(batch: Batch) -> Bools:
    """As `initiatives.guardrails.watch` does with counts by the week."""
    weeks, ever = batch.weeks, np.zeros(len(batch.k), dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(weeks.days >= PARAMETERS.least_days, np.log(weeks.num * 7 / weeks.days + 0.5), np.nan)
    before = _moments(value[:, : batch.first])
    for k in range(2, int(batch.length.max()) + 1):
        after = _moments(value[:, batch.first + max(k - RECENT, 0) : batch.first + k])
        with np.errstate(divide="ignore", invalid="ignore"):
            b, p = before[1] / before[2], after[1] / after[2]
            df = (b + p) ** 2 / (b**2 / (before[2] - 1) + p**2 / (after[2] - 1))
        half = _QUANTILES[np.clip(np.nan_to_num(df, nan=1.0), 1, 60).astype(int)] * np.sqrt(b + p)
        kindest = np.exp(after[0] - before[0] + half) - 1
        ever |= (kindest < -MARGIN) & (before[2] >= 3) & (after[2] >= 2) & (k <= batch.length)
    return ever


def _moments(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, variance and number of the known values of each row."""
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=1), 1).astype(float)
    mean = np.where(known, values, 0.0).sum(axis=1) / count
    spread = (np.where(known, values - mean[:, None], 0.0) ** 2).sum(axis=1) / np.maximum(count - 1, 1)
    return mean, spread, known.sum(axis=1).astype(float)
