"""Did a guardrail hold? The same filter, asked the other way round: has the KPI fallen by more than was tolerated?

A guardrail is a row of a Batch with its sign turned, `goal` from `guardrail_goal`, `lag` and `ramp` of two weeks and
its `margin`; what it says is in `p_beyond`.
"""

import numpy as np
import numpy.typing as npt

from initiatives.stories.scales import Bools, Floats

LIKELY, CERTAIN = 0.60, 0.95  # twice, or once
LAG_WEEKS = RAMP_WEEKS = 2.0


def guardrail_goal(margin: Floats) -> Floats:
    """The fall that the filter looks out for, as a share of the baseline."""
    goal: Floats = np.maximum(0.15, 3 * margin)
    return goal


def broken(p_beyond: Floats, before: npt.NDArray[np.int8], counts: Bools) -> tuple[Bools, npt.NDArray[np.int8]]:
    """Which guardrails are broken [N], and the weeks running that each was likely to be, for next week's `before`.

    `counts` says where the newest week is known: a missing one changes no count and breaks nothing anew.
    """
    streak = np.where(counts, np.where(p_beyond >= LIKELY, np.minimum(before + 1, 99), 0), before).astype(np.int8)
    return (streak >= 2) | (counts & (p_beyond >= CERTAIN)), streak
