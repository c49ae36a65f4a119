"""INI-14 at each point of its life, made by the same acts as in real life."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from decisions.models import GateDecision
from decisions.models.cases import read_case
from decisions.services import gates
from initiatives.lifecycle import Gate
from initiatives.models import Baseline, Goal, Initiative, KillCriterion, PageSet, ReadinessAnswer, Target
from initiatives.readiness import QUESTIONS
from metrics.models import Kpi
from ownership import canonical
from ownership.models import Appointment, Event, Seat, User
from tests.cast import MONDAY, Cast
from tests.metrics.builders import a_kpi, a_source, daily, store


@transaction.atomic
def a_seat(cast: Cast, kind: str, holder: User | None, *, apart: UUID | None = None) -> Seat:
    """A seat, and the appointment by which somebody holds it."""
    seat = Seat.objects.create(
        kind=kind,
        title=kind,
        unit=cast.marketing,
        holder=holder,
        vacant_since=None if holder else MONDAY,
        apart=apart,
    )
    if holder:
        Appointment.objects.create(
            seat=seat, person=holder, proposed_by=cast.noor, proposed_at=MONDAY, accepted_at=MONDAY
        )
    return seat


def leads(cast: Cast) -> Kpi:
    """Organic leads, with values and Daan as their steward; one for all."""
    if kpi := Kpi.objects.filter(type="organic_leads").first():
        return kpi
    source = a_source(cast.marketing)
    kpi = a_kpi(cast.marketing, source)
    Kpi.objects.filter(pk=kpi.pk).update(steward=a_seat(cast, "steward", cast.daan))
    store(source, daily(kpi, [20.0] * 60))
    return kpi


def a_draft(cast: Cast, title: str = "AI-refreshed product pages") -> Initiative:
    """Marieke is its sponsor, Tom its owner, who wrote it together with Aisha. Nothing else stands in it."""
    apart = uuid4()
    owner = a_seat(cast, "owner", cast.tom, apart=apart)
    goal = Goal.objects.create(statement="More leads", horizon_on=date(2027, 12, 31), unit=cast.marketing, owner=owner)
    initiative = Initiative.objects.create(
        title=title,
        unit=cast.marketing,
        goal=goal,
        sponsor=a_seat(cast, "sponsor", cast.marieke, apart=apart),
        owner=owner,
        created_by=cast.tom,
        created_at=MONDAY,
        state_since=MONDAY,
    )
    Event.objects.record("initiative.drafted", about=initiative, by=cast.tom, at=MONDAY)
    Event.objects.record("initiative.edited", about=initiative, by=cast.aisha, at=MONDAY)
    return initiative


def fill(initiative: Initiative, cast: Cast) -> Initiative:
    """All that the gates up to the pilot ask for."""
    Initiative.objects.filter(pk=initiative.pk).update(budget=18000)
    kpi = leads(cast)
    pages = PageSet.objects.create(initiative=initiative, name="Products", patterns="/p/*", page_class="money")
    PageSet.objects.create(
        initiative=initiative, name="Untreated", patterns="/q/*", page_class="money", is_control=True
    )
    main = Target.objects.create(
        initiative=initiative,
        kpi=kpi,
        metric_class=kpi.metric_class,
        chain=kpi.chain,
        role="primary",
        goal=0.12,
        smallest_effect=0.05,
        due_on=date(2026, 6, 1),
        lag_weeks=1,
        ramp_weeks=2,
        page_set=pages,
    )
    Target.objects.create(
        initiative=initiative, kpi=kpi, metric_class=kpi.metric_class, chain=kpi.chain, role="guardrail", margin=0.05
    )
    KillCriterion.objects.create(
        initiative=initiative,
        text="fewer than 19 leads a day",
        target=main,
        threshold=133,
        by_on=date(2026, 4, 15),
        agreed_by=cast.tom,
        agreed_at=MONDAY,
    )
    ReadinessAnswer.objects.bulk_create(
        ReadinessAnswer(
            initiative=initiative,
            question=code,
            text="Yes",
            evidence="The minutes of Monday",
            answered_by=cast.tom,
            answered_at=MONDAY,
        )
        for code in QUESTIONS
    )
    lock_baseline(main, cast)
    initiative.refresh_from_db()
    return initiative


def lock_baseline(target: Target, cast: Cast) -> Baseline:
    return Baseline.objects.create(
        target=target,
        number=1,
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 2, 26),
        value=140.0,
        sd=9.0,
        n=8,
        coverage=1.0,
        detectable_effect=0.11,
        computed_at=MONDAY,
        locked_by=cast.daan,
        locked_at=MONDAY,
        sha256=canonical.sha256({"value": 140.0}),
    )


def seen(request: GateDecision) -> str:
    """The hash that somebody reads who opens the request now."""
    return request.opened(read_case(request.initiative)).sha256


def submit(initiative: Initiative, cast: Cast) -> GateDecision:
    return gates.submit(
        initiative=initiative, by=cast.tom, at=MONDAY, reason="Ready", expected_version=initiative.version
    )


def ask(initiative: Initiative, gate: Gate, by: User | None, *, days: int = 0) -> GateDecision:
    initiative.refresh_from_db()
    at = MONDAY + timedelta(days=days)
    return gates.request_gate(
        initiative=initiative, gate=gate, by=by, at=at, reason="Please", expected_version=initiative.version
    )


def approve(request: GateDecision, by: User, *, days: int = 0) -> GateDecision:
    at = MONDAY + timedelta(days=days)
    return gates.approve(request=request, by=by, at=at, reason="Clear baseline", seen_sha256=seen(request))


@pytest.fixture
def draft(cast: Cast) -> Initiative:
    return a_draft(cast)


@pytest.fixture
def ready(draft: Initiative, cast: Cast) -> Initiative:
    """A draft with everything that the gates up to the pilot ask for."""
    return fill(draft, cast)


@pytest.fixture
def asked(ready: Initiative, cast: Cast) -> GateDecision:
    """Gate 1, before Marieke."""
    return submit(ready, cast)


@pytest.fixture
def committed(asked: GateDecision, cast: Cast) -> Initiative:
    """Marieke said yes; the baseline is measured."""
    return approve(asked, cast.marieke).initiative


@pytest.fixture
def running(committed: Initiative, cast: Cast) -> Initiative:
    """The pilot runs."""
    return approve(ask(committed, Gate.G2, cast.tom), cast.daan).initiative


@pytest.fixture
def reviewed(running: Initiative, cast: Cast) -> GateDecision:
    """Gate 3, before Marieke, asked by the clock after six weeks."""
    return ask(running, Gate.G3, None, days=42)


@pytest.fixture
def desk(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A pilot that takes recommendations (a tests.decisions.desk.Desk), a week after it began."""
    from tests.decisions import desk  # which builds on this module

    monkeypatch.setattr("ownership.clock.now", lambda: desk.NOW)
    return desk.set_up(cast)
