"""Pilots whose truth is known: what every world hands to the judges, and how much of it each week shows."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from initiatives.stories import POLICIES, Batch, Scale, Weeks, weekly
from initiatives.stories.scales import Bools, Floats, Ints

WORKING, BETWEEN, DEAD = 0, 1, 2
SUMMED = (Scale.COUNT, Scale.LOG)  # without a denominator these add up over a week and have a weekday pattern


@dataclass(frozen=True)
class Pilots:
    """N pilots over T weeks, of which `first` come before each pilot. Arrays [N] unless they say otherwise.

    `weeks` are what is known in the end, `fresh` [N, T] what each week showed when it was the newest one: a source
    that reports late lacks its last days. `change` [N, L] is the true change of the KPI against the same world without
    the pilot, as a share, week by week; `gain` [N, L] the units truly gained, good ones positive; `reached` whether
    the final four weeks came to the goal. `kind` is WORKING, BETWEEN or DEAD.
    """

    name: str
    weeks: Weeks
    fresh: Weeks
    first: int
    scale: Ints
    sign: Floats
    goal: Floats
    length: Ints
    lag: Floats
    ramp: Floats
    shocks: Bools
    change: Floats
    gain: Floats
    reached: Bools
    kind: Ints
    control: Weeks | None = None
    control_scale: Ints | None = None

    def __len__(self) -> int:
        return len(self.scale)

    def batch(self, policy: str = "balanced") -> Batch:
        """All of it, ready to be judged in any week."""
        count = len(self)
        enter, leave = POLICIES[policy]
        return Batch(
            weeks=self.weeks,
            first=self.first,
            k=self.length,
            scale=self.scale,
            sign=self.sign,
            goal=self.goal,
            length=self.length,
            lag=self.lag,
            ramp=self.ramp,
            enter=np.full(count, enter),
            leave=np.full(count, leave),
            is_stale=np.zeros(count, dtype=bool),
            counters=np.zeros((count, 8), dtype=np.int8),
            shocks=self.shocks,
            control=self.control,
            control_scale=self.control_scale,
        )

    def seen(self, k: int) -> tuple[Weeks, Bools]:
        """The weeks as they stood when k pilot weeks had closed, and whose source had been silent for a fortnight."""
        column, weeks = self.first + k - 1, self.weeks
        parts = {}
        for name in ("num", "den", "days", "eff"):
            parts[name] = getattr(weeks, name).copy()
            if k:
                parts[name][:, column] = getattr(self.fresh, name)[:, column]
        silent = (parts["days"][:, max(column - 1, 0) : column + 1] == 0).all(axis=1)
        return Weeks(**parts), silent

    def without_control(self, name: str) -> "Pilots":
        return replace(self, name=name, control=None, control_scale=None)

    def rows(self, chosen: npt.NDArray[np.int64]) -> "Pilots":
        """Some of the pilots."""
        picked: dict[str, Any] = {}
        for name, part in vars(self).items():
            if isinstance(part, Weeks):
                picked[name] = part.rows(chosen)
            elif isinstance(part, np.ndarray):
                picked[name] = part[chosen]
        return replace(self, **picked)


@dataclass(frozen=True)
class Daily:
    """What happened day by day [N, 7·T], which days the source delivers, and how many are missing from the newest
    week because it reports late."""

    num: Floats
    den: Floats
    gone: Bools
    late: Ints

    def weeks(self, first: int, scale: Ints) -> tuple[Weeks, Weeks]:
        """What is known in the end, and what each week showed when it was the newest."""
        factors = np.isin(scale, SUMMED) & np.isnan(self.den).all(axis=1)
        known = np.where(self.gone, np.nan, self.num), np.where(self.gone, np.nan, self.den)
        whole = weekly(*known, first=first, factors=factors)
        day = np.arange(self.num.shape[1]) % 7
        is_late = day >= 7 - self.late[:, None]
        late = (np.where(is_late, np.nan, part) for part in known)
        return whole, weekly(*late, first=first, factors=factors)


def outcome(daily: Daily, weeks: Weeks, first: int, *, sign: Floats, goal: Floats, length: Ints) -> Bools:
    """Whether the measured mean of the final 28 days, gaps filled in, is at the goal; the baseline as it was known."""
    rows, wide = weeks.num.shape
    week = np.arange(wide) - first
    inside = (week >= length[:, None] - 4) & (week < length[:, None])
    nums, dens = daily.num.reshape(rows, wide, 7).sum(axis=2), daily.den.reshape(rows, wide, 7).sum(axis=2)
    has_den = ~np.isnan(dens).all(axis=1)
    final = (nums * inside).sum(axis=1) / np.where(has_den, (dens * inside).sum(axis=1), 28.0)
    before = (weeks.days >= 3) & (week < 0)
    weight = np.where(has_den[:, None], weeks.den, weeks.eff)
    base = np.where(before, weeks.num, 0).sum(axis=1) / np.maximum(np.where(before, weight, 0).sum(axis=1), 1e-9)
    met: Bools = sign * (final / np.maximum(base, 1e-9) - 1) >= goal
    return met


def last_four(values: Floats, length: Ints) -> Floats:
    """The mean of each row over its final four weeks; `values` [N, L]."""
    week = np.arange(values.shape[1])
    inside = (week >= length[:, None] - 4) & (week < length[:, None])
    mean: Floats = np.where(inside, values, 0.0).sum(axis=1) / inside.sum(axis=1)
    return mean


def kinds(effect: Floats, goal: Floats) -> Ints:
    """By the true effect in the final four weeks, as a share of the goal: three quarters is working, less than a
    seventh is dead. What lies between is neither; nobody may call that wrong."""
    share = effect / goal
    return np.where(share >= 0.75, WORKING, np.where(share < 0.15, DEAD, BETWEEN))
