"""The pages of an initiative, as people read them."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from initiatives import tasks
from initiatives.lifecycle import State
from initiatives.models import Baseline, Initiative
from initiatives.services import evidence, promises
from ownership import words
from tests.cast import MONDAY, Caller, Cast
from tests.initiatives import build
from tests.initiatives.build import TODAY, deliver, weeks
from tests.markup import read

pytestmark = pytest.mark.usefixtures("monday")

GROWING, FALLING = [455, 470, 462, 475], [350, 340, 335, 338]


def text(answer: Any) -> str:
    """The words of the page's main part, with single spaces."""
    page = answer.content.decode()
    said = re.sub(r"<[^>]+>", " ", page[page.index("<main") :])
    return re.sub(r"\s+", " ", re.sub(r"\s+([,.:;])", r"\1", unescape(said)))


def page_of(initiative: Initiative, cast: Cast, part: str = "") -> str:
    answer = Caller(cast.tom).get(f"/initiatives/{initiative.ref}/{part}")
    assert answer.status_code == 200
    assert read(answer.content.decode()).verdict() == []
    return text(answer)


def judged(initiative: Initiative, levels: Iterable[float | None], clock: time_machine.Traveller) -> None:
    """Whole pilot weeks of these levels, each judged when it was over and known."""
    kpi = initiative.targets.get(role="primary", superseded_at=None).kpi
    for week, level in enumerate(levels, start=1):
        over = MONDAY + timedelta(weeks=week)
        if level is not None:
            deliver(kpi, TODAY + timedelta(weeks=week - 1), weeks([level]), at=over)
        clock.move_to(over + timedelta(days=1))
        tasks.watch_due()


def spend(initiative: Initiative, cast: Cast, amount: int) -> None:
    evidence.book_cost(
        initiative=initiative, category="one_off", on=TODAY, amount=Decimal(amount), by=cast.tom, at=MONDAY
    )


def test_a_draft_says_who_answers_for_it_and_that_nothing_is_agreed(cast: Cast) -> None:
    draft = build.a_draft(cast)

    page = page_of(draft, cast)

    assert "Tom Bakker Owner, SEO lead" in page
    assert "Nobody Sponsor, empty since Mon 2 Mar" in page
    assert "Serves the goal More qualified leads. No main KPI yet." in page
    assert "Not known yet: no main KPI is agreed" in page
    assert "No target yet: neither what must move nor what must not fall." in page
    assert "Nobody has agreed yet what would make us stop." in page


def test_a_target_without_a_baseline_says_what_nobody_will_be_able_to_say(cast: Cast) -> None:
    draft = build.a_draft(cast)
    build.a_main_target(draft, build.a_kpi(cast), due_on=TODAY + timedelta(weeks=6))

    page = page_of(draft, cast)

    assert "Not known yet: no baseline is locked" in page
    assert "Agreed: Organic leads +12% by Mon 13 Apr." in page
    assert "No value of Organic leads yet." in page
    assert "Without one nobody can say later what the pilot changed." in page


def test_a_pilot_that_pays_says_so_with_its_range(cast: Cast, monday: time_machine.Traveller) -> None:
    pilot = build.a_pilot(cast)
    spend(pilot, cast, 7480)

    judged(pilot, GROWING, monday)

    page = page_of(pilot, cast)
    assert "On track Pilot, week 5 of 6" in page
    assert re.search(r"Probably: €\d\.\d\d realised for each €1 spent", page)
    assert re.search(r"Leads of AI-refreshed product pages \+1\d% \(80% range \+\d+% to \+\d+%\)", page)
    assert "Spent €7,480 of €36,000." in page
    assert re.search(r"Projected over 12 months: €\d+\.\d\d to €\d+\.\d\d for each €1\.", page)
    assert "How it was judged: 4 weeks" in page


def test_the_page_says_the_figures_of_the_api(cast: Cast, monday: time_machine.Traveller) -> None:
    pilot = build.a_pilot(cast)
    spend(pilot, cast, 7480)
    judged(pilot, GROWING, monday)

    verdicts = Caller(cast.tom).get(f"/api/v1/initiatives/{pilot.pk}/verdicts/").json()["results"]
    row = Caller(cast.tom).get(f"/api/v1/initiatives/{pilot.pk}/").json()

    page, money, newest = page_of(pilot, cast), page_of(pilot, cast, "money/"), verdicts[-1]
    assert newest["said"] in page
    assert words.effect(newest["effect"], newest["low"], newest["high"]) in page
    for figure in (newest["money"]["realised"]["benefit"], newest["money"]["projected"]["p10"], float(row["spent"])):
        assert words.money(figure) in page
        assert words.money(figure) in money
    assert words.chance(newest["money"]["chance"]) in page


def test_money_keeps_realised_and_projected_apart(cast: Cast, monday: time_machine.Traveller) -> None:
    pilot = build.a_pilot(cast)
    spend(pilot, cast, 7480)
    judged(pilot, GROWING, monday)

    page = page_of(pilot, cast, "money/")

    assert re.search(r"Realised €7,480 €[\d,]+ €[\d,]+ to €[\d,]+ €1\.\d\d €\d\.\d\d to €\d\.\d\d", page)
    assert re.search(r"Projected 12 months in all €7,480 €[\d,]+", page)
    assert re.search(r"Gained so far \+\d+ \(80% range \+\d+ to \+\d+\)", page)
    assert "Worth of one, range €84 to €132 Counted for this initiative 7 in 10" in page
    assert "One-off €7,480" in page
    assert "Mon 23 Mar €7,480 not known Mon 30 Mar €7,480 €" in page


def test_before_the_pilot_there_is_no_money_to_draw(cast: Cast) -> None:
    page = page_of(build.a_draft(cast), cast, "money/")

    assert "The pilot has not begun." in page
    assert "What one unit of a KPI is worth was not agreed" in page
    assert "Nothing is booked yet." in page


def test_two_weeks_are_too_few(cast: Cast, monday: time_machine.Traveller) -> None:
    pilot = build.a_pilot(cast)

    judged(pilot, GROWING[:1], monday)

    page = page_of(pilot, cast)
    assert "Worth it? Too early to tell" in page
    assert "Too early to tell until week 4 of the pilot: 3 more weeks are needed." in page


def test_a_missing_week_is_a_gap_and_never_a_zero(cast: Cast, monday: time_machine.Traveller) -> None:
    pilot = build.a_pilot(cast)

    judged(pilot, [455, None, 462], monday)

    page = page_of(pilot, cast, "metrics/")
    assert "10 of 11" in page
    assert "Not known: the week from Mon 9 Mar." in page
    assert "Mon 9 Mar 2026 not known" in page
    assert "Mon 16 Mar 2026 462" in page


def test_without_news_nobody_can_tell(cast: Cast, monday: time_machine.Traveller) -> None:
    pilot = build.a_pilot(cast)

    judged(pilot, [455, None, None, None], monday)

    page = page_of(pilot, cast)
    assert "Nobody can tell: there are no recent data" in page
    assert "No new Leads of AI-refreshed product pages since" in page


def test_the_panels_of_the_floor_above_stand_on_it(cast: Cast) -> None:
    page = page_of(build.a_pilot(cast), cast)

    assert "When does AI win?" in page
    assert "Gate 2: start the pilot Approved Mon 2 Mar 2026, Daan Visser: “Go”" in page


def test_after_the_deadline_the_last_four_weeks_are_counted(cast: Cast, monday: time_machine.Traveller) -> None:
    pilot = build.a_pilot(cast)

    judged(pilot, [*GROWING, 466, 470], monday)

    page = page_of(pilot, cast)
    assert "Target reached" in page
    assert "+14%, 28 days before Mon 13 Apr" in page
    assert "Target reached: Leads of AI-refreshed product pages +14% in the 28 days before Mon 13 Apr 2026;" in page


def test_a_flag_stands_with_its_facts_its_day_and_whom_it_asks(cast: Cast, monday: time_machine.Traveller) -> None:
    pilot = build.a_pilot(cast)

    judged(pilot, FALLING, monday)

    page = page_of(pilot, cast)
    assert "Losing ground" in page
    assert "Worth it? No: nothing realised for the €0 spent" in page
    assert re.search(r"What next Answer the flag by [A-Z]\w\w \d+ \w+ Tom Bakker, owner", page)
    assert "Probably lower than without the pilot: Leads of AI-refreshed product pages" in page
    assert "4 of 6 pilot weeks are over." in page
    assert re.search(r"Unrealistic expectations · Tom Bakker, answer due [A-Z]\w\w \d+ \w+", page)
    assert "Send answer" in page


def test_the_page_says_how_sure_we_are_and_what_would_change_it(cast: Cast, monday: time_machine.Traveller) -> None:
    pilot = build.a_pilot(cast, goal=0.25, due_on=TODAY + timedelta(weeks=10))

    judged(pilot, [*GROWING, 466, 470], monday)

    page = page_of(pilot, cast)
    assert "What explains these numbers best thin bar: a week ago" in page
    assert re.search(r"Chance of 51\d by Mon 11 May", page)
    assert re.search(r"What would change this\? If the next two weeks averaged 5\d\d a week or more\.", page)
    assert "Usual range without the pilot" in page
    assert "Forecast, 8 in 10" in page


def test_a_stopped_one_thanks_keeps_its_lesson_and_names_what_is_free(cast: Cast) -> None:
    pilot = build.a_pilot(cast)
    spend(pilot, cast, 6000)
    build.moved(pilot, State.STOPPED, cast.marieke, lesson="Buyers read the size chart, not the text.")

    page = page_of(pilot, cast)

    assert "Stopped in time: €30,000 of its budget is free again" in page
    assert "What we learned: Buyers read the size chart, not the text." in page
    assert "Thank you, Tom Bakker, and all who worked on it." in page


def test_what_was_agreed_stands_with_what_may_not_fall_and_when_we_stop(cast: Cast) -> None:
    pilot = build.a_pilot(cast)
    guard = build.a_kpi(cast, "g_money_cvr", "Conversion on money pages")
    promises.set_target(initiative=pilot, kpi=guard, role="guardrail", margin=0.03, by=cast.tom, at=MONDAY, reason="?")
    promises.add_kill_criterion(
        initiative=pilot, text="under 400 leads", by_on=TODAY + timedelta(weeks=6), by=cast.tom, at=MONDAY, reason="?"
    )

    page = page_of(pilot, cast)

    assert "Conversion on money pages Must not fall" in page
    assert "may fall by 3%" in page
    assert "under 400 leads by Mon 13 Apr 2026" in page


def test_guardrails_are_told_whichever_way_they_are_judged(cast: Cast, monday: time_machine.Traveller) -> None:
    pilot = build.a_pilot(cast)
    for key, name, levels, den, margin in (
        ("g_nonbrand_clicks_site", "Clicks of the site", [900.0] * 8 + [600.0] * 4, None, 0.05),
        ("g_money_cvr", "Conversion", [70.0] * 12, 1000, 0.03),
        ("g_brand_complaints", "Complaints", [0.0] * 11 + [1.0], None, 0.0),
    ):
        kpi = build.a_kpi(cast, key, name)
        deliver(kpi, TODAY - timedelta(weeks=8), weeks(levels), den=den)
        promises.set_target(
            initiative=pilot, kpi=kpi, role="guardrail", margin=margin, by=cast.tom, at=MONDAY, reason="?"
        )
    judged(pilot, GROWING, monday)

    page, figures = page_of(pilot, cast), page_of(pilot, cast, "metrics/")

    assert "Clicks of the site Must not fall Losing ground" in page
    assert "Conversion Must not fall On track" in page
    assert "Complaints Must not fall Losing ground" in page
    assert "Clicks of the site went further than tolerated: −3" in page
    assert all(name in figures for name in ("Clicks of the site", "Conversion", "Complaints"))


def test_a_guardrail_that_comes_by_the_month_is_told_when_its_month_is_over(
    cast: Cast, monday: time_machine.Traveller
) -> None:
    pilot = build.a_pilot(cast)
    vitals = build.a_kpi(cast, "g_cwv_pass", "Vitals")
    monthly = promises.set_target(
        initiative=pilot, kpi=vitals, role="guardrail", margin=0.02, by=cast.tom, at=MONDAY, reason="?"
    )
    deliver(vitals, date(2026, 4, 1), [70.0] * 30, den=100)
    locked: dict[str, Any] = {"value": 0.8, "sd": 0, "n": 3, "coverage": 1, "computed_at": MONDAY, "sha256": "0" * 64}
    Baseline.objects.create(
        target=monthly, number=1, starts_on=date(2025, 12, 1), ends_on=date(2026, 3, 1), locked_by=cast.daan,
        locked_at=MONDAY, inputs=[[n, 2400, 3000, 30] for n in (-3, -2, -1)], **locked
    )  # fmt: skip
    monday.move_to(MONDAY + timedelta(weeks=13))
    tasks.watch_due()

    page = page_of(pilot, cast)

    assert re.search(
        r"Vitals Must not fall Losing ground .{0,40} may fall by 2 points -13%", page.replace("\N{MINUS SIGN}", "-")
    )


def test_lena_does_not_learn_that_it_exists(cast: Cast) -> None:
    draft = build.a_draft(cast)
    lena = Caller(cast.lena)

    answers = [lena.get(f"/initiatives/{ref}/{part}") for ref in (draft.ref, "INI-999999", "S-1", "x")
               for part in ("", "money/", "metrics/")]  # fmt: skip

    assert {answer.status_code for answer in answers} == {404}


def test_the_number_of_queries_does_not_depend_on_how_much_there_is(cast: Cast, monday: time_machine.Traveller) -> None:
    small, large = build.a_pilot(cast), build.a_pilot(cast, title="Large")
    judged(small, GROWING[:2], monday)
    judged(large, GROWING, monday)
    for n, key in enumerate(["organic_cvr", "nonbrand_impressions", "top3_share", "avg_position"]):
        kpi = build.a_kpi(cast, key, f"KPI {n}")
        deliver(kpi, TODAY - timedelta(weeks=8), weeks([70.0] * 11), den=1000)
        promises.set_target(
            initiative=large, kpi=kpi, role="guardrail", margin=0.05, by=cast.tom, at=MONDAY, reason="?"
        )
        spend(large, cast, 100)
    tom = Caller(cast.tom)

    for part in ("", "metrics/", "money/"):
        counts = []
        for initiative in (small, large):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                tom.get(f"/initiatives/{initiative.ref}/{part}")
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 50


def test_its_number_leads_to_it_from_the_search(cast: Cast) -> None:
    draft = build.a_draft(cast)

    found = Caller(cast.tom).get("/search/", q=draft.ref)

    assert (found.status_code, found["Location"]) == (302, f"/initiatives/{draft.ref}/")
