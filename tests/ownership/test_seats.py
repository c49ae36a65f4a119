"""Seats are offered, taken, handed on and emptied; the database keeps one holder at a time."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from ownership import services
from ownership.models import Appointment, Event, Seat, User
from ownership.policy import Rank, Role, SeatKind
from ownership.refusals import Incomplete, NotYours
from tests.cast import MONDAY, Caller, Cast


@pytest.fixture
def decider(cast: Cast) -> Seat:
    """The seat for outreach, still empty."""
    return Seat.objects.create(kind=SeatKind.DECIDER, title="Outreach", unit=cast.marketing, vacant_since=MONDAY)


def propose(seat: Seat, person_id: int, by: Caller) -> tuple[int, dict[str, object]]:
    answer = by.post(f"/api/v1/seats/{seat.pk}/propose/", person=person_id, reason="She knows the sites")
    return answer.status_code, answer.json()


def test_a_lead_proposes_and_the_person_accepts(cast: Cast, decider: Seat) -> None:
    status, offer = propose(decider, cast.sanne.pk, by=Caller(cast.noor))

    accepted = Caller(cast.sanne).post(f"/api/v1/appointments/{offer['id']}/accept/", reason="Gladly")

    assert (status, accepted.status_code) == (201, 200)
    decider.refresh_from_db()
    assert (decider.holder, decider.vacant_since, decider.version) == (cast.sanne, None, 2)
    actions = [event.data["action"] for event in Event.objects.about(decider).order_by("pk")]
    assert actions == ["appointment.proposed", "appointment.accepted"]


def test_a_member_cannot_propose(cast: Cast, decider: Seat) -> None:
    status, problem = propose(decider, cast.sanne.pk, by=Caller(cast.tom))

    assert (status, problem["type"], problem["code"]) == (403, "/problems/not-yours", "not_lead_or_owner")
    assert not Appointment.objects.exists()


def test_nobody_appoints_themselves_to_judge(cast: Cast, decider: Seat) -> None:
    status, problem = propose(decider, cast.noor.pk, by=Caller(cast.noor))

    assert (status, problem["code"]) == (403, "self")


def test_only_the_person_asked_can_accept(cast: Cast, decider: Seat) -> None:
    _status, offer = propose(decider, cast.sanne.pk, by=Caller(cast.noor))

    refused = Caller(cast.tom).post(f"/api/v1/appointments/{offer['id']}/accept/", reason="Let me")

    assert (refused.status_code, refused.json()["code"]) == (403, "not_asked")


def test_declining_leaves_the_seat_as_it_was(cast: Cast, decider: Seat) -> None:
    _status, offer = propose(decider, cast.sanne.pk, by=Caller(cast.noor))

    declined = Caller(cast.sanne).post(f"/api/v1/appointments/{offer['id']}/decline/", reason="No time")

    assert declined.status_code == 200
    decider.refresh_from_db()
    assert decider.holder is None
    again = Caller(cast.sanne).post(f"/api/v1/appointments/{offer['id']}/accept/", reason="After all")
    assert again.status_code == 409


def test_accepting_relieves_the_former_holder(cast: Cast, decider: Seat) -> None:
    for person, day in ((cast.sanne, 0), (cast.aisha, 1)):
        at = MONDAY + timedelta(days=day)
        offer = services.propose_appointment(seat=decider, person=person, by=cast.noor, at=at, reason="Your turn")
        services.accept_appointment(appointment=offer, by=person, at=at)

    decider.refresh_from_db()

    assert decider.holder == cast.aisha
    assert Appointment.objects.get(person=cast.sanne).closed_at == MONDAY + timedelta(days=1)


def test_another_unit_finds_no_such_seat(cast: Cast, decider: Seat) -> None:
    answer = Caller(cast.lena).get(f"/api/v1/seats/{decider.pk}/")

    assert answer.status_code == 404


def test_vacating_needs_the_version_and_the_right_one(cast: Cast, decider: Seat) -> None:
    offer = services.propose_appointment(seat=decider, person=cast.sanne, by=cast.noor, at=MONDAY, reason="Please")
    services.accept_appointment(appointment=offer, by=cast.sanne, at=MONDAY)
    caller = Caller(cast.sanne)

    missing = caller.post(f"/api/v1/seats/{decider.pk}/vacate/", reason="Leaving")
    stale = caller.post(f"/api/v1/seats/{decider.pk}/vacate/", seen=1, reason="Leaving")
    done = caller.post(f"/api/v1/seats/{decider.pk}/vacate/", seen=2, reason="Leaving")

    assert [answer.status_code for answer in (missing, stale, done)] == [428, 412, 200]
    assert done.json()["holder"] is None


def test_a_sponsor_must_stand_high_enough(cast: Cast) -> None:
    seat = Seat.objects.create(kind=SeatKind.SPONSOR, title="Sponsor", unit=cast.marketing, vacant_since=MONDAY)

    status, problem = propose(seat, cast.tom.pk, by=Caller(cast.noor))

    assert (status, problem["code"], problem["field"]) == (422, "rank", "person")


def test_leaving_empties_every_seat_and_ends_every_token(cast: Cast, decider: Seat) -> None:
    offer = services.propose_appointment(seat=decider, person=cast.sanne, by=cast.noor, at=MONDAY, reason="Please")
    services.accept_appointment(appointment=offer, by=cast.sanne, at=MONDAY)

    services.deactivate_person(person=cast.sanne, by=cast.eva, at=MONDAY, reason="Left the company")

    decider.refresh_from_db()
    assert (decider.holder, decider.vacant_since) == (None, MONDAY)
    assert not cast.sanne.is_active


@pytest.mark.parametrize("days_later", [0, 3])
def test_the_database_refuses_two_holders_at_once(cast: Cast, decider: Seat, days_later: int) -> None:
    offer = services.propose_appointment(seat=decider, person=cast.sanne, by=cast.noor, at=MONDAY, reason="Please")
    services.accept_appointment(appointment=offer, by=cast.sanne, at=MONDAY)
    start = MONDAY + timedelta(days=days_later)

    with pytest.raises(IntegrityError, match="appointment_is_one_at_a_time"), transaction.atomic():
        Appointment.objects.create(
            seat=decider, person=cast.aisha, proposed_by=cast.noor, proposed_at=MONDAY, accepted_at=start
        )


def test_the_database_refuses_a_holder_whom_nobody_appointed(cast: Cast, decider: Seat) -> None:
    @transaction.atomic
    def take_the_seat() -> None:
        Seat.objects.filter(pk=decider.pk).update(holder=cast.lena, vacant_since=None)
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="not the person whose appointment is open"):
        take_the_seat()


def join(cast: Cast, email: str, by: User) -> User:
    return services.add_person(
        email=email,
        name="Ruud Jansen",
        title="Sales",
        unit=cast.marketing,
        role=Role.MEMBER,
        rank=Rank.DIRECTOR,
        by=by,
        at=MONDAY,
        reason="New here",
    )


def test_an_admin_adds_people_and_nobody_twice(cast: Cast) -> None:
    ruud = join(cast, "Ruud@mandate.example", by=cast.eva)

    with pytest.raises(Incomplete, match="already"):
        join(cast, "ruud@MANDATE.example", by=cast.eva)
    with pytest.raises(NotYours):
        join(cast, "friend@mandate.example", by=cast.tom)

    assert ruud.email == "ruud@mandate.example"
