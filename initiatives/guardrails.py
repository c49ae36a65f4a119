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
from metrics.periods import Period, month_start, next_month, value_of

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
    if case.is_stale and not held["is_broken"]:
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
        code = "fall-possible" if held["chance"] >= guard.LIKELY else "fall-unlikely"
        return Verdict(Status.ON_TRACK, Words(code, said), **more)
    figures = {name: held[name] for name in ("effect", "low", "high")}
    words = Words("fall-likely", said | figures)
    if case.is_stale:
        words = _silent(words, case.stale_since)
    return Verdict(Status.REGRESSING, words, **figures, **more)


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
    facts: dict[str, Any] = {"baseline": baseline, "pilot": pilot, "known_until": known_until, "as_of": as_of}
    said = verdicts.judge(plan, **facts)
    is_stale = said.status is Status.DATA_STALE
    if direction is Direction.NOT_ABOVE:
        found = _under_ceiling(said, pilot[-RECENT:], plan, ceiling=margin, as_of=as_of)
    else:
        asked = verdicts.judge(_until_newest(plan, pilot), **facts) if is_stale else said
        found = _beside_margin(asked, plan, most=tolerated(plan, direction, margin, baseline))
    if not is_stale:
        return found
    if found.status is not Status.REGRESSING:
        return said
    return replace(found, words=_silent(found.words, known_until), badges=said.badges)


def replay(stored: Inputs, *, as_of: date) -> Verdict:
    """The verdict that `watch` gave on stored inputs."""
    limit = {"direction": Direction(stored["direction"]), "margin": stored["margin"]}
    return watch(plan_of(stored["plan"]), as_of=as_of, **limit, **facts_of(stored))


def _silent(words: Words, since: date | None) -> Words:
    """What broke is told together with the silence, which mends nothing."""
    return replace(words, parameters=words.parameters | {"silent_since": since.isoformat() if since else None})


def _until_newest(plan: Plan, pilot: Sequence[Period]) -> Plan:
    """The plan asked about the newest period that has a value."""
    known = [period.index for period in pilot if value_of(period, plan.kind) is not None]
    if not known or plan.judged is not Grain.MONTH:
        return plan
    due_on = plan.starts_on
    while plan.periods(due_on) <= known[-1]:
        due_on = next_month(due_on)
    return replace(plan, due_on=due_on)


def _beside_margin(said: Verdict, plan: Plan, *, most: float) -> Verdict:
    """`most` is the tolerated change the wrong way, as a share of the baseline."""
    if said.effect is None:
        is_open = said.words.code == "monthly"  # of a target: that is compared once
        return replace(said, words=Words("monthly-guardrail")) if is_open else said
    is_broken = plan.sign * said.effect < -most
    status, words = _answer("guardrail", is_broken, effect=said.effect, tolerated=-plan.sign * most)
    return replace(said, status=status, words=words)


def _under_ceiling(said: Verdict, pilot: Sequence[Period], plan: Plan, *, ceiling: float, as_of: date) -> Verdict:
    """A count breaks when one week is above; a share when the 95 % lower limit of all these weeks is (E. B. Wilson,
    JASA 22, 1927), so that one bad page of three proves nothing."""
    values = [value for period in pilot if (value := value_of(period, plan.kind)) is not None]
    tries = sum(period.den or 0.0 for period in pilot)
    if not values or (plan.kind is Kind.RATIO and not tries):  # nothing was counted, or out of nothing
        until = plan.periods(plan.known_by(as_of)) + 1
        return replace(said, status=Status.INSUFFICIENT, words=Words("insufficient-data", {"weeks": 1, "until": until}))
    level = max(values)
    if plan.kind is Kind.RATIO:
        level, _high = wilson(sum(period.num for period in pilot), tries)
    status, words = _answer("ceiling", level > ceiling, effect=said.effect, ceiling=ceiling)
    return replace(said, status=status, words=words)


def _answer(fence: str, is_broken: bool, /, **figures: float | None) -> tuple[Status, Words]:  # noqa: FBT001
    status = Status.REGRESSING if is_broken else Status.ON_TRACK
    return status, Words(f"{fence}-{'broken' if is_broken else 'holds'}", {**figures})
