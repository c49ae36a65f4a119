"""The portfolio in one picture: expected benefit against strength of evidence; the area of a bubble is what was spent.

The largest bubbles carry their name where it touches nothing, the others a number that a key explains, or nothing where
even that would touch: a label that cannot be read is left to the list. A narrow drawing numbers them all.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ownership.charts.drawing import LETTER, Chart, Plot, Scale, Svg, Words, tag, text, ticks

NAMED = 8  # bubbles with a name of their own
DRAWN = 40  # at most
LONGEST = 24  # characters of a name in the picture


@dataclass(frozen=True)
class Bubble:
    """One initiative. `evidence` runs from 0 (an assumption) to 1 (confirmed); money in the organisation's currency."""

    name: str
    ref: str
    evidence: float
    benefit: float
    spent: float
    tone: str


@dataclass(frozen=True)
class Bubbles:
    """The drawing, and what its numbers stand for in each width."""

    chart: Chart
    key: Sequence[tuple[int, Bubble]]
    narrow_key: Sequence[tuple[int, Bubble]]


class Box(NamedTuple):
    """A rectangle that may be taken."""

    left: float
    top: float
    right: float
    bottom: float

    def hits(self, other: "Box") -> bool:
        beside = self.right < other.left or other.right < self.left
        return not (beside or self.bottom < other.top or other.bottom < self.top)

    def holds(self, other: "Box") -> bool:
        wide = self.left <= other.left and other.right <= self.right
        return wide and self.top <= other.top and other.bottom <= self.bottom


class Spot(NamedTuple):
    """Where words may stand."""

    x: float
    y: float
    anchor: str

    def box(self, words: str) -> Box:
        wide = LETTER * len(words)
        left = self.x - {"start": 0.0, "middle": wide / 2, "end": wide}[self.anchor]
        return Box(left, self.y - 11, left + wide, self.y + 4)


class Disc(NamedTuple):
    """Where a bubble stands."""

    x: float
    y: float
    r: float

    def box(self) -> Box:
        return Box(self.x - self.r, self.y - self.r, self.x + self.r, self.y + self.r)

    def spots(self) -> list[Spot]:
        """Six places for its words: right, left, above, below, and the two corners to the right."""
        x, y, r, slant = self.x, self.y, self.r, self.r * 0.75
        beside = [Spot(x + r + 5, y + 4, "start"), Spot(x - r - 5, y + 4, "end")]
        upright = [Spot(x, y - r - 6, "middle"), Spot(x, y + r + 14, "middle")]
        corners = [Spot(x + slant + 3, y - slant - 2, "start"), Spot(x + slant + 3, y + slant + 11, "start")]
        return [*beside, *upright, *corners]


class Label(NamedTuple):
    """Words that found their place."""

    words: str
    spot: Spot


def bubbles(points: Sequence[Bubble], words: Words, *, uid: str, name: str, desc: str) -> Bubbles:
    """Both drawings of the portfolio; the table names every initiative, drawn or not."""
    ranked = sorted(points, key=lambda point: (-point.spent, point.name))
    drawn = ranked[:DRAWN]
    wide, key = _figure(drawn, words, Plot(580, 372, 62, 570, 14, 328), (f"{uid}-wide", name, desc), NAMED)
    narrow, narrow_key = _figure(drawn, words, Plot(340, 320, 58, 330, 14, 276), (f"{uid}-narrow", name, desc), 0)
    rows = [
        (p.name, words.number(round(100 * p.evidence)), words.money(p.benefit), words.money(p.spent)) for p in ranked
    ]
    head = (words.initiative, words.evidence_in_100, words.benefit, words.spent)
    return Bubbles(Chart(name, wide, narrow, head, rows), key, narrow_key)


def _figure(
    ranked: Sequence[Bubble], words: Words, plot: Plot, said: tuple[str, str, str], named: int
) -> tuple[Svg, list[tuple[int, Bubble]]]:
    x, y, levels = _scales(ranked, plot)
    largest = 22 if named else 18
    most = max((point.spent for point in ranked), default=0) or 1
    discs = [Disc(x(p.evidence), y(p.benefit), max(5.0, largest * math.sqrt(p.spent / most))) for p in ranked]
    zone = Box(x(0.6), plot.top, x(1), y(levels[-1] * 0.2))
    parts: list[Svg] = [
        tag("rect", class_="zone", x=zone.left, y=zone.top, width=zone.right - zone.left, height=zone.bottom - zone.top)
    ]
    parts += plot.levels(levels, y, words.money)
    parts += _axis(words, plot, every=1 if named else len(words.steps) - 1)
    for point, disc in zip(ranked, discs, strict=True):
        title = tag("title", point.name)
        parts.append(tag("circle", title, class_="bubble", data_tone=point.tone, cx=disc.x, cy=disc.y, r=disc.r))
    zones = list(_zones(words, x, y, plot, discs))
    labels, key = placed(ranked, discs, plot, named=named, taken=[label.spot.box(label.words) for label in zones])
    for cls, found in (("zone-word halo", zones), ("strong halo", labels)):
        parts += [text((spot.x, spot.y), said, anchor=spot.anchor, cls=cls) for said, spot in found]
    return plot.figure(*said, parts), key


def _scales(ranked: Sequence[Bubble], plot: Plot) -> tuple[Scale, Scale, list[float]]:
    heights = [point.benefit for point in ranked]
    levels = ticks(0, max([1.0, *heights]) * 1.12)
    low = min([0.0, *heights]) - levels[-1] * 0.1
    return Scale(0, 1, plot.left + 24, plot.right - 24), Scale(low, levels[-1], plot.bottom, plot.top), levels


def _axis(words: Words, plot: Plot, *, every: int) -> Iterator[Svg]:
    """From assumption to confirmed, below the plot."""
    last = len(words.steps) - 1
    for n in range(0, last + 1, every):
        at = plot.left + (plot.right - plot.left) * n / last
        anchor = "start" if n == 0 else "end" if n == last else "middle"
        yield text((at, plot.height - 26), words.steps[n], anchor=anchor)
    yield text(((plot.left + plot.right) / 2, plot.height - 6), words.evidence, anchor="middle")


def _zones(words: Words, x: Scale, y: Scale, plot: Plot, discs: Sequence[Disc]) -> Iterator[Label]:
    """What to do in each corner; such a word gives way to the data."""
    over, under = plot.top + 16, y(0) + 17
    busy = [disc.box() for disc in discs]
    for said, spots in (
        (words.prove, [Spot(plot.left + 8, over, "start"), Spot(x(0.4), over, "middle")]),
        (words.scale, [Spot(plot.right - 8, over, "end"), Spot(x(0.61), over, "start")]),
        (words.stop, [Spot(plot.right - 8, under, "end"), Spot(plot.left + 8, under, "start")]),
    ):
        if spot := free(said, spots, plot, busy):
            busy.append(spot.box(said))
            yield Label(said, spot)


def placed(
    ranked: Sequence[Bubble], discs: Sequence[Disc], plot: Plot, *, named: int, taken: Sequence[Box] = ()
) -> tuple[list[Label], list[tuple[int, Bubble]]]:
    """A place for a name or a number of each bubble, the largest first, and the key to the numbers."""
    labels: list[Label] = []
    key: list[tuple[int, Bubble]] = []
    words_at = list(taken)
    for rank, (point, disc) in enumerate(zip(ranked, discs, strict=True)):
        busy = words_at + [other.box() for n, other in enumerate(discs) if n != rank]
        said = clip(point.name)
        spot = free(said, disc.spots(), plot, busy) if rank < named else None
        if spot is None:
            said = str(len(key) + 1)
            is_covered = any(math.dist(disc[:2], other[:2]) < other.r + 7 for other in discs[rank + 1 :])
            inside = [Spot(disc.x, disc.y + 4, "middle")] if disc.r >= 9 and not is_covered else []
            spot = free(said, inside, plot, words_at) or free(said, disc.spots(), plot, busy)
            if spot is None:
                continue
            key.append((len(key) + 1, point))
        words_at.append(spot.box(said))
        labels.append(Label(said, spot))
    return labels, key


def free(words: str, spots: Iterable[Spot], plot: Plot, busy: Sequence[Box]) -> Spot | None:
    """The first spot where the words stay inside the plot and meet nothing."""
    room = Box(plot.left, plot.top, plot.right, plot.bottom)
    for spot in spots:
        box = spot.box(words)
        if room.holds(box) and not any(box.hits(other) for other in busy):
            return spot
    return None


def clip(name: str) -> str:
    """A long name ends at a word."""
    return name if len(name) <= LONGEST else name[:LONGEST].rsplit(" ", 1)[0][: LONGEST - 1] + "…"
