"""Every page, in every width and both themes: nothing inaccessible, cut off, blocked or wider than the screen."""

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
    everybody = ["/menu/", "/search/?q=a", "/styleguide/", "/nowhere/", "/people/", "/people/?by=person", "/account/"]
    return [
        *(("noor", path) for path in [*everybody, f"/seats/{seat.ref}/", "/seats/new/"]),
        ("tom", f"/seats/{seat.ref}/"),
        ("eva", "/settings/"),
        ("eva", f"/people/{cast.daan.ref}/"),
        ("ruth", "/audit/"),
        ("", "/login/"),
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_every_page_is_sound(enter: Enter, company: Cast, width: int, scheme: str) -> None:
    found = {}
    for language in ("en", "nl"):
        visits = {}
        for who, path in pages(company):
            if who not in visits:
                visits[who] = enter(getattr(company, who, None), width=width, scheme=scheme, language=language)
            status = visits[who].open(path)
            faults = [fault for fault in visits[who].faults() if "404 (Not Found)" not in fault]
            if faults or status >= 500:
                found[f"{who} {path} {language}"] = [status, *faults]

    assert found == {}


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
