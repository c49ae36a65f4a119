"""Pages, targets and stop conditions over the API: what may be promised, by whom, and what a change leaves behind."""

from datetime import date
from typing import Any

import pytest

from initiatives.lifecycle import State
from initiatives.models import Initiative, KillCriterion, Target
from ownership.models import Event
from tests.cast import MONDAY, Caller, Cast
from tests.initiatives.build import TODAY, a_draft, a_kpi, a_main_target, deliver

pytestmark = pytest.mark.usefixtures("monday")

MAIN: dict[str, Any] = {"role": "primary", "goal": 0.12, "smallest_effect": 0.05, "lag_weeks": 1, "ramp_weeks": 2}
WORTH: dict[str, Any] = {"value_low": 84, "value_likely": 108, "value_high": 132}


def targets_of(initiative: Initiative) -> str:
    return f"/api/v1/initiatives/{initiative.pk}/targets/"


def submit(initiative: Initiative) -> Initiative:
    """Beyond the draft, without asking what the gate asks."""
    initiative.move(to=State.SUBMITTED, by=None, at=MONDAY, reason="Ready", expected_version=initiative.version)
    return initiative


def test_a_target_takes_class_and_chain_from_its_kpi(cast: Cast) -> None:
    initiative, kpi = a_draft(cast), a_kpi(cast)

    answer = Caller(cast.tom).post(targets_of(initiative), kpi=kpi.pk, **MAIN, **WORTH, attribution=0.7)

    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    assert (answer.json()["metric_class"], answer.json()["chain"]) == ("O", "Demand")
    (event,) = Event.objects.filter(data__action="target.set")
    assert event.data["after"]["goal"] == "0.12"


def test_an_output_metric_is_refused_as_main_kpi_with_three_results_instead(cast: Cast) -> None:
    initiative = a_draft(cast)
    written = a_kpi(cast, "articles_generated", "Articles generated")
    fed = a_kpi(cast, "organic_leads", "Organic leads")
    for key, name in [("organic_conversions", "Conversions"), ("organic_revenue", "Revenue"), ("hours_saved", "Hours")]:
        a_kpi(cast, key, name)
    deliver(fed, date(2026, 2, 1), [58.0] * 28)

    answer = Caller(cast.tom).post(targets_of(initiative), kpi=written.pk, **MAIN)

    problem = answer.json()
    assert (answer.status_code, problem["type"], problem["field"]) == (422, "/problems/not-an-outcome", "kpi")
    assert [item["name"] for item in problem["items"]] == ["Organic leads", "Conversions", "Hours"]
    assert problem["items"][0]["known"] == 28
    assert not Target.objects.exists()


def test_an_output_metric_may_be_counted_as_activity(cast: Cast) -> None:
    initiative, kpi = a_draft(cast), a_kpi(cast, "articles_generated", "Articles generated")

    answer = Caller(cast.tom).post(targets_of(initiative), kpi=kpi.pk, role="activity")

    assert answer.status_code == 201


def test_a_sign_on_the_way_is_no_main_kpi(cast: Cast) -> None:
    initiative, kpi = a_draft(cast), a_kpi(cast, "avg_position", "Average position")

    answer = Caller(cast.tom).post(targets_of(initiative), kpi=kpi.pk, **MAIN)

    assert (answer.status_code, answer.json()["code"]) == (422, "not_outcome")


def test_a_scoped_result_needs_its_pages_and_the_value_of_one_unit(cast: Cast) -> None:
    initiative, kpi = a_draft(cast), a_kpi(cast, "money_page_clicks", "Clicks to key pages")
    tom = Caller(cast.tom)
    pages = tom.post(
        f"/api/v1/initiatives/{initiative.pk}/page-sets/", name="Key pages", patterns="/sofa/*", page_class="money"
    ).json()

    bare = tom.post(targets_of(initiative), kpi=kpi.pk, **MAIN)
    unvalued = tom.post(targets_of(initiative), kpi=kpi.pk, page_set=pages["id"], **MAIN)
    whole = tom.post(targets_of(initiative), kpi=kpi.pk, page_set=pages["id"], **MAIN, **WORTH)

    assert [bare.json().get("field"), unvalued.json().get("field")] == ["page_set", "value_likely"]
    assert whole.status_code == 201


def test_there_is_one_main_kpi(cast: Cast) -> None:
    initiative = a_draft(cast)
    a_main_target(initiative, a_kpi(cast))

    answer = Caller(cast.tom).post(targets_of(initiative), kpi=a_kpi(cast, name="Other leads").pk, **MAIN)

    assert (answer.status_code, answer.json()["code"]) == (409, "has_main_kpi")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"smallest_effect": 0.2}, "smallest_effect"),
        ({"due_on": "2026-03-02"}, "due_on"),
        ({"value_likely": 108}, "value_likely"),
        ({"value_low": 200, "value_likely": 108, "value_high": 132}, "value_likely"),
    ],
)
def test_a_promise_makes_sense(cast: Cast, fields: dict[str, Any], field: str) -> None:
    initiative = a_draft(cast)

    answer = Caller(cast.tom).post(targets_of(initiative), kpi=a_kpi(cast).pk, **MAIN | fields)

    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_guardrail_says_what_fall_it_tolerates(cast: Cast) -> None:
    initiative, kpi = a_draft(cast), a_kpi(cast, "g_nonbrand_clicks_site", "Clicks, whole site")

    answer = Caller(cast.tom).post(targets_of(initiative), kpi=kpi.pk, role="guardrail")

    assert (answer.status_code, answer.json()["field"]) == (422, "margin")


def test_two_initiatives_cannot_claim_the_same_leads(cast: Cast) -> None:
    kpi = a_kpi(cast)
    first, second = a_draft(cast), a_draft(cast, "Another")
    a_main_target(first, kpi, attribution=0.7)
    submit(first)

    answer = Caller(cast.tom).post(targets_of(second), kpi=kpi.pk, **MAIN, **WORTH, attribution=0.5)

    assert (answer.status_code, answer.json()["field"]) == (422, "attribution")
    assert "0.3" in answer.json()["detail"]


def test_leads_and_their_revenue_count_once(cast: Cast) -> None:
    initiative = a_draft(cast)
    a_main_target(initiative, a_kpi(cast))
    revenue = a_kpi(cast, "organic_revenue", "Organic revenue")

    answer = Caller(cast.tom).post(targets_of(initiative), kpi=revenue.pk, role="secondary", **WORTH)

    assert (answer.status_code, answer.json()["code"]) == (422, "chain_valued_twice")


def test_a_changed_goal_is_a_new_target_and_the_old_one_stays(cast: Cast) -> None:
    initiative = a_draft(cast)
    target = a_main_target(initiative, a_kpi(cast))

    answer = Caller(cast.tom).post(f"/api/v1/targets/{target.pk}/replace/", seen=1, goal=0.2)

    assert answer.status_code == 201
    new = answer.json()
    assert (new["goal"], new["smallest_effect"], new["value_likely"], new["role"]) == (0.2, 0.05, 108.0, "primary")
    target.refresh_from_db()
    assert (target.superseded_at, target.goal) == (MONDAY, 0.12)
    *_, event = Event.objects.filter(data__action="target.set").order_by("pk")
    assert (event.data["before"]["goal"], event.data["after"]["goal"]) == ("0.12", "0.2")


def test_beyond_the_draft_a_changed_goal_says_why(cast: Cast) -> None:
    initiative = a_draft(cast)
    target = a_main_target(initiative, a_kpi(cast))
    submit(initiative)
    tom = Caller(cast.tom)

    silent = tom.post(f"/api/v1/targets/{target.pk}/replace/", seen=1, goal=0.2)
    said = tom.post(f"/api/v1/targets/{target.pk}/replace/", seen=1, goal=0.2, reason="The market grew")

    assert (silent.status_code, silent.json()["field"], said.status_code) == (422, "reason", 201)


def test_a_target_is_replaced_once(cast: Cast) -> None:
    target = a_main_target(a_draft(cast), a_kpi(cast))
    tom = Caller(cast.tom)
    tom.post(f"/api/v1/targets/{target.pk}/replace/", seen=1, goal=0.2)

    answer = tom.post(f"/api/v1/targets/{target.pk}/replace/", seen=2, goal=0.3)

    assert (answer.status_code, answer.json()["code"]) == (409, "superseded")


@pytest.mark.parametrize(("seen", "status"), [(None, 428), (7, 412)])
def test_a_replacement_names_the_version_it_saw(cast: Cast, seen: int | None, status: int) -> None:
    target = a_main_target(a_draft(cast), a_kpi(cast))

    answer = Caller(cast.tom).post(f"/api/v1/targets/{target.pk}/replace/", seen=seen, goal=0.2)

    assert answer.status_code == status
    assert Target.objects.get().superseded_at is None


def test_a_stop_condition_is_agreed_and_withdrawn_with_its_reason(cast: Cast) -> None:
    initiative = a_draft(cast)
    target = a_main_target(initiative, a_kpi(cast))
    tom = Caller(cast.tom)
    url = f"/api/v1/initiatives/{initiative.pk}/kill-criteria/"

    agreed = tom.post(url, text="Fewer than 33 leads a week", by_on="2026-06-01", target=target.pk, threshold=33)
    unsaid = tom.post(f"/api/v1/kill-criteria/{agreed.json()['id']}/withdraw/", seen=1)
    withdrawn = tom.post(f"/api/v1/kill-criteria/{agreed.json()['id']}/withdraw/", seen=1, reason="Sharper one below")

    assert [agreed.status_code, unsaid.status_code, withdrawn.status_code] == [201, 400, 200]
    assert KillCriterion.objects.get().withdrawn_at == MONDAY
    kinds = {event.data["action"] for event in Event.objects.all()}
    assert {"kill_criterion.added", "kill_criterion.withdrawn"} <= kinds


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"by_on": str(TODAY)}, "by_on"), ({"by_on": "2026-06-01", "threshold": 33}, "threshold")],
)
def test_a_stop_condition_can_come_true(cast: Cast, fields: dict[str, Any], field: str) -> None:
    initiative = a_draft(cast)

    answer = Caller(cast.tom).post(f"/api/v1/initiatives/{initiative.pk}/kill-criteria/", text="Too few", **fields)

    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_name_of_pages_is_taken_once(cast: Cast) -> None:
    initiative = a_draft(cast)
    url = f"/api/v1/initiatives/{initiative.pk}/page-sets/"
    pages: dict[str, Any] = {"name": "Key pages", "patterns": "/sofa/*", "page_class": "money"}
    tom = Caller(cast.tom)
    tom.post(url, **pages)

    answer = tom.post(url, **pages)

    assert (answer.status_code, answer.json()["field"]) == (422, "name")


@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("page-sets", {"name": "Key pages", "patterns": "/sofa/*", "page_class": "money"}),
        ("targets", {"role": "primary", "goal": 0.12}),
        ("kill-criteria", {"text": "Too few", "by_on": "2026-06-01"}),
    ],
)
def test_only_writers_of_the_plan_promise(cast: Cast, part: str, body: dict[str, Any]) -> None:
    initiative, kpi = a_draft(cast), a_kpi(cast)
    body = body | ({"kpi": kpi.pk} if part == "targets" else {})
    url = f"/api/v1/initiatives/{initiative.pk}/{part}/"

    colleague, stranger = Caller(cast.aisha).post(url, **body), Caller(cast.lena).post(url, **body)

    assert (colleague.status_code, colleague.json()["code"], stranger.status_code) == (403, "not_owner", 404)


def test_a_kpi_of_another_unit_is_unknown(cast: Cast) -> None:
    initiative, kpi = a_draft(cast), a_kpi(cast)
    type(kpi).objects.filter(pk=kpi.pk).update(unit=cast.logistics, steward=None)

    answer = Caller(cast.tom).post(targets_of(initiative), kpi=kpi.pk, **MAIN)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "kpi")


def test_a_target_may_be_compared_with_untreated_pages_and_not_with_itself(cast: Cast) -> None:
    initiative, kpi, untreated = a_draft(cast), a_kpi(cast), a_kpi(cast, name="Leads of untreated pages")

    refused = Caller(cast.tom).post(targets_of(initiative), kpi=kpi.pk, control=kpi.pk, **MAIN, **WORTH)
    answer = Caller(cast.tom).post(targets_of(initiative), kpi=kpi.pk, control=untreated.pk, **MAIN, **WORTH)

    assert (refused.status_code, refused.json()["code"]) == (422, "own_control")
    assert (answer.status_code, answer.json()["control"]) == (201, untreated.pk)
