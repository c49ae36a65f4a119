"""Does a guardrail hold? What must not fall is judged by the week, by the story filter; months and ceilings by
arithmetic.

A target has a deadline, a guardrail has none: what harms is asked as long as anything runs.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from initiatives import pilot_weeks, verdicts
from initiatives.pilot_weeks import PilotWeek
from initiatives.shares import wilson
from initiatives.stories import Parameters, guard
from initiatives.verdicts import Inputs, Plan, Status, Verdict, Words, facts_of, gained, plan_of
from metrics.catalogue import Direction, Grain, Kind
from metrics.periods import Period, month_start, value_of

RECENT = 6  # newest weeks under a ceiling, a usual time-box: older good ones must not hide a new harm


def judge(cases: Sequence[PilotWeek], parameters: Parameters = guard.GUARD) -> list[Verdict]:
    """One verdict per case, each with its margin: `regressing` is broken, `on-track` holds; without enough data it says
    so like any verdict."""
    if not cases:
        return []
    margin = np.array([case.margin or 0.0 for case in cases])
    held = guard.judge(pilot_weeks.batch_of(cases), margin, parameters)
    names = guard.Held.__slots__
    rows = zip(*(getattr(held, name).tolist() for name in names), strict=True)
    return [
        _verdict(case, dict(zip(names, row, strict=True)), parameters) for case, row in zip(cases, rows, strict=True)
    ]


def _verdict(case: PilotWeek, held: dict[str, Any], parameters: Parameters) -> Verdict:
    more: dict[str, Any] = {"badges": pilot_weeks.badges(case, held["weeks_known"]), "weeks_known": held["weeks_known"]}
    if case.is_stale:
        return Verdict(Status.DATA_STALE, verdicts.silent_since(case.stale_since), **more)
    if not held["is_told"]:
        early = pilot_weeks.early(case, held["weeks_known"], 0, parameters)
        return Verdict(Status.INSUFFICIENT, early, **more)
    periods = case.weeks.periods()
    before, after = ([p for p in periods if p.index < 0], [p for p in periods if p.index >= 0])
    said: dict[str, Any] = {"tolerated": -case.plan.sign * (case.margin or 0.0), "chance": held["chance"]}
    said["unit"] = "%" if verdicts.level(case.plan, before) else ""
    more["units"], more["units_sd"] = gained(case.plan, before, after, periods=case.k)
    if not held["is_broken"]:
        return Verdict(Status.ON_TRACK, Words("fall-unlikely", said), **more)
    figures = {name: held[name] for name in ("effect", "low", "high")}
    return Verdict(Status.REGRESSING, Words("fall-likely", said | figures), **figures, **more)


def tolerated(plan: Plan, direction: Direction, margin: float, baseline: Sequence[Period]) -> float:
    """A margin as a share of the baseline: of what may fall by points, these are points of the ratio itself."""
    if direction is not Direction.NOT_BELOW_POINTS:
        return margin
    return margin / (abs(verdicts.level(plan, baseline)) or 1.0)


def endless(plan: Plan, *, as_of: date) -> Plan:
    """The plan without its deadline, asked about the newest periods. Months are compared one by one, when they are
    over.

    It is the same on all days of a period, so that its hash is.
    """
    known_by = plan.known_by(as_of)
    periods = plan.periods(known_by)
    if plan.judged is Grain.MONTH:
        return replace(plan, due_on=month_start(known_by)) if periods else plan
    end = plan.starts_on + timedelta(weeks=periods + 2)  # beyond the week that now runs, on whichever day it began
    return replace(plan, due_on=max(plan.due_on, end))


def watch(
    plan: Plan,
    *,
    direction: Direction,
    margin: float,
    baseline: Sequence[Period],
    pilot: Sequence[Period],
    known_until: date | None,
    as_of: date,
) -> Verdict:
    """By arithmetic, what comes by the month or has a ceiling.

    `margin` is the tolerated fall as a share of the baseline, in points for those counted in points, and the ceiling
    itself for those with a ceiling.
    """
    said = verdicts.judge(plan, baseline=baseline, pilot=pilot, known_until=known_until, as_of=as_of)
    if said.status is Status.DATA_STALE:
        return said
    if direction is Direction.NOT_ABOVE:
        return _under_ceiling(said, pilot[-RECENT:], plan.kind, ceiling=margin)
    if said.effect is None:
        return said
    most = tolerated(plan, direction, margin, baseline)
    is_broken = plan.sign * said.effect < -most
    status, words = _answer("guardrail", is_broken, effect=said.effect, tolerated=-plan.sign * most)
    return replace(said, status=status, words=words)


def replay(stored: Inputs, *, as_of: date) -> Verdict:
    """The verdict that `watch` gave on stored inputs."""
    limit = {"direction": Direction(stored["direction"]), "margin": stored["margin"]}
    return watch(plan_of(stored["plan"]), as_of=as_of, **limit, **facts_of(stored))


def _under_ceiling(said: Verdict, pilot: Sequence[Period], kind: Kind, *, ceiling: float) -> Verdict:
    """A count breaks when one week is above; a share when the 95 % lower limit of all these weeks is (E. B. Wilson,
    JASA 22, 1927), so that one bad page of three proves nothing."""
    if not pilot:
        return replace(said, words=Words("insufficient-data", {"weeks": 1, "until": 1}))
    if kind is Kind.RATIO:
        tries = sum(period.den or 0.0 for period in pilot)
        level, _high = wilson(sum(period.num for period in pilot), tries)
    else:
        level = max((value for period in pilot if (value := value_of(period, kind)) is not None), default=0.0)
    status, words = _answer("ceiling", level > ceiling, effect=said.effect, ceiling=ceiling)
    return replace(said, status=status, words=words)


def _answer(fence: str, is_broken: bool, /, **figures: float | None) -> tuple[Status, Words]:  # noqa: FBT001
    status = Status.REGRESSING if is_broken else Status.ON_TRACK
    return status, Words(f"{fence}-{'broken' if is_broken else 'holds'}", {**figures})
