"""Benefit against cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ownership.charts.drawing import Chart, Plot, Scale, Svg, Value, Words, line, runs, sample, tag, text, ticks


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
    wide = _money(data, words, Plot(720, 300, 70, 582, 14, 270), f"{data.id}-wide")
    narrow = _money(data, words, Plot(340, 190, 64, 328, 14, 164), f"{data.id}-narrow")
    return Chart(data.name, wide, narrow, (words.period, words.cost, words.realised), rows, _money_key(words))


def _money(data: Money, words: Words, plot: Plot, uid: str) -> Svg:
    benefit = [value for value in data.realised if value is not None]
    levels = ticks(min(0.0, *data.cost, *benefit), max(1.0, *data.cost, *benefit), 3)
    x = Scale(0, max(len(data.months) - 1, 1), plot.left, plot.right)
    y = Scale(levels[0], levels[-1], plot.bottom, plot.top)
    parts: list[Svg] = [*plot.levels(levels, y, words.money)]
    every = math.ceil(len(data.months) * 62 / (plot.right - plot.left))
    named = range(0, len(data.months), every)
    parts += [text((x(n), plot.height - 6), words.month(data.months[n]), anchor="middle") for n in named]
    parts.append(line([(x(n), y(value)) for n, value in enumerate(data.cost)], "cost"))
    parts += [line([(x(n), y(value)) for n, value in run], "series") for run in runs(data.realised)]
    ends = [(len(data.cost) - 1, data.cost[-1], words.cost, "strong")]
    if benefit:
        last, value = runs(data.realised)[-1][-1]
        parts.append(tag("circle", class_="now", cx=x(last), cy=y(value), r=5))
        ends.append((last, value, words.realised, "t-accent strong"))
    if plot.width - plot.right > 60:
        floor = -math.inf
        for n, value, word, cls in sorted(ends, key=lambda end: -end[1]):
            floor = max(y(value) + 4, floor + 15)
            parts.append(text((x(n) + 10, floor), word, cls=f"{cls} halo"))
    return plot.figure(uid, data.name, data.desc, parts)


def _money_key(words: Words) -> list[tuple[Svg, str]]:
    cost, realised = line([(1, 6), (23, 6)], "cost"), line([(1, 6), (23, 6)], "series")
    return [(sample(cost), words.cost), (sample(realised), words.realised)]
