"""The demo organisation: loaded once, it tells its stories through pages and API."""

import html
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from decisions.management.demo.agenda import Ago, Calendar, Story, play
from ownership.models import User
from tests.cast import Caller
from tests.conftest import DEMO_NOW, Demo

ZONE = ZoneInfo("Europe/Amsterdam")
STORIES = {
    "Titles and descriptions at scale": ("scaling", "reached"),
    "AI articles for the blog": ("pilot", "stalled"),
    "AI-refreshed product pages": ("pilot", "unlikely"),
    "Internal links by AI": ("pilot", "data-stale"),
    "Digital PR prospecting": ("pilot", "behind"),
    "Be named in AI answers for 40 buying questions": ("submitted", ""),
    "Log-file triage": ("submitted", ""),
    "Automatic image descriptions": ("stopped", "behind"),
    "Delivery questions answered once": ("draft", ""),
    "Comparison tables for sofa beds": ("pilot", "on-track"),
    "An adviser that answers on product pages": ("pilot", "stalled"),
    "Shorter outlet pages": ("pilot", "regressing"),
    "Sizes explained for made-to-measure": ("pilot", "behind"),
    "Better questions in the configurator": ("pilot", "on-track"),
    "Briefs by AI, texts by people": ("pilot", "on-track"),
}
# One of each kind of pilot that is hard to judge, and what its sponsor reads.
SENTENCES = {
    "a late bloomer": ("Comparison tables for sofa beds", "The chance that Organic leads, sofa beds is at +20% by"),
    "a dead one": ("AI articles for the blog", "weeks the likeliest story is that it has no effect"),
    "a fade": ("An adviser that answers on product pages", "weeks the likeliest story is that its effect fades"),
    "a harmful one": ("Shorter outlet pages", "Probably lower than without the pilot: Organic orders, outlet"),
    "under three a day": ("Sizes explained for made-to-measure", "The chance that Organic orders, made to measure is"),
    "a ratio": ("Better questions in the configurator", "The chance that Conversion of organic visits to the"),
    "lower is better": ("Briefs by AI, texts by people", "The chance that Days from brief to publication is at −25%"),
    "a silent source": ("Internal links by AI", "No new Organic revenue, buying guides since"),
}


@dataclass
class Visitor:
    """Somebody of the demo at a browser, or a tool with its token."""

    caller: Caller

    def rows(self, kind: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.caller.get(f"/api/v1/{kind}/", limit=1000, **query)
        assert answer.status_code == 200, answer.content
        rows: list[dict[str, Any]] = answer.json()["results"]
        return rows


@pytest.fixture
def visit(demo: Demo) -> Callable[[str], Visitor]:
    """By the first name, or the name of a token."""

    def visitor(name: str) -> Visitor:
        if name in demo.tokens:
            return Visitor(Caller(token=demo.tokens[name]))
        return Visitor(Caller(User.objects.get(email=f"{name}@sofa.example")))

    return visitor


Visit = Callable[[str], Visitor]


def test_every_initiative_stands_where_its_story_left_it(visit: Visit) -> None:
    rows = visit("noor").rows("initiatives")

    assert {row["title"]: (row["state"], row["verdict_status"]) for row in rows} == STORIES


@pytest.mark.parametrize("kind", SENTENCES)
def test_a_sponsor_reads_a_sentence_about_every_kind_of_pilot(visit: Visit, kind: str) -> None:
    title, sentence = SENTENCES[kind]
    noor = visit("noor")
    (row,) = [row for row in noor.rows("initiatives") if row["title"] == title]

    page = noor.caller.get(f"/initiatives/{row['ref']}/").content.decode()

    assert sentence in html.unescape(page)


def test_what_scales_has_earned_more_than_it_cost(visit: Visit) -> None:
    noor = visit("noor")
    (scaling,) = noor.rows("initiatives", state="scaling")

    told = [row for row in noor.rows("verdicts", initiative=scaling["id"]) if row["money"]]
    newest = max(told, key=lambda row: row["judged_at"])

    assert newest["money"]["realised"]["roi"] > 0
    assert newest["money"]["realised"]["p10"] > newest["money"]["realised"]["cost"]


def test_the_team_of_the_stalled_pilot_reports_articles(visit: Visit) -> None:
    noor = visit("noor")
    (stalled,) = [row for row in noor.rows("initiatives") if row["title"] == "AI articles for the blog"]
    (activity,) = noor.rows("targets", initiative=stalled["id"], role="activity")

    counted = [row["value"] for row in noor.rows("snapshots", kpi=activity["kpi"])]

    assert counted[-1] > 5 * counted[0]


def test_flags_ask_who_can_answer(visit: Visit) -> None:
    noor = visit("noor")
    titles = {row["id"]: row["title"] for row in noor.rows("initiatives")}
    seats = {row["id"]: row["holder"] for row in noor.rows("seats")}
    people = {row["id"]: row["name"] for row in noor.rows("people")}

    asked = {
        (row["kind"], titles[row["initiative"]], people.get(seats.get(row["addressee"]), ""))
        for row in noor.rows("flags")
        if row["closed_at"] is None
    }

    assert {
        ("S1", "Internal links by AI", "Daan Visser"),
        ("S2", "AI articles for the blog", "Joris Maas"),
        ("S2", "AI-refreshed product pages", "Tom Bakker"),
        ("S7", "Digital PR prospecting", ""),
        ("S14", "Comparison tables for sofa beds", "Joris Maas"),
    } <= asked


def test_scenarios_rest_on_what_holds_and_on_what_broke(visit: Visit) -> None:
    """Tom watches over what may come of both."""
    tom = visit("tom")
    rows = {row["title"]: row["ref"] for row in tom.rows("initiatives")}

    holds, broken = (
        html.unescape(tom.caller.get(f"/initiatives/{rows[title]}/scenarios/").content.decode())
        for title in ("AI-refreshed product pages", "Comparison tables for sofa beds")
    )

    assert "Key pages keep their visitors from search" in holds
    assert (holds.count(">Holds<"), holds.count(">Broken<")) == (1, 0)
    assert "The new supplier leaves it out" in broken
    assert (broken.count(">Holds<"), broken.count(">Broken<")) == (1, 1)


def test_two_budgets_wait_for_marieke(visit: Visit) -> None:
    waiting = [row for row in visit("marieke").rows("gates") if row["choice"] is None and row["voided_at"] is None]

    assert [row["gate"] for row in waiting] == ["G1", "G1"]
    assert all(date.fromisoformat(row["due_on"]) >= DEMO_NOW.date() for row in waiting)


def test_one_goal_is_served_by_nothing(visit: Visit) -> None:
    noor = visit("noor")
    served = {row["goal"] for row in noor.rows("initiatives")}

    unserved = [row["statement"] for row in noor.rows("goals") if row["id"] not in served]

    assert unserved == ["Win back the visitors we lost in Belgium"]


def test_what_happened_outside_is_annotated_and_verdicts_know_of_the_core_update(visit: Visit) -> None:
    noor = visit("noor")
    (running,) = [row for row in noor.rows("initiatives") if row["title"] == "AI-refreshed product pages"]

    kinds = {row["kind"]: row["name"] for row in noor.rows("annotations")}
    told = [row for row in noor.rows("verdicts", initiative=running["id"]) if "shock-in-window" in row["badges"]]

    assert kinds == {"core_update": "Autumn core update", "campaign": "Sofa week"}
    assert told
    assert "Autumn core update" in noor.caller.get(f"/initiatives/{running['ref']}/").content.decode()


def test_some_forty_recommendations_were_decided_by_rule_and_by_people(visit: Visit) -> None:
    rows = visit("noor").rows("recommendations")

    assert len(rows) == 42
    assert {row["domain"] for row in rows} == {
        "title_rewrite", "content_draft", "link_outreach", "internal_links", "bulk_meta",
    }  # fmt: skip
    assert {row["authority"] for row in rows} == {
        "block", "two_person", "experiment", "human_decides", "human_confirms", "ai_notify",
    }  # fmt: skip
    states = Counter(row["state"] for row in rows)
    assert states == {"applied": 22, "rejected": 8, "blocked": 3, "reverted": 2, "waiting": 6, "testing": 1}
    assert len([row for row in visit("noor").rows("decisions") if not row["followed_ai"]]) == 12


def test_other_units_see_their_own(visit: Visit) -> None:
    lena = visit("lena")

    assert [row["title"] for row in lena.rows("initiatives")] == ["Delivery questions answered once"]
    assert {row["domain"] for row in lena.rows("recommendations")} == {"content_draft"}


def test_the_tokens_do_what_they_are_for(visit: Visit) -> None:
    assert len(visit("bi").rows("kpis")) > 12
    assert visit("drafter").caller.get("/api/v1/kpis/").status_code == 403
    assert visit("bi").caller.post("/api/v1/recommendations/").status_code == 403


@pytest.mark.parametrize("name", ["marieke", "tom", "aisha", "sanne", "joris", "daan", "noor", "eva", "ruth", "lena"])
def test_everybody_finds_a_page_and_can_open_every_initiative_they_see(visit: Visit, name: str) -> None:
    visitor = visit(name)

    home = visitor.caller.client.get("/", follow=True)
    pages = [visitor.caller.get(f"/initiatives/{row['ref']}/") for row in visitor.rows("initiatives")]

    assert home.status_code == 200
    assert "Sofa &amp; Co" in visitor.caller.get("/settings/").content.decode()
    assert {page.status_code for page in pages} <= {200}


def test_the_portfolio_shows_what_was_reached_and_what_has_ended(visit: Visit) -> None:
    page = visit("noor").caller.get("/portfolio/").content.decode()

    assert "28 days before" in page
    assert page.index("Automatic image descriptions") < page.index("Ended") < page.index("Delivery questions")


def test_the_ledger_of_the_demo_is_sound(demo: Demo) -> None:
    said = StringIO()

    call_command("verify_ledger", stdout=said)

    checked, faults = [int(word) for word in said.getvalue().split() if word.isdigit()]
    assert (checked > 800, faults) == (True, 0)


def test_it_only_fills_an_empty_database(demo: Demo) -> None:
    with pytest.raises(CommandError, match="only fills an empty one"):
        call_command("demo", stdout=StringIO())


@pytest.mark.parametrize("weekday", range(7))
def test_nobody_in_the_demo_works_at_weekends(weekday: int) -> None:
    today = date(2026, 11, 16) + timedelta(days=weekday)
    calendar = Calendar(datetime.combine(today, time(12), ZONE), ZONE)

    days = [calendar.day(ago) for ago in range(-10, 350)]

    assert all(day.weekday() < 5 for day in days)
    assert all(later > earlier for later, earlier in pairwise(days))
    assert calendar.day(0) - calendar.day(50) == timedelta(weeks=10)
    assert calendar.at(Ago(0)) == calendar.now


def test_stories_are_told_in_the_order_of_time() -> None:
    calendar = Calendar(datetime(2026, 11, 20, 12, tzinfo=UTC), ZONE)
    told = []

    def story(name: str, *days: int) -> Story:
        for ago in days:
            yield Ago(ago)
            told.append((name, ago))

    play(calendar, [story("a", 9, 3), story("b", 5, 4)])

    assert told == [("a", 9), ("b", 5), ("b", 4), ("a", 3)]
    with pytest.raises(ValueError, match="goes back"):
        play(calendar, [story("c", 3, 9)])
