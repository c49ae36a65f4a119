"""Where a KPI's changes add up and its noise is even: values to the scale and back, with the noise of counting.

On the scale up is always good: KPIs where lower is better are turned.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from initiatives.stories.parameters import Parameters
from metrics.catalogue import Kind

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_TINY = 1e-12  # stands for a baseline of nothing where only ratios count; such a target is never judged
_LEAST = 1e-3  # on a scale of ratios nothing falls by more than 99.9 %


class Scale(IntEnum):
    """How a KPI is measured."""

    COUNT = 0  # ln(y + ½/days), y per day
    SHARE = 1  # ln((num + ½) / (den - num + ½)): successes out of tries
    MEAN = 2  # ln(num / den), both or one of them counts
    LOG = 3  # ln y: money, hours, days, positions
    LINEAR = 4  # y / |baseline mean|: what can be zero or less


def scale_of(kind: Kind, *, least: float, most_share: float | None) -> Scale:
    """The scale of a KPI by its kind and its baseline: `least` is the lowest weekly value there, `most_share` the
    highest of num / den (None without denominators)."""
    if kind is Kind.COUNT and most_share is None:
        return Scale.COUNT if least >= 0 else Scale.LINEAR
    if kind is Kind.RATIO and least >= 0 and most_share is not None and most_share <= 1:
        return Scale.SHARE
    if least <= 0:
        return Scale.LINEAR
    return Scale.MEAN if kind in (Kind.RATIO, Kind.COUNT) else Scale.LOG


@dataclass(frozen=True, slots=True)
class Weeks:
    """Weekly sums of N series over the same T weeks, oldest first, each array [N, T].

    `num` and `den` are sums over the known days (`den` NaN throughout for what has no denominator), `days` how many
    days are known (0 to 7), `eff` the sum of their weekday factors: equal to `days` where no factors apply.
    """

    num: Floats
    den: Floats
    days: Floats
    eff: Floats

    def rows(self, chosen: slice | Ints) -> "Weeks":
        return Weeks(self.num[chosen], self.den[chosen], self.days[chosen], self.eff[chosen])

    def until(self, column: int) -> "Weeks":
        """Only the weeks before `column`."""
        return Weeks(self.num[:, :column], self.den[:, :column], self.days[:, :column], self.eff[:, :column])


@dataclass(frozen=True, slots=True)
class Ruler:
    """One batch's scales, with the baseline as origin; arrays [N].

    `level` is the baseline value (per day, or num / den), `at_level` the same on the scale before turning, `weekly` how
    many units a week has: `level` times it is the baseline's weekly number (or 1 per unit of the denominator).
    """

    scale: Ints
    sign: Floats
    level: Floats
    at_level: Floats
    weekly: Floats

    @classmethod
    def at(cls, level: Floats, *, scale: Ints, sign: Floats, weekly: Floats) -> "Ruler":
        blank = cls(scale, sign, level, np.zeros_like(level), weekly)
        return cls(scale, sign, level, blank.up(level), weekly)

    def up(self, value: Floats) -> Floats:
        """Values per day, or quotients, on the scale before turning."""
        with np.errstate(divide="ignore", invalid="ignore"):
            log = np.log(np.maximum(value, np.maximum(np.abs(self.level) * _LEAST, _TINY)) + self._half)
            inside = self._inside(value)
            found = np.where(self.scale == Scale.SHARE, np.log(inside / (1 - inside)), log)
            return np.where(self.scale == Scale.LINEAR, value / self.unit, found)

    def _inside(self, share: Floats) -> Floats:
        """A share no nearer to nothing or all than half a case in a week, as near as a week on the scale can come."""
        edge = np.minimum(0.5 / (self.weekly + 1), 0.25)
        return np.clip(share, edge, 1 - edge)

    @property
    def _half(self) -> Floats:
        """Half a piece in a week of counts, so that a week without any has a place on the scale."""
        return np.where(self.scale == Scale.COUNT, 0.5 / 7, 0.0)

    @property
    def unit(self) -> Floats:
        return np.where(self.level == 0, 1.0, np.abs(self.level))

    def value(self, moved: Floats) -> Floats:
        """The KPI's value where it is moved from its baseline by so much on the turned scale."""
        at = self.at_level + self.sign * np.clip(moved, -50, 50)
        odds = np.exp(np.clip(at, -50, 50))
        grown = (self.level + self._half) * np.exp(at - self.at_level) - self._half
        share = np.clip(self.level + odds / (1 + odds) - self._inside(self.level), 0, 1)
        found = np.where(self.scale == Scale.SHARE, share, grown)
        return np.where(self.scale == Scale.LINEAR, self.level + self.unit * (at - self.at_level), found)

    def change(self, moved: Floats) -> Floats:
        """The same as a change of the KPI: a share of the baseline, an amount where that is zero."""
        return (self.value(moved) - self.level) / self.unit

    def step(self, goal: Floats) -> Floats:
        """How far up the turned scale an improvement of `goal` (a share of the baseline) lies; always positive."""
        target = self.level + self.sign * goal * self.unit
        return np.maximum(self.sign * (self.up(target) - self.at_level), 1e-6)

    def slope(self, moved: Floats) -> Floats:
        """Units gained in a week per step on the scale: the chord to where the KPI now is, not the tangent."""
        far = np.maximum(np.maximum(moved, 0.0), 1e-4)
        return self.sign * (self.value(far) - self.level) / far * self.weekly


@dataclass(frozen=True, slots=True)
class Measured:
    """A batch on its scales: x and its sampling variance n [T, N], NaN where a week is missing, and which weeks are
    `findings` [N, T]: a zero where it cannot be, missing until somebody confirms it."""

    ruler: Ruler
    x: Floats
    n: Floats
    findings: Bools


def measure(
    weeks: Weeks, scale: Ints, sign: Floats, *, first: int, confirmed: Bools | None, parameters: Parameters
) -> Measured:
    """Weekly sums on the scale, with the weeks before `first` as baseline."""
    num, den, days = weeks.num, weeks.den, weeks.days
    with np.errstate(divide="ignore", invalid="ignore"):
        has_den = ~np.isnan(den)
        value = np.where(has_den, num / den, num / weeks.eff)
        known = np.isfinite(value) & (days >= parameters.least_days)
        s = scale[:, None]
        known &= ~((s == Scale.SHARE) & ((num > den) | (num < 0)))
        weight = np.where(has_den, den, weeks.eff)
        level, mean_weight = _levels(num, weight, known, first)
        zero = known & (num <= 0) & ((s == Scale.MEAN) | (s == Scale.LOG))
        zero |= known & (num <= 0) & (s == Scale.COUNT) & (level[:, None] * days >= parameters.expected_zero)
        finding = zero if confirmed is None else zero & ~confirmed
        known &= ~finding
        weekly = np.where(has_den.any(axis=1), mean_weight, 7.0)
        ruler = Ruler.at(level, scale=scale, sign=sign, weekly=weekly)
        x, n = _scaled(weeks, value, ruler, known)
    x = np.where(known & np.isfinite(x), x * sign[:, None], np.nan)
    return Measured(ruler, x.T, np.where(np.isnan(x), np.nan, n).T, finding)


def _levels(num: Floats, weight: Floats, known: Bools, first: int) -> tuple[Floats, Floats]:
    """The baseline's value, and its mean weight of a known week."""
    before = known[:, :first]
    sums = np.where(before, num[:, :first], 0.0).sum(axis=1)
    weights = np.where(before, weight[:, :first], 0.0).sum(axis=1)
    level = np.where(weights > 0, sums / np.where(weights > 0, weights, 1.0), 0.0)
    return level, weights / np.maximum(before.sum(axis=1), 1)


def _scaled(weeks: Weeks, value: Floats, ruler: Ruler, known: Bools) -> tuple[Floats, Floats]:
    num, den, days, s = weeks.num, weeks.den, weeks.days, ruler.scale[:, None]
    level = ruler.level[:, None]
    x = np.log(np.maximum(value, level * 0.05))  # a confirmed zero: as far down as a week of money can show
    x = np.where(s == Scale.COUNT, np.log(np.maximum(value, 0) + 0.5 / days), x)
    x = np.where(s == Scale.SHARE, np.log((num + 0.5) / (den - num + 0.5)), x)
    x = np.where(s == Scale.LINEAR, value / ruler.unit[:, None], x)
    n = np.where(s == Scale.COUNT, 1 / (level * days + 0.5), 0.0)
    n = np.where(s == Scale.SHARE, 1 / (den * level * (1 - level) + 0.5), n)
    return x, np.where(s == Scale.MEAN, 1 / (den + 0.5), n)
