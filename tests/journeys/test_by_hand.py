"""The same story by hand: every step is a page that somebody opens and a form that they send, without JavaScript."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from webtest import Upload

from initiatives.readiness import QUESTIONS
from ownership.models import User
from tests.cast import Caller, Cast
from tests.conftest import Calendar
from tests.journeys.browser import Browser
from tests.journeys.company import FRIDAY, ring

MEASURES = [
    ("money_page_clicks", "Clicks"),
    ("nonbrand_impressions", "Impressions"),
    ("articles_generated", "Articles"),
]


class People:
    """One browser each."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def __getattr__(self, name: str) -> Browser:
        browser = self.__dict__[name] = Browser(getattr(self.cast, name))
        return browser


def appoint(seat: str, taker: User, proposer: Browser, browser: Browser) -> None:
    proposer.open(f"{seat}propose/")
    proposer.fill(person=str(taker.pk), reason="Knows it best")
    browser.open(seat)
    browser.fill(at="accept/")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("export", ["real"], indirect=True)
def test_from_idea_to_lesson(cast: Cast, calendar: Calendar, export: bytes, shop: str) -> None:
    calendar.go_to(FRIDAY)
    people = People(cast)

    # Who vouches for the figures
    people.noor.open("/seats/new/")
    people.noor.fill(kind="steward", title="Figures of the shop", unit=str(cast.marketing.pk), reason="Needed")
    steward = people.noor.address
    appoint(steward, cast.daan, people.noor, people.daan)

    # What is measured, and where it comes from
    unit, seat = str(cast.marketing.pk), steward.strip("/").rpartition("-")[2]
    for key, name in MEASURES:
        people.daan.open("/metrics/kpis/new/")
        people.daan.fill(
            type=key, name=name, unit=unit, grain="day", steward=seat, reason="Counted by the search console"
        )
    kpi = {row["name"]: str(row["id"]) for row in Caller(cast.daan).get("/api/v1/kpis/").json()["results"]}
    people.eva.open("/data/new/http/")
    known: dict[str, Any] = {"num1": "clicks", "kpi1": kpi["Clicks"], "num2": "impressions", "kpi2": kpi["Impressions"]}
    asked: dict[str, Any] = {"url": shop, "date": "day", "lag_days": "0", "since": FRIDAY.date().isoformat()}
    people.eva.fill(name="Search Console", unit=unit, reason="A key for reading", **asked, **known)
    source = people.eva.address

    # The export of what came before goes in as it is
    people.daan.open("/imports/")
    people.daan.fill(file=Upload("Dates.csv", export), source=source.strip("/").rpartition("-")[2], reason="History")
    people.daan.fill(at="read/", m0=f"KPI-{kpi['Clicks']}", m1=f"KPI-{kpi['Impressions']}", reason="Two columns")
    people.daan.fill(at="store/", reason="Looks right")
    people.daan.page.mustcontain("178")

    # Tom proposes; a main KPI that counts work is refused where he chose it, with results instead
    people.tom.open("/goals/new/")
    people.tom.fill(statement="More sales from search", horizon_on="2024-12-31")
    people.tom.open("/initiatives/new/")
    goal = people.tom.page.forms[2]["goal"].options[0][0]
    people.tom.fill(title="AI-refreshed product pages", goal=goal)
    plan = people.tom.address.removesuffix("plan/measure/")
    people.tom.open(f"{plan}page-sets/new/")
    people.tom.fill(name="Products", patterns="/p/*", page_class="money")
    people.tom.open(f"{plan}page-sets/new/")
    people.tom.fill(name="Untreated", patterns="/q/*", page_class="money", is_control=True)
    people.tom.open(f"{plan}plan/measure/")
    people.tom.fill(kpi=kpi["Articles"], goal="50", refused=422)
    people.tom.page.mustcontain("counts work")
    pages = people.tom.find("", {"page_set"})["page_set"].options
    treated = next(value for value, _chosen, name in pages if name == "Products")
    promise: dict[str, Any] = {
        "goal": "30",
        "smallest_effect": "10",
        "due_on": "2023-07-07",
        "lag_weeks": "1",
        "ramp_weeks": "1",
    }
    money: dict[str, Any] = {"value_low": "1", "value_likely": "2", "value_high": "3"}
    people.tom.fill(kpi=kpi["Clicks"], page_set=treated, **promise, **money)
    people.tom.fill(person=str(cast.marieke.pk), reason="She pays for it")
    problem: dict[str, Any] = {"hours_per_week": "22", "hourly_rate": "65"}
    people.tom.fill(process="Editors rewrite product pages by hand", **problem)
    people.tom.fill(scope="240 product pages", timebox_weeks="6", budget="18000", horizon_months="12")
    people.tom.open(f"{plan}targets/new/")
    people.tom.fill(role="guardrail", kpi=kpi["Impressions"], margin="5")
    people.tom.open(f"{plan}kill-criteria/new/")
    people.tom.fill(text="fewer than 200 clicks a week", by_on="2023-06-20")
    people.tom.open(f"{plan}gates/")
    people.tom.fill(at="#to-submitted", reason="Let us go", refused=422)
    people.tom.page.mustcontain("G0.problem", "Describe the problem with figures")
    for question in QUESTIONS:
        people.tom.open(f"{plan}readiness/{question}/")
        people.tom.fill(text="We looked into it", evidence="Minutes of 9 May")
    people.marieke.open("/inbox/")
    people.marieke.follow("Accept or decline")
    people.marieke.fill(at="accept/")
    people.tom.open(f"{plan}gates/")
    people.tom.fill(at="#to-submitted", reason="Ready for you")

    # Nobody with a hand in it approves it, and no admin; its sponsor does, from her inbox
    people.marieke.open("/inbox/")
    card = people.marieke.find("gates/G1/", {"sha256"})
    yes = {"choice": "approve", "reason": "baseline", "sha256": card["sha256"].value}
    for person in (cast.tom, cast.eva):
        refused = Caller(person).form(f"{plan}gates/G1/", **yes)
        assert refused.status_code == 403
    people.marieke.fill(at="gates/G1/", press=("choice", "approve"), reason="baseline")

    # Daan locks the baseline and confirms the pilot
    people.daan.open(f"{plan}targets/T-1/baseline/")
    people.daan.fill(periods="8")
    people.daan.open(f"{plan}baselines/1/lock/")
    people.daan.fill(reason="Eight full weeks")
    people.tom.open(f"{plan}gates/")
    people.tom.fill(at="#to-pilot", reason="We are ready to start")
    people.daan.open(f"{plan}gates/G2/")
    people.daan.fill(press=("choice", "approve"), reason="sound")

    # The figures come by themselves; the judge finds no return, and Tom answers the flag
    for _week in range(5):
        calendar.forward(days=7)
        ring()
    people = People(cast)  # a session lasts half a day
    people.tom.open(plan)
    people.tom.page.mustcontain("Stalling")
    flags = Caller(cast.tom).get(f"/api/v1{plan}flags/").json()["results"]
    people.tom.open(f"{plan}flags/{next(flag['ref'] for flag in flags if flag['kind'] == 'S2')}/")
    people.tom.fill(reply="recover", until="2023-07-07", reason="Two editors full-time from Monday")

    # An AI tool asks through the API; Sanne decides on a page
    chair: dict[str, Any] = {"kind": "decider", "title": "SEO lead", "unit": unit, "reason": "For titles"}
    people.noor.open("/seats/new/")
    people.noor.fill(**chair)
    decider = people.noor.address
    appoint(decider, cast.sanne, people.noor, people.sanne)
    number = int(decider.strip("/").rpartition("-")[2])
    domain: dict[str, Any] = {"key": "title_rewrite", "decider": number, "reason": "Titles first"}
    assert Caller(cast.noor).post("/api/v1/domains/", **domain).status_code == 201
    advised = Caller(cast.tom).post("/api/v1/recommendations/", **ADVICE).json()
    assert advised["authority"] == "human_decides"
    people.sanne.open(f"/recommendations/{advised['ref']}/")
    people.sanne.fill(
        at="decide/",
        chosen="reject",
        reason_code="brand",
        reason="Ours start with the product",
        trade_off="A few clicks",
    )

    # The sponsor stops it, the lesson stays, and everything tells one story
    people.marieke.open(f"{plan}gates/")
    people.marieke.fill(at="#to-stopped", reason="No return", lesson="Rewriting is not what buyers miss")
    people.marieke.open(plan)
    people.marieke.page.mustcontain("Stopped", "Rewriting is not what buyers miss")
    people.marieke.open("/decisions/")
    people.marieke.page.mustcontain("Put the material first")
    said = StringIO()
    call_command("verify_ledger", stdout=said)
    assert " 0 faults." in said.getvalue()


ADVICE: dict[str, Any] = {
    "domain": "title_rewrite",
    "initiative": 1,
    "source": "titlewright",
    "key": "t-1",
    "subject": "/p/covers",
    "proposal": {"title": "Put the material first", "before": "Sofa covers", "after": "Linen sofa covers"},
    "confidence": 0.97,
}
