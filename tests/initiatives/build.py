"""INI-14 as people make it: through the acts themselves."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from decisions.models import GateDecision
from decisions.models.cases import read_case
from initiatives.lifecycle import Gate, State, gate_for
from initiatives.models import Goal, Initiative, Target
from initiatives.services import baselines, drafting, promises
from metrics.catalogue import CATALOGUE
from metrics.models import Batch, Kpi, Snapshot, Source
from ownership import services
from ownership.models import Appointment, Seat, User
from ownership.policy import SeatKind
from tests.cast import MONDAY, Cast

TODAY = MONDAY.date()
STEADY = [400, 420, 390, 430, 410, 400, 425, 405]  # leads a week: 410, give or take 14


@transaction.atomic
def a_seat(kind: SeatKind, holder: User, title: str = "") -> Seat:
    """A seat, and the accepted appointment of who holds it."""
    assert holder.unit
    seat = Seat.objects.create(kind=kind, title=title or kind, unit=holder.unit, holder=holder)
    Appointment.objects.create(
        seat=seat, person=holder, proposed_by=holder, proposed_at=MONDAY, accepted_at=MONDAY, cause="for a test"
    )
    return seat


def a_goal(cast: Cast, statement: str = "More qualified leads") -> Goal:
    return drafting.set_goal(
        statement=statement, horizon_on=date(2027, 12, 31), unit=cast.marketing, by=cast.marieke, at=MONDAY
    )


def a_draft(cast: Cast, title: str = "AI-refreshed product pages", **fields: Any) -> Initiative:
    """By Tom, for a goal of Marieke's."""
    given = {"goal": a_goal(cast)} | fields
    return drafting.draft(title=title, unit=cast.marketing, by=cast.tom, at=MONDAY, **given)


def a_kpi(
    cast: Cast, key: str = "organic_leads", name: str = "Organic leads", *, grain: str = "day", **fields: Any
) -> Kpi:
    """A KPI of the catalogue, stewarded by Daan, with its source of record."""
    kind = CATALOGUE[key]
    source = Source.objects.create(kind="manual", name=f"{name} by hand", unit=cast.marketing)
    given = {
        "type": key,
        "name": name,
        "unit": cast.marketing,
        "metric_class": kind.metric_class,
        "chain": kind.chain,
        "grain": grain,
        "source_of_record": source,
        "steward": a_seat(SeatKind.STEWARD, cast.daan, f"Steward of {name}"),
    }
    return Kpi.objects.create(**given | fields)


def deliver(
    kpi: Kpi, starts_on: date, values: Iterable[float | None], *, den: float | None = None, at: Any = MONDAY
) -> None:
    """One value a day from a day on; None is a day without one."""
    assert kpi.source_of_record
    batch = Batch.objects.create(kind="manual", source=kpi.source_of_record, at=at)
    Snapshot.objects.bulk_create(
        Snapshot(
            kpi=kpi,
            source=kpi.source_of_record,
            period_start=starts_on + timedelta(days=n),
            batch=batch,
            recorded_at=at,
            num=value,
            den=den,
        )
        for n, value in enumerate(values)
        if value is not None
    )


def weeks(levels: Iterable[float]) -> list[float]:
    """Seven equal days for each weekly sum."""
    return [level / 7 for level in levels for _ in range(7)]


def a_main_target(initiative: Initiative, kpi: Kpi, **fields: Any) -> Target:
    """+12 % leads in six weeks, at €84 to €132 a lead."""
    given: dict[str, Any] = {
        "goal": 0.12,
        "smallest_effect": 0.05,
        "lag_weeks": 0,
        "ramp_weeks": 0,
        "value_low": 84,
        "value_likely": 108,
        "value_high": 132,
        "attribution": 0.7,
    }
    owner = initiative.owner.holder if initiative.owner else None
    assert owner
    return promises.set_target(initiative=initiative, kpi=kpi, role="primary", by=owner, at=MONDAY, **given | fields)


def with_sponsor(initiative: Initiative, cast: Cast) -> Initiative:
    """Marieke takes the seat that Tom offers her."""
    assert initiative.sponsor
    asked = services.propose_appointment(
        seat=initiative.sponsor, person=cast.marieke, by=cast.tom, at=MONDAY, reason="Her budget"
    )
    services.accept_appointment(appointment=asked, by=cast.marieke, at=MONDAY)
    return initiative


@transaction.atomic
def moved(initiative: Initiative, to: State, by: User, *, at: datetime = MONDAY, **fields: Any) -> Initiative:
    """A step, with the decision that its gate wants, whatever the gate's criteria say."""
    gate = gate_for(State(initiative.state), to)
    initiative.refresh_from_db()
    request = None
    if gate and gate is not Gate.G0:
        request = GateDecision.objects.ask(read_case(initiative), gate, by=None, at=at)
    step = initiative.move(to=to, by=by, at=at, reason="Go", expected_version=initiative.version, **fields)
    if request:
        decided = {"decided_by": by, "decided_at": at, "reason": "Go", "transition": step, "choice": "approve"}
        GateDecision.objects.filter(pk=request.pk).update(**decided)
    return initiative


def a_pilot(
    cast: Cast, *, before: Iterable[float] = STEADY, title: str = "AI-refreshed product pages", **target: Any
) -> Initiative:
    """Since the Monday a pilot of six weeks runs, on a locked baseline of the eight weeks before."""
    kpi = a_kpi(cast, name=f"Leads of {title}")
    deliver(kpi, TODAY - timedelta(weeks=8), weeks(before), at=MONDAY - timedelta(minutes=1))
    initiative = with_sponsor(a_draft(cast, title, budget=36000), cast)
    main = a_main_target(initiative, kpi, **{"due_on": TODAY + timedelta(weeks=6)} | target)
    a_day_later = MONDAY + timedelta(days=1)
    baseline = baselines.compute_baseline(target=main, by=cast.daan, at=a_day_later)
    baselines.lock_baseline(baseline=baseline, by=cast.daan, at=a_day_later, reason="Eight full weeks")
    moved(initiative, State.SUBMITTED, cast.tom)
    moved(initiative, State.BASELINING, cast.marieke)
    window: dict[str, Any] = {"pilot_starts_on": TODAY, "pilot_ends_on": TODAY + timedelta(weeks=6)}
    return moved(initiative, State.PILOT, cast.daan, **window)
