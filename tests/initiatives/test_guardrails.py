"""Did what must not fall hold?"""

from datetime import date, timedelta
from typing import Any

import pytest

from initiatives.guardrails import watch
from initiatives.verdicts import Plan, Status
from metrics.catalogue import Direction, Kind
from metrics.periods import Period

START = date(2026, 3, 2)


def periods(levels: list[float], first: int = 0, den: float | None = None) -> list[Period]:
    return [Period(first + n, level, den, 7) for n, level in enumerate(levels)]


def seen(
    before: list[float],
    after: list[float],
    *,
    direction: Direction = Direction.NOT_BELOW,
    margin: float = 0.05,
    kind: Kind = Kind.COUNT,
    den: float | None = None,
) -> Status:
    plan = Plan(
        kind=kind,
        lower_is_better=direction is Direction.NOT_ABOVE,
        goal=0.15,
        smallest_effect=margin or 0.01,
        starts_on=START,
        due_on=START + timedelta(weeks=6),
    )
    return watch(
        plan,
        direction=direction,
        margin=margin,
        baseline=periods(before, -len(before), den),
        pilot=periods(after, 0, den),
        known_until=START + timedelta(weeks=len(after)),
        as_of=START + timedelta(weeks=len(after)),
    ).status


STEADY = [400.0, 404, 396, 402, 398, 400, 403, 397]


@pytest.mark.parametrize(
    ("after", "status"),
    [
        ([400.0, 396, 404, 401], Status.ON_TRACK),
        ([392.0, 388, 395, 391], Status.ON_TRACK),
        ([320.0, 330, 315, 325], Status.REGRESSING),
        ([480.0, 490, 500, 470], Status.ON_TRACK),
        ([320.0], Status.INSUFFICIENT),
    ],
)
def test_a_guardrail_breaks_when_even_the_kindest_reading_is_beyond_the_margin(
    after: list[float], status: Status
) -> None:
    assert seen(STEADY, after) is status


def test_points_are_points_and_not_percent() -> None:
    before, small, large = [80.0, 81, 79, 80, 80, 81, 79, 80], [79.0, 79, 78, 79], [74.0, 73, 74, 75]
    given: dict[str, Any] = {"direction": Direction.NOT_BELOW_POINTS, "margin": 0.02, "kind": Kind.RATIO, "den": 100.0}

    assert seen(before, small, **given) is Status.ON_TRACK
    assert seen(before, large, **given) is Status.REGRESSING


@pytest.mark.parametrize(
    ("errors", "status"),
    [([0.0, 1, 0, 1], Status.ON_TRACK), ([3.0, 3, 3, 3], Status.ON_TRACK), ([9.0, 8, 9, 9], Status.REGRESSING)],
)
def test_a_share_breaks_its_ceiling_when_chance_cannot_explain_it(errors: list[float], status: Status) -> None:
    given: dict[str, Any] = {"direction": Direction.NOT_ABOVE, "margin": 0.02, "kind": Kind.RATIO, "den": 100.0}

    assert seen([1.0] * 8, errors, **given) is status


def test_one_complaint_breaks_a_ceiling_of_none() -> None:
    given: dict[str, Any] = {"direction": Direction.NOT_ABOVE, "margin": 0.0}

    assert seen([0.0] * 8, [0.0, 0, 0], **given) is Status.ON_TRACK
    assert seen([0.0] * 8, [0.0, 1, 0], **given) is Status.REGRESSING
