"""What a verdict is, and the arithmetic one: of what comes by the month, compared once, at the target's day.

Everything is judged as of a day, on the values that were closed and due from the source by then, so that later data
leave earlier verdicts alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from math import sqrt
from statistics import fmean, stdev
from typing import Any

from initiatives.stories.chances import Chances
from metrics.catalogue import Grain, Kind
from metrics.periods import Period, closed, value_of
from ownership import canonical

VERSION = 5  # of the judges; stored with every verdict; before 4, an interval judged guardrails by the week
LEAST_BASELINE = 3  # periods; a spread needs two, and three make one bad one visible
STALE_DAYS = 14
FINAL = {Grain.WEEK: (4, 3), Grain.MONTH: (1, 1)}  # the last 28 days, and how many of their periods must be known
_ROUNDING = 1e-9  # of the baseline: who comes to the goal exactly has reached it, whatever the last bit says
_CLEAR = {3: 2.95, 4: 2.62, 5: 2.47, 6: 2.40, 7: 2.35, 8: 2.31}  # t(.9) + t(.8) by periods; beyond these, 2.29


class Status(StrEnum):
    """What a verdict says, first match wins."""

    DATA_STALE = "data-stale"
    REACHED = "reached"
    MISSED = "missed"
    INSUFFICIENT = "insufficient-data"
    REGRESSING = "regressing"
    STALLED = "stalled"
    UNLIKELY = "unlikely"
    BEHIND = "behind"
    ON_TRACK = "on-track"


class Badge(StrEnum):
    """What stands beside a status."""

    INCONCLUSIVE = "inconclusive"
    LOW_RESOLUTION = "low-resolution"
    MISSING_DAYS = "missing-days"
    NO_CONTROL = "no-control"
    SHOCK = "shock-in-window"
    ROI_NEGATIVE = "roi-negative"


@dataclass(frozen=True, slots=True)
class Plan:
    """What was agreed before the pilot.

    `goal` and `smallest_effect` are improvements as a share of the baseline, positive whichever way is better (0.12:
    twelve percent more leads, or twelve percent less time); where the baseline is zero, amounts per period. Week 0
    begins on `starts_on`; `due_on` is the first day on which the target counts as due.
    """

    kind: Kind
    lower_is_better: bool
    goal: float
    smallest_effect: float
    starts_on: date
    due_on: date
    lag_weeks: int = 0
    ramp_weeks: int = 0
    source_lag_days: int = 0
    stored: Grain = Grain.DAY
    judged: Grain = Grain.WEEK

    @property
    def sign(self) -> int:
        """Which way is good."""
        return -1 if self.lower_is_better else 1

    def known_by(self, on: date) -> date:
        """The first day that the source cannot be expected to have delivered in full."""
        return on - timedelta(days=self.source_lag_days)

    def periods(self, until: date) -> int:
        """How many whole judged periods lie between its start and `until` (exclusive)."""
        return closed(self.starts_on, until, stored=self.stored, judged=self.judged)


Inputs = dict[str, Any]  # JSON: plan by field name, baseline and pilot as lists of [index, num, den, days], known_until


@dataclass(frozen=True, slots=True)
class Words:
    """A code of `initiatives/words.py` and the plain values its sentence needs. `unit` among them is "%" where effects
    are shares of the baseline, and empty where they are amounts per period."""

    code: str
    parameters: dict[str, float | int | str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement. `effect`, `low` and `high` are changes of the KPI itself (-0.1: ten percent lower), as a share of
    the baseline, or amounts per period where that is zero. `units` are gained units to date, good ones positive."""

    status: Status
    words: Words
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    units: float | None = None
    units_sd: float | None = None
    badges: tuple[Badge, ...] = ()
    weeks_known: int = 0
    chances: Chances | None = None


def mean_value(periods: Sequence[Period], kind: Kind, known: Sequence[float]) -> float:
    """Mean per period; of ratios and means the quotient of sums, so that a busy week counts for what it is."""
    dens = sum(period.den or 0.0 for period in periods)
    if dens:
        return sum(period.num for period in periods if period.den) / dens
    return fmean(known) if known else 0.0


def known_values(periods: Sequence[Period], kind: Kind) -> list[float]:
    """The KPI in those periods that say something."""
    return [value for period in periods if (value := value_of(period, kind)) is not None]


def level(plan: Plan, baseline: Sequence[Period]) -> float:
    """The baseline's mean, in the KPI's own unit."""
    return mean_value(baseline, plan.kind, known_values(baseline, plan.kind))


def detectable_effect(plan: Plan, baseline: Sequence[Period]) -> float | None:
    """The smallest improvement that one more month would show, four times out of five, clear of nine in ten changes by
    chance, as a share of the baseline: (t(.9) + t(.8))·s·√(1 + 1/n). None when the baseline is too short to tell."""
    known, origin = known_values(baseline, plan.kind), level(plan, baseline)
    if len(known) < LEAST_BASELINE or not origin:
        return None
    return _CLEAR.get(len(known), 2.29) * stdev(known) / abs(origin) * sqrt(1 + 1 / len(known))


def gained(plan: Plan, baseline: Sequence[Period], pilot: Sequence[Period], *, periods: int) -> tuple[float, float]:
    """Units gained over `periods` pilot periods and their standard deviation; periods without a value repeat the mean.

    A unit is one of the KPI's own: a lead, an hour, a euro; for shares one of the numerator; for means one unit on each
    of the denominator (a day saved per article). Lower is better: baseline minus observed.
    """
    before, origin = known_values(baseline, plan.kind), level(plan, baseline)
    rows = [(value, p.den or 1.0) for p in pilot if (value := value_of(p, plan.kind)) is not None]
    if len(before) < LEAST_BASELINE or not rows:
        return 0.0, 0.0
    gains = [plan.sign * (value - origin) * weight for value, weight in rows]
    spread = _variance(before) / len(before)
    if len(rows) > 1:
        spread += _variance([value for value, _ in rows]) / len(rows)
    return periods * fmean(gains), periods * fmean([weight for _, weight in rows]) * sqrt(spread)


def _variance(values: Sequence[float]) -> float:
    """Of a sample; that of the standard library is exact and takes as long as the rest of a verdict."""
    mean = fmean(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)


def is_stale(plan: Plan, *, known_until: date | None, as_of: date) -> bool:
    """Whether nothing came for a fortnight after the next stored period should have been there."""
    period_days = {Grain.DAY: 0, Grain.WEEK: 7, Grain.MONTH: 31}[plan.stored]  # it has to end before it can be late
    due = (known_until or plan.starts_on) + timedelta(days=period_days + plan.source_lag_days)
    return (as_of - due).days > STALE_DAYS


def silent_since(known_until: date | None) -> Words:
    """What is said where nothing came for too long."""
    return Words("data-stale", {"since": known_until.isoformat()}) if known_until else Words("data-none")


def judge(
    plan: Plan, *, baseline: Sequence[Period], pilot: Sequence[Period], known_until: date | None, as_of: date
) -> Verdict:
    """The verdict on a target at the start of the local day `as_of`.

    `baseline` are the locked periods (negative indices), `pilot` those from period 0 on, counted from
    `plan.starts_on`, `known_until` the first day after the newest stored value. Periods that were not closed and due
    from the source on that day are ignored.
    """
    due = as_of - timedelta(days=plan.source_lag_days)
    length = plan.periods(plan.due_on)
    whole = min(plan.periods(due), length)
    seen = [period for period in pilot if 0 <= period.index < whole]
    verdict = _final(plan, baseline, seen, length) if due >= plan.due_on else _running(plan, baseline)
    if is_stale(plan, known_until=known_until, as_of=as_of) and due < plan.due_on:
        verdict = Verdict(Status.DATA_STALE, silent_since(known_until))
    units = sd = None
    if verdict.status not in (Status.DATA_STALE, Status.INSUFFICIENT):
        units, sd = gained(plan, baseline, seen, periods=whole)
    return replace(
        verdict,
        units=units,
        units_sd=sd,
        weeks_known=len(seen),
        badges=_badges(plan, baseline, seen, whole=whole),
    )


def _badges(plan: Plan, baseline: Sequence[Period], seen: Sequence[Period], *, whole: int) -> tuple[Badge, ...]:
    smallest = detectable_effect(plan, baseline)
    found = {
        Badge.LOW_RESOLUTION: plan.goal > 0 and (smallest is None or smallest > plan.goal),
        Badge.MISSING_DAYS: len(seen) < whole or (plan.judged is Grain.WEEK and any(one.days < 7 for one in seen)),
    }
    return tuple(badge for badge, holds in found.items() if holds)


def value_before(plan: Plan, periods: Sequence[Period], until: date) -> float | None:
    """The KPI in the last 28 days (or the last month) of the pilot before a day; None where too little is known."""
    last, known = _last(plan, periods, plan.periods(until))
    return mean_value(last, plan.kind, known) if len(known) >= FINAL[plan.judged][1] else None


def _last(plan: Plan, periods: Sequence[Period], end: int) -> tuple[list[Period], list[float]]:
    """The last pilot periods before `end`, and their known values."""
    last = [period for period in periods if max(end - FINAL[plan.judged][0], 0) <= period.index < end]
    return last, known_values(last, plan.kind)


def _final(plan: Plan, baseline: Sequence[Period], seen: Sequence[Period], length: int) -> Verdict:
    """After the deadline arithmetic is enough: the last 28 days against the goal, no model."""
    span, least = FINAL[plan.judged]
    last, known = _last(plan, seen, length)
    if len(known) < least:
        return Verdict(Status.DATA_STALE, Words("data-stale-end", {"known": len(known), "span": span}))
    if len(known_values(baseline, plan.kind)) < LEAST_BASELINE:
        return _no_baseline(plan, baseline)
    value, origin = mean_value(last, plan.kind, known), level(plan, baseline)
    unit = abs(origin) or 1.0
    goal = plan.sign * plan.goal
    status = Status.REACHED if plan.sign * (value - origin - goal * unit) >= -_ROUNDING * unit else Status.MISSED
    effect = (value - origin) / unit
    agreed: Inputs = {"goal": goal, "due_on": plan.due_on.isoformat(), "unit": "%" if origin else ""}
    return Verdict(status, Words(status.value, {"effect": effect, "value": value, **agreed}), effect=effect)


def _running(plan: Plan, baseline: Sequence[Period]) -> Verdict:
    if len(known_values(baseline, plan.kind)) < LEAST_BASELINE:
        return _no_baseline(plan, baseline)
    return Verdict(Status.INSUFFICIENT, Words("monthly", {"due_on": plan.due_on.isoformat()}))


def _no_baseline(plan: Plan, baseline: Sequence[Period]) -> Verdict:
    known = len(known_values(baseline, plan.kind))
    return Verdict(Status.INSUFFICIENT, Words("no-baseline", {"known": known, "needed": LEAST_BASELINE}))


def inputs(
    plan: Plan, *, baseline: Sequence[Period], pilot: Sequence[Period], known_until: date | None, as_of: date
) -> Inputs:
    """All that `judge` reads, as plain values to store, hash and replay."""
    return {
        "plan": {name: plain(getattr(plan, name)) for name in plan.__slots__},
        "baseline": [period.row() for period in baseline],
        "pilot": [period.row() for period in pilot],
        "known_until": plain(known_until),
        "as_of": as_of.isoformat(),
    }


def sha256(stored: Inputs) -> str:
    """Names the inputs. The day and how far the newest period that is not over has come are not part of it: they
    change nothing."""
    return canonical.sha256({name: value for name, value in stored.items() if name not in ("known_until", "as_of")})


def replay(stored: Inputs, *, as_of: date) -> Verdict:
    """The verdict that `judge` gave on stored inputs."""
    return judge(plan_of(stored["plan"]), as_of=as_of, **facts_of(stored))


def facts_of(stored: Inputs) -> dict[str, Any]:
    """What was measured, from its plain values."""
    return {
        "baseline": [Period.of(row) for row in stored["baseline"]],
        "pilot": [Period.of(row) for row in stored["pilot"]],
        "known_until": date.fromisoformat(stored["known_until"]) if stored["known_until"] else None,
    }


def plan_of(stored: Inputs) -> Plan:
    """The plan whose plain values these are."""
    return Plan(
        **stored
        | {"kind": Kind(stored["kind"]), "stored": Grain(stored["stored"]), "judged": Grain(stored["judged"])}
        | {name: date.fromisoformat(stored[name]) for name in ("starts_on", "due_on")}
    )


def plain(value: Any) -> Any:
    """A date or name as it is stored."""
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value
