"""What a draft would have answered to what is recorded: T3 of the page titles, sure at 60 % instead of at 80 %."""

from datetime import date, timedelta
from math import isclose
from typing import Any

from decisions import rules, standard
from decisions.rules import Authority, Edition, HitPolicy, Program, Table, backtest
from decisions.rules.backtest import Recorded
from initiatives.shares import wilson

MONDAY = date(2026, 3, 9)
SCHEMA = rules.read_schema(standard.DOMAINS[0].facts + standard.common(["title_rewrite"]))
SURE: dict[str, rules.Value] = {"page_class": "long_tail", "ai_confidence": 0.9, "track_record_lb": 0.7}
LESS_SURE: dict[str, rules.Value] = SURE | {"ai_confidence": 0.7}
PERSON, SAMPLED = Authority.HUMAN_DECIDES, Authority.AI_SAMPLED


def draft(confidence: float = 0.6, **then: Any) -> Program:
    rows: list[dict[str, Any]] = [dict(row) for row in standard.DOMAINS[0].rules["rows"]]
    rows[2] = {**rows[2], "when": {**rows[2]["when"], "ai_confidence": {"gte": confidence}}}
    rows[2]["then"] = {**rows[2]["then"], **then}
    return Program(
        schema={},
        floor=Edition(Table(HitPolicy.RESTRICTIVE, (), {})),
        table=Edition(rules.read_table({"rows": rows}, SCHEMA)),
        default=rules.Default(PERSON, "SEO lead", 5),
        on=MONDAY,
    )


def recorded(ref: str, facts: dict[str, rules.Value], was: Authority, **more: Any) -> Recorded:
    return Recorded(ref, more.pop("on", MONDAY), facts, was, **more)


def test_cases_move_in_the_matrix_and_are_named() -> None:
    strict = recorded("R-3", SURE | {"page_class": "support"}, SAMPLED)
    cases = [recorded("R-1", SURE, SAMPLED), recorded("R-2", LESS_SURE, PERSON), strict]

    report = backtest.replay(cases, draft())

    assert report.matrix == {(SAMPLED, SAMPLED): 1, (PERSON, SAMPLED): 1, (SAMPLED, PERSON): 1}
    assert [(moved.ref, moved.code) for moved in report.loosened] == [("R-2", "T3")]
    assert [(moved.ref, moved.becomes) for moved in report.tightened] == [("R-3", PERSON)]


def test_a_case_that_hangs_on_an_unknown_fact_is_listed_and_not_guessed() -> None:
    unknown = {name: value for name, value in LESS_SURE.items() if name != "track_record_lb"}
    beside_the_point: dict[str, rules.Value] = {"page_class": "support"}
    cases = [recorded("R-1", unknown, PERSON), recorded("R-2", beside_the_point, PERSON)]

    report = backtest.replay(cases, draft())

    assert report.not_replayable == [("R-1", ("track_record_lb",))]
    assert (report.replayed, sum(report.matrix.values())) == (1, 1)


def test_bad_outcomes_of_the_newly_automatic_stand_beside_those_of_the_automatic() -> None:
    """As in the design: 36 % beside 19 %, each with its interval."""
    newly = [recorded(f"R-{n}", LESS_SURE, PERSON, outcome="bad" if n < 36 else "good") for n in range(100)]
    already = [recorded(f"S-{n}", SURE, SAMPLED, outcome="bad" if n < 19 else "good") for n in range(100)]
    open_ones = [recorded("U-1", LESS_SURE, PERSON, outcome="unclear"), recorded("U-2", LESS_SURE, PERSON)]

    report = backtest.replay([*newly, *already, *open_ones], draft())

    assert report.newly_automatic[:2] == (36, 100)
    assert report.already_automatic[:2] == (19, 100)
    assert report.newly_automatic.low > 0.27 > report.already_automatic.low
    assert report.is_enough


def test_hours_are_those_of_the_people_who_no_longer_decide() -> None:
    cases = [recorded(f"R-{n}", LESS_SURE, PERSON, minutes=minutes) for n, minutes in enumerate([6, 12, 60])]

    assert backtest.replay(cases, draft()).hours_saved == 0.6
    assert backtest.replay([recorded("R-1", LESS_SURE, PERSON)], draft()).hours_saved is None


def test_a_full_cap_is_a_breach_and_takes_nothing() -> None:
    program = draft(caps={"changes_per_day": 2, "pages_per_week": 25})
    tuesday = MONDAY + timedelta(days=1)
    cases = [recorded(f"R-{n}", SURE, SAMPLED) for n in range(3)]
    cases += [
        recorded("R-20", SURE, SAMPLED, pages=20, on=tuesday),
        recorded("R-4", SURE, SAMPLED, pages=4, on=tuesday),
    ]
    cases.append(recorded("R-9", SURE, SAMPLED, pages=9, on=MONDAY + timedelta(days=7)))

    report = backtest.replay(cases, program)

    assert report.breaches == [("R-2", "changes_per_day"), ("R-4", "pages_per_week")]


def test_an_unknown_share_of_revenue_is_a_breach() -> None:
    program = draft(caps={"revenue_share": 0.1})
    cases = [recorded("R-1", SURE | {"revenue_share": 0.05}, SAMPLED), recorded("R-2", SURE, SAMPLED)]

    assert backtest.replay(cases, program).breaches == [("R-2", "revenue_share")]


def test_progress_is_told_now_and_then() -> None:
    heard: list[int] = []

    backtest.replay([recorded("R-1", SURE, SAMPLED)] * 1200, draft(), report_progress=heard.append)

    assert heard == [500, 1000]


def test_the_interval_of_a_share_is_that_of_wilson() -> None:
    """The lower bounds that the design states for a track record, and the whole of one from Wilson's formula."""
    lows = [round(wilson(good, of)[0], 2) for good, of in ((8, 10), (16, 20), (20, 25), (80, 100))]
    low, high = wilson(36, 100)

    assert lows == [0.49, 0.58, 0.61, 0.71]
    assert isclose(low, 0.2727, abs_tol=1e-4)
    assert isclose(high, 0.4576, abs_tol=1e-4)
    assert wilson(0, 0) == (0, 1)
