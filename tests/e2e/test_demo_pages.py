"""The demo organisation in a browser: every page as the person who needs it meets it, in all widths and themes."""

import pytest

from decisions.models import Decision, GateDecision, OutcomeReview, Recommendation, RuleSetVersion
from initiatives.models import Flag, Initiative
from metrics.models import Annotation, Kpi, Source
from ownership.models import Seat
from tests.conftest import Demo
from tests.e2e.conftest import EVERY_LOOK, EXTREMES, Enter, Look, person

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PAGES = {
    "marieke": "/inbox/ /inbox/decided/ {asked} {scaling}",
    "tom": "{weighed}scenarios/ {weighed}scenarios/edit/ {weighed}assumptions/new/ "
    "/inbox/ /initiatives/new/ /goals/new/ /metrics/ /imports/ /account/ /menu/ /search/?q=AI",
    "joris": "{stalled} {stalled}metrics/ {stalled}money/ {stalled}targets/ {stalled}readiness/ {stalled}gates/ "
    "{stalled}costs/ {flag} {lost}scenarios/ {lost_flag}",
    "sanne": "/recommendations/{advice}/ /rules/ /rules/{rules}/",
    "lena": "{draft} {draft}plan/goal/ {draft}plan/measure/ {draft}plan/people/ {draft}plan/problem/ "
    "{draft}plan/scope/ {draft}plan/risks/ {draft}gates/",
    "noor": "/ /portfolio/ /decisions/ /decisions/{decision}/ /start/ /people/ /people/?by=person /seats/{seat}/",
    "eva": "/settings/ /data/ /data/new/ /data/{source}/ /data/annotations/ /data/annotations/{annotation}/ "
    "/data/kpis/{kpi}/",
    "ruth": "/audit/",
    "aisha": "/inbox/ /recommendations/{draft_text}/together/ /learning/ /reviews/{review}/",
}


def pages(who: str) -> list[str]:
    """The addresses, with what the demo holds filled in."""
    asked = GateDecision.objects.filter(choice=None, voided_at=None).order_by("pk")[0]
    flag = Flag.objects.filter(closed_at=None, initiative__title="AI articles for the blog").order_by("pk")[0]
    draft, scaling = Initiative.objects.get(state="draft"), Initiative.objects.get(state="scaling")
    lost = Flag.objects.get(closed_at=None, kind="S14")
    weighed = Initiative.objects.get(title="AI-refreshed product pages")
    stalled = f"/initiatives/{flag.initiative.ref}/"
    return (
        PAGES[who]
        .format(
            asked=f"/initiatives/{asked.initiative.ref}/gates/{asked.gate}/",
            scaling=f"/initiatives/{scaling.ref}/",
            stalled=stalled,
            flag=f"{stalled}flags/{flag.ref}/",
            lost=f"/initiatives/{lost.initiative.ref}/",
            lost_flag=f"/initiatives/{lost.initiative.ref}/flags/{lost.ref}/",
            weighed=f"/initiatives/{weighed.ref}/",
            draft=f"/initiatives/{draft.ref}/",
            advice=Recommendation.objects.filter(state="waiting").order_by("pk")[0].ref,
            draft_text=Recommendation.objects.filter(state="waiting", authority="human_confirms")
            .order_by("-pk")[0]
            .ref,
            rules=RuleSetVersion.objects.order_by("pk")[0].ref,
            decision=Decision.objects.order_by("pk")[0].ref,
            review=OutcomeReview.objects.filter(result="", reviewer__holder__email__startswith="aisha")
            .order_by("agreed_on")[0]
            .ref,
            seat=Seat.objects.order_by("pk")[0].ref,
            source=Source.objects.order_by("pk")[0].ref,
            annotation=Annotation.objects.order_by("pk")[0].ref,
            kpi=Kpi.objects.order_by("pk")[0].ref,
        )
        .split()
    )


@pytest.mark.parametrize(("language", "looks"), [("en", EVERY_LOOK), ("nl", EXTREMES)])
@pytest.mark.parametrize("who", PAGES)
def test_every_page_is_sound(enter: Enter, demo: Demo, who: str, language: str, looks: tuple[Look, ...]) -> None:
    visit = enter(person(who), language=language)

    found = {path: visit.inspect(path, looks) for path in pages(who)}

    assert {path: faults for path, faults in found.items() if faults} == {}
