"""What the KPIs of many targets did lately, in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import stdev

from initiatives.models import Target
from initiatives.verdicts import mean_value
from metrics.catalogue import Grain
from metrics.periods import Window, last_periods, value_of
from metrics.rollup import roll_up


@dataclass(frozen=True, slots=True)
class Lately:
    """The last judged periods of one KPI, oldest first, None where nothing is known; their mean and spread."""

    values: list[float | None]
    mean: float
    sd: float
    is_monthly: bool

    def at(self, change: float) -> float:
        """The level after a relative change."""
        return self.mean * (1 + change)


def read_lately(targets: Sequence[Target], *, periods: int, on: date) -> dict[int, Lately]:
    """By target; none for a KPI of which nothing is known in that time."""
    windows = [_window(target, periods, on) for target in targets]
    found: dict[int, Lately] = {}
    for target, rolled in zip(targets, roll_up(windows), strict=True):
        kind = target.kpi.definition.kind
        by_index = {period.index: value_of(period, kind) for period in rolled.periods}
        known = [value for value in by_index.values() if value is not None]
        if known:
            found[target.pk] = Lately(
                values=[by_index.get(index) for index in range(periods)],
                mean=mean_value(rolled.periods, kind, known),
                sd=stdev(known) if len(known) > 1 else 0.0,
                is_monthly=target.kpi.judged is Grain.MONTH,
            )
    return found


def _window(target: Target, periods: int, on: date) -> Window:
    kpi = target.kpi
    starts_on, ends_on = last_periods(target.known_by(on), periods, kpi.judged)
    return Window(kpi.pk, kpi.definition.kind, Grain(kpi.grain), kpi.judged, starts_on, ends_on)
