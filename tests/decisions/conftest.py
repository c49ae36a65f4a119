"""INI-14 and the people around it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from initiatives.lifecycle import State
from initiatives.models import Goal, Initiative
from ownership import canonical
from ownership.models import Appointment, Event, Seat, Unit, User

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass
class Cast:
    """Who there is, by first name."""

    shop: Unit
    other: Unit
    marieke: User
    tom: User
    aisha: User
    daan: User
    joris: User
    noor: User
    eva: User
    ruth: User
    lena: User


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def make_cast() -> Cast:
    shop, other = Unit.objects.create(name="Shop"), Unit.objects.create(name="Corporate")

    def person(name: str, role: str = "member", rank: str = "staff", unit: Unit = shop) -> User:
        email = f"{name.split()[0].lower()}@example.com"
        return User.objects.create_user(email, name=name, role=role, rank=rank, unit=unit)

    return Cast(
        shop=shop,
        other=other,
        marieke=person("Marieke de Vries", rank="board"),
        tom=person("Tom Bakker"),
        aisha=person("Aisha Yılmaz"),
        daan=person("Daan Visser"),
        joris=person("Joris Maas", rank="director"),
        noor=person("Noor Hendriks", role="lead"),
        eva=person("Eva Smit", role="admin"),
        ruth=person("Ruth Cohen", role="auditor"),
        lena=person("Lena Otto", unit=other),
    )


def seat(cast: Cast, kind: str, holder: User | None, *, apart: UUID | None = None) -> Seat:
    """A seat, and the appointment by which somebody holds it."""
    vacant_since = None if holder else NOW
    made = Seat.objects.create(
        kind=kind, title=kind, unit=cast.shop, holder=holder, vacant_since=vacant_since, apart=apart
    )
    if holder:
        Appointment.objects.create(seat=made, person=holder, proposed_by=cast.noor, proposed_at=NOW, accepted_at=NOW)
    return made


def make_initiative(cast: Cast, title: str = "Titles at scale") -> Initiative:
    """A draft: Marieke is its sponsor, Tom its owner, who wrote it together with Aisha."""
    apart = uuid4()
    owner = seat(cast, "owner", cast.tom, apart=apart)
    initiative = Initiative.objects.create(
        title=title,
        unit=cast.shop,
        goal=Goal.objects.create(statement="More leads", horizon_on=date(2027, 12, 31), unit=cast.shop, owner=owner),
        sponsor=seat(cast, "sponsor", cast.marieke, apart=apart),
        owner=owner,
        created_by=cast.tom,
        created_at=NOW,
        state_since=NOW,
    )
    Event.objects.record("initiative.drafted", about=initiative, by=cast.tom, at=NOW)
    Event.objects.record("initiative.edited", about=initiative, by=cast.aisha, at=NOW)
    return initiative


@pytest.fixture
def submitted(cast: Cast) -> Initiative:
    """Before the sponsor."""
    initiative = make_initiative(cast)
    initiative.move(to=State.SUBMITTED, by=cast.tom, at=NOW, reason="Ready", expected_version=1)
    return initiative


DOSSIER = canonical.render({"title": "Titles at scale"})
SHA256 = canonical.sha256({"title": "Titles at scale"})
