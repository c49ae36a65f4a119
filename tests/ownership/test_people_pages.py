"""Pages about who answers, as people use them."""

import re

import pytest
from pytest_django import DjangoAssertNumQueries

from ownership import services
from ownership.models import Appointment, Event, Seat, User
from ownership.policy import SeatKind
from tests.cast import MONDAY, Caller, Cast


def steward(cast: Cast, title: str = "Data of the CRM") -> Seat:
    return services.create_seat(
        kind=SeatKind.STEWARD, title=title, unit=cast.marketing, by=cast.noor, at=MONDAY, reason="Somebody must vouch."
    )


def offered(seat: Seat, to: User, cast: Cast) -> Appointment:
    return services.propose_appointment(seat=seat, person=to, by=cast.noor, at=MONDAY, reason="You know it best.")


def text(answer: object) -> str:
    """The page without its markup and with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))  # type: ignore[attr-defined]  # a response


def test_an_empty_seat_is_said_first_and_a_filled_one_is_counted(cast: Cast) -> None:
    steward(cast)
    held = steward(cast, "Data of the shop")
    services.accept_appointment(appointment=offered(held, cast.daan, cast), by=cast.daan, at=MONDAY)

    page = text(Caller(cast.noor).get("/people/"))

    assert "One seat is empty." in page
    assert "1 of 2" in page
    assert "Daan Visser" in page


def test_the_page_of_people_asks_as_often_for_twenty_seats_as_for_two(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    noor = Caller(cast.noor)
    for number in range(20):
        offered(steward(cast, f"Seat {number}"), cast.daan, cast)

    with django_assert_max_num_queries(10):
        assert noor.get("/people/").status_code == 200


def test_noor_asks_daan_who_accepts_and_is_the_holder(cast: Cast) -> None:
    seat = steward(cast)

    asked = Caller(cast.noor).form(f"/seats/{seat.ref}/propose/", person=cast.daan.pk, reason="You know the CRM.")
    shown = text(Caller(cast.daan).get(f"/seats/{seat.ref}/"))
    taken = Caller(cast.daan).form(f"/seats/{seat.ref}/accept/")

    seat.refresh_from_db()
    assert (asked.status_code, taken.status_code) == (303, 303)
    assert "You are asked to take this seat" in shown
    assert seat.holder == cast.daan
    assert Event.objects.about(seat).filter(data__action="appointment.accepted").count() == 1


def test_a_seat_is_declined_with_a_reason_or_not_at_all(cast: Cast) -> None:
    offer = offered(steward(cast), cast.daan, cast)
    daan = Caller(cast.daan)

    silent = daan.form(f"/seats/{offer.seat.ref}/decline/")
    said = daan.form(f"/seats/{offer.seat.ref}/decline/", reason="I have three already.")

    offer.refresh_from_db()
    assert (silent.status_code, said.status_code) == (422, 303)
    assert offer.closed_at is not None


def test_an_offer_to_somebody_else_cannot_be_answered(cast: Cast) -> None:
    offer = offered(steward(cast), cast.daan, cast)

    assert Caller(cast.tom).form(f"/seats/{offer.seat.ref}/accept/").status_code == 404


def test_a_refusal_stands_on_the_form_with_what_was_typed(cast: Cast) -> None:
    seat = steward(cast)

    answer = Caller(cast.noor).form(f"/seats/{seat.ref}/propose/", person=cast.noor.pk, reason="I would do it well.")

    assert answer.status_code == 403
    assert "Nobody puts themselves in a seat" in text(answer)
    assert "I would do it well." in text(answer)


def test_a_seat_given_up_from_an_old_page_stays(cast: Cast) -> None:
    seat = steward(cast)
    services.accept_appointment(appointment=offered(seat, cast.daan, cast), by=cast.daan, at=MONDAY)

    stale = Caller(cast.daan).form(f"/seats/{seat.ref}/vacate/", version=1, reason="Too much at once.")

    seat.refresh_from_db()
    assert stale.status_code == 412
    assert seat.holder == cast.daan
    assert f'value="{seat.version}"' in stale.content.decode()


def test_what_belongs_to_another_unit_is_not_there(cast: Cast) -> None:
    seat = steward(cast)
    lena = Caller(cast.lena)

    assert lena.get(f"/seats/{seat.ref}/").status_code == 404
    assert lena.form(f"/seats/{seat.ref}/propose/", person=cast.lena.pk, reason="Mine").status_code == 404
    assert "Data of the CRM" not in text(lena.get("/people/"))
    assert "Data of the CRM" not in text(lena.get("/search/", q="CRM"))


def test_eva_sees_joris_off_and_his_seats_are_empty(cast: Cast) -> None:
    seat = steward(cast)
    services.accept_appointment(appointment=offered(seat, cast.joris, cast), by=cast.joris, at=MONDAY)
    url = f"/people/{cast.joris.ref}/"

    answer = Caller(cast.eva).form(url, reason="Joris leaves on 1 April.")

    seat.refresh_from_db()
    assert answer.status_code == 303
    assert seat.holder is None
    assert Caller(cast.tom).form(url, reason="No").status_code == 403


@pytest.mark.parametrize("url", ["/seats/new/", "/people/", "/settings/", "/account/", "/audit/", "/menu/", "/search/"])
def test_nobody_sees_a_page_without_logging_in(url: str, db: None) -> None:
    answer = Caller().get(url)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/login/?next={url}")


def test_noor_adds_a_seat_and_tom_may_not(cast: Cast) -> None:
    asked = {"kind": "decider", "title": "Outreach", "unit": cast.marketing.pk, "reason": "Links need one answer."}

    refused, made = Caller(cast.tom).form("/seats/new/", **asked), Caller(cast.noor).form("/seats/new/", **asked)

    assert (refused.status_code, made.status_code) == (403, 303)
    assert Seat.objects.get().title == "Outreach"
