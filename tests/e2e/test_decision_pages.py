"""Where people decide, in a browser: sound in every width, two taps on a phone, without scripts and by keyboard."""

from datetime import timedelta

import pytest

from decisions.models import GateDecision
from initiatives.lifecycle import Gate
from initiatives.models import Flag, Initiative, Target, Verdict
from initiatives.outlook import Cost, Gain, outlook
from initiatives.roi import Value
from ownership.models import Appointment
from tests.cast import MONDAY, Cast, assemble
from tests.decisions.conftest import a_draft, a_seat, approve, ask, fill, submit
from tests.e2e.conftest import Enter

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

LONG = (
    "Answering “which sofa fits” questions in assistants, for every room, with measurements and the care instructions"
)


MONEY = outlook(
    gains=[Gain(Value(20, 30, 40), (137.0, 20.0), (9.0, 2.0), planned=200.0)],
    costs=[Cost(MONDAY.date(), 3000.0, is_one_off=False)],
    starts_on=MONDAY.date(),
    weeks=6,
    horizon_months=12,
    discount_rate=0.1,
)


@pytest.fixture
def company(transactional_db: None) -> Cast:
    """One case that waits for Marieke, one pilot with a flag, one before its review, and a seat on offer."""
    cast = assemble()
    submit(fill(a_draft(cast, LONG), cast), cast)
    pilot = started(fill(a_draft(cast), cast), cast)
    judged(pilot)
    reviewed = started(fill(a_draft(cast, "Titles at scale"), cast), cast)
    judged(reviewed)
    ask(reviewed, Gate.G3, None, days=42)
    Flag.objects.create(
        initiative=pilot,
        kind="S2",
        severity="bad",
        factor="F1",
        addressee=pilot.owner,
        opened_at=MONDAY,
        due_on=(MONDAY + timedelta(days=30)).date(),
        words={"code": "review-open", "parameters": {"days": 6}},
        evidence=[{"code": "fact-progress", "parameters": {"week": 4, "weeks": 6}}],
    )
    seat = a_seat(cast, "decider", None)
    Appointment.objects.create(seat=seat, person=cast.marieke, proposed_by=cast.noor, proposed_at=MONDAY)
    a_draft(cast, "Digital PR")
    return cast


def started(initiative: Initiative, cast: Cast) -> Initiative:
    committed = approve(submit(initiative, cast), cast.marieke).initiative
    return approve(ask(committed, Gate.G2, cast.tom), cast.daan).initiative


def judged(initiative: Initiative) -> None:
    target = Target.objects.get(initiative=initiative, role="primary")
    verdict = Verdict.objects.create(
        target=target,
        week=4,
        status="stalled",
        effect=0.01,
        low=-0.05,
        high=0.06,
        words={"code": "review-open", "parameters": {"days": 6}},
        money=MONEY,
        code_version=1,
        judged_at=MONDAY,
    )
    Target.objects.filter(pk=target.pk).update(status="stalled", verdict=verdict)


def pages() -> list[tuple[str, str]]:
    waiting, pilot, reviewed, draft = Initiative.objects.order_by("pk")
    return [
        ("marieke", "/inbox/"),
        ("marieke", "/inbox/decided/"),
        ("marieke", f"/initiatives/{waiting.ref}/gates/G1/"),
        ("marieke", f"/initiatives/{reviewed.ref}/gates/G3/"),
        ("marieke", f"/initiatives/{pilot.ref}/gates/"),
        ("tom", "/inbox/"),
        ("tom", f"/initiatives/{waiting.ref}/gates/G1/"),
        ("tom", f"/initiatives/{pilot.ref}/flags/{Flag.objects.get().ref}/"),
        ("tom", f"/initiatives/{draft.ref}/gates/"),
        ("noor", "/portfolio/"),
        ("noor", "/trust/"),
        ("lena", "/portfolio/"),
        ("lena", "/inbox/"),
    ]


def test_the_pages_of_decisions_are_sound(enter: Enter, company: Cast) -> None:
    visits = {who: enter(getattr(company, who)) for who, _path in pages()}

    found = {f"{who} {path}": visits[who].inspect(path) for who, path in pages()}

    assert {page: faults for page, faults in found.items() if faults} == {}


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_two_taps_on_a_phone_approve(enter: Enter, company: Cast, *, scripts: bool) -> None:
    visit = enter(company.marieke, width=390, scripts=scripts)
    visit.open("/inbox/")
    card = visit.page.get_by_role("article").filter(has_text="Gate 1")

    card.get_by_text("Small and reversible").click()
    card.get_by_role("button", name="Approve").click()
    visit.page.wait_for_url("**/inbox/")

    decided = GateDecision.objects.get(initiative__title=LONG)
    assert (decided.choice, decided.reason) == ("approve", "Small and reversible")
    assert visit.page.get_by_text(f"Approved: {LONG}.").is_visible()


def test_nothing_is_preselected_and_the_facts_stand_above_the_fold(enter: Enter, company: Cast) -> None:
    visit = enter(company.marieke, width=390)
    initiative = Initiative.objects.get(title=LONG)

    visit.open(f"/initiatives/{initiative.ref}/gates/G1/")

    assert visit.page.locator(":checked").count() == 0
    assert visit.page.get_by_text("Projected for €1").bounding_box()["y"] < 844  # type: ignore[index]  # it is visible
    heights = [
        box["height"] for button in visit.page.locator(".actions button").all() if (box := button.bounding_box())
    ]
    assert min(heights) >= 44


def test_a_decision_is_asked_for_more_by_keyboard_alone(enter: Enter, company: Cast) -> None:
    visit = enter(company.marieke)
    initiative = Initiative.objects.get(title=LONG)
    visit.open(f"/initiatives/{initiative.ref}/gates/G1/")

    visit.page.locator("input[name=reason]").first.focus()
    for _ in range(4):
        visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("ArrowUp")
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.type("Which rooms first?")
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/inbox/")

    decided = GateDecision.objects.get(initiative=initiative)
    assert (decided.choice, decided.reason) == ("return", "Which rooms first?")
