"""One KPI over time: what was measured, what is normal, what was agreed, and the decisions that explain the bends."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from string import ascii_lowercase

from ownership.charts.drawing import (
    LETTER,
    Chart,
    Plot,
    Point,
    Scale,
    Svg,
    Value,
    Words,
    area,
    line,
    runs,
    sample,
    tag,
    text,
    ticks,
)


@dataclass(frozen=True)
class Pin:
    """A decision that explains a bend."""

    on: date
    reference: str
    words: str = ""

    def __str__(self) -> str:
        return f"{self.reference} {self.words}".strip()


@dataclass(frozen=True)
class Happening:
    """Something outside that may explain a bend, from a day to another, both included."""

    starts_on: date
    last_on: date
    name: str


@dataclass(frozen=True)
class Trend:
    """What is known about one KPI, week by week. `weeks` are the first days of consecutive weeks, or months where the
    words say so, and may run ahead of `measured`."""

    id: str
    name: str
    desc: str
    weeks: Sequence[date]
    measured: Sequence[Value]
    baseline: Value = None
    normal: Point | None = None  # low, high
    path: Sequence[tuple[date, float]] = ()  # the agreed way to the target, oldest first
    pins: Sequence[Pin] = ()
    happened: Sequence[Happening] = ()
    usual: Sequence[Point | None] = ()  # by week: the range in which it would usually lie without a pilot
    ahead: Sequence[tuple[float, float, float] | None] = ()  # by week to come: low, likely, high


def between(path: Sequence[tuple[date, float]], on: date) -> Value:
    """The height of the agreed path on a day; None before its start and after its end."""
    for (first, low), (last, high) in pairwise(path):
        if first <= on <= last:
            return low + (high - low) * ((on - first).days / ((last - first).days or 1))
    return None


def _beside(values: Sequence[Value], position: int) -> Value:
    """Where a missing value is marked: half way between its known neighbours, so that it never looks like a zero."""
    before = next((value for value in reversed(values[:position]) if value is not None), None)
    after = next((value for value in values[position + 1 :] if value is not None), None)
    known = [value for value in (before, after) if value is not None]
    return sum(known) / len(known) if known else None


def trend(data: Trend, words: Words) -> Chart:
    """Measured weeks, normal range, agreed path and the decisions that explain the bends."""
    columns: dict[str, Sequence[object]] = {words.path: data.path, words.usual: data.usual, words.ahead: data.ahead}
    columns |= {words.happened: data.happened, words.decisions: data.pins}
    head = [word for word, given in columns.items() if given]
    rows, overs = [], [*data.weeks[1:], date.max]
    for n, (week, over) in enumerate(zip(data.weeks, overs, strict=True)):
        ahead = n >= len(data.measured)
        value = None if ahead else data.measured[n]
        known = words.number(value) if value is not None else "" if ahead else words.unknown
        due = between(data.path, week)
        said = {
            words.path: "" if due is None else words.number(due),
            words.usual: _range(at(data.usual, n), words),
            words.ahead: _range(at(data.ahead, n), words),
            words.happened: ", ".join(
                one.name for one in data.happened if one.starts_on < over and week <= one.last_on
            ),
            words.decisions: ", ".join(str(pin) for pin in data.pins if week <= pin.on < over),
        }
        rows.append((words.week(week), known, *(said[word] for word in head)))
    wide = _trend(data, words, Plot(720, 320, 52, 602, 46, 290), f"{data.id}-wide")
    narrow = _trend(data, words, Plot(340, 260, 48, 326, 28, 230), f"{data.id}-narrow")
    return Chart(data.name, wide, narrow, (words.period, words.measured, *head), rows, _trend_key(data, words))


def at(series: Sequence[Sequence[float] | None], n: int) -> Sequence[float] | None:
    """The range of one week; None where there is none."""
    return series[n] if n < len(series) else None


def _range(ends: Sequence[float] | None, words: Words) -> str:
    return f"{words.number(ends[0])}–{words.number(ends[-1])}" if ends else ""


def _trend(data: Trend, words: Words, plot: Plot, uid: str) -> Svg:
    heights = [value for value in data.measured if value is not None] + [value for _, value in data.path]
    heights += [*(data.normal or ()), *([] if data.baseline is None else [data.baseline])]
    heights += [end for ends in (*data.usual, *data.ahead) if ends for end in (ends[0], ends[-1])]
    levels = ticks(min(heights, default=0), max(heights, default=1))
    widest = max(len(words.number(level)) for level in levels)
    plot = replace(plot, left=max(plot.left, 12 + LETTER * widest))
    y = Scale(levels[0], levels[-1], plot.bottom, plot.top)
    days = Scale(0, (data.weeks[-1] - data.weeks[0]).days, plot.left, plot.right)

    def x(on: date) -> float:
        return days((on - data.weeks[0]).days)

    parts: list[Svg] = [*_shades(data, x, plot), *plot.levels(levels, y, words.number)]
    room = max(26.0, 6 + LETTER * max(len(words.tick(week)) for week in data.weeks))
    every = math.ceil(len(data.weeks) * room / (plot.right - plot.left))
    parts += [text((x(w), plot.height - 8), words.tick(w), anchor="middle") for w in data.weeks[::every]]
    if data.normal:
        low, high = y(data.normal[0]), y(data.normal[1])
        begins = next((n for n, ends in enumerate(data.usual) if ends), None)
        until = plot.right if begins is None else x(data.weeks[begins])
        parts.append(tag("rect", class_="band", x=plot.left, y=high, width=until - plot.left, height=low - high))
    parts += _fans(data, x, y)
    if data.baseline is not None:
        parts.append(line([(plot.left, y(data.baseline)), (plot.right, y(data.baseline))], "base"))
    if data.path:
        parts.append(line([(x(on), y(value)) for on, value in data.path], "target"))
    parts += [line([(x(data.weeks[n]), y(value)) for n, value in run], "series") for run in runs(data.measured)]
    parts += _dots(data, x, y, words)
    parts += _pins(data.pins, x, plot)
    parts += _ends(data, y, words, plot)
    return plot.figure(uid, data.name, data.desc, parts)


def _lettered(data: Trend) -> Iterator[tuple[str, Happening]]:
    """What happened within these weeks, each with a letter."""
    shown = [one for one in data.happened if data.weeks[0] <= one.last_on and one.starts_on < data.weeks[-1]]
    return zip(ascii_lowercase, sorted(shown, key=lambda one: (one.starts_on, one.name)), strict=False)


def _shades(data: Trend, x: Callable[[date], float], plot: Plot) -> Iterator[Svg]:
    """The days of what happened outside, shaded and lettered; the key has the names."""
    for letter, one in _lettered(data):
        left, right = max(x(one.starts_on), plot.left), min(x(one.last_on + timedelta(days=1)), plot.right)
        width = max(right - left, 3.0)
        title = tag("title", f"{letter} {one.name}")
        yield tag("rect", title, class_="shock", x=left, y=plot.top, width=width, height=plot.bottom - plot.top)
        yield text((left + width / 2, plot.bottom - 5), letter, anchor="middle")


def _fans(data: Trend, x: Callable[[date], float], y: Scale) -> Iterator[Svg]:
    """Where it would usually lie without the pilot, and where it may go from the newest known week on."""
    usual = [(x(data.weeks[n]), y(ends[0]), y(ends[-1])) for n, ends in enumerate(data.usual) if ends]
    if usual:
        yield area(usual, "band")
    known = [(n, value) for n, value in enumerate(data.measured) if value is not None]
    ahead = [(x(data.weeks[n]), *map(y, ends)) for n, ends in enumerate(data.ahead) if ends]
    if ahead and known:
        n, value = known[-1]
        ahead = [(x(data.weeks[n]), y(value), y(value), y(value)), *ahead]
        yield area([(at, low, high) for at, low, _, high in ahead], "fan80")
        yield line([(at, likely) for at, _, likely, _ in ahead], "median")


def _dots(data: Trend, x: Callable[[date], float], y: Scale, words: Words) -> Iterator[Svg]:
    """A dot per week, hollow where nothing is known; the newest known one is larger."""
    last = max((n for n, value in enumerate(data.measured) if value is not None), default=-1)
    for n, value in enumerate(data.measured):
        at = value if value is not None else _beside(data.measured, n)
        if at is not None:
            cls = "missing" if value is None else "now" if n == last else "dot"
            said = words.unknown if value is None else words.number(value)
            title = tag("title", f"{words.week(data.weeks[n])}: {said}")
            yield tag(
                "circle", title, class_=cls, cx=x(data.weeks[n]), cy=y(at), r={"now": 5, "missing": 4}.get(cls, 3)
            )


def _pins(pins: Sequence[Pin], x: Callable[[date], float], plot: Plot) -> Iterator[Svg]:
    """A line per decision. Its words stand in the first row with room, else its number, else only the table has it."""
    rows = [16.0, 34.0] if plot.top > 40 else [16.0]
    taken = [-math.inf] * len(rows)  # right end of each row
    for pin in sorted(pins, key=lambda pin: (pin.on, pin.reference)):
        at = x(pin.on)
        if not plot.left <= at <= plot.right:
            continue
        forms = [str(pin), pin.reference] if len(rows) > 1 else [pin.reference]
        row, said, start = _room(forms, at, taken, plot)
        top = rows[row] + 4 if said else plot.top
        yield tag("line", class_="event", x1=at, x2=at, y1=top, y2=plot.bottom)
        if said:
            taken[row] = start + LETTER * len(said) + 8
            number = tag("tspan", pin.reference, class_="strong")
            yield text((start, rows[row]), number, said.removeprefix(pin.reference))


def _room(forms: Sequence[str], at: float, taken: Sequence[float], plot: Plot) -> tuple[int, str, float]:
    """The first form of the words that fits a row without touching a neighbour or the edge: row, words, left end."""
    for said in forms:
        wide = LETTER * len(said)
        start = min(max(at - wide / 2, 0.0), plot.width - wide)
        for row, end in enumerate(taken):
            if start >= end:
                return row, said, start
    return 0, "", at


def _ends(data: Trend, y: Scale, words: Words, plot: Plot) -> Iterator[Svg]:
    """Names at the right end, at least a line apart: beside a wide plot, inside a narrow one."""
    named = [(data.path[-1][1], words.target, "t-good strong")] if data.path else []
    named += [(data.baseline, words.baseline, "")] if data.baseline is not None else []
    floor = -math.inf
    for value, word, cls in sorted(named, key=lambda name: -name[0]):
        room = plot.width - plot.right > 60
        at = max(y(value) + (4 if room else -6), floor)
        floor = at + 15
        said = f"{word} {words.number(value)}"
        if room:
            yield text((plot.right + 10, at), said, cls=cls or None)
        else:
            yield text((plot.right, at), said, anchor="end", cls=f"{cls} halo".strip())


def _trend_key(data: Trend, words: Words) -> list[tuple[Svg, str]]:
    """What each kind of line is called; only those that are drawn."""
    kinds: list[tuple[Svg, str]] = [(sample(line([(1, 6), (23, 6)], "series")), words.measured)]
    if data.normal:
        band = tag("rect", class_="band", width=24, height=12)
        kinds.append((sample(band, line([(0, 6), (24, 6)], "base")), words.normal))
    if data.path:
        kinds.append((sample(line([(0, 6), (24, 6)], "target")), words.path))
    if any(data.usual):
        kinds.append((sample(tag("rect", class_="band", width=24, height=12)), words.usual))
    if any(data.ahead):
        fan = tag("rect", class_="fan80", width=24, height=12)
        kinds.append((sample(fan, line([(0, 6), (24, 6)], "median")), words.ahead))
    for letter, one in _lettered(data):
        shade = tag("rect", class_="shock", width=24, height=12)
        kinds.append((sample(shade, text((12, 10), letter, anchor="middle")), one.name))
    if None in data.measured:
        kinds.append((sample(tag("circle", class_="missing", cx=12, cy=6, r=4)), words.unknown))
    return kinds
