"""Acts as people do them: without scripts, and by keyboard alone."""

import pytest

from ownership import services
from ownership.models import Seat
from ownership.policy import SeatKind
from tests.cast import MONDAY, Cast, assemble
from tests.e2e.conftest import Enter

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db: None) -> Cast:
    return assemble()


@pytest.fixture
def seat(company: Cast) -> Seat:
    seat = services.create_seat(
        kind=SeatKind.STEWARD, title="CRM data", unit=company.marketing, by=company.noor, at=MONDAY, reason="Needed."
    )
    services.propose_appointment(seat=seat, person=company.daan, by=company.noor, at=MONDAY, reason="You know it.")
    return seat


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_daan_logs_in_and_takes_his_seat(enter: Enter, company: Cast, seat: Seat, *, scripts: bool) -> None:
    company.daan.set_password("a long enough sentence")
    company.daan.save()
    visit = enter(None, width=390, scripts=scripts)

    visit.open(f"/seats/{seat.ref}/")
    visit.page.get_by_label("E-mail address").fill("daan@mandate.example")
    visit.page.get_by_label("Password").fill("a long enough sentence")
    visit.page.get_by_role("button", name="Log in").click()
    visit.page.get_by_role("button", name="Accept").click()
    visit.page.wait_for_url(f"**/seats/{seat.ref}/")

    seat.refresh_from_db()
    assert seat.holder == company.daan
    assert visit.page.get_by_text("Filled").is_visible()
    assert visit.said == []


def test_what_is_missing_gets_the_focus_and_leads_to_its_field(enter: Enter, company: Cast, seat: Seat) -> None:
    visit = enter(company.daan)
    visit.open(f"/seats/{seat.ref}/")

    visit.page.get_by_role("button", name="Decline").click()
    visit.page.wait_for_url("**/decline/")
    focused = visit.page.evaluate("document.activeElement.id")
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")

    assert focused == "errors"
    assert visit.page.evaluate("document.activeElement.name") == "reason"
    assert not [fault for fault in visit.faults() if "422" not in fault]


def test_a_page_is_used_by_keyboard_alone(enter: Enter, company: Cast, seat: Seat) -> None:
    visit = enter(company.noor)
    visit.open("/people/")

    visit.page.keyboard.press("Tab")
    first = visit.page.evaluate("document.activeElement.textContent")
    visit.page.keyboard.press("Enter")
    reached = []
    for _ in range(6):
        visit.page.keyboard.press("Tab")
        reached.append(visit.page.evaluate("document.activeElement.textContent.trim()"))
        assert visit.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", reached[-1]

    assert first == "Skip to the content"
    assert any("Who can take this seat?" in words for words in reached)


def test_targets_are_large_enough_for_a_thumb(enter: Enter, company: Cast, seat: Seat) -> None:
    visit = enter(company.daan, width=390)
    visit.open(f"/seats/{seat.ref}/")

    small = visit.page.evaluate("""() => [...document.querySelectorAll("a, button, summary, input")]
      .filter((e) => e.checkVisibility() && !e.closest("p, li small, .skip"))
      .map((e) => [e.textContent.trim() || e.name, e.getBoundingClientRect()])
      .filter(([, box]) => box.width > 0 && Math.min(box.width, box.height) < 24)
      .map(([words, box]) => `${words} ${Math.round(box.width)}x${Math.round(box.height)}`)""")

    assert small == []
