"""From chances to a status: the first rule that matches, with a memory so that one odd week changes nothing."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from initiatives.stories.parameters import Parameters
from initiatives.stories.scales import Bools, Floats, Ints

STATUSES = (
    "data-stale",
    "reached",
    "missed",
    "insufficient-data",
    "regressing",
    "stalled",
    "unlikely",
    "behind",
    "on-track",
)
STALE, REACHED, MISSED, INSUFFICIENT, REGRESSING, STALLED, UNLIKELY, BEHIND, ON_TRACK = range(9)

_ROUNDING = 1e-9  # of the baseline: who comes to the goal exactly has reached it, whatever the last bit says


class Counter(IntEnum):
    """Columns of the memory that each weekly verdict hands to the next, all small whole numbers."""

    RED = 0  # 1 while red
    DEAD = 1  # consecutive weeks with P_dead at `enter` or above
    HARM = 2  # the same of P_neg
    CALM = 3  # consecutive weeks with P_dead below `leave`
    UNLIKELY = 4  # 1 while the goal is out of reach
    LOW = 5  # consecutive weeks with P_reach below .10
    HIGH = 6  # consecutive weeks with P_reach at .25 or above
    SIDE = 7  # 1 on track, -1 behind, 0 before either was said


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rules read, each [N]. `counts` says whether the newest week is known: a missing one moves no counter.
    `final_known` is how many of the last four weeks are known, `final` their mean minus the goal, up is good."""

    p_dead: Floats
    p_neg: Floats
    p_reach: Floats
    k: Ints
    length: Floats
    grace: Floats
    enter: Floats
    leave: Floats
    counts: Bools
    is_stale: Bools
    is_insufficient: Bools
    final_known: Ints
    final: Floats


def decide(
    seen: Evidence, before: npt.NDArray[np.int8], parameters: Parameters
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Index into STATUSES [N], and the counters after this week [N, 8]. "Twice" is two weekly verdicts running."""
    after = _count(seen, before, parameters)
    red, over = after[:, Counter.RED] > 0, seen.k >= seen.length
    is_stale = np.where(over, seen.final_known < 3, seen.is_stale)
    rules = [
        (is_stale, STALE),
        (over & (seen.final >= -_ROUNDING), REACHED),
        (over, MISSED),
        (seen.is_insufficient & ~red, INSUFFICIENT),
        (red & (seen.p_neg > 0.5), REGRESSING),
        (red, STALLED),
        (after[:, Counter.UNLIKELY] > 0, UNLIKELY),
        (after[:, Counter.SIDE] < 0, BEHIND),
    ]
    status = np.select([when for when, _ in rules], [code for _, code in rules], ON_TRACK)
    return status.astype(np.int8), after


def _count(seen: Evidence, before: npt.NDArray[np.int8], parameters: Parameters) -> npt.NDArray[np.int8]:
    old = before.T
    asked = ~seen.is_insufficient & (seen.k < seen.length)
    enter = np.minimum(seen.enter + parameters.patience * (1 - seen.k / seen.length), parameters.sure_enough)
    dead = _streak(old[Counter.DEAD], asked & (seen.k > seen.grace) & (seen.p_dead >= enter))
    harm = _streak(old[Counter.HARM], asked & (seen.k > 2) & (seen.p_neg >= enter))
    calm = _streak(old[Counter.CALM], asked & (seen.p_dead < seen.leave))
    red = np.where(old[Counter.RED] > 0, calm < 2, (dead >= 2) | (harm >= 2))
    low = _streak(old[Counter.LOW], asked & (seen.k > seen.grace) & (seen.p_reach < parameters.unlikely_enter))
    high = _streak(old[Counter.HIGH], asked & (seen.p_reach >= parameters.unlikely_leave))
    unlikely = np.where(old[Counter.UNLIKELY] > 0, high < 2, low >= 2)
    band = np.where(old[Counter.SIDE] == 0, 0.0, parameters.side_band)
    side = np.where(seen.p_reach > 0.5 + band, 1, np.where(seen.p_reach < 0.5 - band, -1, old[Counter.SIDE]))
    side = np.where(asked, side, old[Counter.SIDE])
    new = np.stack([red, dead, harm, calm, unlikely, low, high, side]).T
    kept: npt.NDArray[np.int8] = np.where(seen.counts[:, None], new, before).astype(np.int8)
    return kept


def _streak(before: npt.NDArray[np.int8], holds: Bools) -> npt.NDArray[np.int8]:
    """One longer where it holds, at most 99; 0 where it does not."""
    grown: npt.NDArray[np.int8] = np.where(holds, np.minimum(before + 1, 99), 0).astype(np.int8)
    return grown
