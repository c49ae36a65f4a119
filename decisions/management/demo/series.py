"""Believable daily figures, from a seed: weekday, season, slow drift, noise, and what an initiative did to them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

# How much busier than average each weekday is for a shop that sells to people at home, Monday first.
WEEKDAYS = (1.08, 1.05, 1.02, 1.0, 0.92, 0.90, 1.03)
SEASON = 0.03  # amplitude of the year, which begins at its busiest


@dataclass(frozen=True)
class Effect:
    """A lasting change: `size` 0.3 is +30 %, reached linearly over `ramp_days`, fading again after `fades_on`."""

    starts_on: date
    size: float
    ramp_days: int = 21
    fades_on: date | None = None

    def on(self, day: date) -> float:
        reached = min(max((day - self.starts_on).days / self.ramp_days, 0.0), 1.0)
        if self.fades_on and day > self.fades_on:
            reached *= math.exp(-(day - self.fades_on).days / 14)
        return 1 + self.size * reached


@dataclass(frozen=True)
class Figure:
    """How one KPI behaves. `level` is a day's mean; for a share it is that of `num`, and `share` the usual num/den."""

    key: str
    level: float
    noise: float = 0.08  # sd of a day, relative
    drift: float = 0.05  # a year, relative
    share: float | None = None
    effects: tuple[Effect, ...] = ()
    gaps: tuple[date, ...] = ()
    ends_on: date | None = None
    is_money: bool = False

    def days(self, start: date, end: date, seed: int) -> Iterator[tuple[date, float, float | None]]:
        """(day, num, den) for start ≤ day < end. A gap is left out: missing, never 0. Same seed, same figures."""
        random = Random(f"{seed}:{self.key}")  # noqa: S311  figures of a demo, not a secret
        wander = 0.0
        day = start
        while day < end:
            wander = 0.97 * wander + random.gauss(0, 0.004)
            shock = random.gauss(0, self.noise)
            if day not in self.gaps and not (self.ends_on and day >= self.ends_on):
                yield (day, *self._value(day, (day - start).days, wander + shock))
            day += timedelta(days=1)

    def _value(self, day: date, age: int, noise: float) -> tuple[float, float | None]:
        season = 1 + SEASON * math.cos(2 * math.pi * age / 365.25)  # tied to the story, which is told on any day
        base = self.level * WEEKDAYS[day.weekday()] * season * (1 + self.drift * age / 365)
        changed = math.prod(effect.on(day) for effect in self.effects)
        if self.share is not None:
            den = round(base / self.share * math.exp(noise))
            return min(round(den * self.share * changed * math.exp(noise / 4)), den), den
        value = base * changed * math.exp(noise)
        return (round(value, 2) if self.is_money else float(round(value))), None
