"""Who works at Sofa & Co, and what each of them answers for beside the initiatives."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.hashers import make_password

from ownership import services
from ownership.models import Seat, Unit, User
from ownership.policy import Rank, Role, SeatKind

COMPANY, MARKETING, LOGISTICS = "Sofa & Co", "Marketing", "Logistics"
LEAVER: Final = "lotte"  # gone before today, so she never logs in

# Key, name, job, unit, role, rank.
PEOPLE: Final = [
    ("marieke", "Marieke de Vries", "CMO", COMPANY, Role.MEMBER, Rank.BOARD),
    ("tom", "Tom Bakker", "SEO lead", MARKETING, Role.MEMBER, Rank.MANAGER),
    ("aisha", "Aisha Yılmaz", "Content lead", MARKETING, Role.MEMBER, Rank.DIRECTOR),
    ("sanne", "Sanne Kok", "Outreach", MARKETING, Role.MEMBER, Rank.STAFF),
    ("joris", "Joris Maas", "Technical SEO", MARKETING, Role.MEMBER, Rank.STAFF),
    ("daan", "Daan Visser", "Analyst", MARKETING, Role.MEMBER, Rank.STAFF),
    ("noor", "Noor Hendriks", "Portfolio lead", COMPANY, Role.LEAD, Rank.DIRECTOR),
    ("eva", "Eva Smit", "Administrator", COMPANY, Role.ADMIN, Rank.STAFF),
    ("ruth", "Ruth Cohen", "Auditor", COMPANY, Role.AUDITOR, Rank.STAFF),
    ("lena", "Lena Otto", "Planner", LOGISTICS, Role.MEMBER, Rank.DIRECTOR),
    (LEAVER, "Lotte Prins", "Head of PR", MARKETING, Role.MEMBER, Rank.DIRECTOR),
]

# Kind, title, holder. Decision rules name deciders by these titles.
SEATS: Final = [
    (SeatKind.STEWARD, "Search and sales figures", "daan"),
    (SeatKind.DECIDER, "SEO lead", "tom"),
    (SeatKind.DECIDER, "Page owner", "aisha"),
    (SeatKind.DECIDER, "Editor", "aisha"),
    (SeatKind.DECIDER, "Subject expert", "lena"),
    (SeatKind.DECIDER, "Outreach lead", "sanne"),
    (SeatKind.DECIDER, "Relation owner", "sanne"),
    (SeatKind.DECIDER, "Technical SEO", "joris"),
    (SeatKind.CHANGE_LEAD, "New ways of writing", "aisha"),
]


@dataclass(frozen=True)
class Company:
    """Units by name, people by key, standing seats by title."""

    units: dict[str, Unit]
    people: dict[str, User]
    seats: dict[str, Seat]

    @property
    def marketing(self) -> Unit:
        return self.units[MARKETING]


def found(*, password: str | None, at: datetime) -> Company:
    """Units, people and standing seats, the way whoever installs Mandate and then a portfolio lead make them."""
    services.name_organisation(name=COMPANY, by=None, at=at, reason="Where it begins")
    company = services.add_unit(name=COMPANY, parent=None, by=None, at=at, reason="Where it begins")
    units = {COMPANY: company}
    for name in (MARKETING, LOGISTICS):
        units[name] = services.add_unit(name=name, parent=company, by=None, at=at, reason="A department")
    people: dict[str, User] = {}
    for key, name, title, unit, role, rank in PEOPLE:
        people[key] = services.add_person(
            email=f"{key}@sofa.example",
            name=name,
            title=title,
            unit=units[unit],
            role=role,
            rank=rank,
            by=None,
            at=at,
            reason="Works with us",
        )
    everybody = User.objects.filter(pk__in=[person.pk for key, person in people.items() if key != LEAVER])
    everybody.update(password=make_password(password))  # one hash for all, as each takes half a second
    seats = {}
    for kind, title, holder in SEATS:
        seat = services.create_seat(
            kind=kind, title=title, unit=units[MARKETING], by=people["noor"], at=at, reason="Somebody must answer"
        )
        seats[title] = appoint(seat, people[holder], by=people["noor"], at=at, reason="Knows it best")
    return Company(units, people, seats)


def appoint(seat: Seat, person: User, *, by: User, at: datetime, reason: str) -> Seat:
    """Asked and accepted at once."""
    offer = services.propose_appointment(seat=seat, person=person, by=by, at=at, reason=reason)
    services.accept_appointment(appointment=offer, by=person, at=at)
    seat.refresh_from_db()
    return seat
