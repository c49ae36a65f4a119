"""The pen: elements, scales and text. Everything that is drawn passes `tag`, which escapes."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

Point = tuple[float, float]
Value = float | None  # None: not known, which is a gap and never a zero
LETTER = 7.4  # px, a generous mean width at 12 px


class Svg(str):
    """Finished markup; `__html__` tells a template engine so. Only `tag` makes it."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def tag(name: str, *children: object, **attrs: object) -> Svg:
    """One element, everything escaped. `class_` means class, `text_anchor` means text-anchor; None leaves one out."""
    pairs = ((key.rstrip("_").replace("_", "-"), short(value)) for key, value in attrs.items() if value is not None)
    head = "".join(f' {key}="{escape(str(value))}"' for key, value in pairs)
    body = "".join(child if isinstance(child, Svg) else escape(str(child)) for child in children)
    return Svg(f"<{name}{head}>{body}</{name}>")


def short(value: object) -> object:
    """Coordinates with one decimal: half the bytes, no visible difference."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value


@dataclass(frozen=True)
class Words:
    """The language of the drawings (ownership.words.for_charts)."""

    number: Callable[[float], str]
    money: Callable[[float], str]
    week: Callable[[date], str]
    tick: Callable[[date], str]  # the same under the axis, where there is little room
    month: Callable[[date], str]
    period: str  # the head of a column of weeks or months
    measured: str
    normal: str
    baseline: str
    path: str
    target: str
    decisions: str
    happened: str
    usual: str
    ahead: str
    unknown: str
    cost: str
    realised: str
    projected: str
    pays_back: str
    initiative: str
    evidence: str
    evidence_in_100: str
    steps: Sequence[str]  # of evidence, from an assumption to confirmed
    benefit: str
    spent: str
    prove: str
    scale: str
    stop: str


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
class Scale:
    """Maps a value range to a pixel range."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) * (self.end - self.start) / ((self.high - self.low) or 1)


@dataclass(frozen=True)
class Plot:
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
            yield text((self.left - 8, y(level) + 4), words(level), anchor="end")


def line(points: Sequence[Point], cls: str) -> Svg:
    return tag("path", class_=cls, d="M" + "L".join(f"{short(float(x))} {short(float(y))}" for x, y in points))


def area(points: Sequence[tuple[float, float, float]], cls: str) -> Svg:
    """Between low and high of (x, low, high)."""
    return line([*((at, high) for at, _, high in points), *((at, low) for at, low, _ in reversed(points))], cls)


def text(at: Point, *words: object, anchor: str = "start", cls: str | None = None) -> Svg:
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


def sample(*parts: Svg) -> Svg:
    return tag("svg", *parts, viewBox="0 0 24 12", aria_hidden="true")
