"""Charts as SVG, drawn on the server: pure functions from values to markup.

No script and no inline style: static/app.css themes the classes, so light, dark and print come for free. Every
drawing has a name and a description, comes in a wide and a 340 px form (so that text stays 12 px on a phone) and
carries the rows of a table with the same figures. Words arrive translated in `Words`; this module knows no locale.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import pairwise

Point = tuple[float, float]
Value = float | None  # None: not known, which is a gap and never a zero
LETTER = 6.9  # px, a generous mean width at 12 px


class Svg(str):
    """Finished markup; `__html__` tells a template engine so. Only `tag` makes it."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def tag(name: str, *children: object, **attrs: object) -> Svg:
    """One element, everything escaped. `class_` means class, `text_anchor` means text-anchor; None leaves one out."""
    pairs = ((key.rstrip("_").replace("_", "-"), _short(value)) for key, value in attrs.items() if value is not None)
    head = "".join(f' {key}="{escape(str(value))}"' for key, value in pairs)
    body = "".join(child if isinstance(child, Svg) else escape(str(child)) for child in children)
    return Svg(f"<{name}{head}>{body}</{name}>")


def _short(value: object) -> object:
    """Coordinates with one decimal: half the bytes, no visible difference."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value


@dataclass(frozen=True)
class Words:
    """The language of the drawings (ownership.words.for_charts)."""

    number: Callable[[float], str]
    money: Callable[[float], str]
    week: Callable[[date], str]
    month: Callable[[date], str]
    period: str  # the head of a column of weeks or months
    measured: str
    normal: str
    baseline: str
    path: str
    target: str
    decisions: str
    unknown: str
    cost: str
    realised: str


@dataclass(frozen=True)
class Chart:
    """A drawing in two widths, and the table that says the same."""

    name: str
    wide: Svg
    narrow: Svg
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    key: Sequence[tuple[Svg, str]] = ()


@dataclass(frozen=True)
class Pin:
    """A decision that explains a bend."""

    on: date
    reference: str
    words: str = ""


@dataclass(frozen=True)
class Trend:
    """What is known about one KPI, week by week. `weeks` are consecutive Mondays and may run ahead of `measured`."""

    id: str
    name: str
    desc: str
    weeks: Sequence[date]
    measured: Sequence[Value]
    baseline: Value = None
    normal: Point | None = None  # low, high
    path: Sequence[tuple[date, float]] = ()  # the agreed way to the target, oldest first
    pins: Sequence[Pin] = ()


@dataclass(frozen=True)
class Scale:
    """Maps a value range to a pixel range."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) * (self.end - self.start) / ((self.high - self.low) or 1)


@dataclass(frozen=True)
class _Plot:
    """Where a drawing draws."""

    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float

    def figure(self, uid: str, name: str, desc: str, parts: Sequence[object]) -> Svg:
        words = tag("title", name, id=f"{uid}-t"), tag("desc", desc, id=f"{uid}-d")
        box = f"0 0 {self.width} {self.height}"
        named = f"{uid}-t {uid}-d"
        return tag("svg", *words, *parts, class_="chart", viewBox=box, role="img", aria_labelledby=named)

    def levels(self, levels: Sequence[float], y: Scale, words: Callable[[float], str]) -> Iterator[Svg]:
        """Horizontal lines with their values; the line at zero is the axis."""
        for level in levels:
            cls = "axis" if level == 0 else "grid-line"
            yield tag("line", class_=cls, x1=self.left, x2=self.right, y1=y(level), y2=y(level))
            yield _text((self.left - 8, y(level) + 4), words(level), anchor="end")


def _line(points: Sequence[Point], cls: str) -> Svg:
    return tag("path", class_=cls, d="M" + "L".join(f"{_short(float(x))} {_short(float(y))}" for x, y in points))


def _text(at: Point, *words: object, anchor: str = "start", cls: str | None = None) -> Svg:
    return tag("text", *words, x=float(at[0]), y=float(at[1]), text_anchor=anchor, class_=cls)


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round values that cover low..high, about `wanted` steps apart."""
    rough = (high - low) / wanted or abs(high) / wanted or 1.0
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * unit for factor in (1, 2, 2.5, 5, 10) if factor * unit >= rough)
    return [step * n for n in range(math.floor(low / step), math.ceil(high / step) + 1)]


def runs(values: Sequence[Value]) -> list[list[tuple[int, float]]]:
    """Stretches of known values with their positions: a missing value parts two stretches."""
    found: list[list[tuple[int, float]]] = [[]]
    for position, value in enumerate(values):
        if value is None:
            found.append([])
        else:
            found[-1].append((position, value))
    return [run for run in found if run]


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


def sparkline(values: Sequence[Value], *, label: str, normal: Point | None = None, tone: str = "info") -> Svg:
    """The line of a KPI in a table row, over its normal range. Nothing known: an empty drawing with its label."""
    width, height = 120, 30
    stretches = runs(values)
    heights = [value for run in stretches for _, value in run] + list(normal or ())
    parts: list[Svg] = []
    if stretches:
        x, y = Scale(0, len(values) - 1, 2, width - 6), Scale(min(heights), max(heights), height - 4, 4)
        if normal:
            low, high = y(normal[0]), y(normal[1])
            parts.append(tag("rect", class_="band", x=0, y=high, width=width, height=low - high))
        parts += [_line([(x(n), y(value)) for n, value in run], "series") for run in stretches]
        last, value = stretches[-1][-1]
        parts.append(tag("circle", class_="now", cx=x(last), cy=y(value), r=3))
    box = f"0 0 {width} {height}"
    return tag("svg", *parts, class_="spark", viewBox=box, role="img", data_tone=tone, aria_label=label)


def meter(share: float, *, label: str, tone: str = "info", limit: float | None = None) -> Svg:
    """A share of a whole (0 to 1), with an agreed limit as a mark."""
    parts = [tag("rect", class_="track", width=100, height=6)]
    parts.append(tag("rect", class_="fill", width=min(max(share, 0.0), 1.0) * 100, height=6))
    if limit is not None:
        parts.append(tag("rect", class_="mark", x=limit * 100 - 0.5, width=1, height=6))
    box = {"viewBox": "0 0 100 6", "preserveAspectRatio": "none"}
    return tag("svg", *parts, class_="bar", role="img", data_tone=tone, aria_label=label, **box)


def trend(data: Trend, words: Words) -> Chart:
    """Measured weeks, normal range, agreed path and the decisions that explain the bends."""
    rows = []
    for n, week in enumerate(data.weeks):
        ahead = n >= len(data.measured)
        value = None if ahead else data.measured[n]
        known = words.number(value) if value is not None else "" if ahead else words.unknown
        due = between(data.path, week)
        said = [f"{pin.reference} {pin.words}".strip() for pin in data.pins if 0 <= (pin.on - week).days < 7]
        rows.append((words.week(week), known, "" if due is None else words.number(due), ", ".join(said)))
    head = (words.period, words.measured, words.path, words.decisions)
    wide = _trend(data, words, _Plot(720, 320, 52, 602, 46, 290), f"{data.id}-wide")
    narrow = _trend(data, words, _Plot(340, 260, 48, 326, 28, 230), f"{data.id}-narrow")
    return Chart(data.name, wide, narrow, head, rows, _trend_key(data, words))


def _trend(data: Trend, words: Words, plot: _Plot, uid: str) -> Svg:
    heights = [value for value in data.measured if value is not None] + [value for _, value in data.path]
    heights += [*(data.normal or ()), *([] if data.baseline is None else [data.baseline])]
    levels = ticks(min(heights, default=0), max(heights, default=1))
    y = Scale(levels[0], levels[-1], plot.bottom, plot.top)
    days = Scale(0, (data.weeks[-1] - data.weeks[0]).days, plot.left, plot.right)

    def x(on: date) -> float:
        return days((on - data.weeks[0]).days)

    parts: list[Svg] = [*plot.levels(levels, y, words.number)]
    every = math.ceil(len(data.weeks) * 26 / (plot.right - plot.left))
    parts += [_text((x(w), plot.height - 8), w.isocalendar().week, anchor="middle") for w in data.weeks[::every]]
    if data.normal:
        low, high = y(data.normal[0]), y(data.normal[1])
        parts.append(tag("rect", class_="band", x=plot.left, y=high, width=plot.right - plot.left, height=low - high))
    if data.baseline is not None:
        parts.append(_line([(plot.left, y(data.baseline)), (plot.right, y(data.baseline))], "base"))
    if data.path:
        parts.append(_line([(x(on), y(value)) for on, value in data.path], "target"))
    parts += [_line([(x(data.weeks[n]), y(value)) for n, value in run], "series") for run in runs(data.measured)]
    parts += _dots(data, x, y, words)
    parts += _pins(data.pins, x, plot)
    parts += _ends(data, y, words, plot)
    return plot.figure(uid, data.name, data.desc, parts)


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


def _pins(pins: Sequence[Pin], x: Callable[[date], float], plot: _Plot) -> Iterator[Svg]:
    """A line per decision. Its words stand in the first row with room, else its number, else only the table has it."""
    rows = [16.0, 34.0] if plot.top > 40 else [16.0]
    taken = [-math.inf] * len(rows)  # right end of each row
    for pin in sorted(pins, key=lambda pin: (pin.on, pin.reference)):
        at = x(pin.on)
        if not plot.left <= at <= plot.right:
            continue
        texts = [f"{pin.reference} {pin.words}".strip(), pin.reference] if len(rows) > 1 else [pin.reference]
        row, text, start = _room(texts, at, taken, plot)
        top = rows[row] + 4 if text else plot.top
        yield tag("line", class_="event", x1=at, x2=at, y1=top, y2=plot.bottom)
        if text:
            taken[row] = start + LETTER * len(text) + 8
            number, said = tag("tspan", pin.reference, class_="strong"), text.removeprefix(pin.reference)
            yield _text((start, rows[row]), number, said)


def _room(texts: Sequence[str], at: float, taken: Sequence[float], plot: _Plot) -> tuple[int, str, float]:
    """The first text that fits a row without touching its neighbour or the edge: row, text, left end."""
    for text in texts:
        wide = LETTER * len(text)
        start = min(max(at - wide / 2, 0.0), plot.width - wide)
        for row, end in enumerate(taken):
            if start >= end:
                return row, text, start
    return 0, "", at


def _ends(data: Trend, y: Scale, words: Words, plot: _Plot) -> Iterator[Svg]:
    """Names at the right end, at least a line apart: beside a wide plot, inside a narrow one."""
    named = [(data.path[-1][1], words.target, "t-good strong")] if data.path else []
    named += [(data.baseline, words.baseline, "")] if data.baseline is not None else []
    floor = -math.inf
    for value, word, cls in sorted(named, key=lambda name: -name[0]):
        room = plot.width - plot.right > 60
        at = max(y(value) + (4 if room else -6), floor)
        floor = at + 15
        text = f"{word} {words.number(value)}"
        if room:
            yield _text((plot.right + 10, at), text, cls=cls or None)
        else:
            yield _text((plot.right, at), text, anchor="end", cls=f"{cls} halo".strip())


def _trend_key(data: Trend, words: Words) -> list[tuple[Svg, str]]:
    """What each kind of line is called; only those that are drawn."""
    kinds: list[tuple[Svg, str]] = [(_sample(_line([(1, 6), (23, 6)], "series")), words.measured)]
    if data.normal:
        band = tag("rect", class_="band", width=24, height=12)
        kinds.append((_sample(band, _line([(0, 6), (24, 6)], "base")), words.normal))
    if data.path:
        kinds.append((_sample(_line([(0, 6), (24, 6)], "target")), words.path))
    if None in data.measured:
        kinds.append((_sample(tag("circle", class_="missing", cx=12, cy=6, r=4)), words.unknown))
    return kinds


def _sample(*parts: Svg) -> Svg:
    return tag("svg", *parts, viewBox="0 0 24 12", aria_hidden="true")


@dataclass(frozen=True)
class Money:
    """Cumulative cost and realised benefit by month; `realised` stops at the last closed month."""

    id: str
    name: str
    desc: str
    months: Sequence[date]
    cost: Sequence[float]
    realised: Sequence[Value]


def money(data: Money, words: Words) -> Chart:
    """Benefit against cost, both from zero on one scale."""
    realised = [*data.realised, *[None] * (len(data.months) - len(data.realised))]
    rows = [
        (words.month(month), words.money(cost), words.unknown if value is None else words.money(value))
        for month, cost, value in zip(data.months, data.cost, realised, strict=True)
    ]
    wide = _money(data, words, _Plot(520, 220, 70, 420, 14, 194), f"{data.id}-wide")
    narrow = _money(data, words, _Plot(340, 190, 64, 328, 14, 164), f"{data.id}-narrow")
    return Chart(data.name, wide, narrow, (words.period, words.cost, words.realised), rows, _money_key(words))


def _money(data: Money, words: Words, plot: _Plot, uid: str) -> Svg:
    benefit = [value for value in data.realised if value is not None]
    levels = ticks(min(0.0, *data.cost, *benefit), max(1.0, *data.cost, *benefit), 3)
    x = Scale(0, max(len(data.months) - 1, 1), plot.left, plot.right)
    y = Scale(levels[0], levels[-1], plot.bottom, plot.top)
    parts: list[Svg] = [*plot.levels(levels, y, words.money)]
    every = math.ceil(len(data.months) * 62 / (plot.right - plot.left))
    named = range(0, len(data.months), every)
    parts += [_text((x(n), plot.height - 6), words.month(data.months[n]), anchor="middle") for n in named]
    parts.append(_line([(x(n), y(value)) for n, value in enumerate(data.cost)], "cost"))
    parts += [_line([(x(n), y(value)) for n, value in run], "series") for run in runs(data.realised)]
    ends = [(len(data.cost) - 1, data.cost[-1], words.cost, "strong")]
    if benefit:
        last, value = runs(data.realised)[-1][-1]
        parts.append(tag("circle", class_="now", cx=x(last), cy=y(value), r=5))
        ends.append((last, value, words.realised, "t-accent strong"))
    if plot.width - plot.right > 60:
        floor = -math.inf
        for n, value, word, cls in sorted(ends, key=lambda end: -end[1]):
            floor = max(y(value) + 4, floor + 15)
            parts.append(_text((x(n) + 10, floor), word, cls=f"{cls} halo"))
    return plot.figure(uid, data.name, data.desc, parts)


def _money_key(words: Words) -> list[tuple[Svg, str]]:
    cost, realised = _line([(1, 6), (23, 6)], "cost"), _line([(1, 6), (23, 6)], "series")
    return [(_sample(cost), words.cost), (_sample(realised), words.realised)]
