"""Each criterion: met, unmet and unknown; and that the weakest of these never passes."""

from dataclasses import fields, replace

import pytest

from decisions import gate_words
from decisions.gates import CRITERIA, Facts, results, unmet, weak
from initiatives.lifecycle import Gate
from initiatives.readiness import QUESTIONS
from initiatives.verdicts import Status

READY = Facts(
    scores=dict.fromkeys(QUESTIONS, 2),
    has_goal=True,
    primary_is_outcome=True,
    is_owner_accepted=True,
    is_sponsor_named=True,
    has_sponsor_rank=True,
    is_sponsor_accepted=True,
    goal=0.2,
    smallest_effect=0.05,
    lag_weeks=1,
    ramp_weeks=2,
    kill_criteria=1,
    budget=20_000,
    has_source_delivered=True,
    is_baseline_locked=True,
    baseline_periods=8,
    baseline_coverage=0.8,
    guardrails=1,
    domains_without_rules=(),
    domains_without_decider=(),
    detectable_effect=0.2,
    has_control=True,
    guardrails_broken=0,
    verdict=Status.ON_TRACK,
    is_payback_known=True,
    payback=12.0,
    horizon_months=12,
)
CODES = {row.code for row in CRITERIA}


def scores(**changed: int | None) -> dict[str, int | None]:
    return dict(READY.scores) | {name.replace("_", "."): value for name, value in changed.items()}


def met(code: str, facts: Facts) -> bool | None:
    answer: bool | None = next(row.met(facts) for row in CRITERIA if row.code == code)
    return answer


@pytest.mark.parametrize("gate", [Gate.G0, Gate.G1, Gate.G2, Gate.G3])
def test_who_has_everything_passes_every_gate(gate: Gate) -> None:
    assert unmet(gate, READY) == []
    assert weak(gate, READY) == []
    assert all(row["met"] is True for row in results(gate, READY))


@pytest.mark.parametrize("gate", [Gate.G0, Gate.G1, Gate.G2, Gate.G3])
def test_who_has_nothing_is_told_everything_at_once(gate: Gate) -> None:
    hard = [row.code for row in CRITERIA if row.gate is gate and row.is_hard]

    assert unmet(gate, Facts()) == hard


@pytest.mark.parametrize(
    ("code", "facts", "expected"),
    [
        ("G0.questions", replace(READY, has_goal=False), False),
        ("G0.questions", replace(READY, has_goal=None), None),
        ("G0.questions", replace(READY, scores=scores(F1_1=0)), False),
        ("G0.problem", replace(READY, scores=scores(F2_1=1, F2_2=1, F2_3=1)), True),
        ("G0.problem", replace(READY, scores=scores(F2_1=1, F2_2=1, F2_3=1, F2_4=1)), False),
        ("G0.outcome", replace(READY, primary_is_outcome=False), False),
        ("G0.outcome", replace(READY, primary_is_outcome=None), None),
        ("G0.owner", replace(READY, is_owner_accepted=False), False),
        ("G0.sponsor", replace(READY, has_sponsor_rank=False), False),
        ("G0.sponsor", replace(READY, is_sponsor_named=None), None),
        ("G1.sponsor", replace(READY, is_sponsor_accepted=False), False),
        ("G1.effect", replace(READY, lag_weeks=None), False),
        ("G1.effect", replace(READY, lag_weeks=0, ramp_weeks=0), True),
        ("G1.effect", replace(READY, scores=scores(F1_2=0)), False),
        ("G1.kill", replace(READY, kill_criteria=0), False),
        ("G1.kill", replace(READY, kill_criteria=None), None),
        ("G1.budget", replace(READY, budget=None), False),
        ("G1.budget", replace(READY, budget=0.0), True),
        ("G1.source", replace(READY, has_source_delivered=None), None),
        ("G1.privacy", replace(READY, scores=scores(F3_6=1)), False),
        ("G1.privacy", replace(READY, scores=scores(F3_6=None)), False),
        ("G1.people", replace(READY, scores=scores(F4_1=1)), False),
        ("G1.readiness", replace(READY, scores=scores(F5_1=0, F5_2=0, F5_3=1)), False),
        ("G1.readiness", replace(READY, scores=scores(F5_1=1, F5_2=1, F5_3=1)), True),
        ("G2.seats", replace(READY, is_owner_accepted=False), False),
        ("G2.baseline", replace(READY, is_baseline_locked=False), False),
        ("G2.baseline", replace(READY, baseline_periods=7), False),
        ("G2.baseline", replace(READY, baseline_periods=4, track="light"), True),
        ("G2.baseline", replace(READY, baseline_coverage=0.79), False),
        ("G2.baseline", replace(READY, baseline_coverage=None), None),
        ("G2.guardrail", replace(READY, guardrails=0), False),
        ("G2.rules", replace(READY, domains_without_rules=("titles",)), False),
        ("G2.rules", replace(READY, domains_without_rules=None), None),
        ("G2.deciders", replace(READY, domains_without_decider=("titles",)), False),
        ("G2.people", replace(READY, scores=scores(F4_2=0)), False),
        ("G2.readiness", replace(READY, scores=scores(F4_1=2, F4_2=1, F4_3=1, F4_4=0, F4_5=1, F4_6=1)), False),
        ("G2.power", replace(READY, detectable_effect=0.21), False),
        ("G2.power", replace(READY, detectable_effect=None), None),
        ("G2.control", replace(READY, has_control=False), False),
        ("G3.seats", replace(READY, is_sponsor_accepted=False), False),
        ("G3.guardrails", replace(READY, guardrails_broken=1), False),
        ("G3.guardrails", replace(READY, guardrails_broken=None), None),
        ("G3.data", replace(READY, verdict=Status.DATA_STALE), False),
        ("G3.data", replace(READY, verdict=None), None),
        ("G3.export", replace(READY, scores=scores(F5_2=0)), False),
        ("G3.terms", replace(READY, scores=scores(F5_3=0)), False),
        ("G3.verdict", replace(READY, verdict=Status.STALLED), False),
        ("G3.payback", replace(READY, payback=12.1), False),
        ("G3.payback", replace(READY, payback=None), False),
        ("G3.payback", replace(READY, is_payback_known=False), None),
    ],
)
def test_a_criterion_follows_its_fact(code: str, facts: Facts, expected: bool | None) -> None:  # noqa: FBT001  a table
    assert met(code, facts) is expected
    assert (code in unmet(Gate(code[:2]), facts) + weak(Gate(code[:2]), facts)) is (expected is not True)


def test_forgetting_a_fact_never_opens_a_gate() -> None:
    for name in (item.name for item in fields(Facts)):
        if name in ("track", "scores", "waived", "is_payback_known"):
            continue
        forgotten = replace(READY, **{name: None})  # type: ignore[arg-type]  # only fields that may be None
        for gate in Gate:
            assert set(unmet(gate, forgotten)) >= set(unmet(gate, READY))


def test_the_light_track_has_no_soft_criteria() -> None:
    light = replace(READY, track="light", has_control=False)

    assert weak(Gate.G2, light) == []
    assert all(row["hard"] for row in results(Gate.G2, light))


def test_a_waiver_covers_soft_criteria_only() -> None:
    facts = replace(READY, has_control=False, guardrails=0, waived=frozenset({"G2.control", "G2.guardrail"}))

    assert weak(Gate.G2, facts) == []
    assert unmet(Gate.G2, facts) == ["G2.guardrail"]


@pytest.mark.parametrize("facts", [Facts(), READY, replace(READY, domains_without_rules=("titles", "links"))])
def test_every_criterion_has_a_sentence_whatever_is_known(facts: Facts) -> None:
    assert set(gate_words.CRITERION) == CODES
    for gate in Gate:
        for row in results(gate, facts):
            said = gate_words.sentence(row)
            assert said.endswith(".")
            assert "%" not in said.replace("+20%", "")


def test_a_sentence_says_what_is_missing() -> None:
    (rules,) = [
        row for row in results(Gate.G2, replace(READY, domains_without_rules=("titles",))) if "rules" in row["code"]
    ]

    assert gate_words.sentence(rules) == "Publish decision rules for every domain in use: titles."
