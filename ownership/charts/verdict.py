"""How sure we are: what explains the numbers best, and the chance of the goal week by week."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ownership.charts.drawing import Chart, Plot, Scale, Svg, Value, line, runs, sample, tag, text


@dataclass(frozen=True)
class Story:
    """One explanation with its probability now and a week ago."""

    name: str
    tone: str
    now: float
    before: Value = None


@dataclass(frozen=True)
class Chances:
    """The chance of reaching the goal in each pilot week, and below which level it alarms."""

    id: str
    name: str
    desc: str
    weeks: Sequence[int]
    chances: Sequence[Value]
    alert: float
    marks: Sequence[tuple[int, str]] = ()  # decisions, by week


@dataclass(frozen=True)
class ChanceWords:
    """The language of both drawings. Chances are said in 100."""

    week: str
    chance: str
    alert: str
    decisions: str
    story: str
    now: str
    before: str
    unknown: str


def in_100(chance: Value, words: ChanceWords) -> str:
    return words.unknown if chance is None else str(round(100 * chance))


def stories(data: Sequence[Story], *, uid: str, name: str, words: ChanceWords) -> Chart:
    """Two bars of a hundred: what explains the numbers now, and a thin one of a week ago."""
    rows = [(story.name, in_100(story.now, words), in_100(story.before, words)) for story in data]
    key = [(_patch(story.tone), f"{story.name} {in_100(story.now, words)}") for story in data]
    said = ", ".join(f"{story.name} {in_100(story.now, words)}" for story in data)
    drawn = [
        tag("svg", *_bar(data), class_="stories", viewBox="0 0 100 18", preserveAspectRatio="none", role="img",
            aria_label=f"{name}: {said}", id=f"{uid}-{width}")
        for width in ("wide", "narrow")
    ]  # fmt: skip
    return Chart(name, drawn[0], drawn[1], (words.story, words.now, words.before), rows, key)


def _patch(tone: str) -> Svg:
    square = tag("rect", class_="story", x=4, width=16, height=12, rx=3)
    return tag("svg", square, viewBox="0 0 24 12", aria_hidden="true", data_tone=tone)


def _bar(data: Sequence[Story]) -> list[Svg]:
    parts: list[Svg] = []
    for top, height, values in ((0, 12, [s.now for s in data]), (15, 3, [s.before for s in data])):
        at = 0.0
        for story, value in zip(data, values, strict=True):
            if value:
                wide = max(100 * value - 0.4, 0.2)
                parts.append(
                    tag("rect", class_="story", data_tone=story.tone, x=at + 0.2, y=top, width=wide, height=height)
                )
                at += 100 * value
    return parts


def chances(data: Chances, words: ChanceWords) -> Chart:
    """The chance of the goal over the pilot's weeks, with the level below which it alarms."""
    marks = dict(data.marks)
    rows = [
        (str(week), in_100(chance, words), marks.get(week, ""))
        for week, chance in zip(data.weeks, data.chances, strict=True)
    ]
    wide = _chances(data, words, Plot(720, 240, 44, 702, 24, 212), f"{data.id}-wide")
    narrow = _chances(data, words, Plot(340, 200, 34, 328, 24, 172), f"{data.id}-narrow")
    return Chart(data.name, wide, narrow, (words.week, words.chance, words.decisions), rows, _key(data, words))


def _chances(data: Chances, words: ChanceWords, plot: Plot, uid: str) -> Svg:
    x = Scale(data.weeks[0], max(data.weeks[-1], data.weeks[0] + 1), plot.left, plot.right)
    y = Scale(0, 1, plot.bottom, plot.top)
    parts: list[Svg] = [*plot.levels([0, 0.5, 1], y, lambda level: str(round(100 * level)))]
    every = math.ceil(len(data.weeks) * 30 / (plot.right - plot.left))
    parts += [text((x(week), plot.height - 8), str(week), anchor="middle") for week in data.weeks[::every]]
    for week, _ in data.marks:
        parts.append(tag("line", class_="event", x1=x(week), x2=x(week), y1=plot.top, y2=plot.bottom))
    parts.append(line([(plot.left, y(data.alert)), (plot.right, y(data.alert))], "alert"))
    parts.append(text((plot.left + 4, y(data.alert) - 6), f"{words.alert} {round(100 * data.alert)}", cls="t-bad halo"))
    stretches = runs(data.chances)
    parts += [line([(x(data.weeks[n]), y(value)) for n, value in run], "series") for run in stretches]
    if stretches:
        n, value = stretches[-1][-1]
        at = x(data.weeks[n]), y(value)
        parts.append(tag("circle", class_="now", cx=at[0], cy=at[1], r=5))
        anchor = "end" if at[0] > (plot.left + plot.right) / 2 else "start"
        above = at[1] - 12 if at[1] > plot.top + 16 else at[1] + 20
        parts.append(text((at[0], above), in_100(value, words), anchor=anchor, cls="strong halo"))
    return plot.figure(uid, data.name, data.desc, parts)


def _key(data: Chances, words: ChanceWords) -> list[tuple[Svg, str]]:
    return [
        (sample(line([(1, 6), (23, 6)], "series")), words.chance),
        (sample(line([(1, 6), (23, 6)], "alert")), words.alert),
    ]
