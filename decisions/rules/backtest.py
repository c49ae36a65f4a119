"""What a draft would have answered to everything recorded, on the facts as they were frozen. Pure.

A case in which a row of the draft hangs on a fact that was not known is not replayable: listed, never guessed.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import inf
from statistics import median
from typing import Final, NamedTuple

from decisions.rules.authority import Authority
from decisions.rules.evaluation import Answer, NeedsFacts, Program
from decisions.rules.facts import Facts
from decisions.rules.table import Layer
from initiatives.shares import wilson

LEAST_CASES: Final = 50  # replayed, before they say enough to loosen
CHUNK: Final = 500
SURE_AFTER: Final = 5.0  # seconds, and a tenth of the cases: before that the pace says nothing


class Recorded(NamedTuple):
    """One recommendation as it was answered. `outcome` is good, bad, unclear or None; `minutes` what deciding took."""

    ref: str
    on: date  # the local day
    facts: Facts
    was: Authority
    pages: int = 1
    outcome: str | None = None
    minutes: float | None = None


class Moved(NamedTuple):
    """A case that the draft answers otherwise, and by which row."""

    ref: str
    was: Authority
    becomes: Authority
    code: str


class Share(NamedTuple):
    """Bad outcomes among those settled as good or bad, with the 95 % interval."""

    bad: int
    of: int
    low: float
    high: float


class Breach(NamedTuple):
    """A case in which a cap would have been full, so that a person would have been asked after all."""

    ref: str
    cap: str


UNSETTLED: Final = Share(0, 0, 0, 1)


@dataclass
class Report:
    """What came of it. `matrix` counts cases by old and new authority."""

    cases: int = 0
    matrix: Counter[tuple[Authority, Authority]] = field(default_factory=Counter)
    loosened: list[Moved] = field(default_factory=list)
    tightened: list[Moved] = field(default_factory=list)
    not_replayable: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    newly_automatic: Share = UNSETTLED
    already_automatic: Share = UNSETTLED
    hours_saved: float | None = None  # None: nobody wrote down how long deciding takes

    @property
    def replayed(self) -> int:
        return self.cases - len(self.not_replayable)

    @property
    def is_enough(self) -> bool:
        return self.replayed >= LEAST_CASES


def seconds_left(done: int, total: int, elapsed: float) -> float | None:
    """At the pace so far, which is in seconds; None while that says nothing."""
    if elapsed < SURE_AFTER or not 0 < done <= total or done * 10 < total:
        return None
    return elapsed / done * (total - done)


def replay(
    cases: Sequence[Recorded], program: Program, *, report_progress: Callable[[int], None] = lambda done: None
) -> Report:
    """Every case, oldest first, put to the draft. `report_progress` hears how many are done, now and then."""
    report, replayed = Report(cases=len(cases)), []
    for done, case in enumerate(cases, start=1):
        answer, missing = _answered(program, case.facts)
        if missing or isinstance(answer, NeedsFacts):
            report.not_replayable.append((case.ref, missing))
        else:
            replayed.append((case, answer))
        if done % CHUNK == 0:
            report_progress(done)
    for case, answer in replayed:
        report.matrix[case.was, answer.authority] += 1
        if answer.authority != case.was:
            moved = Moved(case.ref, case.was, answer.authority, answer.code)
            (report.loosened if answer.authority > case.was else report.tightened).append(moved)
    report.newly_automatic = _bad(case for case, answer in replayed if answer.authority.is_ai and not case.was.is_ai)
    report.already_automatic = _bad(case for case, _answer in replayed if case.was.is_ai)
    report.hours_saved = _hours_saved(cases, replayed)
    report.breaches = list(_breaches(replayed))
    return report


def _answered(program: Program, facts: Facts) -> tuple[Answer | NeedsFacts, tuple[str, ...]]:
    """The answer, and the facts on which a row of the table or its exceptions hangs."""
    answer, trace = program.explain(facts)
    if isinstance(answer, NeedsFacts):
        return answer, answer.missing
    missing: dict[str, None] = {}
    for mark in trace:
        if mark.hit == "?" and mark.layer is not Layer.FLOOR and "?" in mark.cells:
            row = program.rows()[mark.layer, mark.code]
            missing |= {cell.fact.name: None for cell, hit in zip(row.when, mark.cells, strict=True) if hit == "?"}
    return answer, tuple(missing)


def _bad(cases: Iterable[Recorded]) -> Share:
    settled = Counter(case.outcome for case in cases)
    bad, of = settled["bad"], settled["bad"] + settled["good"]
    return Share(bad, of, *wilson(bad, of))


def _hours_saved(cases: Sequence[Recorded], replayed: Sequence[tuple[Recorded, Answer]]) -> float | None:
    """Median minutes of deciding at the level: saved where a person no longer does, spent where one does now."""
    minutes = defaultdict(list)
    for case in cases:
        if case.minutes is not None:
            minutes[case.was].append(case.minutes)
    typical = {level: median(found) for level, found in minutes.items()}
    if not typical:
        return None
    saved = 0.0
    for case, answer in replayed:
        if case.was.is_ai != answer.authority.is_ai:
            saved += 0 if case.was.is_ai else typical.get(case.was, 0)
            saved -= 0 if answer.authority.is_ai else typical.get(answer.authority, 0)
    return saved / 60


def _breaches(replayed: Sequence[tuple[Recorded, Answer]]) -> Iterator[Breach]:
    """Caps filled case by case, as they would have been: what finds one full takes nothing."""
    used: Counter[tuple[str, date]] = Counter()
    for case, answer in sorted(replayed, key=lambda pair: pair[0].on):
        caps = answer.duties.caps if answer.authority.is_ai else {}
        takes = {(cap, _period(case.on, cap)): _takes(case, cap) for cap in caps if cap != "revenue_share"}
        full = [cap for (cap, period), n in takes.items() if used[cap, period] + n > caps[cap]]
        if "revenue_share" in caps and _revenue(case) > caps["revenue_share"]:
            full.append("revenue_share")
        if full:
            yield Breach(case.ref, full[0])
        else:
            used.update(takes)


def _period(on: date, cap: str) -> date:
    return on if cap.endswith("_day") else on - timedelta(days=on.weekday())


def _takes(case: Recorded, cap: str) -> int:
    return 1 if cap.startswith("changes") else case.pages


def _revenue(case: Recorded) -> float:
    """Unknown is too much."""
    share = case.facts.get("revenue_share")
    return float(share) if isinstance(share, int | float) else inf
