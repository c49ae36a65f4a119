"""Rows put straight into the tables, for tests of the database's own rules."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from initiatives.models import Goal, Initiative, Target
from metrics.models import Kpi
from ownership.models import Seat, Unit, User

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def a_unit() -> Unit:
    return Unit.objects.get_or_create(name="Sofa & Co")[0]


def a_person(name: str = "Tom Bakker") -> User:
    email = f"{name.split()[0].lower()}@mandate.example"
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email, None, name=name, unit=a_unit())


def a_seat(kind: str, apart: Any = None) -> Seat:
    return Seat.objects.create(kind=kind, title=kind, unit=a_unit(), vacant_since=AT, apart=apart)


def an_initiative(**fields: Any) -> Initiative:
    """A draft with both seats, empty, and a goal."""
    apart = uuid4()
    goal = Goal.objects.create(
        statement="More leads", horizon_on=date(2026, 12, 31), unit=a_unit(), owner=a_seat("owner")
    )
    given = {
        "title": "AI-refreshed product pages",
        "unit": a_unit(),
        "goal": goal,
        "sponsor": a_seat("sponsor", apart),
        "owner": a_seat("owner", apart),
        "created_at": AT,
        "created_by": a_person(),
        "state_since": AT,
    }
    return Initiative.objects.create(**given | fields)


def a_kpi(name: str = "Organic leads", metric_class: str = "O", chain: str = "Demand", **fields: Any) -> Kpi:
    given = {"type": "organic_leads", "unit": a_unit(), "grain": "day"} | fields
    return Kpi.objects.create(name=name, metric_class=metric_class, chain=chain, **given)


def a_target(initiative: Initiative, kpi: Kpi, role: str = "primary", **fields: Any) -> Target:
    return Target.objects.create(
        initiative=initiative, kpi=kpi, metric_class=kpi.metric_class, chain=kpi.chain, role=role, **fields
    )
