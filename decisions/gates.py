"""What must hold before an initiative may pass a gate, as functions on plain facts.

A criterion answers true, false or null (not known); null counts as unmet. Hard criteria refuse; soft ones inform the
decider, who may waive them. The light track has the hard ones only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from initiatives.lifecycle import Gate
from initiatives.readiness import SHOWN, Factor, hard_unmet, share
from initiatives.verdicts import Status

LIGHT = "light"
BASELINE_PERIODS, BASELINE_PERIODS_LIGHT, BASELINE_COVERAGE = 8, 4, 0.80
PROBLEM_ANSWERS = 3  # of the six about the problem, with a number or evidence
READY = 0.50
HELPING = frozenset({Status.REACHED, Status.ON_TRACK})


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the criteria read about one initiative on one day; None is "not known".

    `scores` are the readiness scores by question (None: does not apply). Effects are shares of the baseline, a payback
    is in months and conservative (from the tenth percentile of the benefit); None with `is_payback_known` is "never".
    The `domains_…` tuples name the decision domains in use that lack something.
    """

    track: str = "standard"
    scores: Mapping[str, int | None] = field(default_factory=dict)
    has_goal: bool | None = None
    primary_is_outcome: bool | None = None
    is_owner_accepted: bool | None = None
    is_sponsor_named: bool | None = None
    has_sponsor_rank: bool | None = None
    is_sponsor_accepted: bool | None = None
    goal: float | None = None
    smallest_effect: float | None = None
    lag_weeks: int | None = None
    ramp_weeks: int | None = None
    kill_criteria: int | None = None
    budget: float | None = None
    has_source_delivered: bool | None = None
    is_baseline_locked: bool | None = None
    baseline_periods: int | None = None
    baseline_coverage: float | None = None
    guardrails: int | None = None
    domains_without_rules: tuple[str, ...] | None = None
    domains_without_decider: tuple[str, ...] | None = None
    detectable_effect: float | None = None
    first_telling_week: int | None = None  # 0: none can tell a dead pilot from a working one
    has_control: bool | None = None
    guardrails_broken: int | None = None
    verdict: Status | None = None
    is_payback_known: bool = False
    payback: float | None = None
    horizon_months: int | None = None
    waived: frozenset[str] = frozenset()

    @property
    def needed_periods(self) -> int:
        return BASELINE_PERIODS_LIGHT if self.track == LIGHT else BASELINE_PERIODS


Met = Callable[[Facts], bool | None]
Why = Callable[[Facts], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition with a stable code. `field` names what to change; `why` gives the figures its sentence needs."""

    code: str
    field: str
    met: Met
    why: Why = lambda facts: {}
    is_hard: bool = True

    @property
    def gate(self) -> Gate:
        return Gate(self.code[:2])


def _all(*answers: bool | None) -> bool | None:
    """False if any is false, else not known if any is not known, else true."""
    if any(answer is False for answer in answers):
        return False
    return None if None in answers else True


def _at_least(value: float | None, least: float) -> bool | None:
    return None if value is None else value >= least


def _given(*values: object) -> bool:
    return all(value is not None for value in values)


def _none_of(names: tuple[str, ...] | None) -> bool | None:
    return None if names is None else not names


def _answered(facts: Facts, *codes: str) -> bool:
    """Whether the questions that a gate insists on are answered well enough."""
    thin = {code for gate in Gate for code in hard_unmet(gate, facts.scores)}
    return not thin & set(codes)


def _shown_about_problem(facts: Facts) -> int:
    return sum((facts.scores.get(f"F2.{number}") or 0) >= SHOWN for number in range(1, 7))


def _shares(facts: Facts, factors: tuple[Factor, ...]) -> dict[str, float | None]:
    return {factor.value: share(factor, facts.scores) for factor in factors}


def _ready(facts: Facts, factors: tuple[Factor, ...]) -> bool:
    """A factor of which no question applies is no obstacle."""
    return all(value is None or value >= READY for value in _shares(facts, factors).values())


def _pays_back(facts: Facts) -> bool | None:
    if not facts.is_payback_known or facts.horizon_months is None:
        return None
    return facts.payback is not None and facts.payback <= facts.horizon_months


_G1_FACTORS = (Factor.EXPECTATIONS, Factor.PROBLEM, Factor.DATA, Factor.VENDOR)
_G2_FACTORS = (Factor.PEOPLE,)

CRITERIA: tuple[Criterion, ...] = (
    Criterion("G0.questions", "goal", lambda f: _all(f.has_goal, _answered(f, "F1.1", "F2.4"))),
    Criterion(
        "G0.problem",
        "readiness.F2",
        lambda f: _shown_about_problem(f) >= PROBLEM_ANSWERS,
        lambda f: {"answered": _shown_about_problem(f), "needed": PROBLEM_ANSWERS},
    ),
    Criterion("G0.outcome", "targets.primary", lambda f: f.primary_is_outcome),
    Criterion("G0.owner", "owner", lambda f: f.is_owner_accepted),
    Criterion("G0.sponsor", "sponsor", lambda f: _all(f.is_sponsor_named, f.has_sponsor_rank)),
    Criterion("G1.sponsor", "sponsor", lambda f: f.is_sponsor_accepted),
    Criterion(
        "G1.effect",
        "targets.primary.goal",
        lambda f: _given(f.goal, f.smallest_effect, f.lag_weeks, f.ramp_weeks) and _answered(f, "F1.2"),
    ),
    Criterion("G1.kill", "kill_criteria", lambda f: _all(_at_least(f.kill_criteria, 1), _answered(f, "F1.6"))),
    Criterion("G1.budget", "budget", lambda f: _given(f.budget)),
    Criterion("G1.source", "targets.primary.kpi", lambda f: _all(f.has_source_delivered, _answered(f, "F3.1"))),
    Criterion("G1.privacy", "readiness.F3.6", lambda f: _answered(f, "F3.6")),
    Criterion("G1.people", "readiness.F4.1", lambda f: _answered(f, "F4.1")),
    Criterion(
        "G1.readiness",
        "readiness",
        lambda f: _ready(f, _G1_FACTORS),
        lambda f: _shares(f, _G1_FACTORS),
        is_hard=False,
    ),
    Criterion("G2.seats", "sponsor", lambda f: _all(f.is_sponsor_accepted, f.is_owner_accepted)),
    Criterion(
        "G2.baseline",
        "targets.primary.baseline",
        lambda f: _all(
            f.is_baseline_locked,
            _at_least(f.baseline_periods, f.needed_periods),
            _at_least(f.baseline_coverage, BASELINE_COVERAGE),
            _answered(f, "F3.2"),
        ),
        lambda f: {"periods": f.baseline_periods, "needed": f.needed_periods, "coverage": f.baseline_coverage},
    ),
    Criterion("G2.guardrail", "targets.guardrail", lambda f: _at_least(f.guardrails, 1)),
    Criterion(
        "G2.rules",
        "rules",
        lambda f: _none_of(f.domains_without_rules),
        lambda f: {"domains": list(f.domains_without_rules or ())},
    ),
    Criterion(
        "G2.deciders",
        "domains",
        lambda f: _none_of(f.domains_without_decider),
        lambda f: {"domains": list(f.domains_without_decider or ())},
    ),
    Criterion("G2.people", "readiness.F4", lambda f: _answered(f, "F4.2", "F4.3")),
    Criterion(
        "G2.readiness",
        "readiness.F4",
        lambda f: _ready(f, _G2_FACTORS),
        lambda f: _shares(f, _G2_FACTORS),
        is_hard=False,
    ),
    Criterion(
        "G2.power",
        "targets.primary.goal",
        lambda f: None if f.detectable_effect is None or f.goal is None else f.detectable_effect <= f.goal,
        lambda f: {"smallest": f.detectable_effect, "goal": f.goal, "week": f.first_telling_week},
        is_hard=False,
    ),
    Criterion("G2.control", "page_sets", lambda f: f.has_control, is_hard=False),
    Criterion("G3.seats", "sponsor", lambda f: _all(f.is_sponsor_accepted, f.is_owner_accepted)),
    Criterion(
        "G3.guardrails",
        "targets.guardrail",
        lambda f: None if f.guardrails_broken is None else f.guardrails_broken == 0,
        lambda f: {"broken": f.guardrails_broken},
    ),
    Criterion(
        "G3.data",
        "targets.primary.kpi",
        lambda f: None if f.verdict is None else f.verdict is not Status.DATA_STALE,
    ),
    Criterion("G3.export", "readiness.F5.2", lambda f: _answered(f, "F5.2")),
    Criterion("G3.terms", "readiness.F5.3", lambda f: _answered(f, "F5.3")),
    Criterion(
        "G3.verdict",
        "targets.primary",
        lambda f: None if f.verdict is None else f.verdict in HELPING,
        lambda f: {"verdict": f.verdict.value if f.verdict else None},
        is_hard=False,
    ),
    Criterion(
        "G3.payback",
        "costs",
        _pays_back,
        lambda f: {"payback": f.payback, "horizon": f.horizon_months},
        is_hard=False,
    ),
)


def criteria(gate: Gate, facts: Facts) -> list[Criterion]:
    """Those that apply: all of the gate's, on the light track the hard ones."""
    return [row for row in CRITERIA if row.gate is gate and (row.is_hard or facts.track != LIGHT)]


def results(gate: Gate, facts: Facts) -> list[dict[str, Any]]:
    """What page, API and dossier show of every criterion of the gate: plain values, the sentence is in gate_words."""
    return [
        {"code": row.code, "met": row.met(facts), "hard": row.is_hard, "field": row.field, "why": row.why(facts)}
        for row in criteria(gate, facts)
    ]


def unmet(gate: Gate, facts: Facts) -> list[str]:
    """Codes of the hard criteria that are not shown to be met. While this is not empty, nobody passes."""
    return [row.code for row in criteria(gate, facts) if row.is_hard and row.met(facts) is not True]


def weak(gate: Gate, facts: Facts) -> list[str]:
    """Codes of the soft criteria that are neither met nor waived: what the decider should look at."""
    return [
        row.code
        for row in criteria(gate, facts)
        if not row.is_hard and row.code not in facts.waived and row.met(facts) is not True
    ]
