"""Benefit against cost."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ownership.charts.drawing import Chart, Plot, Scale, Svg, Value, Words, area, line, runs, sample, tag, text, ticks


@dataclass(frozen=True)
class Ahead:
    """What is projected, added up until a day: cost, and benefit low, likely and high."""

    on: date
    cost: float
    low: float
    likely: float
    high: float


@dataclass(frozen=True)
class Money:
    """Cumulative cost and realised benefit by month; `realised` stops at the last closed month. `ahead` begins where
    both end. `payback` are the days on which a high, the likely and a low benefit catch up with the cost; None: beyond
    the horizon."""

    id: str
    name: str
    desc: str
    months: Sequence[date]
    cost: Sequence[float]
    realised: Sequence[Value]
    ahead: Sequence[Ahead] = ()
    payback: tuple[date | None, date | None, date | None] = (None, None, None)


def money(data: Money, words: Words) -> Chart:
    """Benefit against cost, both from zero on one scale."""
    realised = [*data.realised, *[None] * (len(data.months) - len(data.realised))]
    rows: list[tuple[str, ...]] = [
        (words.month(month), words.money(cost), words.unknown if value is None else words.money(value))
        for month, cost, value in zip(data.months, data.cost, realised, strict=True)
    ]
    head: tuple[str, ...] = (words.period, words.cost, words.realised)
    if data.ahead:
        head = (*head, words.projected)
        rows = [(*row, "") for row in rows]
        rows += [(words.month(a.on), words.money(a.cost), "", _projected(a, words)) for a in data.ahead[1:]]
    wide = _money(data, words, Plot(720, 300, 70, 582, 14, 270), f"{data.id}-wide")
    narrow = _money(data, words, Plot(340, 190, 64, 328, 14, 164), f"{data.id}-narrow")
    return Chart(data.name, wide, narrow, head, rows, _money_key(data, words))


def _projected(ahead: Ahead, words: Words) -> str:
    return f"{words.money(ahead.likely)} ({words.money(ahead.low)}–{words.money(ahead.high)})"


def _money(data: Money, words: Words, plot: Plot, uid: str) -> Svg:
    benefit = [value for value in data.realised if value is not None]
    heights = [*data.cost, *benefit, *(end for a in data.ahead for end in (a.cost, a.low, a.high))]
    levels = ticks(min(0.0, *heights), max(1.0, *heights), 3)
    first, last_day = data.months[0], max([data.months[-1], *(a.on for a in data.ahead)])
    days = Scale(0, max((last_day - first).days, 1), plot.left, plot.right)
    y = Scale(levels[0], levels[-1], plot.bottom, plot.top)

    def x(on: date) -> float:
        return days((on - first).days)

    parts: list[Svg] = [*_payback(data, plot, x_of=days, first=first), *plot.levels(levels, y, words.money)]
    dated = [*data.months, *(a.on for a in data.ahead[1:])]
    parts += [text((x(on), plot.height - 6), words.month(on), anchor="middle") for on in _spread(dated, x, 76)]
    if data.ahead:
        parts.append(area([(x(a.on), y(a.low), y(a.high)) for a in data.ahead], "fan80"))
        parts.append(line([(x(a.on), y(a.likely)) for a in data.ahead], "median"))
        parts.append(line([(x(a.on), y(a.cost)) for a in data.ahead], "base"))
    parts.append(line([(x(on), y(value)) for on, value in zip(data.months, data.cost, strict=True)], "cost"))
    parts += [line([(x(data.months[n]), y(value)) for n, value in run], "series") for run in runs(data.realised)]
    ends = [(data.months[-1], data.cost[-1], words.cost, "strong")]
    if benefit:
        last, value = runs(data.realised)[-1][-1]
        parts.append(tag("circle", class_="now", cx=x(data.months[last]), cy=y(value), r=5))
        ends.append((data.months[last], value, words.realised, "t-accent strong"))
    if plot.width - plot.right > 60 and not data.ahead:
        floor = -math.inf
        for on, value, word, cls in sorted(ends, key=lambda end: -end[1]):
            floor = max(y(value) + 4, floor + 15)
            parts.append(text((x(on) + 10, floor), word, cls=f"{cls} halo"))
    return plot.figure(uid, data.name, data.desc, parts)


def _spread(dated: Sequence[date], x: Callable[[date], float], room: float) -> Iterator[date]:
    """Those of the days that leave each other room for their names."""
    free = -math.inf
    for on in dated:
        if x(on) >= free:
            yield on
            free = x(on) + room


def _payback(data: Money, plot: Plot, *, x_of: Scale, first: date) -> Iterator[Svg]:
    """The range of days, open to the right where a low benefit does not catch up; a line on the likely one."""
    high, likely, low = data.payback
    if high is None:
        return
    start = x_of((high - first).days)
    until = plot.right if low is None else x_of((low - first).days)
    yield tag("rect", class_="shock", x=start, y=plot.top, width=until - start, height=plot.bottom - plot.top)
    if likely is not None:
        at = x_of((likely - first).days)
        yield tag("line", class_="event", x1=at, x2=at, y1=plot.top, y2=plot.bottom)


def _money_key(data: Money, words: Words) -> list[tuple[Svg, str]]:
    cost, realised = line([(1, 6), (23, 6)], "cost"), line([(1, 6), (23, 6)], "series")
    key = [(sample(cost), words.cost), (sample(realised), words.realised)]
    if data.ahead:
        fan = tag("rect", class_="fan80", width=24, height=12)
        key.append((sample(fan, line([(0, 6), (24, 6)], "median")), words.projected))
    if data.payback[0] is not None:
        key.append((sample(tag("rect", class_="shock", width=24, height=12)), words.pays_back))
    return key
