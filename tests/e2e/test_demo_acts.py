"""A day at Sofa & Co, as people live it in a browser: with scripts and without, on a phone and at a desk."""

import pytest

from decisions.models import GateDecision, Recommendation
from initiatives.models import Flag, Initiative
from metrics.models import Kpi, Snapshot
from tests.conftest import Demo
from tests.e2e.conftest import Enter, person

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_day_at_sofa_and_co(enter: Enter, demo: Demo, *, scripts: bool) -> None:
    """One copy of the demo for all of it: what one does, the next one finds."""
    marieke_approves(enter, scripts=scripts)
    aisha_proposes(enter, scripts=scripts)
    tom_logs(enter, scripts=scripts)
    joris_answers(enter, scripts=scripts)
    a_decider_decides(enter, scripts=scripts)
    noor_looks(enter, scripts=scripts)


def marieke_approves(enter: Enter, *, scripts: bool) -> None:
    """Two taps on a phone, with every fact above the fold and nothing hidden behind the bar."""
    visit = enter(person("marieke"), width=390, scripts=scripts)
    visit.open("/inbox/")
    card = visit.page.get_by_role("article").filter(has_text="Gate 1").first
    title = card.get_by_role("heading").inner_text().replace("\n", " ")
    bar = visit.page.get_by_role("navigation").last.bounding_box()
    facts = card.locator(".facts").bounding_box()
    assert bar
    assert facts
    assert facts["y"] + facts["height"] < bar["y"]
    assert visit.page.locator(":checked").count() == 0

    card.get_by_text("Clear baseline").click()
    card.get_by_role("button", name="Approve").click()

    visit.page.get_by_text(f"Approved: {title}").wait_for()
    decided = GateDecision.objects.filter(decided_by=person("marieke")).latest("decided_at")
    assert (decided.initiative.title, decided.choice, decided.reason) == (title, "approve", "Clear baseline")
    assert visit.said == []


def aisha_proposes(enter: Enter, *, scripts: bool) -> None:
    """The wizard at a desk: an output metric is refused in place, with results to take instead."""
    visit = enter(person("aisha"), scripts=scripts)
    visit.open("/initiatives/new/")
    visit.page.get_by_label("What do we try, in a few words").fill("Shorter guides")
    visit.page.get_by_label("Organic revenue of €25 million a year").check()
    visit.page.get_by_role("button", name="Save and go on").click()
    visit.page.wait_for_url("**/plan/measure/")
    visit.page.get_by_label("Main KPI").select_option(label="Articles generated")
    visit.page.get_by_role("button", name="Save and go on").click()

    visit.page.locator("#refusal").get_by_role("radio").first.check()
    visit.page.get_by_role("button", name="Save and go on").click()

    visit.page.wait_for_url("**/plan/people/")
    made = Initiative.objects.get(title="Shorter guides")
    assert made.targets.get(role="primary").kpi.metric_class != "output"


def tom_logs(enter: Enter, *, scripts: bool) -> None:
    visit = enter(person("tom"), scripts=scripts)
    hours = Kpi.objects.get(type="hours_saved")
    visit.open("/metrics/?grain=week")
    visit.page.locator(f'input[name^="n{hours.pk}-"]').last.fill("4.25")
    visit.page.get_by_label("Reason or note").fill("One log was missing")
    visit.page.get_by_role("button", name="Store the changes").click()

    visit.page.get_by_text("1 value stored.").wait_for()
    assert Snapshot.objects.filter(kpi=hours).latest("period_start").num == 4.25


def joris_answers(enter: Enter, *, scripts: bool) -> None:
    visit = enter(person("joris"), scripts=scripts)
    flag = Flag.objects.get(closed_at=None, initiative__title="AI articles for the blog", kind="S2")
    visit.open(f"/initiatives/{flag.initiative.ref}/flags/{flag.ref}/")
    visit.page.get_by_text("Recover").first.click()
    visit.page.get_by_label("What changes?").fill("Two editors rewrite the ten best read ones")
    visit.page.get_by_label("By when?").fill("2026-12-11")
    visit.page.get_by_role("button", name="Answer").click()

    visit.page.get_by_text("Two editors rewrite").first.wait_for()
    assert flag.answers.get().reply == "recover"


def a_decider_decides(enter: Enter, *, scripts: bool) -> None:
    row = Recommendation.objects.filter(state="waiting", domain__key="link_outreach").order_by("pk")[0]
    visit = enter(person("sanne"), width=390, scripts=scripts)
    visit.open(f"/recommendations/{row.ref}/")
    visit.page.get_by_label("Follow the AI").check()
    visit.page.get_by_label("What we give up").fill("One careful letter for three quick ones")
    visit.page.get_by_role("button", name="Decide").click()

    visit.page.wait_for_url(f"**/recommendations/{row.ref}/")
    row.refresh_from_db()
    assert row.state in {"granted", "waiting"}
    assert row.decisions.count() == 1


def noor_looks(enter: Enter, *, scripts: bool) -> None:
    """The portfolio leads to an initiative, whose log has the decision of this morning."""
    visit = enter(person("noor"), scripts=scripts)
    approved = GateDecision.objects.filter(decided_by=person("marieke")).latest("decided_at").initiative
    visit.open("/portfolio/")
    visit.page.locator("table").get_by_role("link", name=approved.title).last.click()

    visit.page.get_by_role("heading", name=approved.title, level=1).wait_for()
    assert visit.page.get_by_text("Clear baseline").first.is_visible()
    assert visit.said == []
