"""What the record teaches: how often people overrule an AI, how that ended, and whether it is as right as it is sure.

Pure. Every share carries its 95 % interval (Wilson); a signal is raised only where all of it lies outside the usual.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import mean
from typing import Final, NamedTuple, TypeVar

from initiatives.shares import wilson

GOOD: Final = "good"
BAD: Final = "bad"
UNCLEAR: Final = "unclear"
LEAST: Final = 5  # cases before a signal: the interval of a single one can lie outside the usual
USUAL: Final = (0.05, 0.20)  # of all decisions are overrulings; "under 5 %" takes 73 decisions without one
BINS: Final = 10
RECORD_LENGTH: Final = 100  # newest outcomes that make a track record
RECORD_DAYS: Final = 365
OVERDUE_DAYS: Final = 14  # then a review that nobody made counts as a bad outcome
USUALLY_ASKED: Final = 0.6  # of a track record, where no rule says otherwise
SOUND: Final = 3  # of five: from here on it was decided well, whatever came of it

K = TypeVar("K", bound=Hashable)


class Rate(NamedTuple):
    """A share seen in `of` cases, with its 95 % interval."""

    hits: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        return self.hits / self.of if self.of else None


def rate(hits: int, of: int) -> Rate:
    return Rate(hits, of, *wilson(hits, of))


@dataclass(frozen=True, slots=True)
class Taken:
    """One recommendation that a person decided (`followed` or not) or a rule let pass (None: nobody was asked).

    `rule` names the row that decided. `confidence` is the AI's, `probability` the decider's, both of a good outcome.
    `result` is empty until it is reviewed. `stands` is False once the same advice was decided again: what comes of it
    is of the later decision. `changed` says of a choice made before the advice was seen whether something else was
    decided then. `chosen` (accept, modify, reject) and `month`, its first day, are of a person's decision.
    """

    domain: str
    tool: str
    model: str
    rule: str
    initiative: int
    followed: bool | None
    deciders: tuple[int, ...] = ()
    confidence: float | None = None
    probability: float | None = None
    result: str = ""
    process: int | None = None
    stands: bool = True
    changed: bool | None = None
    chosen: str = ""
    month: date | None = None

    @property
    def is_settled(self) -> bool:
        return self.result in (GOOD, BAD)


class Override(NamedTuple):
    """How often people decided otherwise than advised. `signal`: rubber_stamp, distrust or nothing."""

    rate: Rate
    signal: str


def overrides(taken: Iterable[Taken], keys: Callable[[Taken], Iterable[K]]) -> dict[K, Override]:
    """By whatever the keys are: rule, domain, decider. What no person decided is left out."""
    decided: Counter[K] = Counter()
    overruled: Counter[K] = Counter()
    for one in taken:
        if one.followed is not None:
            for key in keys(one):
                decided[key] += 1
                overruled[key] += not one.followed
    rates = {key: rate(overruled[key], of) for key, of in decided.most_common()}
    return {key: Override(found, signal(found)) for key, found in rates.items()}


def by_month(taken: Iterable[Taken]) -> dict[date, Counter[str]]:
    """What people chose in each month in which they decided anything, the newest first."""
    found: dict[date, Counter[str]] = defaultdict(Counter)
    for one in taken:
        if one.month is not None:
            found[one.month][one.chosen] += 1
    return dict(sorted(found.items(), reverse=True))


def signal(found: Rate) -> str:
    """Nobody overrules anything: nobody may be reading. Many do: nobody may be trusting."""
    least, most = USUAL
    if found.of < LEAST:
        return ""
    return "rubber_stamp" if found.high < least else "distrust" if found.low > most else ""


def regret(taken: Iterable[Taken]) -> Counter[tuple[bool, str]]:
    """Cases by whether the AI was followed (by a person or by rule) and how it ended; "" is not reviewed."""
    return Counter((one.followed is not False, one.result) for one in taken if one.stands)


def by_process(taken: Iterable[Taken]) -> Counter[tuple[bool, str]]:
    """Settled cases by whether they were decided well and how they ended. A good decision can end badly."""
    return Counter(((one.process or 0) >= SOUND, one.result) for one in taken if one.is_settled)


class Bin(NamedTuple):
    """Cases in which the AI was about as sure: what it said on average, and how often it was right."""

    low: float
    high: float
    stated: float | None
    right: Rate


@dataclass(frozen=True, slots=True)
class Reliability:
    """Whether an AI is as right as it is sure, on advice that was followed and settled as right or wrong.

    `brier` is the mean squared error of its confidence (G. W. Brier 1950; 0 is perfect, 0.25 what "fifty-fifty" always
    gets). `verdict`: overconfident, underconfident, or nothing while the mean confidence lies inside the interval.
    """

    bins: Sequence[Bin]
    stated: float | None
    right: Rate
    brier: float | None
    verdict: str


def reliability(taken: Iterable[Taken]) -> Reliability:
    told = [
        (one.confidence, one.result == GOOD)
        for one in taken
        if one.confidence is not None and one.is_settled and one.followed is not False
    ]
    parts: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, is_right in told:
        parts[min(int(confidence * BINS), BINS - 1)].append((confidence, is_right))
    right, stated = _right(told), _stated(told)
    return Reliability(
        bins=[Bin(n / BINS, (n + 1) / BINS, _stated(parts[n]), _right(parts[n])) for n in range(BINS)],
        stated=stated,
        right=right,
        brier=brier(told),
        verdict=""
        if stated is None or right.of < LEAST
        else "overconfident"
        if stated > right.high
        else "underconfident"
        if stated < right.low
        else "",
    )


def brier(told: Sequence[tuple[float, bool]]) -> float | None:
    """Of probabilities and whether it then came true."""
    return mean((probability - came_true) ** 2 for probability, came_true in told) if told else None


def people(taken: Iterable[Taken]) -> list[tuple[float, bool]]:
    """What deciders thought of the outcome, and whether it was good."""
    return [(one.probability, one.result == GOOD) for one in taken if one.probability is not None and one.is_settled]


def _right(told: Sequence[tuple[float, bool]]) -> Rate:
    return rate(sum(is_right for _stated, is_right in told), len(told))


def _stated(told: Sequence[tuple[float, bool]]) -> float | None:
    return mean(confidence for confidence, _is_right in told) if told else None


class Changed(NamedTuple):
    """Choices that people made before they saw the AI's: how many it changed, and how both kinds ended."""

    changed: Rate
    good_if_changed: Rate
    good_if_kept: Rate


def changed(taken: Iterable[Taken]) -> Changed:
    blind = [one for one in taken if one.changed is not None]
    moved, kept = (
        [one.result == GOOD for one in blind if one.changed is is_changed and one.is_settled]
        for is_changed in (True, False)
    )
    hits = sum(one.changed is True for one in blind)
    return Changed(rate(hits, len(blind)), rate(sum(moved), len(moved)), rate(sum(kept), len(kept)))


class Standing(NamedTuple):
    """Whether an AI may decide more. `good_needed` outcomes in a row would reach what is asked (None: over a hundred).

    `code`: none (nothing reviewed), earned, short (it may well be good enough, nobody can tell yet), failing.
    """

    code: str
    record: Rate
    asked: float
    good_needed: int | None


def standing(record: Rate, *, asked: float = USUALLY_ASKED) -> Standing:
    needed = next((n for n in range(RECORD_LENGTH + 1) if wilson(record.hits + n, record.of + n)[0] >= asked), None)
    code = "none" if not record.of else "earned" if needed == 0 else "failing" if record.high < asked else "short"
    return Standing(code, record, asked, needed)


def proposed(low: float | None, high: float | None, *, lower_is_better: bool = False) -> str:
    """What an effect's interval says of the outcome: good or bad once all of it lies on one side of nothing."""
    if low is None or high is None:
        return ""
    if lower_is_better:
        low, high = -high, -low
    return GOOD if low > 0 else BAD if high < 0 else UNCLEAR


def of_advice(result: str, chosen: str) -> str | None:
    """How advice turned out, from how the choice about it did. Rightly rejected, it was bad advice; of advice that was
    changed, nobody knows what it would have come to."""
    if chosen == "modify":
        return None
    return result if chosen == "accept" else {GOOD: BAD, BAD: GOOD}.get(result, result)
