"""Were we right? What was said of pilots that have ended, against what came of them, and what that teaches.

Pure: plain values and arrays in, plain values out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from initiatives.shares import wilson

TENTHS = 10
ENOUGH = 10  # pilots in a band; below, a share says next to nothing
PSEUDO_COUNT = 30  # imaginary pilots that the shipped priors weigh as much as
LEAST_PILOTS = 30  # ended ones, before anybody may learn from them
LEAST_DAYS = 90  # between two learnt versions
_ROUNDS, _SETTLED = 200, 1e-9

Floats = npt.NDArray[np.float64]

# Of 100 pilots in the mechanistic world, without a control: working ones ever called red, dead ones found (`python -m
# benchmarks.verdicts --seed 2026`, docs/verdicts.md).
PRICE: Mapping[str, tuple[int, int]] = MappingProxyType({"strict": (5, 44), "balanced": (12, 63), "eager": (19, 72)})
# Ten pilots on a real article to which nothing was done, same command: called red at their end, and said to work.
NOTHING_DONE = (10, 5, 1)


@dataclass(frozen=True, slots=True)
class Statement:
    """One stated chance to reach the goal, of a pilot that has ended since."""

    kpi_type: str
    chance: float
    came_true: bool


@dataclass(frozen=True, slots=True)
class Band:
    """All that was said between `low` and `high`: `count` statements, on average `stated`, of which `hits` came true,
    with the 95 % interval of that share."""

    low: float
    high: float
    count: int
    hits: int
    stated: float | None
    at_least: float
    at_most: float

    @property
    def is_enough(self) -> bool:
        return self.count >= ENOUGH

    @property
    def is_off(self) -> bool:
        """What was said lies outside of what can have been."""
        return self.is_enough and self.stated is not None and not self.at_least <= self.stated <= self.at_most


def bands(statements: Sequence[Statement]) -> list[Band]:
    """The ten tenths, from impossible to certain, those without a statement too."""
    return [_band(tenth, statements) for tenth in range(TENTHS)]


def _band(tenth: int, statements: Sequence[Statement]) -> Band:
    inside = [said for said in statements if min(int(said.chance * TENTHS + 1e-9), TENTHS - 1) == tenth]
    hits = sum(said.came_true for said in inside)
    stated = sum(said.chance for said in inside) / len(inside) if inside else None
    return Band(tenth / TENTHS, (tenth + 1) / TENTHS, len(inside), hits, stated, *wilson(hits, len(inside)))


def reestimated(told: Floats, used: Floats, shipped: Floats, *, pseudo_count: float = PSEUDO_COUNT) -> Floats:
    """Priors of the stories [S] from the verdicts of ended pilots: `told` [N, S] are the probabilities that each was
    given under the priors `used` [N, S].

    The evidence of a story is its probability over its prior. The priors are those under which the stories of all
    pilots, judged anew, are as frequent as the priors say, with the shipped ones as `pseudo_count` more pilots
    (expectation-maximisation for the weights of a mixture; Dempster, Laird and Rubin, JRSS B 39, 1977).
    """
    base: Floats = shipped / shipped.sum()
    if not len(told):
        return base
    evidence = told / used
    prior = base
    for _ in range(_ROUNDS):
        weight = evidence * prior
        shares = weight / weight.sum(axis=1, keepdims=True)
        before, prior = prior, (pseudo_count * base + shares.sum(axis=0)) / (pseudo_count + len(told))
        if np.abs(prior - before).max() < _SETTLED:
            break
    return prior
