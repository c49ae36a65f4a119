"""Which facts raise which flag, whom it asks and what may be answered."""

from dataclasses import replace

import pytest

from initiatives.flags import DECIDING, REPORTING, RULES, Asked, Facts, FlagKind, Severity, changes, findings
from initiatives.lifecycle import State
from initiatives.readiness import Factor
from initiatives.verdicts import Badge, Status, Words

PILOT = Facts(state=State.PILOT, target="organic_leads", verdict=Status.ON_TRACK, horizon=12)

SPENDING = replace(PILOT, budget=10_000.0, spent=6_000.0, planned=1_000.0)


def raised(facts: Facts) -> list[tuple[str, str, str]]:
    return [(found.kind.value, found.subject, found.words.code) for found in findings(facts)]


def test_a_pilot_on_track_raises_nothing() -> None:
    assert findings(PILOT) == []


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            replace(PILOT, verdict=Status.DATA_STALE, verdict_words=Words("data-stale", {"since": "2026-03-01"})),
            [("S1", "organic_leads", "data-stale")],
        ),
        (replace(PILOT, verdict=Status.STALLED), [("S2", "organic_leads", "stalled")]),
        (replace(PILOT, verdict=Status.REGRESSING), [("S2", "organic_leads", "regressing")]),
        (replace(PILOT, undecided=2), [("S3", "organic_leads", "undecided")]),
        (replace(PILOT, badges=(Badge.LOW_RESOLUTION,)), [("S3", "organic_leads", "low-resolution")]),
        (replace(PILOT, badges=(Badge.LOW_RESOLUTION,), is_resolution_signed=True), []),
        (replace(PILOT, undecided=1), []),
        (replace(PILOT, chances=(0.05, 0.09)), [("S4", "roi", "roi-negative")]),
        (replace(PILOT, chances=(0.05, 0.2)), []),
        (replace(PILOT, chances=(0.05,)), []),
        (replace(PILOT, is_payback_known=True, payback=12.5), [("S4", "roi", "payback-late")]),
        (replace(PILOT, is_payback_known=True, payback=None), [("S4", "roi", "payback-never")]),
        (replace(PILOT, is_payback_known=True, payback=12.0), []),
        (replace(PILOT, payback=99.0), []),
        (replace(PILOT, state=State.REVIEW, days_in_review=6), [("S6", "review", "review-open")]),
        (replace(PILOT, state=State.REVIEW, days_in_review=5), []),
        (replace(PILOT, vacant_days={"sponsor": 3}), [("S7", "sponsor", "seat-vacant")]),
        (replace(PILOT, days_since_sponsor_act=30), [("S7", "heartbeat", "sponsor-silent")]),
        (replace(PILOT, days_since_sponsor_act=29), []),
        (
            replace(PILOT, vacant_days={"sponsor": 3}, days_since_sponsor_act=90),
            [("S7", "sponsor", "seat-vacant")],
        ),
        (replace(PILOT, kills=(Words("kill-met"), Words("kill-met"))), [("S2", "organic_leads", "kill-met")]),
        (replace(PILOT, verdict=Status.STALLED, kills=(Words("kill-met"),)), [("S2", "organic_leads", "stalled")]),
        (replace(SPENDING, earned=199.0), [("S5", "budget", "burn")]),
        (replace(SPENDING, earned=200.0), []),
        (replace(SPENDING, earned=0.0, spent=5_999.0), []),
        (replace(SPENDING, earned=None), []),
        (replace(SPENDING, earned=-5.0, planned=0.0), []),
        (replace(PILOT, adoption=(0.39, 0.39)), [("S9", "adoption", "adoption-low")]),
        (replace(PILOT, adoption=(0.39, 0.38)), []),
        (replace(PILOT, adoption=(0.40, 0.60)), []),
        (replace(PILOT, broken={"target:7": Words("guardrail-broken")}), [("S10", "target:7", "guardrail-broken")]),
        (replace(PILOT, doubts={"target:7": Words("zero-weeks")}), [("S11", "target:7", "zero-weeks")]),
        (replace(PILOT, outdated={"F5.2": 366, "F5.3": 365}), [("S12", "F5.2", "answer-outdated")]),
    ],
)
def test_a_fact_raises_its_flag(facts: Facts, expected: list[tuple[str, str, str]]) -> None:
    assert raised(facts) == expected


@pytest.mark.parametrize("state", [State.DRAFT, State.SUBMITTED, State.PAUSED, State.STOPPED])
def test_nobody_is_asked_about_what_does_not_run(state: State) -> None:
    said = {"target:7": Words("anything")}
    facts = replace(SPENDING, state=state, verdict=Status.STALLED, vacant_days={"owner": 2}, chances=(0.0, 0.0))
    facts = replace(facts, earned=0.0, adoption=(0.0, 0.0), broken=said, doubts=said, outdated={"F5.2": 900})

    assert findings(facts) == []


def test_harm_is_louder_and_more_urgent_than_standing_still() -> None:
    (harm,) = findings(replace(PILOT, verdict=Status.REGRESSING))
    (still,) = findings(replace(PILOT, verdict=Status.STALLED))

    assert (harm.severity, harm.due_days) == (Severity.ALARM, 2)
    assert (still.severity, still.due_days) == (Severity.WARNING, 7)
    assert harm.key == still.key


def test_a_condition_to_stop_that_is_met_makes_standing_still_loud() -> None:
    (still,) = findings(replace(PILOT, verdict=Status.STALLED, kills=(Words("kill-met"),)))

    assert (still.severity, still.due_days) == (Severity.ALARM, 2)


def test_every_kind_names_a_factor_a_ladder_and_its_answers() -> None:
    assert set(RULES) == set(FlagKind)
    assert RULES[FlagKind.SILENT].factor is Factor.DATA
    assert RULES[FlagKind.NO_RETURN].replies == DECIDING
    assert RULES[FlagKind.LEADERSHIP].replies == REPORTING


def test_silence_climbs_the_ladder_and_stays_on_its_last_rung() -> None:
    rule = RULES[FlagKind.SILENT]

    assert [rule.asked(rung) for rung in range(4)] == [
        {Asked.STEWARD},
        {Asked.OWNER},
        {Asked.SPONSOR},
        {Asked.SPONSOR},
    ]
    assert RULES[FlagKind.NO_RETURN].asked(0) == {Asked.OWNER, Asked.SPONSOR}


def test_a_flag_opens_once_and_closes_when_its_ground_is_gone() -> None:
    found = findings(replace(PILOT, verdict=Status.STALLED))

    to_open, to_close = changes({(FlagKind.TIME_BOX, "review")}, found)
    again, none = changes({found[0].key}, found)

    assert (to_open, to_close) == (found, {(FlagKind.TIME_BOX, "review")})
    assert (again, none) == ([], set())
