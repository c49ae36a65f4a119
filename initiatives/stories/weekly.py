"""From days to weekly sums, with weekday factors learnt from the baseline alone."""

import numpy as np

from initiatives.stories.scales import Bools, Floats, Weeks
from metrics.weekdays import weekday_factors


def weekly(num: Floats, den: Floats, *, first: int, factors: Bools) -> Weeks:
    """Weekly sums of days [N, 7·T], the first of which begins a week; NaN where a day is unknown.

    `factors` [N] says which series have a weekday pattern that matters.
    """
    rows, days = num.shape
    by_day = num.reshape(rows, days // 7, 7)
    known: Bools = ~np.isnan(by_day)
    factor = weekday_factors(by_day[:, :first], known[:, :first], factors)
    dens = np.where(known, den.reshape(by_day.shape), 0.0).sum(axis=2)
    return Weeks(
        num=np.where(known, by_day, 0.0).sum(axis=2),
        den=np.where(np.isnan(den).all(axis=1, keepdims=True), np.nan, dens),
        days=known.sum(axis=2).astype(float),
        eff=np.where(known, factor[:, None, :], 0.0).sum(axis=2),
    )
