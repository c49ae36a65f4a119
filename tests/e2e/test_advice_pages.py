"""Where AI advice is held back, in a browser: the breaker, and the choice before the proposal is seen."""

import pytest

from decisions.models import Breaker
from ownership.models import Organisation
from tests.cast import assemble
from tests.decisions import desk as desks
from tests.decisions.desk import NOW, TITLE, Desk
from tests.decisions.test_breaker import AI_WINS, break_guardrail, mend_guardrail, title
from tests.e2e.conftest import EVERY_LOOK, Enter

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("ownership.clock.now", lambda: NOW)
    return desks.set_up(assemble())


def test_the_sponsor_arms_a_breaker_again(enter: Enter, desk: Desk) -> None:
    desk.publish("title_rewrite", table=[AI_WINS])
    row = title(desk, "green")
    break_guardrail(desk)
    breaker = Breaker.objects.get()
    pages = ["/inbox/", f"/breakers/{breaker.ref}/", f"/recommendations/{row.ref}/"]
    sponsor, owner = enter(desk.cast.marieke), enter(desk.cast.tom)

    found = [fault for path in pages for fault in sponsor.inspect(path, EVERY_LOOK)]
    found += owner.inspect(pages[1])
    found += enter(desk.cast.marieke, language="nl").inspect(pages[1])
    mend_guardrail(desk)
    sponsor.open(pages[1])
    sponsor.page.get_by_label("Reason").fill("The template is mended")
    sponsor.page.get_by_role("button", name="Arm again").click()
    sponsor.page.get_by_role("heading", name="Armed again").wait_for()

    assert found == []
    assert not Breaker.objects.open().exists()
    assert sponsor.faults() == []


def test_the_decider_chooses_first_without_scripts_and_then_sees_the_proposal(enter: Enter, desk: Desk) -> None:
    Organisation.objects.update(blind_share=1)
    row = desk.posted(TITLE)
    path = f"/recommendations/{row.ref}/"

    found = enter(desk.cast.tom).inspect(path, EVERY_LOOK)
    found += enter(desk.cast.tom, language="nl").inspect(path)
    visit = enter(desk.cast.tom, width=390, scripts=False)
    visit.open(path)
    hidden = visit.page.content()
    visit.page.get_by_label("Change it").check()
    visit.page.get_by_label("What it should become").fill("Covers for sofas")
    visit.page.get_by_role("button", name="Keep my choice").click()
    visit.page.get_by_text("Linen sofa covers").first.wait_for()

    assert found == []
    assert "Linen" not in hidden
    assert enter(desk.cast.tom).inspect(path) == []
