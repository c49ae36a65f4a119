"""Does a guardrail hold? The same interval as for targets, asked the other way round: is even its kindest end a harm?

A target has a deadline, a guardrail has none: what harms is asked as long as anything runs.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from initiatives.shares import wilson
from initiatives.verdicts import Inputs, Plan, Status, Verdict, Words, facts_of, judge, mean_value, plan_of
from metrics.catalogue import Direction, Grain, Kind
from metrics.periods import Period, month_start, value_of

RECENT = 6  # newest periods looked at, a usual time-box: older good weeks must not hide a new harm


def endless(plan: Plan, *, as_of: date) -> Plan:
    """The plan without its deadline, asked about the newest weeks. Months are compared one by one, when they are over.

    It is the same on all days of a period, so that its hash is.
    """
    known_by = as_of - timedelta(days=plan.source_lag_days)
    periods = plan.periods(known_by)
    if plan.judged is Grain.MONTH:
        return replace(plan, due_on=month_start(known_by)) if periods else plan
    run_in = max(plan.lag_weeks + plan.ramp_weeks, periods - RECENT)
    end = plan.starts_on + timedelta(weeks=periods + 2)  # beyond the week that now runs, on whichever day it began
    return replace(plan, lag_weeks=run_in, ramp_weeks=0, due_on=max(plan.due_on, end))


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
    """`regressing` is broken, `on-track` holds; without enough data it says so like any verdict.

    `margin` is the tolerated fall as a share of the baseline, in points for those counted in points, and the ceiling
    itself for those with a ceiling.
    """
    said = judge(plan, baseline=baseline, pilot=pilot, known_until=known_until, as_of=as_of)
    if said.status is Status.DATA_STALE:
        return said
    if direction is Direction.NOT_ABOVE:
        return _under_ceiling(said, pilot[-RECENT:], plan.kind, ceiling=margin)
    if said.effect is None:
        return said
    tolerated = margin / _level(baseline, plan.kind) if direction is Direction.NOT_BELOW_POINTS else margin
    sign = -1 if plan.lower_is_better else 1
    ends = [sign * end for end in (said.low, said.high) if end is not None] or [sign * said.effect]
    return _answered(said, "guardrail", is_broken=max(ends) < -tolerated, tolerated=-sign * tolerated)


def replay(stored: Inputs, *, as_of: date) -> Verdict:
    """The verdict that `watch` gave on stored inputs."""
    limit = {"direction": Direction(stored["direction"]), "margin": stored["margin"]}
    return watch(plan_of(stored["plan"]), as_of=as_of, **limit, **facts_of(stored))


def _level(baseline: Sequence[Period], kind: Kind) -> float:
    known = [value for period in baseline if (value := value_of(period, kind)) is not None]
    return abs(mean_value(baseline, kind, known)) or 1.0


def _under_ceiling(said: Verdict, pilot: Sequence[Period], kind: Kind, *, ceiling: float) -> Verdict:
    """A count breaks when one week is above; a share when the 95 % lower limit of all these weeks is (E. B. Wilson,
    JASA 22, 1927), so that one bad page of three proves nothing."""
    if not pilot:
        return said
    if kind is Kind.RATIO:
        tries = sum(period.den or 0.0 for period in pilot)
        level, _high = wilson(sum(period.num for period in pilot), tries)
    else:
        level = max((value for period in pilot if (value := value_of(period, kind)) is not None), default=0.0)
    return _answered(said, "ceiling", is_broken=level > ceiling, ceiling=ceiling)


def _answered(said: Verdict, fence: str, *, is_broken: bool, **limit: float) -> Verdict:
    status = Status.REGRESSING if is_broken else Status.ON_TRACK
    words = Words(f"{fence}-{'broken' if is_broken else 'holds'}", {"effect": said.effect, **limit})
    return replace(said, status=status, words=words)
