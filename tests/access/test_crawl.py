"""Everybody follows every link that their pages offer: none is dead, and each page is strict HTML of modest weight."""

import gzip
from urllib.parse import urljoin, urlsplit

import pytest

from ownership import services
from ownership.policy import SeatKind
from tests.cast import MONDAY, Caller, Cast
from tests.initiatives import build
from tests.markup import read

ELSEWHERE = ("/static/", "/api/", "/admin/", "/logout/")
HEAVIEST = 20 * 1024  # bytes, gzipped


@pytest.fixture
def company(cast: Cast) -> Cast:
    """The cast with a seat that is held, one that is offered, a pilot and a draft."""
    build.a_pilot(cast)
    build.a_draft(cast, "Named in AI answers")
    for title, accepts in (("Data of the CRM", True), ("Data of the shop", False)):
        seat = services.create_seat(
            kind=SeatKind.STEWARD, title=title, unit=cast.marketing, by=cast.noor, at=MONDAY, reason="Somebody must."
        )
        offer = services.propose_appointment(seat=seat, person=cast.daan, by=cast.noor, at=MONDAY, reason="You know.")
        if accepts:
            services.accept_appointment(appointment=offer, by=cast.daan, at=MONDAY)
    return cast


def crawl(caller: Caller) -> dict[str, list[str]]:
    """Every page that can be reached by links, with what is wrong with it."""
    found: dict[str, list[str]] = {}
    waiting = ["/menu/", "/search/?q=AI"]
    while waiting:
        url = waiting.pop()
        answer = caller.client.get(url, follow=True)
        if answer.status_code != 200:
            found[url] = [f"status {answer.status_code}"]
        elif not answer["Content-Type"].startswith("text/html"):
            found[url] = []
        else:
            page = read(answer.content.decode())
            found[url] = page.verdict()
            if (weight := len(gzip.compress(answer.content))) > HEAVIEST:
                found[url].append(f"{weight} bytes")
            links = {urljoin(url, link).partition("#")[0] for link in page.links}
            waiting += sorted(
                link
                for link in links - found.keys() - set(waiting)
                if not urlsplit(link).netloc and not link.startswith(ELSEWHERE)
            )
    return found


@pytest.mark.parametrize("who", ["marieke", "tom", "daan", "noor", "eva", "ruth", "lena"])
def test_no_link_is_dead_and_every_page_is_strict(company: Cast, who: str) -> None:
    pages = crawl(Caller(getattr(company, who)))

    assert {url: faults for url, faults in pages.items() if faults} == {}
    assert len(pages) >= 5


def test_the_reader_finds_what_is_wrong() -> None:
    page = """<h1>A</h1><h3>B</h3><p><div id="a"></div></p><a href="#nowhere"><button id="a">x</button></a>
        <form method="post"><input name="x"></form><span>"""

    found = " ".join(read(page).verdict())

    for fault in (
        "<div> inside <p>",
        "id of its own",
        "id “nowhere”",
        "inside a link",
        "token",
        "<h3> follows",
        "<span>",
    ):
        assert fault in found
