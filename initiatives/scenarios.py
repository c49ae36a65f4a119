"""What an initiative may bring, as a few weighed futures; and whether what they rest on still stands."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from math import sqrt
from typing import Final, NamedTuple

FEWEST: Final = 3  # base, up and down: with fewer nobody looked at what may go wrong
TOLERANCE: Final = 0.001  # of the sum of the chances


class Future(NamedTuple):
    """Its chance (0–1), and over the horizon what it brings and costs, in one currency."""

    probability: float
    benefit: float
    cost: float

    @property
    def net(self) -> float:
        return self.benefit - self.cost


class Prospect(NamedTuple):
    """The mean of the net results, their spread (standard deviation), and the chance of losing money."""

    expected: float
    sd: float
    p_loss: float


def prospect(futures: Sequence[Future]) -> Prospect:
    """EV = Σ p·(benefit − cost); P(loss) = Σ p where the net result is below zero."""
    expected = sum(one.probability * one.net for one in futures)
    variance = sum(one.probability * (one.net - expected) ** 2 for one in futures)
    return Prospect(expected, sqrt(variance), sum(one.probability for one in futures if one.net < 0))


def is_whole(probabilities: Sequence[float]) -> bool:
    """Whether the chances cover all that can happen, once."""
    return abs(sum(probabilities) - 1) <= TOLERANCE


class Standing(StrEnum):
    """Whether an assumption may still be relied on. OPEN: nothing tells yet."""

    HOLDS = "holds"
    BROKEN = "broken"
    EXPIRED = "expired"
    OPEN = "open"


def standing(
    *, valid_until: date, on: date, is_broken: bool, value: float | None, threshold: float | None, is_floor: bool
) -> Standing:
    """`value` is that of its KPI in the last four weeks; a floor is kept by at least, a ceiling by at most the
    `threshold`. What somebody found broken stays so; past its last day nobody vouches for it."""
    if is_broken:
        return Standing.BROKEN
    if threshold is not None and value is not None and (value < threshold if is_floor else value > threshold):
        return Standing.BROKEN
    if on > valid_until:
        return Standing.EXPIRED
    return Standing.OPEN if value is None or threshold is None else Standing.HOLDS
