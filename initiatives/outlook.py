"""What an initiative has earned so far and, at its present effect and running cost, will have by its horizon.

Realised and projected are never merged into one figure: each part says which it is, with its range.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any

from initiatives.roi import DISCOUNT_RATE, Amount, Month, Return, Value, assess, benefit, payback, total

WEEKS_A_MONTH = 52 / 12
DAYS_A_MONTH = 365.25 / 12

Units = tuple[float, float]  # gained units and their standard deviation


@dataclass(frozen=True, slots=True)
class Gain:
    """What one valued target gained: all pilot weeks to date, and in one week at the present effect. `planned` units
    were promised by now."""

    value: Value
    to_date: Units
    a_week: Units
    planned: float = 0.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Money spent. One-off costs, and those before the pilot, count as the investment at t = 0."""

    on: date
    amount: float
    is_one_off: bool


def outlook(
    *,
    gains: Sequence[Gain],
    costs: Sequence[Cost],
    starts_on: date,
    weeks: int,
    horizon_months: int,
    discount_rate: float = DISCOUNT_RATE,
) -> dict[str, Any]:
    """Plain values, to store and show: `realised` after `weeks` closed pilot weeks, `projected` to the horizon, each
    with cost, benefit (mean, p10, p90) and roi; `planned` is the benefit that was promised by now; then `chance` of a
    positive return, `payback` in months, and with a low and a high benefit `conservative_payback` and `early_payback`
    (None: not within the horizon). Empty without gains or before the first week."""
    if not gains or weeks < 1:
        return {}
    elapsed = weeks * 7 / DAYS_A_MONTH
    months = min(ceil(elapsed), horizon_months)
    one_off = sum(cost.amount for cost in costs if cost.is_one_off or cost.on < starts_on)
    running = sum(cost.amount for cost in costs) - one_off
    left = horizon_months - months
    past = _split(total([_worth(gain, gain.to_date) for gain in gains]), running, months)
    ahead = total([_worth(gain, _times(gain.a_week, WEEKS_A_MONTH)) for gain in gains])
    future = Month(ahead, running / elapsed)
    whole = assess(one_off=one_off, months=[past] * months + [future] * left, discount_rate=discount_rate)
    careful = [past.benefit.p10 - past.cost] * months + [ahead.p10 - future.cost] * left
    bold = [past.benefit.p90 - past.cost] * months + [ahead.p90 - future.cost] * left
    return {
        "weeks": weeks,
        "horizon": horizon_months,
        "realised": _plain(assess(one_off=one_off, months=[past] * months, discount_rate=discount_rate)),
        "projected": _plain(whole),
        "planned": round(sum(_worth(gain, (gain.planned, 0.0)).mean for gain in gains), 2),
        "chance": whole.chance,
        "payback": whole.payback,
        "conservative_payback": payback(one_off, careful),
        "early_payback": payback(one_off, bold),
    }


def _worth(gain: Gain, units: Units) -> Amount:
    return benefit(units=units[0], units_sd=units[1], value=gain.value)


def planned_units(*, a_week: float, lag_weeks: int, ramp_weeks: int, weeks: int) -> float:
    """Units that a plan promises within the first `weeks`: nothing before the lag is over, then rising evenly to
    `a_week` within the ramp."""
    grown = [min(max(week + 0.5 - lag_weeks, 0.0) / max(ramp_weeks, 0.5), 1.0) for week in range(weeks)]
    return a_week * sum(grown)


def _times(units: Units, factor: float) -> Units:
    return units[0] * factor, units[1] * factor


def _split(earned: Amount, spent: float, months: int) -> Month:
    """One of the equal months of the past: what is known of it are sums."""
    return Month(Amount(earned.mean / months, earned.sd / months), spent / months)


def _plain(result: Return) -> dict[str, float | None]:
    return {
        "cost": result.cost,
        "benefit": result.benefit.mean,
        "p10": round(result.benefit.p10, 2),
        "p90": round(result.benefit.p90, 2),
        "roi": result.roi,
        "conservative_roi": result.conservative_roi,
        "npv": result.npv,
    }
