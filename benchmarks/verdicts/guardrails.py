"""Does a guardrail break when it should, and only then? Untreated pages of the mechanistic world, half of them hurt."""

from dataclasses import replace

import numpy as np

from benchmarks.verdicts import mechanistic_world, rivals
from benchmarks.verdicts.pilots import Pilots
from initiatives.stories import Weeks, guard
from initiatives.stories.scales import Bools, Floats

MARGIN, FALL, BEGINS = 0.05, 0.20, 2  # tolerated, and put in from this pilot week on
SLOW = 8  # weeks that a slow fall takes
RECENT = 6  # newest weeks that the interval is of


def measure(count: int, seed: int) -> dict[str, float]:
    """`unharmed_ever_broken`, `falls_found`: guardrails that broke in some week of the pilot. Every second one falls by
    a fifth, or slides there in eight weeks (`slow_falls_found`). The others fall, if they do, by the world's own doing:
    with a margin of 5 % that happens to many. `control_…` compare with other untreated pages of the site; `interval_…`
    are of the rule before this one: the 80 % interval of the newest six weeks lies beyond the margin."""
    pilots = mechanistic_world.make(count, seed, is_untreated=True)
    pilots = pilots.rows(np.flatnonzero(pilots.sign > 0))
    is_harmed = np.arange(len(pilots)) % 2 == 1
    week = np.arange(pilots.weeks.num.shape[1]) - pilots.first
    at_once = _fallen(pilots, is_harmed, (week >= BEGINS).astype(float))
    slowly = _fallen(pilots, is_harmed, np.clip((week - BEGINS + 1) / SLOW, 0, 1))
    shares = {}
    for name, ever in {
        "": _broken(at_once.without_control("guardrails")),
        "control_": _broken(at_once),
        "interval_": _by_interval(at_once),
    }.items():
        shares[f"{name}unharmed_ever_broken"] = float(ever[~is_harmed].mean())
        shares[f"{name}falls_found"] = float(ever[is_harmed].mean())
    shares["slow_falls_found"] = float(_broken(slowly.without_control("guardrails"))[is_harmed].mean())
    shares["interval_slow_falls_found"] = float(_by_interval(slowly)[is_harmed].mean())
    return shares


def _fallen(pilots: Pilots, is_harmed: Bools, course: Floats) -> Pilots:
    left = 1 - FALL * is_harmed[:, None] * course

    def less(weeks: Weeks) -> Weeks:
        return replace(weeks, num=weeks.num * left)

    return replace(pilots, weeks=less(pilots.weeks), fresh=less(pilots.fresh))


def _broken(pilots: Pilots) -> Bools:
    """By `initiatives.stories.guard`, in any week, on what was known then."""
    count, batch = len(pilots), pilots.batch()
    ever = np.zeros(count, dtype=bool)
    for k in range(1, int(pilots.length.max()) + 1):
        rows = np.flatnonzero(pilots.length >= k)
        now = replace(batch, weeks=pilots.seen(k)[0], k=np.full(count, k)).rows(rows)
        ever[rows] |= guard.judge(now, np.full(len(rows), MARGIN)).is_broken
    return ever


def _by_interval(pilots: Pilots) -> Bools:
    """Up to version 3 of the judges, in any week."""
    view, ever = rivals.View(pilots), np.zeros(len(pilots), dtype=bool)
    for k in range(2, int(pilots.length.max()) + 1):
        effect, half, is_enough = rivals.welch(view.before, view.pilot[:, max(k - RECENT, 0) : k])
        ever |= is_enough & (effect + half < np.log1p(-MARGIN)) & (k <= pilots.length)
    return ever
