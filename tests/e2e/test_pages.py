"""The pages that everybody shares, with names that strain them: nothing inaccessible, cut off or too wide."""

import pytest

from ownership import services
from ownership.policy import SeatKind
from tests.cast import MONDAY, Cast, assemble
from tests.e2e.conftest import Enter

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

LONG = "Data of the customer relationship system and of everything that was connected to it since the merger"


@pytest.fixture
def company(transactional_db: None) -> Cast:
    """The cast with seats held, offered and empty, one of them with a very long name."""
    cast = assemble()
    for title, person in (("Data of the CRM", cast.daan), (LONG, cast.joris), ("Outreach", None)):
        seat = services.create_seat(
            kind=SeatKind.STEWARD, title=title, unit=cast.marketing, by=cast.noor, at=MONDAY, reason="Somebody must."
        )
        if person:
            offer = services.propose_appointment(seat=seat, person=person, by=cast.noor, at=MONDAY, reason="You know.")
            services.accept_appointment(appointment=offer, by=person, at=MONDAY)
            services.propose_appointment(seat=seat, person=cast.tom, by=cast.noor, at=MONDAY, reason="A second pair.")
    return cast


def pages(cast: Cast) -> list[tuple[str, str]]:
    """Who opens which page."""
    seat = cast.daan.seats.get()
    everybody = ["/menu/", "/search/?q=a", "/styleguide/", "/people/", "/people/?by=person", "/account/"]
    return [
        *(("noor", path) for path in [*everybody, f"/seats/{seat.ref}/", "/seats/new/"]),
        ("tom", f"/seats/{seat.ref}/"),
        ("eva", "/settings/"),
        ("eva", f"/people/{cast.daan.ref}/"),
        ("ruth", "/audit/"),
        ("", "/login/"),
    ]


def test_every_page_is_sound(enter: Enter, company: Cast) -> None:
    visits = {who: enter(getattr(company, who, None)) for who, _path in pages(company)}

    found = {f"{who} {path}": visits[who].inspect(path) for who, path in pages(company)}

    assert {page: faults for page, faults in found.items() if faults} == {}


def test_a_page_that_is_not_there_is_sound_too(enter: Enter, company: Cast) -> None:
    faults = enter(company.noor).inspect("/nowhere/", status=404)

    assert [fault for fault in faults if "404 (Not Found)" not in fault] == []


def test_the_inspection_finds_what_is_wrong(enter: Enter, company: Cast) -> None:
    visit = enter(company.noor, width=320)
    visit.open("/menu/")

    visit.page.evaluate("""() => {
      document.querySelector("main").insertAdjacentHTML("beforeend", `<img src="/static/icon.svg" width="700">
        <button id="cut"><span>Approve</span></button><p style="color: red">Inline</p>`);
      document.adoptedStyleSheets = [new CSSStyleSheet()];
      document.adoptedStyleSheets[0].replaceSync("#cut { width: 2rem; overflow: hidden } img { max-width: none }");
      console.error("planted");
    }""")

    found = " ".join(visit.faults())
    for fault in ("axe image-alt", "overflow: ", "clipped: Approve", "planted", "Content Security Policy"):
        assert fault in found
