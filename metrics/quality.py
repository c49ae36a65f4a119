"""What is usual for a KPI, and what somebody may have meant by a value that is not."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

LEAST = 8  # values; of fewer nobody can say what is usual
CUTOFF = 3.5 / 0.6745  # in median absolute deviations: Iglewicz and Hoaglin's modified z-score of 3.5 (ASQC, 1993)
NARROWEST = 0.1  # of the median: a series that hardly moves is allowed to move this much


def usual_range(values: Sequence[float], *, widen: float = 1.0, least: float = 0.0) -> tuple[float, float] | None:
    """Between which values a further one is no surprise; None while too few are known.

    Median and median absolute deviation, so that a slip among the values does not widen the range that should show it.
    `widen` makes room where many values are looked at; `least` is what chance alone may do to either side.
    """
    if len(values) < LEAST:
        return None
    middle = median(values)
    spread = CUTOFF * median(abs(value - middle) for value in values)
    half = max(widen * spread, NARROWEST * abs(middle), least)
    return middle - half if min(values) < 0 else max(0.0, middle - half), middle + half


def likely_meant(value: float, usual: tuple[float, float]) -> float | None:
    """The value that a common slip made unusual: two neighbouring digits swapped, or the decimal mark misplaced."""
    middle = sum(usual) / 2
    found = [other for other in _slips(value) if usual[0] <= other <= usual[1]]
    return min(found, key=lambda other: abs(other - middle), default=None)


def _slips(value: float) -> Iterable[float]:
    digits = repr(int(value)) if value == int(value) else repr(value)
    for at, (one, other) in enumerate(pairwise(digits)):
        if one != other and one.isdigit() and other.isdigit():
            yield float(f"{digits[:at]}{other}{one}{digits[at + 2 :]}")
    for factor in (10, 100, 1000):
        yield value / factor
        yield value * factor
