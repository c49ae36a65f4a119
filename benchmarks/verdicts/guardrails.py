"""Does a guardrail break when it should, and only then? Untreated pages of the mechanistic world, half of them hurt."""

from dataclasses import replace

import numpy as np

from benchmarks.verdicts.pilots import Pilots
from initiatives.stories import PARAMETERS, guard, judge

MARGIN, FALL, BEGINS = 0.05, 0.20, 2  # tolerated, and put in from this pilot week on


def measure(pilots: Pilots) -> dict[str, float]:
    """`unharmed_ever_broken`, `falls_found`: guardrails that broke in some week of the pilot. Every second one falls by
    a fifth. The others fall, if they do, by the world's own doing: with a margin of 5 % that happens to many."""
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
    streak, ever = np.zeros(count, dtype=np.int8), np.zeros(count, dtype=bool)
    for k in range(1, int(batch.length.max()) + 1):
        said = judge(replace(batch, k=np.full(count, k)))
        counts = (weeks.days[:, batch.first + k - 1] >= PARAMETERS.least_days) & (k <= batch.length)
        is_broken, streak = guard.broken(said.p_beyond, streak, counts & (said.weeks_known >= PARAMETERS.least_pilot))
        ever |= is_broken & (k <= batch.length)
    return {"unharmed_ever_broken": float(ever[~is_harmed].mean()), "falls_found": float(ever[is_harmed].mean())}
