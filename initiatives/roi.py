"""Is it worth it? Money from the verdict's units, and never a single figure where a range is known.

All amounts are in one currency; months are counted from the first day of cost, t = 0. A result is rounded to the cent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from math import sqrt
from statistics import NormalDist

P10 = NormalDist().inv_cdf(0.9)  # standard deviations between the mean and the value that nine of ten exceed: 1.2816
DISCOUNT_RATE = 0.10  # a year


@dataclass(frozen=True, slots=True)
class Value:
    """What one unit is worth, margin included: low, likely, high. `attribution` is the share this initiative may claim
    of the KPI's movement, `cashable` the share that leaves or enters an account (hours saved: 0.5, and 1 only where a
    budget or vacancy falls)."""

    low: float
    likely: float
    high: float
    attribution: float = 1.0
    cashable: float = 1.0

    @property
    def mean(self) -> float:
        """Mean of the triangular distribution."""
        return (self.low + self.likely + self.high) / 3

    @property
    def variance(self) -> float:
        """Variance of the triangular distribution."""
        low, likely, high = self.low, self.likely, self.high
        return (low**2 + likely**2 + high**2 - low * likely - low * high - likely * high) / 18


@dataclass(frozen=True, slots=True)
class Amount:
    """Money with its standard deviation."""

    mean: float
    sd: float = 0.0

    @property
    def p10(self) -> float:
        return self.mean - P10 * self.sd

    @property
    def p90(self) -> float:
        return self.mean + P10 * self.sd


@dataclass(frozen=True, slots=True)
class Month:
    """A month's benefit and cost, both accruing evenly."""

    benefit: Amount
    cost: float


@dataclass(frozen=True, slots=True)
class Return:
    """What came of it, or will. `roi` is a share (0.035: 3.5 %); None without cost. Paybacks are in months, None where
    the benefit does not catch up within the months given."""

    cost: float
    benefit: Amount
    roi: float | None
    conservative_roi: float | None
    npv: float
    payback: float | None
    discounted_payback: float | None
    chance: float


def benefit(*, units: float, units_sd: float, value: Value) -> Amount:
    """Money for units gained. Product of two independent uncertain quantities (Goodman, JASA 55, 1960):
    var(U·v) = v²·var(U) + U²·var(v) + var(U)·var(v)."""
    share, spread = value.attribution * value.cashable, units_sd**2
    variance = value.mean**2 * spread + units**2 * value.variance + spread * value.variance
    return Amount(share * units * value.mean, share * sqrt(variance))


def total(amounts: Sequence[Amount]) -> Amount:
    """Their sum when all err in the same direction, as months of one effect do: standard deviations add."""
    return Amount(sum(amount.mean for amount in amounts), sum(amount.sd for amount in amounts))


def assess(*, one_off: float, months: Sequence[Month], discount_rate: float = DISCOUNT_RATE) -> Return:
    """The return over the given months after a one-off cost at t = 0."""
    cost = one_off + sum(month.cost for month in months)
    gain = total([month.benefit for month in months])
    nets = [month.benefit.mean - month.cost for month in months]
    discounted = [net * factor for net, factor in zip(nets, _factors(discount_rate, len(nets)), strict=True)]
    return Return(
        cost=round(cost, 2),
        benefit=Amount(round(gain.mean, 2), round(gain.sd, 2)),
        roi=(gain.mean - cost) / cost if cost else None,
        conservative_roi=(gain.p10 - cost) / cost if cost else None,
        npv=round(sum(discounted) - one_off, 2),
        payback=payback(one_off, nets),
        discounted_payback=payback(one_off, discounted),
        chance=_chance(gain, cost),
    )


@lru_cache(maxsize=256)
def _factors(discount_rate: float, months: int) -> list[float]:
    return [(1 + discount_rate) ** (-t / 12) for t in range(1, months + 1)]


def _chance(gain: Amount, cost: float) -> float:
    """P(ROI > 0)."""
    if not gain.sd:
        return float(gain.mean > cost)
    return NormalDist().cdf((gain.mean - cost) / gain.sd)


def payback(one_off: float, nets: Sequence[float]) -> float | None:
    """When the months' net benefits have earned a cost at t = 0: the first month, interpolated, in which the running
    balance crosses zero."""
    if one_off <= 0 and (not nets or nets[0] >= 0):
        return 0.0
    balances = list(accumulate(nets, initial=-one_off))
    for month, (before, after) in enumerate(pairwise(balances)):
        if before < 0 <= after:
            return month - before / (after - before)
    return None


def project(
    *, months_left: int, monthly_units: float, monthly_units_sd: float, value: Value, monthly_cost: float
) -> list[Month]:
    """The months to the horizon if the present effect and running cost go on: one effect, so one error for all."""
    month = Month(benefit(units=monthly_units, units_sd=monthly_units_sd, value=value), monthly_cost)
    return [month] * max(months_left, 0)
