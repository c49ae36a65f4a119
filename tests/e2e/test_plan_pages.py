"""The wizard and the pages on which a plan is written."""

import pytest

from initiatives.models import Initiative
from initiatives.services import evidence, promises
from tests.cast import MONDAY, Cast, assemble
from tests.e2e.conftest import Enter
from tests.initiatives.build import a_draft, a_kpi, a_pilot
from tests.initiatives.test_judging import FLAT, run, tick

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

LONG = "AI-written introductions for every category page of the shop, the outlet and the business customers' portal"


@pytest.fixture
def drafts(transactional_db: None) -> tuple[Cast, list[Initiative]]:
    """An empty draft with a long name, and a stalled pilot with everything on it."""
    cast = assemble()
    draft, pilot = a_draft(cast, LONG), a_pilot(cast)
    a_kpi(cast, "articles_generated", "Articles generated")
    evidence.answer_question(
        initiative=draft, question="F2.4", text="Leads; Marieke answers for them", by=cast.tom, at=MONDAY
    )
    promises.add_page_set(
        initiative=draft, name="Sofas", patterns="/sofas/*", page_class="money", by=cast.tom, at=MONDAY
    )
    run(pilot, FLAT[:4])
    tick(week=4)
    return cast, [draft, pilot]


def pages(drafts: list[Initiative]) -> list[str]:
    found = ["/initiatives/new/", "/goals/new/"]
    for row in drafts:
        parts = [f"plan/{key}/" for key in ("goal", "measure", "people", "problem", "scope", "risks")]
        parts += ["targets/", "targets/new/", "kill-criteria/new/", "costs/", "readiness/", "readiness/F1.1/"]
        found += [f"/initiatives/{row.ref}/{part}" for part in parts]
    return found


def test_every_page_of_a_plan_is_sound(enter: Enter, drafts: tuple[Cast, list[Initiative]]) -> None:
    cast, rows = drafts
    visit = enter(cast.tom)

    found = {path: visit.inspect(path) for path in pages(rows)}

    assert {path: faults for path, faults in found.items() if faults} == {}


def test_the_wizard_works_by_keyboard_and_without_scripts(enter: Enter, drafts: tuple[Cast, list[Initiative]]) -> None:
    cast, (draft, _pilot) = drafts
    visit = enter(cast.tom, width=390, scripts=False)
    visit.open(f"/initiatives/{draft.ref}/plan/measure/")

    visit.page.get_by_label("Main KPI").select_option(label="Articles generated")
    visit.page.get_by_label("Target, in percent").fill("12")
    visit.page.keyboard.press("Enter")

    visit.page.get_by_text("counts work, not results").first.wait_for()
    visit.page.get_by_role("radio").first.press("Space")
    visit.page.get_by_role("button", name="Save and go on").press("Enter")
    visit.page.wait_for_url("**/plan/people/")
