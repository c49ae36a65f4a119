"""What a judge's weekly answers are worth, against the truth. Every judge is measured by the same functions."""

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.verdicts.pilots import DEAD, WORKING, Pilots, last_four
from initiatives.stories import PARAMETERS, Counter, Parameters, judge, power
from initiatives.stories.scales import Bools, Floats

Z80 = 1.2815515655446004


@dataclass(frozen=True)
class Told:
    """One judge's answers: red [N, L] after each closed week, before the deadline; a score of deadness at the end."""

    red: Bools
    score: Floats


@dataclass(frozen=True)
class Story(Told):
    """What the story filter says besides: the chance of reaching the goal at half time, and at the deadline whether
    its 80 % intervals hold the true effect and the true units."""

    reach_half: Floats
    holds_effect: Bools
    holds_units: Bools


def stories(pilots: Pilots, parameters: Parameters = PARAMETERS, policy: str = "balanced") -> Story:
    """Judge every pilot in every week of its life on what was known then, with the memory that a real one has."""
    batch, count = pilots.batch(policy), len(pilots)
    longest, counters = int(pilots.length.max()), batch.counters.copy()
    red = np.zeros((count, longest), dtype=bool)
    score, reach = np.zeros(count), np.zeros(count)
    effect, units = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    for k in range(1, longest + 1):
        rows = np.flatnonzero(pilots.length >= k)
        weeks, silent = pilots.seen(k)
        now = replace(batch, weeks=weeks, k=np.full(count, k), is_stale=silent, counters=counters).rows(rows)
        said = judge(now, parameters)
        counters[rows] = said.counters
        runs = pilots.length[rows] > k
        red[rows, k - 1] = runs & (said.counters[:, Counter.RED] > 0)
        half, over = np.asarray(pilots.length[rows] // 2 == k), ~runs
        reach[rows[half]] = said.p_reach[half]
        score[rows[over]] = said.p_dead[over]
        ended = rows[over]
        truth = _lately(pilots, k)[ended]
        effect[ended] = (said.low[over] <= truth) & (truth <= said.high[over])
        gained = pilots.gain[ended, :k].sum(axis=1)
        units[ended] = np.abs(said.units[over] - gained) <= Z80 * PARAMETERS.widen * said.units_sd[over]
    return Story(red, score, reach, effect, units)


def _lately(pilots: Pilots, k: int) -> Floats:
    return last_four(pilots.change, np.full(len(pilots), k))


def alarms(pilots: Pilots, told: Told) -> dict[str, float]:
    """What every judge is measured by. `*_ever_red`: red after any week before the deadline."""
    ever: Bools = np.asarray(told.red.any(axis=1))
    working, dead = np.flatnonzero(pilots.kind == WORKING), np.flatnonzero(pilots.kind == DEAD)
    flips = np.abs(np.diff(told.red.astype(int), axis=1, prepend=0))
    week = np.arange(told.red.shape[1])
    flips = np.where(week < pilots.length[:, None] - 1, flips, 0).sum(axis=1)
    return {
        "working_ever_red": float(ever[working].mean()),
        "dead_found": float(ever[dead].mean()),
        "auc_end": auc(told.score[dead], told.score[working]),
        "three_flips": float((flips >= 3).mean()),
    }


def trust(pilots: Pilots, told: Story) -> dict[str, float]:
    """How far stated chances and intervals can be believed."""
    came_true = pilots.reached.astype(float)
    return {
        "brier_half": float(((told.reach_half - came_true) ** 2).mean()),
        "ece_half": calibration_error(told.reach_half, came_true),
        "base_rate": float(came_true.mean()),
        "coverage80": float(told.holds_effect.mean()),
        "coverage80_units": float(told.holds_units.mean()),
        "cannot_prove": float((power(pilots.batch()).detectable_effect > pilots.goal).mean()),
        "n": len(pilots),
        "n_working": int((pilots.kind == WORKING).sum()),
        "n_dead": int((pilots.kind == DEAD).sum()),
    }


def auc(high: Floats, low: Floats) -> float:
    """The chance that one of `high` scores above one of `low` (Mann and Whitney), ties counting half."""
    both = np.concatenate([high, low])
    _, place, times = np.unique(both, return_inverse=True, return_counts=True)
    rank = (np.cumsum(times) - (times - 1) / 2)[place]
    return float((rank[: len(high)].sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def calibration_error(chance: Floats, came_true: Floats, bins: int = 10) -> float:
    """Expected calibration error: |stated - came true| per tenth, weighted by how many were stated there."""
    tenth = np.minimum((chance * bins).astype(int), bins - 1)
    gaps = [abs(float((chance - came_true)[tenth == at].sum())) for at in range(bins)]
    return sum(gaps) / len(chance)
