"""From plain values to the story filter and back: what one weekly verdict rests on, and what it says.

A `PilotWeek` holds everything the judge reads about one target in one week. It is stored with the verdict as plain
values, so that the same verdict can be made from it in every year to come.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from initiatives import stories
from initiatives.stories import PARAMETERS, POLICIES, STATUSES, Batch, Chances, Parameters, Weeks, scales
from initiatives.verdicts import Badge, Inputs, Plan, Status, Verdict, Words, plain, plan_of, silent_since
from metrics.catalogue import Kind
from metrics.periods import Period, Weekly

MEMORY = 8  # counters
_FINAL_WEEKS = 4  # at the deadline these are counted
_FEWEST = 3  # days of a known week
_CODES = {Status.STALLED: "likeliest-story", Status.REGRESSING: "regressing"}


@dataclass(frozen=True, slots=True)
class PilotWeek:
    """One target after `k` closed pilot weeks.

    `weeks` begin before week 0, with the baseline. `control` are the weeks of an untreated series of `control_kind`.
    `shocks` are weeks of known core updates. `stale_since` is the first day without a value when that is too long ago
    (`is_stale`). `counters` are those of the verdict on week k - 1. `confirmed` are weeks of a zero that somebody who
    knows the source vouches for. `margin` is what a guardrail tolerates, as a share of the baseline; None for targets.
    """

    plan: Plan
    policy: str
    k: int
    weeks: Weekly
    is_stale: bool = False
    stale_since: date | None = None
    control: Weekly | None = None
    control_kind: Kind | None = None
    shocks: tuple[int, ...] = ()
    counters: tuple[int, ...] = (0,) * MEMORY
    confirmed: tuple[int, ...] = ()
    margin: float | None = None

    @property
    def length(self) -> int:
        """Planned pilot weeks."""
        return max(1, self.plan.periods(self.plan.due_on))

    def stored(self) -> Inputs:
        """As plain values, to store, hash and replay."""
        return {
            "plan": {name: plain(getattr(self.plan, name)) for name in self.plan.__slots__},
            "policy": self.policy,
            "k": self.k,
            "weeks": _columns(self.weeks),
            "is_stale": self.is_stale,
            "stale_since": plain(self.stale_since),
            "control": self.control and _columns(self.control),
            "control_kind": plain(self.control_kind),
            "shocks": list(self.shocks),
            "counters": list(self.counters),
            **({"confirmed": list(self.confirmed)} if self.confirmed else {}),
            **({"margin": self.margin} if self.margin is not None else {}),
        }

    @classmethod
    def of(cls, stored: Inputs) -> "PilotWeek":
        """The inverse of `stored`."""
        since, control, kind = stored["stale_since"], stored["control"], stored["control_kind"]
        return cls(
            plan=plan_of(stored["plan"]),
            policy=stored["policy"],
            k=stored["k"],
            weeks=_weekly(stored["weeks"]),
            is_stale=stored["is_stale"],
            stale_since=since and date.fromisoformat(since),
            control=control and _weekly(control),
            control_kind=kind and Kind(kind),
            shocks=tuple(stored["shocks"]),
            counters=tuple(stored["counters"]),
            confirmed=tuple(stored.get("confirmed", ())),
            margin=stored.get("margin"),
        )


def _columns(weeks: Weekly) -> dict[str, Any]:
    """`eff` is left out where it says the same as `days`."""
    columns = {name: getattr(weeks, name) for name in weeks.__slots__}
    return columns | {"eff": None} if weeks.eff == weeks.days else columns


def _weekly(columns: dict[str, Any]) -> Weekly:
    return Weekly(**columns | {"eff": columns["eff"] or [float(days) for days in columns["days"]]})


def batch_of(cases: Sequence[PilotWeek]) -> Batch:
    """All cases side by side, week 0 in one column."""
    first = max(1, -min((case.weeks.weeks[0] for case in cases if case.weeks.weeks), default=-1))
    wide = first + max(max(case.k, case.length) for case in cases)
    has_control = any(case.control for case in cases)
    nothing = Weekly([], [], None, [], [])
    enter, leave = np.array([POLICIES[case.policy] for case in cases]).T
    return Batch(
        weeks=_side_by_side([case.weeks for case in cases], first, wide),
        first=first,
        k=np.array([case.k for case in cases]),
        scale=np.array([_scale(case.plan.kind, case.weeks) for case in cases]),
        sign=np.array([-1.0 if case.plan.lower_is_better else 1.0 for case in cases]),
        goal=np.array([case.plan.goal for case in cases]),
        length=np.array([case.length for case in cases]),
        lag=np.array([float(case.plan.lag_weeks) for case in cases]),
        ramp=np.array([float(case.plan.ramp_weeks) for case in cases]),
        enter=enter,
        leave=leave,
        is_stale=np.array([case.is_stale for case in cases]),
        counters=np.array([case.counters for case in cases], dtype=np.int8),
        shocks=_marked([case.shocks for case in cases], first, wide),
        confirmed=_marked([case.confirmed for case in cases], first, wide),
        control=_side_by_side([case.control or nothing for case in cases], first, wide) if has_control else None,
        control_scale=np.array([_scale(case.control_kind or Kind.COUNT, case.control or nothing) for case in cases]),
    )


def _marked(weeks: Sequence[Sequence[int]], first: int, wide: int) -> npt.NDArray[np.bool_]:
    """Where each series has the weeks named."""
    marks = np.zeros((len(weeks), wide), dtype=bool)
    for row, named in enumerate(weeks):
        marks[row, [first + week for week in named if -first <= week < wide - first]] = True
    return marks


def zeros_in_doubt(case: PilotWeek, parameters: Parameters = PARAMETERS) -> list[int]:
    """Weeks that say nothing happened where that cannot be: they count for nothing until somebody confirms them."""
    if all(num > 0 for num in case.weeks.num):
        return []
    batch = batch_of([case])
    measured = scales.measure(
        batch.weeks, batch.scale, batch.sign, first=batch.first, confirmed=batch.confirmed, parameters=parameters
    )
    found = measured.findings[0]
    return [int(column) - batch.first for column in np.flatnonzero(found)]


def _side_by_side(series: Sequence[Weekly], first: int, wide: int) -> Weeks:
    num, den = np.zeros((len(series), wide)), np.full((len(series), wide), np.nan)
    days, eff = np.zeros((len(series), wide)), np.zeros((len(series), wide))
    for row, weeks in enumerate(series):
        at = [first + week for week in weeks.weeks]
        num[row, at], days[row, at], eff[row, at] = weeks.num, weeks.days, weeks.eff
        if weeks.den is not None:
            den[row] = 0.0
            den[row, at] = weeks.den
    return Weeks(num, den, days, eff)


def _scale(kind: Kind, weeks: Weekly) -> int:
    """By the baseline alone: a pilot must not change the scale it is judged on."""
    before = [n for n, week in enumerate(weeks.weeks) if week < 0]
    least = min((weeks.num[n] for n in before), default=0.0)
    dens = weeks.den
    shares = [] if dens is None else [weeks.num[n] / dens[n] for n in before if dens[n] > 0]
    most = None if dens is None else max(shares, default=0.0)
    return int(stories.scale_of(kind, least=least, most_share=most))


def judge(cases: Sequence[PilotWeek], parameters: Parameters = PARAMETERS) -> list[Verdict]:
    """One verdict per case, in their order."""
    if not cases:
        return []
    batch = batch_of(cases)
    said, power = stories.judge(batch, parameters), stories.power(batch, parameters)
    columns = {
        name: getattr(said, name).tolist()
        for name in (
            *("status", "p_dead", "p_neg", "p_reach", "effect", "low", "high", "expected", "units", "units_sd"),
            *("rate", "rate_sd", "stories", "counters", "weeks_known"),
        )
    }
    columns["detectable"], columns["tells_from"] = power.detectable_effect.tolist(), power.first_telling_week.tolist()
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    return [_verdict(case, row, parameters) for case, row in zip(cases, rows, strict=True)]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a pilot can show, from its baseline and plan alone.

    `detectable` is the smallest improvement it can prove, as a share of the baseline (None: nothing), `tells_from` the
    first week that can tell a dead pilot from a working one (0: none). The same smallest improvement if everything
    were shipped `at_once`, and if the pilot ran twice as long (`longer`).
    """

    detectable: float | None
    tells_from: int
    at_once: float | None
    longer: float | None


def prospect(plan: Plan, baseline: Sequence[Period], parameters: Parameters = PARAMETERS) -> Prospect:
    """`baseline` are judged weeks with negative indices."""
    if not baseline:
        return Prospect(None, 0, None, None)
    dens = [period.den for period in baseline]
    weeks = Weekly(
        weeks=[period.index for period in baseline],
        num=[period.num for period in baseline],
        den=None if None in dens else [den or 0.0 for den in dens],
        days=[period.days for period in baseline],
        eff=[float(period.days) for period in baseline],
    )
    twice = replace(plan, due_on=plan.due_on + (plan.due_on - plan.starts_on))
    plans = [plan, replace(plan, ramp_weeks=0), twice]
    power = stories.power(batch_of([PilotWeek(each, "balanced", 0, weeks) for each in plans]), parameters)
    effects = [effect if np.isfinite(effect) else None for effect in power.detectable_effect.tolist()]
    return Prospect(effects[0], int(power.first_telling_week[0]), effects[1], effects[2])


@dataclass(frozen=True, slots=True)
class Ranges:
    """By pilot week, in the KPI's own unit (a week, or a quotient): the range in which it would usually lie without the
    pilot, low and high; and for weeks to come where it may lie, low, likely and high, None before."""

    usual: list[tuple[float, float]]
    ahead: list[tuple[float, float, float] | None]


def ranges(week: PilotWeek, parameters: Parameters = PARAMETERS) -> Ranges:
    """What a chart draws around the measured weeks of one pilot."""
    found = stories.paths(batch_of([week]), parameters)
    unit = 7.0 if week.weeks.den is None else 1.0
    usual, ahead = found.usual[:, 0] * unit, found.ahead[:, 0] * unit
    return Ranges(
        usual=[(low, high) for low, _, high in usual.T.tolist()],
        ahead=[None if np.isnan(row[1]) else (row[0], row[1], row[2]) for row in ahead.T.tolist()],
    )


def would_change(week: PilotWeek, parameters: Parameters = PARAMETERS) -> float | None:
    """What the next two weeks would have to average, in the KPI's own unit, for the status to leave what it is."""
    batch = batch_of([week])
    value = float(stories.would_change(batch, stories.judge(batch, parameters), parameters)[0])
    return value * (7.0 if week.weeks.den is None else 1.0) if np.isfinite(value) else None


def by_name(probabilities: Sequence[float], parameters: Parameters = PARAMETERS) -> dict[str, float]:
    """The probability of each kind of story."""
    found: dict[str, float] = {}
    for story, probability in zip(parameters.stories, probabilities, strict=True):
        found[story.name] = found.get(story.name, 0.0) + probability
    return found


def judge_in_turn(
    behind: Sequence[Sequence[PilotWeek]], parameters: Parameters = PARAMETERS
) -> list[list[tuple[PilotWeek, Verdict]]]:
    """The weeks of each target one after another, each going on from the memory of the one before."""
    told: list[list[tuple[PilotWeek, Verdict]]] = [[] for _ in behind]
    for turn in range(max(map(len, behind), default=0)):
        rows = [row for row, cases in enumerate(behind) if turn < len(cases)]
        cases = [
            replace(behind[row][turn], counters=tuple(_memory(told[row][-1][1]))) if turn else behind[row][turn]
            for row in rows
        ]
        for row, case, verdict in zip(rows, cases, judge(cases, parameters), strict=True):
            told[row].append((case, verdict))
    return told


def _memory(verdict: Verdict) -> list[int]:
    return verdict.chances.counters if verdict.chances else [0] * MEMORY


def _verdict(case: PilotWeek, said: dict[str, Any], parameters: Parameters) -> Verdict:
    detectable = said["detectable"] if np.isfinite(said["detectable"]) else None
    chances = Chances(
        **{name: said[name] for name in ("p_dead", "p_neg", "p_reach", "expected", "rate", "rate_sd")},
        stories=said["stories"],
        counters=said["counters"],
        detectable=detectable,
        tells_from=said["tells_from"],
    )
    status = Status(STATUSES[said["status"]])
    is_told = said["weeks_known"] >= parameters.least_pilot and status is not Status.DATA_STALE
    figures = {name: said[name] if is_told else None for name in ("effect", "low", "high", "units", "units_sd")}
    if status in (Status.REACHED, Status.MISSED):
        figures |= {"effect": _counted(case), "low": None, "high": None}  # what was counted; the lift is in the words
    is_coarse = detectable is None or detectable > case.plan.goal or not said["tells_from"]
    if status in (Status.ON_TRACK, Status.BEHIND) and case.k < said["tells_from"]:
        status = Status.INSUFFICIENT  # a late bloomer and a dead pilot still look alike
    return Verdict(
        status=status,
        words=_words(status, case, said, parameters),
        badges=(*([Badge.LOW_RESOLUTION] if is_coarse else []), *badges(case, said["weeks_known"])),
        weeks_known=said["weeks_known"],
        chances=chances,
        **figures,
    )


def badges(case: PilotWeek, known: int) -> tuple[Badge, ...]:
    """What stands beside any verdict on a week, with so many weeks known."""
    in_pilot = [days for week, days in zip(case.weeks.weeks, case.weeks.days, strict=True) if 0 <= week < case.k]
    found = {
        Badge.MISSING_DAYS: known < case.k or min(in_pilot, default=7) < 7,
        Badge.SHOCK: any(0 <= week < case.k for week in case.shocks),
        Badge.NO_CONTROL: case.control is None,
    }
    return tuple(badge for badge, holds in found.items() if holds)


def _words(status: Status, case: PilotWeek, said: dict[str, Any], parameters: Parameters) -> Words:
    if status is Status.DATA_STALE:
        return _stale(case)
    if status is Status.INSUFFICIENT:
        return early(case, said["weeks_known"], said["tells_from"], parameters)
    agreed = _agreed(case)
    if status in (Status.REACHED, Status.MISSED):
        lift = {"lift": said["effect"], "low": said["low"], "high": said["high"]}
        return Words(f"{status}-lift", agreed | {"effect": _counted(case)} | lift)
    shares = by_name(said["stories"], parameters)
    likeliest = max(shares, key=lambda name: shares[name])
    measured = {name: said[name] for name in ("effect", "low", "high", "expected")}
    more = {"week": case.k, "story": likeliest, "story_chance": shares[likeliest], "chance": said["p_reach"]}
    code = _CODES.get(status, "chance-of-goal")
    return Words(code, agreed | measured | more)


def _agreed(case: PilotWeek) -> dict[str, Any]:
    """What was promised, as a change of the KPI itself."""
    level = any(num for week, num in zip(case.weeks.weeks, case.weeks.num, strict=True) if week < 0)
    goal = -case.plan.goal if case.plan.lower_is_better else case.plan.goal
    return {"goal": goal, "due_on": case.plan.due_on.isoformat(), "unit": "%" if level else ""}


def _stale(case: PilotWeek) -> Words:
    if case.k >= case.length:
        known = len(_last(case))
        return Words("data-stale-end", {"known": known, "span": _FINAL_WEEKS})
    return silent_since(case.stale_since)


def early(case: PilotWeek, known: int, tells_from: int, parameters: Parameters) -> Words:
    """How long it is too early, with so many weeks known."""
    baseline = sum(
        week < 0 and days >= parameters.least_days for week, days in zip(case.weeks.weeks, case.weeks.days, strict=True)
    )
    if baseline < parameters.least_baseline:
        return Words("no-baseline", {"known": baseline, "needed": parameters.least_baseline})
    until = tells_from or case.k + max(parameters.least_pilot - known, 1)
    return Words("too-early", {"weeks": max(until - case.k, 1), "until": until})


def _last(case: PilotWeek) -> list[int]:
    """Where the known ones of the last four planned weeks stand in `weeks`."""
    final = range(case.length - _FINAL_WEEKS, case.length)
    return [n for n, week in enumerate(case.weeks.weeks) if week in final and case.weeks.days[n] >= _FEWEST]


def _counted(case: PilotWeek) -> float:
    """The change from the baseline to the last 28 days: arithmetic, no model."""
    weeks = case.weeks

    def value(rows: list[int]) -> float:
        if weeks.den is not None:
            return sum(weeks.num[n] for n in rows) / (sum(weeks.den[n] for n in rows) or 1.0)
        return 7 * sum(weeks.num[n] for n in rows) / (sum(weeks.eff[n] for n in rows) or 1.0)

    level = value([n for n, week in enumerate(weeks.weeks) if week < 0 and weeks.days[n] >= _FEWEST])
    return (value(_last(case)) - level) / (abs(level) or 1.0)


def differences(stored: Verdict, again: Verdict, *, tolerance: float = 1e-9) -> list[tuple[str, Any, Any]]:
    """What differs between two verdicts: name, one, other. Numbers may differ by `tolerance` of their size."""
    one, other = (asdict(verdict) for verdict in (stored, again))
    one |= one.pop("chances") or {}
    other |= other.pop("chances") or {}
    names = dict.fromkeys([*one, *other])
    return [
        (name, one.get(name), other.get(name))
        for name in names
        if not _agree(one.get(name), other.get(name), tolerance)
    ]


def _agree(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return abs(one - other) <= tolerance * max(1.0, abs(one))
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(_agree(a, b, tolerance) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_agree(one[key], other[key], tolerance) for key in one)
    return bool(one == other)
