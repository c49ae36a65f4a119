"""The story filter's answer on one target, as plain values that can be stored."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chances:
    """What only the story filter says: the chances of no effect, of harm and of the goal; the probability of each
    story, and the memory that next week's verdict goes on from. `rate` are units gained in a week at present, with
    `rate_sd`; `detectable` is the smallest effect that this pilot can show, from week `tells_from` on (0: never)."""

    p_dead: float
    p_neg: float
    p_reach: float
    expected: float
    rate: float
    rate_sd: float
    stories: list[float]
    counters: list[int]
    detectable: float | None
    tells_from: int
