"""Drawings that fit a table row or a line of text."""

from collections.abc import Sequence

from ownership.charts.drawing import Point, Scale, Svg, Value, line, runs, tag


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
        parts += [line([(x(n), y(value)) for n, value in run], "series") for run in stretches]
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
