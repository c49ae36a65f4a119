"""At the end of the time-box: what the verdicts say, what was agreed to make us stop, and what stopping leaves."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from decisions.models import GateDecision
from decisions.moves import advised
from initiatives.flags import Severity
from initiatives.models import Flag, Target
from initiatives.services import evidence
from initiatives.tasks import watch_due
from initiatives.verdicts import Status
from metrics.models import Kpi
from tests.cast import MONDAY, Caller, Cast
from tests.decisions.conftest import seen
from tests.markup import read, text
from tests.metrics.builders import daily, store

LATER = MONDAY + timedelta(days=46)


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch, reviewed: GateDecision) -> None:
    monkeypatch.setattr("ownership.clock.now", lambda: LATER)


@pytest.fixture
def judged(reviewed: GateDecision, cast: Cast) -> GateDecision:
    """Six weeks of 18 leads a day, where 20 were usual and 19 agreed as the least."""
    kpi = Kpi.objects.get()
    assert kpi.source_of_record
    store(kpi.source_of_record, daily(kpi, [18.0] * 46, first=date(2026, 3, 2)))
    evidence.book_cost(
        initiative=reviewed.initiative,
        category="tool",
        on=date(2026, 3, 10),
        by=cast.tom,
        at=LATER,
        amount=Decimal(6_000),
    )
    watch_due()
    return GateDecision.objects.get(pk=reviewed.pk)


def page(judged: GateDecision, cast: Cast) -> str:
    answer = Caller(cast.marieke).get(f"/initiatives/{judged.initiative.ref}/gates/G3/")
    assert read(answer.content.decode()).faults == []
    return text(answer)


def test_the_sponsor_reads_verdict_stop_conditions_and_what_stopping_leaves(judged: GateDecision, cast: Cast) -> None:
    said = page(judged, cast)

    main = Target.objects.get(role="primary")
    assert main.verdict is not None
    assert main.verdict.ref in said
    assert "fewer than 19 leads a day" in said
    assert "agreed by Tom Bakker on Mon 2 Mar 2026, by Wed 15 Apr 2026: 126 against 133" in said
    assert "It is so" in said
    assert "Stopping now leaves €12,000 of the budget for something else, and a lesson for all." in said
    (stop,) = main.verdict.stops
    assert (stop["is_met"], stop["value"]) == (True, pytest.approx(126))
    flag = Flag.objects.get(kind="S2")
    assert (flag.severity, flag.factor) == (Severity.ALARM, "F1")


def test_what_was_decided_on_stays_as_it_was(judged: GateDecision, cast: Cast) -> None:
    before = page(judged, cast)
    answer = Caller(cast.marieke).post(
        f"/api/v1/gates/{judged.pk}/return/", seen=seen(judged), reason="Tell me why it fell"
    )
    first = Target.objects.select_related("verdict").get(role="primary").verdict
    Target.objects.filter(role="primary").update(verdict=None, status="")

    after = page(judged, cast)

    assert answer.status_code == 200
    assert first is not None
    assert first.ref in before
    assert first.ref in after
    assert "It is so" in after


def test_a_revised_verdict_is_another_case(judged: GateDecision, cast: Cast) -> None:
    was = seen(judged)
    Target.objects.filter(role="primary").update(verdict=None)

    answer = Caller(cast.marieke).post(f"/api/v1/gates/{judged.pk}/iterate/", seen=was, reason="Other pages")

    assert answer.status_code == 412


@pytest.mark.parametrize(
    ("verdict", "choice"),
    [
        (Status.REACHED, "approve"),
        (Status.ON_TRACK, "approve"),
        (Status.BEHIND, "iterate"),
        (Status.UNLIKELY, "stop"),
        (Status.STALLED, "stop"),
        (Status.MISSED, "stop"),
        (Status.INSUFFICIENT, None),
        (None, None),
    ],
)
def test_a_verdict_speaks_for_one_way_on(verdict: Status | None, choice: str | None) -> None:
    assert advised(verdict) == choice
