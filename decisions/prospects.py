"""What a decider should see before anything else: where the case is weakest, and what it promises for its money."""

from dataclasses import dataclass

from decisions import gates
from decisions.gates import Facts
from initiatives.lifecycle import Gate
from initiatives.readiness import EMPTY, QUESTIONS, VERIFIED, Factor, share
from initiatives.roi import Value
from initiatives.verdicts import Status

WEEKS_A_MONTH = 52 / 12
SETTLED = frozenset({Status.REACHED, Status.MISSED})


def weakest_criterion(gate: Gate, facts: Facts) -> str | None:
    """The first soft criterion that is neither met nor waived; None: all are. That questions are answered badly is said
    by the factor they belong to."""
    return next((code for code in gates.weak(gate, facts) if not code.endswith(".readiness")), None)


def weakest_factor(facts: Facts) -> Factor | None:
    """The way of failing that was looked at least; None when all are answered in full."""
    shares = {factor: part for factor in Factor if (part := share(factor, facts.scores)) is not None and part < 1}
    return min(shares, key=lambda factor: (shares[factor], factor), default=None)


def weakest_question(factor: Factor, facts: Facts) -> str:
    """The code of its question with the thinnest answer; of equal ones the first."""
    scores = {q.code: facts.scores.get(q.code, EMPTY) for q in QUESTIONS.values() if q.factor is factor}
    return min(scores, key=lambda code: (VERIFIED if scores[code] is None else scores[code] or EMPTY, code))


@dataclass(frozen=True, slots=True)
class Plan:
    """A promise in figures. `level` is the KPI in one judged period, effects are shares of it, `cost` is the budget.

    Before the pilot `low` and `high` are the smallest effect worth its money and the goal, later the measured interval.
    """

    level: float
    low: float
    high: float
    value: Value
    periods_a_month: float
    months: int
    lag_weeks: int
    ramp_weeks: int
    cost: float


def promised(plan: Plan) -> tuple[float, float] | None:
    """What comes back for each unit of money within the horizon: the low effect at the low value, the high one at the
    high value. Nothing before the lag is over, half of it during the ramp. None: nothing is spent."""
    if plan.cost <= 0:
        return None
    waiting = (plan.lag_weeks + plan.ramp_weeks / 2) / WEEKS_A_MONTH
    periods = max(0.0, plan.months - waiting) * plan.periods_a_month
    share_of_it = plan.value.attribution * plan.value.cashable / plan.cost
    low = plan.level * plan.low * periods * plan.value.low * share_of_it
    return low, plan.level * plan.high * periods * plan.value.high * share_of_it


def evidence(status: str, effect: float | None, low: float | None, high: float | None) -> float:
    """How strong the evidence is, from 0 (an assumption) to 1 (settled): how far the measured change lies from nothing,
    in half widths of its 80 % interval; three of them are as sure as it gets before the end."""
    if status in SETTLED:
        return 1.0
    if effect is None or low is None or high is None:
        return 0.1
    half = (high - low) / 2
    return 0.25 + 0.65 * min(1.0, abs(effect) / (3 * half)) if half > 0 else 0.9
