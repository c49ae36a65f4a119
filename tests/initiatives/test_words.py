"""Every code has its words, and every sentence gets the figures it names."""

import ast
import re
from datetime import date, timedelta

import pytest

from config.environment import ROOT
from initiatives.flags import FlagKind, Reply
from initiatives.lifecycle import State
from initiatives.readiness import QUESTIONS, Factor
from initiatives.sentences import SENTENCES, question, sentence
from initiatives.verdicts import Badge, Plan, Status, Words, judge
from initiatives.words import BADGE, FLAG, REPLY, STATE, STATUS, factor_name
from metrics.catalogue import Kind
from metrics.periods import Period
from ownership.words import MINUS

START = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("table", "codes"), [(STATUS, Status), (BADGE, Badge), (STATE, State), (FLAG, FlagKind), (REPLY, Reply)]
)
def test_every_code_has_a_word(table: dict[str, object], codes: type[Status]) -> None:
    assert set(table) == set(codes)


def test_every_factor_and_question_can_be_said() -> None:
    assert factor_name(Factor.DATA) == "Bad data"
    assert all(question(code).endswith("?") for code in QUESTIONS)


def test_every_code_that_a_judgement_writes_has_a_sentence() -> None:
    written = {
        node.value
        for name in ("verdicts", "flags", "pilot_weeks", "guardrails")
        for node in ast.walk(ast.parse(ROOT.joinpath(f"initiatives/{name}.py").read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[a-z]+-[a-z-]+", node.value)
    }

    assert written - {badge.value for badge in Badge} <= set(SENTENCES)


def counted(values: list[float]) -> Words:
    plan = Plan(Kind.COUNT, False, 0.12, 0.05, starts_on=START, due_on=START + timedelta(weeks=8))  # noqa: FBT003
    baseline = [Period(at - 8, 100.0 + 3 * (-1) ** at, None, 7) for at in range(8)]
    pilot = [Period(at, value, None, 7) for at, value in enumerate(values)]
    as_of = START + timedelta(weeks=len(values))
    return judge(plan, baseline=baseline, pilot=pilot, known_until=as_of, as_of=as_of).words


def by_interval(code: str, effect: float, low: float, high: float) -> Words:
    """As verdicts were stored up to version 3 of the judges."""
    return Words(code, {"effect": effect, "low": low, "high": high, "goal": 0.12, "unit": "%"})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            by_interval("on-track", 0.144, 0.131, 0.158),
            "The agreed effect is there: Leads +14% (+13% to +16%); agreed was +12%.",
        ),
        (
            by_interval("stalled", 0.0, -0.018, 0.02),
            "Not even the smallest effect worth its money shows: Leads 0% (-2% to +2%); agreed was +12%.",
        ),
        (
            by_interval("regressing", -0.114, -0.131, -0.098),
            "Probably lower than without the pilot: Leads -11% (-13% to -10%).",
        ),
        (
            by_interval("regressing", 0.12, 0.103, 0.138),
            "Probably higher than without the pilot: Leads +12% (+10% to +14%).",
        ),
        (
            Words("fall-unlikely", {"tolerated": -0.05, "chance": 0.04, "unit": "%"}),
            "Leads holds: the chance that it went further than the tolerated -5% is 1 in 25.",
        ),
        (
            Words("fall-possible", {"tolerated": -0.05, "chance": 0.98, "unit": "%"}),
            "Leads may have gone further than the tolerated -5% (98 in 100); the next week will tell.",
        ),
        (
            Words(
                "fall-likely",
                {"effect": -0.31, "low": -0.38, "high": -0.24, "tolerated": -0.05, "chance": 0.97, "unit": "%"},
            ),
            "Leads went further than tolerated: -31% (-38% to -24%); tolerated is -5%. "
            "The chance of that is 97 in 100.",
        ),
        (counted([113] * 8), "Target reached: Leads +13% in the 28 days before Mon 4 May 2026; agreed was +12%."),
        (
            Words("insufficient-data", {"weeks": 1, "until": 2}),
            "Too little data: 1 more week needed. Too early to tell until week 2 of the pilot.",
        ),
        (
            Words("insufficient-data", {"weeks": 2, "until": 2}),
            "Too little data: 2 more weeks needed. Too early to tell until week 2 of the pilot.",
        ),
        (Words("data-stale", {"since": "2026-03-01"}), "No new Leads since Sun 1 Mar 2026; nobody can judge this."),
        (
            Words("low-resolution", {"goal": 0.05, "smallest": 0.21, "weeks": 6, "unit": "%"}),
            "This KPI cannot prove +5% in 6 weeks; the smallest provable is +21%.",
        ),
        (
            Words("roi-negative", {"chance": 0.05}),
            "The chance that it pays for itself is 1 in 20, for the second time in a row.",
        ),
        (
            Words("payback-late", {"payback": 14.25, "horizon": 12}),
            "At this rate it pays back after 14.2 months; agreed were 12.",
        ),
        (Words("seat-vacant", {"seat": "sponsor", "days": 3}), "Nobody has held the seat of sponsor for 3 days."),
    ],
)
def test_a_sentence_says_its_figures(said: Words, expected: str) -> None:
    assert sentence(said, kpi="Leads").replace(MINUS, "-") == expected


def test_amounts_are_said_as_amounts() -> None:
    said = Words("on-track", {"effect": 11.25, "low": 10.2, "high": 12.3, "goal": 10.0, "unit": ""})

    assert sentence(said, kpi="Hours") == "The agreed effect is there: Hours +11 (+10 to +12); agreed was +10."
