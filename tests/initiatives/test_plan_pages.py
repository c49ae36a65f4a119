"""The pages of an initiative, as people use them."""

import re
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from initiatives.models import Baseline, CostEntry, Initiative, KillCriterion, ReadinessAnswer, Target
from ownership.models import Appointment, Event
from tests.cast import Caller, Cast
from tests.initiatives.build import a_draft, a_goal, a_kpi, a_main_target, a_pilot, deliver
from tests.initiatives.test_judging import FLAT, run, tick
from tests.markup import read

pytestmark = pytest.mark.usefixtures("monday")


def text(answer: Any) -> str:
    """The page without its markup and with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_first_question_makes_the_draft_and_leads_to_the_second(cast: Cast) -> None:
    goal = a_goal(cast)
    tom = Caller(cast.tom)

    asked = tom.get("/initiatives/new/")
    sent = tom.form("/initiatives/new/", title="AI briefs", goal=goal.pk)

    initiative = Initiative.objects.get()
    assert asked.status_code == 200
    assert (sent.status_code, sent["Location"]) == (303, f"/initiatives/{initiative.ref}/plan/measure/")
    assert (initiative.goal, initiative.owner and initiative.owner.holder) == (goal, cast.tom)


def test_a_missing_answer_is_said_at_its_field(cast: Cast) -> None:
    answer = Caller(cast.tom).form("/initiatives/new/", title="AI briefs")

    assert answer.status_code == 422
    assert "Business goal" in text(answer)
    assert not Initiative.objects.exists()


def test_a_goal_that_is_missing_is_set_on_the_way(cast: Cast) -> None:
    tom = Caller(cast.tom)

    sent = tom.form("/goals/new/", statement="More leads", horizon_on="2027-12-31", unit=cast.marketing.pk)

    assert (sent.status_code, sent["Location"]) == (303, "/initiatives/new/")
    assert "More leads" in text(tom.get("/initiatives/new/"))


def test_an_output_metric_is_refused_in_place_with_three_results(cast: Cast) -> None:
    initiative, written = a_draft(cast), a_kpi(cast, "articles_generated", "Articles generated")
    leads = a_kpi(cast)
    deliver(leads, initiative.created_at.date().replace(month=2), [60.0] * 20)
    url = f"/initiatives/{initiative.ref}/plan/measure/"
    tom = Caller(cast.tom)

    refused = tom.form(url, kpi=written.pk, goal="12", smallest_effect="5", attribution="70")
    taken = tom.client.post(
        url, {"kpi": [written.pk, leads.pk], "goal": "12", "smallest_effect": "5", "attribution": "70"}
    )

    page = text(refused)
    assert refused.status_code == 422
    assert "counts work, not results" in page
    assert "Which result should it move?" in page
    assert "20 values in sixteen weeks" in page
    assert taken.status_code == 303
    assert (Target.objects.get().kpi, Target.objects.get().goal) == (leads, 0.12)


def test_the_wizard_names_the_sponsor_who_is_asked_at_once(cast: Cast) -> None:
    initiative = a_draft(cast)

    sent = Caller(cast.tom).form(
        f"/initiatives/{initiative.ref}/plan/people/", person=cast.marieke.pk, reason="Her money"
    )

    assert sent.status_code == 303
    assert Appointment.objects.open_offers().get().person == cast.marieke


def test_somebody_without_the_rank_cannot_be_chosen(cast: Cast) -> None:
    initiative = a_draft(cast)

    sent = Caller(cast.tom).form(f"/initiatives/{initiative.ref}/plan/people/", person=cast.sanne.pk)

    assert sent.status_code == 422


def test_the_problem_is_priced_by_the_week_and_said_once(cast: Cast) -> None:
    initiative = a_draft(cast)
    url = f"/initiatives/{initiative.ref}/plan/problem/"
    figures = {"hours_per_week": "22", "hourly_rate": "65", "errors_per_week": "20", "error_share": "40"}
    tom = Caller(cast.tom)

    sent = tom.form(url, version=1, process="Editors rewrite briefs", cost_per_error="30", **figures)

    assert sent.status_code == 303
    assert "€1,670 a week" in text(tom.get(url))
    scores = dict(ReadinessAnswer.objects.values_list("question", "score"))
    assert scores == {"F2.1": 1, "F2.2": 2, "F2.3": 2}
    assert Event.objects.filter(data__action="initiative.edited").count() == 1


def test_percent_and_money_are_read_in_dutch(cast: Cast) -> None:
    initiative = a_draft(cast)
    tom = Caller(cast.tom)
    tom.client.cookies["django_language"] = "nl"

    tom.form(
        f"/initiatives/{initiative.ref}/plan/problem/",
        version=1,
        process="Redactie herschrijft",
        hours_per_week="22,5",
        hourly_rate="1065,50",
        error_share="12,5",
    )

    initiative.refresh_from_db()
    assert (initiative.hours_per_week, str(initiative.hourly_rate), initiative.error_share) == (22.5, "1065.50", 0.125)


def test_two_tabs_do_not_overwrite_each_other(cast: Cast) -> None:
    initiative = a_draft(cast)
    url = f"/initiatives/{initiative.ref}/plan/scope/"
    body = {"scope": "Blog", "timebox_weeks": 6, "horizon_months": 12, "track": "standard", "budget": "18000"}
    tom = Caller(cast.tom)
    tom.form(url, version=1, **body)

    late = tom.form(url, version=1, **body | {"scope": "Shop"})

    initiative.refresh_from_db()
    assert (late.status_code, initiative.scope) == (412, "Blog")
    assert "Shop" in late.content.decode()


def test_the_plan_leads_to_the_first_open_question(cast: Cast) -> None:
    initiative = a_draft(cast)

    answer = Caller(cast.tom).get(f"/initiatives/{initiative.ref}/plan/")

    assert answer["Location"] == f"/initiatives/{initiative.ref}/plan/measure/"


@pytest.mark.parametrize("who", ["aisha", "noor"])
def test_the_plan_of_somebody_else_can_be_read_and_not_written(cast: Cast, who: str) -> None:
    initiative = a_draft(cast)
    caller = Caller(getattr(cast, who))
    url = f"/initiatives/{initiative.ref}/plan/scope/"

    read_only = caller.get(url)
    sent = caller.form(url, version=1, scope="Mine", timebox_weeks=6, horizon_months=12, track="standard")

    assert (read_only.status_code, sent.status_code) == (200, 403)


PAGES = ["", "plan/goal/", "plan/risks/", "targets/", "costs/", "readiness/", "targets/new/", "kill-criteria/new/"]


@pytest.mark.parametrize("page", PAGES)
def test_another_unit_finds_nothing(cast: Cast, page: str) -> None:
    initiative = a_draft(cast)

    assert Caller(cast.lena).get(f"/initiatives/{initiative.ref}/{page}").status_code == 404


@pytest.mark.parametrize("page", [*PAGES, "plan/measure/", "plan/people/", "plan/problem/", "plan/scope/"])
def test_every_page_is_strict_html_at_each_stage(cast: Cast, page: str) -> None:
    draft = a_draft(cast, "A draft")
    pilot = a_pilot(cast)
    run(pilot, FLAT[:4])
    tick(week=4)

    for initiative in (draft, pilot):
        answer = Caller(cast.tom).get(f"/initiatives/{initiative.ref}/{page}")

        assert answer.status_code == 200
        assert read(answer.content.decode()).verdict() == []


def test_a_cost_is_taken_back_with_its_reason(cast: Cast) -> None:
    initiative = a_draft(cast)
    tom = Caller(cast.tom)
    tom.form(f"/initiatives/{initiative.ref}/costs/", category="tool", on="2026-02-27", amount="100")
    cost = CostEntry.objects.get()

    shown = text(tom.get(f"/initiatives/{initiative.ref}/costs/"))
    sent = tom.form(f"/initiatives/{initiative.ref}/costs/{cost.ref}/reverse/", reason="Twice")

    assert sent.status_code == 303
    assert "€100" in shown
    assert sum(entry.amount for entry in CostEntry.objects.all()) == 0


def test_a_baseline_is_measured_locked_and_shown(cast: Cast) -> None:
    initiative = a_draft(cast)
    target = a_main_target(initiative, a_kpi(cast))
    deliver(target.kpi, target.initiative.created_at.date().replace(month=1, day=1), [60.0] * 60)
    tom, daan = Caller(cast.tom), Caller(cast.daan)

    computed = tom.form(f"/initiatives/{initiative.ref}/targets/{target.ref}/baseline/", periods=8)
    baseline = Baseline.objects.get()
    lock = f"/initiatives/{initiative.ref}/baselines/{baseline.pk}/lock/"
    refused, locked = tom.form(lock, reason="Mine"), daan.form(lock, reason="Eight full weeks")

    assert [computed.status_code, refused.status_code, locked.status_code] == [303, 403, 303]
    assert "420" in text(daan.get(f"/initiatives/{initiative.ref}/targets/"))


def test_targets_pages_and_stops_are_added_by_form(cast: Cast) -> None:
    initiative = a_draft(cast)
    guard = a_kpi(cast, "g_nonbrand_clicks_site", "Clicks, whole site")
    tom = Caller(cast.tom)
    home = f"/initiatives/{initiative.ref}"

    sent = [
        tom.form(f"{home}/targets/new/", role="guardrail", kpi=guard.pk, margin="5", attribution="100"),
        tom.form(f"{home}/page-sets/new/", name="Sofas", patterns="/sofas/*", page_class="money"),
        tom.form(f"{home}/kill-criteria/new/?from=plan", text="Fewer than 33 leads", by_on="2026-06-01"),
    ]

    assert [answer.status_code for answer in sent] == [303, 303, 303]
    assert sent[-1]["Location"].endswith("/plan/risks/")
    assert Target.objects.get().margin == 0.05
    kill = KillCriterion.objects.get()
    given_up = tom.form(f"{home}/kill-criteria/{kill.ref}/withdraw/", version=1, reason="Sharper one")
    assert given_up.status_code == 303


def test_a_target_is_changed_by_form(cast: Cast) -> None:
    initiative = a_draft(cast)
    target = a_main_target(initiative, a_kpi(cast))
    url = f"/initiatives/{initiative.ref}/targets/{target.ref}/replace/"
    body = {"goal": "20", "smallest_effect": "5", "attribution": "70", "value_low": "84"}

    shown = Caller(cast.tom).get(url)
    sent = Caller(cast.tom).form(url, version=1, **body, value_likely="108", value_high="132")

    assert 'value="12.0"' in shown.content.decode() or 'value="12"' in shown.content.decode()
    assert sent.status_code == 303
    assert Target.objects.current().get().goal == 0.2


def test_questions_are_answered_and_verified_on_the_page(cast: Cast) -> None:
    initiative = a_draft(cast)
    tom, daan = Caller(cast.tom), Caller(cast.daan)
    url = f"/initiatives/{initiative.ref}/readiness/F2.4/"

    sent = tom.form(f"{url}?from=plan", text="Leads; Marieke answers")
    empty = tom.form(f"/initiatives/{initiative.ref}/readiness/F1.1/", number="3")
    verified = daan.form(f"{url}verify/", version=1, reason="I asked her")

    assert (sent.status_code, sent["Location"]) == (303, f"/initiatives/{initiative.ref}/plan/risks/#F2-4")
    assert empty.status_code == 422
    assert verified.status_code == 303
    assert ReadinessAnswer.objects.get().score == 3
    assert "verified by Daan Visser" in text(daan.get(f"/initiatives/{initiative.ref}/readiness/"))


@pytest.mark.parametrize(("page", "most"), [("targets/", 20), ("costs/", 16), ("readiness/", 16), ("plan/risks/", 26)])
def test_a_page_asks_as_often_for_much_as_for_little(
    cast: Cast, page: str, most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    initiative = a_draft(cast)
    tom = Caller(cast.tom)
    for n in range(20):
        tom.post(f"/api/v1/initiatives/{initiative.pk}/costs/", category="tool", on="2026-02-27", amount=n)
        kpi = a_kpi(cast, "g_nonbrand_clicks_site", f"Clicks {n}")
        tom.post(f"/api/v1/initiatives/{initiative.pk}/targets/", kpi=kpi.pk, role="guardrail", margin=0.05)
        tom.post(f"/api/v1/initiatives/{initiative.pk}/kill-criteria/", text=f"Reason {n}", by_on="2026-06-01")

    with django_assert_max_num_queries(most):
        assert tom.get(f"/initiatives/{initiative.ref}/{page}").status_code == 200


def test_the_wizard_lists_what_the_gate_asks_as_the_api_does(cast: Cast) -> None:
    initiative = a_draft(cast)
    tom = Caller(cast.tom)

    page = text(tom.get(f"/initiatives/{initiative.ref}/plan/measure/"))
    moves = tom.get(f"/api/v1/initiatives/{initiative.pk}/transitions/").json()["moves"]

    criteria = next(move["criteria"] for move in moves if move["to"] == "submitted")
    met = sum(criterion["met"] is True for criterion in criteria)
    assert f"Before you can send it {met} of {len(criteria)}" in page
    for criterion in criteria:
        assert criterion["code"] in page
