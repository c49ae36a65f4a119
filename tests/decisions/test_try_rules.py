"""A made-up case is put to rules, in force or being written: the page and the API answer alike and record nothing."""

from typing import Any

import pytest

from decisions.models import Evaluation, Recommendation, RuleSetVersion
from decisions.services import rules as services
from ownership.models import Event
from tests.cast import Caller
from tests.decisions.desk import NOW, Desk, judge_guardrail
from tests.markup import read

CALM = {
    "strategic": "no",
    "changes_today": "0",
    "pages_today": "3",
    "guardrail_breached": "no",
    "in_freeze_window": "no",
    "role_vacant": "no",
    "on_hold": "no",
}
SURE = {"page_class": "long_tail", "clicks_28d": "40", "ai_confidence": "86", "track_record_lb": "66%"}


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def tried(desk: Desk, version: RuleSetVersion, **facts: str) -> Any:
    query = {f"try-{name}": value for name, value in facts.items()}
    return Caller(desk.cast.tom).get(f"/rules/{version.ref}/", **query)


def drafted(desk: Desk, confidence: float) -> RuleSetVersion:
    """A draft that asks less of the AI than what is in force."""
    desk.publish("title_rewrite")
    tom = Caller(desk.cast.tom)
    scope: dict[str, Any] = {
        "layer": "table",
        "domain": "title_rewrite",
        "initiative": desk.initiative.pk,
        "reason": "More",
    }
    version = RuleSetVersion.objects.get(pk=tom.post("/api/v1/rule-sets/", **scope).json()["id"])
    version.table[2]["when"]["ai_confidence"]["gte"] = confidence
    edited: dict[str, Any] = {"hit_policy": version.hit_policy, "table": version.table, "reason": "More"}
    assert tom.put(f"/api/v1/rule-versions/{version.pk}/", seen=1, **edited).status_code == 200
    version.refresh_from_db()
    return version


def test_the_row_that_decides_is_marked_and_the_others_say_why_not(desk: Desk) -> None:
    version = desk.publish("title_rewrite")

    shown = text(tried(desk, version, **SURE, **CALM))

    marked = shown.partition("data-match")[2].partition("</tr>")[0]
    assert ">T3</th>" in marked
    assert "Decides the case you tried" in marked
    assert shown.count("data-match") == 1
    for said in (
        "T3 decides",
        "T1 did not apply: the page is long tail, not money; clicks, 28 days: 40 (needs 1,000 or more).",
        "T2 did not apply: the page is long tail, not money.",
        "F2 did not apply: pages changed today: 3 (needs over 200).",
        "F6 did not apply: the initiative is not on hold.",
    ):
        assert said in shown


def test_a_row_of_the_floor_can_decide(desk: Desk) -> None:
    version = desk.publish("title_rewrite")

    shown = text(tried(desk, version, **SURE, **CALM | {"guardrail_breached": "yes"}))

    marked = shown.partition("data-match")[2].partition("</tr>")[0]
    assert "F3<" in marked
    assert "T3 applies, and something stricter decides" in shown


def test_the_default_is_marked_where_no_rule_is_known_to_fit(desk: Desk) -> None:
    version = desk.publish("title_rewrite")

    shown = text(tried(desk, version, **SURE | {"track_record_lb": ""}, **CALM))

    assert "Everything else" in shown.partition("data-match")[2].partition("</tr>")[0]
    assert "T3 did not decide: no track record yet (needs 60% or more)." in shown


def test_what_would_be_answered_without_one_of_the_facts_stands_beside_it(desk: Desk) -> None:
    version = desk.publish("title_rewrite")

    changes = tried(desk, version, **SURE, **CALM).context["tried"].without()

    assert [(name, level.key) for name, level in changes] == [
        ("Page class", "human_decides"),
        ("AI confidence", "human_decides"),
        ("Track record", "human_decides"),
    ]


@pytest.mark.parametrize("missing", [*SURE, *CALM, ""])
def test_page_and_api_answer_alike_and_record_nothing(desk: Desk, missing: str) -> None:
    version = desk.publish("title_rewrite")
    facts: dict[str, Any] = {"page_class": "long_tail", "clicks_28d": 40, "ai_confidence": 0.86}
    facts |= {"track_record_lb": 0.66, "changes_today": 0, "pages_today": 3}
    facts |= dict.fromkeys(("strategic", "guardrail_breached", "in_freeze_window", "role_vacant", "on_hold"), False)
    before = Event.objects.count()

    said = tried(desk, version, **{**SURE, **CALM} | ({missing: ""} if missing else {})).context["tried"].said
    body: dict[str, Any] = {"initiative": desk.initiative.pk, "facts": facts | ({missing: None} if missing else {})}
    answer = Caller(desk.cast.tom).post("/api/v1/domains/title_rewrite/try/", **body).json()

    assert (answer["authority"], answer["decisive"]) == (said.authority, said.decisive)
    assert answer["why"] == [str(step) for step in said.steps()]
    counts = Event.objects.count(), Evaluation.objects.count(), Recommendation.objects.count()
    assert counts == (before, 0, 0)


def test_a_draft_answers_in_place_of_what_is_in_force(desk: Desk) -> None:
    version = drafted(desk, 0.6)
    unsure = SURE | {"ai_confidence": "70"}

    shown = text(tried(desk, version, **unsure, **CALM))
    facts = {"page_class": "long_tail", "ai_confidence": 0.7, "track_record_lb": 0.66}
    body: dict[str, Any] = {"initiative": desk.initiative.pk, "facts": facts}
    url = "/api/v1/domains/title_rewrite/try/"
    in_force = Caller(desk.cast.tom).post(url, **body).json()
    draft = Caller(desk.cast.tom).post(url, **body, rules=version.pk).json()

    assert "T3 decides" in shown
    assert "What is in force now says: <" in shown
    assert (in_force["authority"], draft["authority"]) == ("human_decides", "ai_sampled")


def test_every_fact_offers_not_known_and_begins_with_what_mandate_knows(desk: Desk) -> None:
    version = desk.publish("title_rewrite")
    judge_guardrail(desk.initiative, "regressing")

    form = tried(desk, version).context["try"]

    offers = {
        field.name: ("", "Not known") in getattr(field.field, "choices", ())
        or field.field.widget.attrs.get("placeholder") == "Not known"
        for field in form
    }
    assert set(offers) == {*SURE, *CALM}
    assert all(offers.values())
    assert [form[name].value() for name in ("guardrail_breached", "on_hold", "pages_today")] == ["yes", "no", 1]


def test_the_case_stays_in_the_form_and_the_page_stays_strict_html(desk: Desk) -> None:
    version = desk.publish("title_rewrite")

    answer = tried(desk, version, **SURE, **CALM)

    form = answer.context["try"]
    assert {name: form[name].value() for name in SURE} == SURE
    assert read(answer.content.decode()).verdict() == []


@pytest.mark.parametrize(
    ("fact", "value", "said"),
    [
        ("ai_confidence", "often", "Enter a number"),
        ("ai_confidence", "130", "less than or equal to 100"),
        ("clicks_28d", "1.5", "Give a whole number"),
        ("page_class", "none", "not one of the available choices"),
    ],
)
def test_a_bad_value_names_its_fact_and_keeps_the_rest(desk: Desk, fact: str, value: str, said: str) -> None:
    version = desk.publish("title_rewrite")

    answer = tried(desk, version, **SURE | {fact: value}, **CALM)

    assert answer.status_code == 422
    assert said in " ".join(answer.context["try"].errors[fact])
    assert answer.context["try"]["track_record_lb"].value() == "66%"


def test_without_a_required_fact_there_is_no_answer(desk: Desk) -> None:
    version = desk.publish("link_outreach")

    shown = text(tried(desk, version, toxic_score="10"))

    assert "No answer yet: facts are missing" in shown
    assert "Paid link, Existing relation" in shown


def test_rules_that_one_cannot_see_or_of_another_domain_are_not_tried(desk: Desk) -> None:
    version, url = desk.publish("title_rewrite"), "/api/v1/domains/link_outreach/try/"
    body: dict[str, Any] = {"initiative": desk.initiative.pk, "facts": {}, "rules": version.pk}

    unseen = Caller(desk.cast.lena).get(f"/rules/{version.ref}/", **{"try-page_class": "money"})
    other = Caller(desk.cast.tom).post(url, **body)
    absent = Caller(desk.cast.tom).post(url, **body | {"rules": 999_999})

    assert unseen.status_code == 404
    assert (other.status_code, absent.status_code) == (400, 400)
    assert "another domain or initiative" in other.content.decode()


QUIET = dict.fromkeys(["guardrail_breached", "role_vacant", "in_freeze_window", "on_hold", "strategic"], "no")
CASE = QUIET | {"domain": "link_outreach", "paid_link": "no", "pages_today": "150"}


def stricter_floor(desk: Desk) -> RuleSetVersion:
    """A draft by which more than 100 pages a day are too many."""
    version = services.draft_rules(layer="floor", by=desk.cast.eva, at=NOW, reason="Stricter")
    table = [row | ({"when": {"pages_today": {"gt": 100}}} if row["code"] == "F2" else {}) for row in version.table]
    text: dict[str, Any] = {"hit_policy": "restrictive", "review_by": None, "is_shadow": False}
    stamp: dict[str, Any] = {"by": desk.cast.eva, "at": NOW, "reason": "Stricter", "expected_version": 1}
    return services.edit_rules(version=version, table=table, **text, **stamp)


@pytest.mark.parametrize(
    ("change", "marked", "said"),
    [
        ({}, "F2", "F2 decides"),
        ({"pages_today": "50"}, "", "The floor asks nothing here"),
        ({"pages_today": "50", "on_hold": "yes"}, "F6", "or stricter"),
        ({"pages_today": "50", "paid_link": "yes"}, "F1", "Bought links break the search engines"),
        ({"pages_today": "50", "paid_link": "yes", "domain": "bulk_meta"}, "", "F1 did not apply: domain is"),
        ({"pages_today": "50", "on_hold": ""}, "F6", "F6 may apply, so it decides"),
    ],
)
def test_a_case_is_put_to_the_floor_alone(desk: Desk, change: dict[str, str], marked: str, said: str) -> None:
    version = stricter_floor(desk)

    answer = tried(desk, version, **CASE | change)

    shown = text(answer)
    row = shown.partition("data-match")[2].partition("</tr>")[0]
    assert answer.status_code == 200
    assert (f">{marked}</th>" in row) if marked else (row == "")
    assert said in shown
    assert read(answer.content.decode()).verdict() == []


def test_a_floor_being_written_stands_beside_the_one_that_counts(desk: Desk) -> None:
    version = stricter_floor(desk)

    differs, alike = text(tried(desk, version, **CASE)), text(tried(desk, version, **CASE | {"pages_today": "300"}))

    assert "What is in force now says: nothing" in differs
    assert "What is in force now says the same." in alike


def test_the_floor_asks_only_what_its_rows_ask_and_begins_on_a_quiet_day(desk: Desk) -> None:
    form = tried(desk, stricter_floor(desk)).context["try"]

    assert set(form.fields) == set(CASE)
    assert {name: form[name].value() for name in QUIET} == QUIET


def test_a_floor_that_draws_a_share_can_be_tried(desk: Desk) -> None:
    version = services.draft_rules(layer="floor", by=desk.cast.eva, at=NOW, reason="Look at some")
    then = {"authority": "ai_sampled", "because": "Many pages.", "sample": 1.0, "revert": 7}
    table = [*version.table, {"code": "F8", "when": {"pages_today": {"gt": 50}}, "then": then}]
    text_: dict[str, Any] = {"hit_policy": "restrictive", "review_by": None, "is_shadow": False}
    stamp: dict[str, Any] = {"by": desk.cast.eva, "at": NOW, "reason": "Some", "expected_version": 1}
    version = services.edit_rules(version=version, table=table, **text_, **stamp)

    answer = tried(desk, version, **CASE | {"pages_today": "60"})

    assert answer.status_code == 200
    assert ">F8</th>" in text(answer).partition("data-match")[2].partition("</tr>")[0]
