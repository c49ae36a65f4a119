"""From stored values to the periods that are judged: whole weeks counted from a day, or calendar months.

Periods are half-open. Sums travel, never averages: a position arrives as Σ position x impressions over Σ impressions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from metrics.catalogue import Grain, Kind

MEANS = frozenset({Kind.DAYS, Kind.POSITION})  # without a denominator these average over a period; the others add up
LEAST_DAYS = {Grain.WEEK: 3, Grain.MONTH: 25}  # with fewer known days the period is missing


@dataclass(frozen=True, slots=True)
class Observation:
    """One stored value: the period that begins on `starts_on`, in the stored grain."""

    starts_on: date
    num: float
    den: float | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """One judged period. `index` counts from the day that was asked for, negative before it; `days` are those known."""

    index: int
    num: float
    den: float | None
    days: int

    def row(self) -> list[float | int | None]:
        """The four numbers as they are stored and hashed."""
        return [self.index, self.num, self.den, self.days]

    @classmethod
    def of(cls, row: Sequence[float | int | None]) -> "Period":
        """The inverse of `row`."""
        index, num, den, days = row
        if index is None or num is None or days is None:
            raise ValueError(f"a period has an index, a numerator and its days: {row!r}")
        return cls(int(index), float(num), None if den is None else float(den), int(days))


def value_of(period: Period, kind: Kind) -> float | None:
    """The KPI in one period, a week's sum scaled up from its known days; None where nothing was observed."""
    if period.den is not None:
        return period.num / period.den if period.den else None
    return period.num * 7 / period.days if 3 <= period.days < 7 and kind not in MEANS else period.num


@dataclass(frozen=True, slots=True)
class Weekly:
    """Weekly sums, only the weeks that have values, oldest first, counted from week 0 of a pilot.

    `eff` is the sum of the weekday factors of the known days, learnt before week 0; equal to `days` where there are
    none. `den` is None throughout for what has no denominator.
    """

    weeks: list[int]
    num: list[float]
    den: list[float] | None
    days: list[int]
    eff: list[float]

    def until(self, week: int) -> "Weekly":
        """Only the weeks before this one."""
        count = sum(known < week for known in self.weeks)
        dens = None if self.den is None else self.den[:count]
        return Weekly(self.weeks[:count], self.num[:count], dens, self.days[:count], self.eff[:count])

    def mean_before(self) -> float:
        """Sum of a week before week 0, days that lack counted as the others; 0 where no week is known well enough."""
        rows = zip(self.weeks, self.num, self.days, strict=True)
        before = [num * 7 / days for week, num, days in rows if week < 0 and days >= LEAST_DAYS[Grain.WEEK]]
        return sum(before) / len(before) if before else 0.0

    def periods(self) -> list[Period]:
        """The same without weekday factors, weeks that are too little known left out."""
        dens: Sequence[float | None] = self.den if self.den is not None else [None] * len(self.num)
        rows = zip(self.weeks, self.num, dens, self.days, strict=True)
        return [Period(*row) for row in rows if row[3] >= LEAST_DAYS[Grain.WEEK]]


def month_start(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    """First day of the month after the one that holds `day`."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def period_end(starts_on: date, grain: Grain) -> date:
    """First day after the period that begins on `starts_on`."""
    if grain is Grain.MONTH:
        return next_month(starts_on)
    return starts_on + timedelta(days=7 if grain is Grain.WEEK else 1)


def week_start(day: date) -> date:
    """The Monday of the ISO week: stored weeks begin there."""
    return day - timedelta(days=day.weekday())


def last_periods(until: date, count: int, judged: Grain) -> tuple[date, date]:
    """The last `count` whole calendar weeks or months that are over by `until`: first day, and first day after."""
    ends_on = week_start(until) if judged is Grain.WEEK else month_start(until)
    if judged is Grain.WEEK:
        return ends_on - timedelta(weeks=count), ends_on
    months = ends_on.year * 12 + ends_on.month - 1 - count
    return date(months // 12, months % 12 + 1, 1), ends_on


def is_period_start(day: date, grain: Grain) -> bool:
    """Whether a period of this grain can begin on the day."""
    return grain is Grain.DAY or day == (week_start(day) if grain is Grain.WEEK else month_start(day))


def _first(day: date, stored: Grain, judged: Grain) -> date:
    """Where period 0 begins: a stored week moves it to its own Monday, a month to its first, never before `day`."""
    if judged is Grain.MONTH:
        return day if day.day == 1 else next_month(day)
    if stored is Grain.WEEK:
        return day + timedelta(days=-day.weekday() % 7)
    return day


def _index(day: date, first: date, judged: Grain) -> int:
    if judged is Grain.MONTH:
        return (day.year - first.year) * 12 + day.month - first.month
    return (day - first).days // 7


def closed(from_day: date, until: date, *, stored: Grain, judged: Grain) -> int:
    """How many whole judged periods lie between period 0 and `until` (exclusive)."""
    return max(0, _index(until, _first(from_day, stored, judged), judged))


@dataclass(frozen=True, slots=True)
class Window:
    """Which judged periods of a KPI are wanted: from period 0, on or just after `from_day`; none that ends after
    `until`."""

    kpi: int
    kind: Kind
    stored: Grain
    judged: Grain
    from_day: date
    until: date

    @property
    def first(self) -> date:
        """Where period 0 begins."""
        return _first(self.from_day, self.stored, self.judged)


def roll_up(
    values: Iterable[Observation], *, kind: Kind, stored: Grain, judged: Grain, from_day: date, until: date
) -> list[Period]:
    """Judged periods in order, period 0 beginning on or just after `from_day`; none that ends after `until`.

    Periods with too few known days are left out. A mean without a denominator gets its number of values as one.
    """
    window = Window(0, kind, stored, judged, from_day, until)
    sums: dict[int, list[float]] = {}
    for value in values:
        if period_end(value.starts_on, stored) > until:
            continue
        den = 1.0 if value.den is None and kind in MEANS else value.den
        total = sums.setdefault(_index(value.starts_on, window.first, judged), [0.0, 0.0, 0])
        total[0] += value.num
        total[1] += 0.0 if den is None else den
        total[2] += (period_end(value.starts_on, stored) - value.starts_on).days
    return whole_periods(window, [(index, num, den, int(days)) for index, (num, den, days) in sums.items()])


def whole_periods(window: Window, sums: Sequence[tuple[int, float, float, int]]) -> list[Period]:
    """From index, sums and known days to periods: those that are over, with enough of their days known."""
    has_den = window.kind in MEANS or window.kind is Kind.RATIO or any(den for _, _, den, _ in sums)
    whole = _index(window.until, window.first, window.judged)
    return [
        Period(index, num, den if has_den else None, days)
        for index, num, den, days in sorted(sums)
        if index < whole and days >= LEAST_DAYS[window.judged]
    ]


def known_until(values: Iterable[Observation], *, stored: Grain, as_of: date) -> date | None:
    """First day after the last period that is known and over on `as_of`."""
    ends = (period_end(value.starts_on, stored) for value in values)
    return max((end for end in ends if end <= as_of), default=None)


def period_start(day: date, grain: Grain) -> date:
    """First day of the period that holds the day."""
    return {Grain.DAY: day, Grain.WEEK: week_start(day), Grain.MONTH: month_start(day)}[grain]


def periods_in(first: date, until: date, grain: Grain) -> int:
    """How many periods begin on or after `first`, itself a beginning, and before `until`."""
    if grain is Grain.MONTH:
        return (until.year - first.year) * 12 + until.month - first.month
    return (until - first).days // (7 if grain is Grain.WEEK else 1)


def gaps(known: Iterable[date], grain: Grain) -> list[tuple[date, date]]:
    """Between the first and the last known period: the stretches of missing ones, half-open. Missing is not zero."""
    ends = ((period_end(before, grain), after) for before, after in pairwise(sorted(known)))
    return [(first, until) for first, until in ends if first < until]


def last_closed(today: date, grain: Grain, *, count: int) -> list[date]:
    """The first days of the newest periods that are over on the morning of `today`, oldest first."""
    start = period_start(today, grain)
    found: list[date] = []
    for _ in range(count):
        start = period_start(start - timedelta(days=1), grain)
        found.append(start)
    return found[::-1]
