"""What is wrong with the values of a KPI, since when: a judgement on what is stored, made anew whenever it is read."""

import math
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from statistics import median

import numpy as np
import numpy.typing as npt

from metrics.catalogue import Grain, Kind
from metrics.periods import MEANS, gaps, period_end, periods_in, week_start
from metrics.quality import CUTOFF, LEAST, NARROWEST, usual_range

WIDEN = 1.5  # some two hundred values are looked at, not one
BY_CHANCE = 3.5  # standard deviations of counting that surprise nobody
NEAR = {Grain.DAY: 14, Grain.WEEK: 8, Grain.MONTH: 8}  # periods on either side that say what is usual there
FACTORS = (10, 100, 1000, 0.1, 0.01, 0.001)
TOLERANCE = 0.1  # between two sources
COMPARED = 4  # weeks, or months
UNLIKELY = 0.01  # chance of seeing a run as long anywhere among the values


class Fault(StrEnum):
    """What can be wrong with a KPI's values, the gravest first. The last four are marks that the values bear."""

    LATE = "late"
    UNIT_JUMP = "unit_jump"
    SOURCES_DIFFER = "sources_differ"
    FROZEN = "frozen"
    OUTLIER = "outlier"
    MISSING = "missing"
    SAMPLED = "sampled"
    THRESHOLDED = "thresholded"
    PARTIAL = "partial"
    PROVISIONAL = "provisional"

    @property
    def is_mark(self) -> bool:
        """Whether this is how the source gives its values, not something to mend."""
        return self in MARKS.values()


MARKS = {2: Fault.PROVISIONAL, 3: Fault.SAMPLED, 4: Fault.THRESHOLDED, 5: Fault.PARTIAL}  # by quality


@dataclass(frozen=True, slots=True)
class Reading:
    """One stored value that was not taken back. `quality` as it is stored, 1 to 5."""

    starts_on: date
    num: float
    den: float | None = None
    quality: int = 1

    @property
    def value(self) -> float | None:
        if self.den is None:
            return self.num
        return self.num / self.den if self.den else None


@dataclass(frozen=True, slots=True)
class Record:
    """A KPI's values of record, oldest first, beside those of other sources.

    What happened in the half-open spans of `explained` needs no finding of its own if one value is odd or missing.
    The next value may come until `expected_by` (None: there was none yet). Before `confirmed_until` the source has
    nothing but what it gave.
    """

    kind: Kind
    grain: Grain
    readings: Sequence[Reading]
    others: Mapping[int, Sequence[Reading]] = field(default_factory=dict)
    expected_by: date | None = None
    confirmed_until: date | None = None
    explained: Sequence[tuple[date, date]] = ()

    def is_explained(self, starts_on: date, until: date) -> bool:
        """Whether any of these days lies in one of the spans."""
        return any(first < until and starts_on < end for first, end in self.explained)


@dataclass(frozen=True, slots=True)
class Finding:
    """`count` periods from `since` on, before `until` (None: it goes on).

    `value` is the newest one in question and `low` to `high` what was usual there. `factor` says how many times too
    large a value is. Of two sources, `value` is the sum or level of the source of record and `other` that of `source`.
    """

    fault: Fault
    since: date
    until: date | None
    count: int = 1
    value: float | None = None
    low: float | None = None
    high: float | None = None
    factor: float | None = None
    other: float | None = None
    source: int | None = None


def findings(record: Record, *, on: date) -> list[Finding]:
    """Everything that is wrong, the gravest first; one finding for each fault."""
    found = [_late(record, on), *_wrong_values(record), _differ(record), _frozen(record), _missing(record)]
    order = list(Fault)
    told = [one for one in [*found, *_marks(record)] if one]
    return sorted(told, key=lambda one: order.index(one.fault))


def _late(record: Record, on: date) -> Finding | None:
    due = record.expected_by
    return Finding(Fault.LATE, due + timedelta(days=1), None) if due is not None and on > due else None


def _missing(record: Record) -> Finding | None:
    """Between values. Where the source said that it has none, nothing is missing."""
    holes = gaps((one.starts_on for one in record.readings), record.grain)
    open_ = [
        (first, until)
        for first, until in holes
        if not record.is_explained(first, until) and (record.confirmed_until is None or until > record.confirmed_until)
    ]
    if not open_:
        return None
    count = sum(periods_in(first, until, record.grain) for first, until in open_)
    return Finding(Fault.MISSING, open_[0][0], open_[-1][1], count)


def _marks(record: Record) -> Iterator[Finding]:
    for quality, fault in MARKS.items():
        marked = [one for one in record.readings if one.quality == quality]
        if marked:
            goes_on = marked[-1] is record.readings[-1]
            until = None if goes_on else period_end(marked[-1].starts_on, record.grain)
            yield Finding(fault, marked[0].starts_on, until, len(marked), marked[-1].value)


def _frozen(record: Record) -> Finding | None:
    """The newest run of equal values that is too long for how often two neighbours of this series are equal, or how
    often its value is followed by itself."""
    runs = [list(run) for _, run in groupby(record.readings, key=lambda one: (one.num, one.den))]
    steps = len(record.readings) - 1
    for run in reversed([run for run in runs if len(run) > 1]):
        same = len(run) - 1
        others = [len(other) - 1 for other in runs if other is not run]
        alike = [len(other) - 1 for other in runs if other is not run and other[0].num == run[0].num]
        often = max(_again(others), _again(alike) if sum(alike) + len(alike) >= LEAST else 0.0)
        if steps - same >= LEAST and steps * often**same < UNLIKELY:
            until = None if run is runs[-1] else period_end(run[-1].starts_on, record.grain)
            return Finding(Fault.FROZEN, run[0].starts_on, until, len(run), run[0].value)
    return None


def _again(sames: Sequence[int]) -> float:
    """How often a value is followed by itself, in runs with so many steps that change nothing. By Laplace's rule: what
    was never seen may still happen."""
    return (sum(sames) + 1) / (sum(sames) + len(sames) + 2)


@dataclass(frozen=True, slots=True)
class _Odd:
    """One value outside of what is usual; `factor` 0: by no round factor."""

    at: int
    value: float
    low: float
    high: float
    factor: float = 0.0


def _wrong_values(record: Record) -> Iterator[Finding | None]:
    jumps = list(_jumps(record))
    odd = [
        one for one in _outliers(record, {jump.at for jump in jumps}) if not record.is_explained(*_span(record, one.at))
    ]
    for fault, found in ((Fault.UNIT_JUMP, jumps), (Fault.OUTLIER, odd)):
        if found:
            last, first = found[-1], record.readings[found[0].at].starts_on
            goes_on = last.at == len(record.readings) - 1
            until = None if goes_on else period_end(record.readings[last.at].starts_on, record.grain)
            factor = last.factor or None
            yield Finding(fault, first, until, len(found), last.value, last.low, last.high, factor)


def _span(record: Record, at: int) -> tuple[date, date]:
    begins = record.readings[at].starts_on
    return begins, period_end(begins, record.grain)


def _jumps(record: Record) -> Iterator[_Odd]:
    """Values that would be usual if they were ten, a hundred or a thousand times smaller or larger.

    Compared with the last eight that were not so, by the day with those of the same weekday.
    """
    tracks: dict[int, deque[float]] = defaultdict(lambda: deque(maxlen=LEAST))
    for at, reading in enumerate(record.readings):
        if (value := reading.value) is None:
            continue
        track = tracks[reading.starts_on.weekday() if record.grain is Grain.DAY else 0]
        factor = _factor(record.kind, reading, track)
        usual = _usual(record.kind, reading, track) if factor else None
        if usual and not usual[0] <= value <= usual[1]:
            yield _Odd(at, value, *usual, factor)
        else:
            track.append(value)


def _factor(kind: Kind, reading: Reading, track: Collection[float]) -> float:
    """By which of the factors the value is too large, give or take one half; 0: by none of them. Small counts, and
    shares of few, may well be ten times as large on a busy day."""
    value, middle = reading.value, sorted(track)[len(track) // 2] if track else 0.0
    if value is None or middle <= 0 or _by_chance(kind, reading, middle) >= middle / 2:
        return 0.0
    return next((factor for factor in FACTORS if middle / 2 <= value / factor <= middle * 2), 0.0)


def _outliers(record: Record, jumped: Collection[int]) -> Iterator[_Odd]:
    """Values outside of what is usual around them and, by the day, also on that weekday."""
    known = [(at, one, one.value) for at, one in enumerate(record.readings) if at not in jumped]
    held = [(at, one, value) for at, one, value in known if value is not None]
    near = NEAR[record.grain]
    for n in _far_from([value for _, _, value in held], near):
        at, one, value = held[n]
        usual = _usual(record.kind, one, [other for _, _, other in held[max(n - near, 0) : n] + held[n + 1 :][:near]])
        if record.grain is Grain.DAY:
            before, after = ([v for _, day, v in part if _is_alike(day, one)] for part in (held[:n], held[n + 1 :]))
            that_day = _usual(record.kind, one, before[-LEAST:] + after[:LEAST])
        else:
            that_day = usual
        if usual and that_day and not usual[0] <= value <= usual[1] and not that_day[0] <= value <= that_day[1]:
            yield _Odd(at, value, *usual)


def _is_alike(day: Reading, other: Reading) -> bool:
    return day.starts_on.weekday() == other.starts_on.weekday()


def _far_from(values: Sequence[float], near: int) -> list[int]:
    """Which values may be outside of what is usual around them: `usual_range` of all windows at once."""
    if len(values) <= LEAST:
        return []
    padded = np.pad(np.array(values), near, constant_values=np.nan)
    around = np.delete(np.lib.stride_tricks.sliding_window_view(padded, 2 * near + 1), near, axis=1)
    middle = _medians(around)
    half = np.maximum(WIDEN * CUTOFF * _medians(np.abs(around - middle[:, None])), NARROWEST * np.abs(middle))
    return [int(n) for n in np.flatnonzero(np.abs(np.array(values) - middle) > half)]


def _medians(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Of each row, without what is not a number."""
    known, ordered, at = (~np.isnan(rows)).sum(axis=1), np.sort(rows, axis=1), np.arange(len(rows))
    found: npt.NDArray[np.float64] = (ordered[at, (known - 1) // 2] + ordered[at, known // 2]) / 2
    return found


def _usual(kind: Kind, reading: Reading, values: Collection[float]) -> tuple[float, float] | None:
    if len(values) < LEAST:
        return None
    return usual_range(list(values), widen=WIDEN, least=_by_chance(kind, reading, median(values)))


def _by_chance(kind: Kind, reading: Reading, middle: float) -> float:
    """What counting alone does to small numbers, and to shares of few, is no surprise. 0: it does nothing."""
    if kind is Kind.COUNT:
        return BY_CHANCE * math.sqrt(max(middle, 1.0))
    if kind is Kind.RATIO and reading.den:
        share = min(max(middle, 0.0), 1.0)
        return BY_CHANCE * math.sqrt(max(share * (1 - share), 1 / reading.den) / reading.den)
    return 0.0


def _differ(record: Record) -> Finding | None:
    """The source that differs most over the last weeks that are final in both. Zones differ: no single days."""
    ours = _by_week(record, record.readings)
    found = [_compared(record, ours, source, readings) for source, readings in sorted(record.others.items())]
    return max((one for one in found if one), key=lambda one: abs((one.other or 0) - (one.value or 0)), default=None)


def _compared(record: Record, ours: dict[date, Reading], source: int, readings: Sequence[Reading]) -> Finding | None:
    theirs = _by_week(record, readings)
    weeks = sorted(ours.keys() & theirs.keys())
    last = weeks[-COMPARED:]
    if not last:
        return None
    our, their = (_summed(record, [of[week] for week in last]) for of in (ours, theirs))
    if our is None or their is None or not _is_apart(our, their):
        return None
    since = last[0]
    for week in reversed(weeks[:-COMPARED]):
        if not _is_apart(ours[week].value or 0.0, theirs[week].value or 0.0):
            break
        since = week
    return Finding(
        Fault.SOURCES_DIFFER, since, None, sum(week >= since for week in weeks), our, other=their, source=source
    )


def _is_apart(our: float, their: float) -> bool:
    return abs(our - their) > TOLERANCE * abs(our)


def _by_week(record: Record, readings: Sequence[Reading]) -> dict[date, Reading]:
    """Whole weeks of final values; what is stored by the week or month stays as it is."""
    final = [one for one in readings if MARKS.get(one.quality) not in (Fault.PROVISIONAL, Fault.PARTIAL)]
    if record.grain is not Grain.DAY:
        return {one.starts_on: one for one in final}
    weeks: dict[date, list[Reading]] = defaultdict(list)
    for one in final:
        weeks[week_start(one.starts_on)].append(one)
    return {week: _sum(record, week, days) for week, days in weeks.items() if len(days) == 7}


def _sum(record: Record, starts_on: date, readings: Sequence[Reading]) -> Reading:
    """Sums travel: a mean without a denominator counts its values."""
    num, dens = sum(one.num for one in readings), [one.den for one in readings if one.den is not None]
    if not dens and record.kind in MEANS:
        return Reading(starts_on, num, float(len(readings)))
    return Reading(starts_on, num, sum(dens) if dens else None)


def _summed(record: Record, readings: Sequence[Reading]) -> float | None:
    return _sum(record, readings[0].starts_on, readings).value
