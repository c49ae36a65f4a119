"""From days to weekly sums, with weekday factors learnt from the baseline alone."""

import numpy as np

from initiatives.stories.scales import Bools, Floats, Weeks

SHRINK = 0.85  # how far the measured weekday pattern is believed


def weekly(num: Floats, den: Floats, *, first: int, factors: Bools) -> Weeks:
    """Weekly sums of days [N, 7·T], the first of which begins a week; NaN where a day is unknown.

    `factors` [N] says which series have a weekday pattern that matters: sums do, shares and means do not. A weekday
    that the baseline knows less than twice has none.
    """
    rows, days = num.shape
    by_day = num.reshape(rows, days // 7, 7)
    known: Bools = ~np.isnan(by_day)
    before = known[:, :first]
    count = before.sum(axis=1)
    mean = np.where(before, by_day[:, :first], 0.0).sum(axis=1) / np.maximum(count, 1)
    usable = count >= 2
    whole: Floats = (np.where(usable, mean, 0.0).sum(axis=1) / np.maximum(usable.sum(axis=1), 1))[:, None]
    applies = factors[:, None] & usable & (whole > 0) & (mean >= 0)
    factor = np.where(applies, SHRINK * mean / np.where(whole > 0, whole, 1.0) + 1 - SHRINK, 1.0)
    dens = np.where(known, den.reshape(by_day.shape), 0.0).sum(axis=2)
    return Weeks(
        num=np.where(known, by_day, 0.0).sum(axis=2),
        den=np.where(np.isnan(den).all(axis=1, keepdims=True), np.nan, dens),
        days=known.sum(axis=2).astype(float),
        eff=np.where(known, factor[:, None, :], 0.0).sum(axis=2),
    )
