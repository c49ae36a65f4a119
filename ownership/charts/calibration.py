"""Said against came true: where the points lie on the diagonal, stated chances can be believed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from ownership.charts.drawing import Chart, Plot, Scale, Svg, line, sample, tag, text


@dataclass(frozen=True)
class Tenth:
    """What was said between two tenths: on average `stated`, `hits` of `count` came true, and where that share of all
    may lie. `is_enough`: sufficiently many to say so."""

    name: str
    stated: float
    hits: int
    count: int
    at_least: float
    at_most: float
    is_enough: bool


@dataclass(frozen=True)
class CalibrationWords:
    """The language of the drawing. Shares are said in 100."""

    said: str
    stated: str
    came_true: str
    between: str
    exactly: str
    few: str
    share: Callable[[int, int], str]
    interval: Callable[[float, float], str]


def calibration(data: Sequence[Tenth], *, uid: str, name: str, desc: str, words: CalibrationWords) -> Chart:
    """Only tenths in which something was said."""
    rows = [
        (tenth.name, str(round(100 * tenth.stated)), words.share(tenth.hits, tenth.count),
         words.interval(tenth.at_least, tenth.at_most) if tenth.is_enough else words.few)
        for tenth in data
    ]  # fmt: skip
    wide = _drawn(data, words, Plot(720, 320, 44, 702, 14, 270), f"{uid}-wide", name, desc)
    narrow = _drawn(data, words, Plot(340, 280, 34, 328, 14, 230), f"{uid}-narrow", name, desc)
    head = (words.said, words.stated, words.came_true, words.between)
    return Chart(name, wide, narrow, head, rows, _key(words))


def _drawn(data: Sequence[Tenth], words: CalibrationWords, plot: Plot, uid: str, name: str, desc: str) -> Svg:
    x, y = Scale(0, 1, plot.left, plot.right), Scale(0, 1, plot.bottom, plot.top)
    parts: list[Svg] = [*plot.levels([0, 0.25, 0.5, 0.75, 1], y, lambda level: str(round(100 * level)))]
    parts += [text((x(at), plot.bottom + 18), str(round(100 * at)), anchor="middle") for at in (0, 0.25, 0.5, 0.75, 1)]
    parts.append(text(((plot.left + plot.right) / 2, plot.bottom + 38), words.stated, anchor="middle"))
    parts.append(line([(x(0), y(0)), (x(1), y(1))], "target"))
    for tenth in data:
        at = x(tenth.stated)
        parts.append(tag("line", class_="axis", x1=at, x2=at, y1=y(tenth.at_least), y2=y(tenth.at_most)))
        size = min(4 + sqrt(tenth.count) / 2, 10)
        cls = "dot" if tenth.is_enough else "missing"
        parts.append(tag("circle", class_=cls, cx=at, cy=y(tenth.hits / tenth.count), r=float(size)))
    return plot.figure(uid, name, desc, parts)


def _key(words: CalibrationWords) -> list[tuple[Svg, str]]:
    return [
        (sample(line([(1, 11), (23, 1)], "target")), words.exactly),
        (sample(tag("circle", class_="dot", cx=12, cy=6, r=5)), words.came_true),
        (sample(tag("circle", class_="missing", cx=12, cy=6, r=5)), words.few),
        (sample(tag("line", class_="axis", x1=12, x2=12, y1=0, y2=12)), words.between),
    ]
