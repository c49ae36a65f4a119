"""How much of a usual day each weekday is, learnt from the weeks before something began."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
SHRINK = 0.85  # how far the measured weekday pattern is believed


def weekday_factors(by_day: Floats, learnt: Bools, applies: Bools) -> Floats:
    """Factors [N, 7] around 1 of the days [N, T, 7] of N series, from the known ones among those `learnt` (same shape).

    1 where the pattern does not matter (`applies` [N]): it does in sums that are not negative, not in shares and means.
    A weekday that is known less than twice has none.
    """
    count = learnt.sum(axis=1)
    mean = np.where(learnt, by_day, 0.0).sum(axis=1) / np.maximum(count, 1)
    usable = count >= 2
    whole: Floats = (np.where(usable, mean, 0.0).sum(axis=1) / np.maximum(usable.sum(axis=1), 1))[:, None]
    holds = applies[:, None] & usable & (whole > 0) & (mean >= 0)
    return np.where(holds, SHRINK * mean / np.where(whole > 0, whole, 1.0) + 1 - SHRINK, 1.0)
