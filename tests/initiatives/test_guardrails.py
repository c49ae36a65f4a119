"""Did what must not fall hold?"""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from initiatives import guardrails
from initiatives.guardrails import tolerated, watch
from initiatives.pilot_weeks import PilotWeek
from initiatives.sentences import sentence
from initiatives.verdicts import Badge, Plan, Status, Verdict
from metrics.catalogue import Direction, Grain, Kind
from metrics.periods import Period, Weekly, month_start

START = date(2026, 3, 2)
STEADY = [400.0, 404, 396, 402, 398, 400, 403, 397]


def plan(**changes: Any) -> Plan:
    agreed: dict[str, Any] = {
        "kind": Kind.COUNT,
        "lower_is_better": False,
        "goal": 0.0,
        "smallest_effect": 0.0,
        "starts_on": START,
        "due_on": START + timedelta(weeks=6),
    }
    return Plan(**agreed | changes)


def week(after: list[float], *, before: list[float] = STEADY, **changes: Any) -> PilotWeek:
    values, first = [*before, *after], -len(before)
    weeks = Weekly(list(range(first, len(after))), values, None, [7] * len(values), [7.0] * len(values))
    return PilotWeek(plan(), "balanced", len(after), weeks, **{"margin": 0.05} | changes)


def judged(*cases: PilotWeek) -> list[Verdict]:
    return guardrails.judge(cases)


@pytest.mark.parametrize(
    ("after", "status", "code"),
    [
        ([400.0, 396, 404, 401], Status.ON_TRACK, "fall-unlikely"),
        ([392.0, 388, 395, 391], Status.ON_TRACK, "fall-unlikely"),
        ([240.0, 246, 238, 243], Status.REGRESSING, "fall-likely"),
        ([480.0, 490, 500, 470], Status.ON_TRACK, "fall-unlikely"),
        ([400.0, 396, 404, 240], Status.ON_TRACK, "fall-possible"),
        ([320.0], Status.INSUFFICIENT, "too-early"),
        ([], Status.INSUFFICIENT, "too-early"),
    ],
)
def test_a_guardrail_breaks_when_it_has_probably_fallen_by_more_than_the_margin(
    after: list[float], status: Status, code: str
) -> None:
    (said,) = judged(week(after))

    assert (said.status, said.words.code) == (status, code)


def test_it_is_watched_long_after_the_pilots_deadline_and_in_any_company() -> None:
    old, new = week([*STEADY * 5, 240, 246, 238]), week(STEADY[:3])

    together, alone = judged(old, new), [*judged(old), *judged(new)]

    assert [said.status for said in together] == [Status.REGRESSING, Status.ON_TRACK]
    chances = [[said.words.parameters["chance"] for said in them] for them in (together, alone)]
    assert chances[0] == pytest.approx(chances[1], rel=1e-9)


def test_what_is_missing_is_said_before_anything_else() -> None:
    silent = week([400.0, 396, 404, 401], is_stale=True, stale_since=START + timedelta(weeks=4))
    short = week([240.0, 246, 238, 243], before=STEADY[:2])

    said, nothing_before = judged(silent, short)

    assert (said.status, said.words.parameters, said.effect) == (Status.DATA_STALE, {"since": "2026-03-30"}, None)
    assert (nothing_before.status, nothing_before.words.code) == (Status.INSUFFICIENT, "no-baseline")


def test_silence_mends_nothing_and_is_told_with_what_broke() -> None:
    (said,) = judged(week([240.0, 246, 238, 243], is_stale=True, stale_since=START + timedelta(weeks=4)))

    assert (said.status, said.words.code) == (Status.REGRESSING, "fall-likely")
    assert said.words.parameters["silent_since"] == "2026-03-30"
    assert sentence(said.words, kpi="Clicks").endswith(
        "No new value since Mon 30 Mar 2026; until one comes it counts as broken."
    )


def test_what_it_says_comes_with_figures_badges_and_units() -> None:
    (said,) = judged(week([240.0, 246, 238, 243], shocks=(2,)))

    assert (said.words.parameters["tolerated"], said.words.parameters["unit"]) == (-0.05, "%")
    assert 0.9 < float(said.words.parameters["chance"] or 0) <= 1
    assert said.units == pytest.approx(240 + 246 + 238 + 243 - 1600)
    assert (said.badges, said.weeks_known) == ((Badge.SHOCK, Badge.NO_CONTROL), 4)


def test_while_it_holds_a_chance_is_told_and_no_fall() -> None:
    (said,) = judged(week([400.0, 396, 404, 401]))

    assert (said.effect, said.low, said.high) == (None, None, None)
    assert 0 < float(said.words.parameters["chance"] or 0) < 0.1


def test_a_stored_week_says_the_same_again() -> None:
    case = week([240.0, 246, 238, 243])

    assert judged(PilotWeek.of(json.loads(json.dumps(case.stored())))) == judged(case)


def periods(levels: list[float], first: int = 0, den: float | None = None) -> list[Period]:
    return [Period(first + n, level, den, 7) for n, level in enumerate(levels)]


def test_points_are_points_and_not_percent() -> None:
    before = periods([80.0, 81, 79, 80], -4, den=100.0)

    share = plan(kind=Kind.RATIO)
    assert tolerated(share, Direction.NOT_BELOW_POINTS, 0.02, before) == pytest.approx(0.025)
    assert tolerated(share, Direction.NOT_BELOW, 0.02, before) == 0.02


def of_months(last: float, as_of: date = date(2026, 5, 2)) -> Verdict:
    return watch(
        plan(kind=Kind.RATIO, judged=Grain.MONTH, starts_on=date(2026, 3, 1), due_on=month_start(as_of)),
        direction=Direction.NOT_BELOW_POINTS,
        margin=0.02,
        baseline=[Period(n, 80.0, 100.0, 30) for n in range(-3, 0)],
        pilot=[Period(0, 80.0, 100.0, 31), Period(1, last, 100.0, 30)],
        known_until=date(2026, 5, 1),
        as_of=as_of,
    )


def test_what_comes_by_the_month_is_compared_when_the_month_is_over() -> None:
    assert [of_months(last).status for last in (79.0, 77.0)] == [Status.ON_TRACK, Status.REGRESSING]


def test_a_month_without_values_mends_nothing() -> None:
    held, broke = (of_months(last, as_of=date(2026, 6, 2)) for last in (79.0, 77.0))

    assert held.status is Status.DATA_STALE
    assert (broke.status, broke.words.code) == (Status.REGRESSING, "guardrail-broken")
    assert broke.words.parameters["silent_since"] == "2026-05-01"


def test_in_its_first_month_it_says_that_it_is_compared_every_month() -> None:
    said = watch(
        plan(kind=Kind.RATIO, judged=Grain.MONTH, starts_on=date(2026, 3, 1), due_on=date(2026, 5, 1)),
        direction=Direction.NOT_BELOW,
        margin=0.02,
        baseline=[Period(n, 80.0, 100.0, 30) for n in range(-3, 0)],
        pilot=[],
        known_until=date(2026, 3, 9),
        as_of=date(2026, 3, 10),
    )

    assert (said.status, said.words.code) == (Status.INSUFFICIENT, "monthly-guardrail")


def under_ceiling(pilot: list[Period], kind: Kind, ceiling: float, *, days: int = 28, known: int = 28) -> Verdict:
    return watch(
        plan(kind=kind, lower_is_better=True, due_on=START + timedelta(weeks=12)),
        direction=Direction.NOT_ABOVE,
        margin=ceiling,
        baseline=[],
        pilot=pilot,
        known_until=START + timedelta(days=known),
        as_of=START + timedelta(days=days),
    )


@pytest.mark.parametrize(
    ("errors", "status"),
    [([0.0, 1, 0, 1], Status.ON_TRACK), ([3.0, 3, 3, 3], Status.ON_TRACK), ([9.0, 8, 9, 9], Status.REGRESSING)],
)
def test_a_share_breaks_its_ceiling_when_chance_cannot_explain_it(errors: list[float], status: Status) -> None:
    assert under_ceiling(periods(errors, den=100.0), Kind.RATIO, 0.02).status is status


def test_one_complaint_breaks_a_ceiling_of_none() -> None:
    none, one = [0.0, 0, 0], [0.0, 1, 0]

    assert under_ceiling(periods(none), Kind.COUNT, 0.0).status is Status.ON_TRACK
    assert under_ceiling(periods(one), Kind.COUNT, 0.0).status is Status.REGRESSING
    assert under_ceiling([], Kind.COUNT, 0.0).words.code == "insufficient-data"


def test_a_ceiling_over_nothing_observed_neither_holds_nor_breaks() -> None:
    nothing = under_ceiling(periods([0.0], den=0.0), Kind.RATIO, 0.02)

    assert (nothing.status, nothing.words.code) == (Status.INSUFFICIENT, "insufficient-data")


def test_a_ceiling_without_a_value_asks_for_the_week_that_now_runs() -> None:
    said = watch(
        plan(kind=Kind.COUNT, lower_is_better=True, stored=Grain.WEEK, due_on=START + timedelta(weeks=12)),
        direction=Direction.NOT_ABOVE,
        margin=1.0,
        baseline=[],
        pilot=[],
        known_until=None,
        as_of=START + timedelta(days=20),
    )

    assert (said.status, said.words.parameters) == (Status.INSUFFICIENT, {"weeks": 1, "until": 3})


def test_a_ceiling_that_broke_stays_broken_in_silence() -> None:
    one, none = (under_ceiling(periods([0.0, last]), Kind.COUNT, 0.0, days=60, known=14) for last in (1.0, 0.0))

    assert (one.status, one.words.parameters["silent_since"]) == (Status.REGRESSING, "2026-03-16")
    assert none.status is Status.DATA_STALE
