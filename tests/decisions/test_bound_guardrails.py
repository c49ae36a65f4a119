"""Only a guardrail that a domain's rules name opens its breaker; where they name none, every one does."""

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from decisions import rule_words
from decisions.models import Breaker, Recommendation
from decisions.models.checks import check
from decisions.rules import Authority
from decisions.rules.guardrails import bound, is_less
from decisions.services import rules as services
from initiatives.models import Flag, Target
from metrics.models import Kpi
from tests.cast import Caller
from tests.decisions.desk import NOW, TITLE, Desk, judge_guardrail
from tests.decisions.test_breaker import rearm, ring

NOTIFY, TEST, CONFIRM = Authority.AI_NOTIFY, Authority.EXPERIMENT, Authority.HUMAN_CONFIRMS


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], None),
        ([(CONFIRM, [])], None),
        ([(CONFIRM, ["g_one"])], None),
        ([(NOTIFY, ["g_one"])], {"g_one"}),
        ([(NOTIFY, ["g_one"]), (CONFIRM, [])], {"g_one"}),
        ([(NOTIFY, ["g_one"]), (TEST, ["g_two"]), (CONFIRM, ["g_three"])], {"g_one", "g_two", "g_three"}),
        ([(NOTIFY, []), (TEST, ["g_two"])], None),
    ],
)
def test_a_row_that_lets_things_happen_unseen_and_names_none_is_guarded_by_all(rows: Any, expected: Any) -> None:
    assert bound(rows) == expected


def test_naming_some_where_all_counted_guards_less() -> None:
    one, two = frozenset({"g_one"}), frozenset({"g_one", "g_two"})

    assert [is_less(one, None), is_less(one, two), is_less(two, one), is_less(None, one), is_less(None, None)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def row(*guardrails: str) -> dict[str, Any]:
    then = {"authority": "ai_notify", "because": "Easily undone.", "revert": 14}
    return {"code": "A1", "when": {}, "then": then | ({"guardrails": list(guardrails)} if guardrails else {})}


@pytest.fixture
def leads(desk: Desk) -> Target:
    """The guardrail that breaks. Beside it stands another, which holds."""
    target = Target.objects.get(initiative=desk.initiative, role="guardrail")
    kpi = Kpi.objects.get(pk=target.kpi_id)
    kpi.pk, kpi.type, kpi.name = None, "g_brand_complaints", "Complaints"
    kpi.save()
    Target.objects.create(
        initiative=desk.initiative,
        kpi=kpi,
        metric_class=kpi.metric_class,
        chain=kpi.chain,
        role="guardrail",
        margin=0.1,
    )
    judge_guardrail(desk.initiative, "on-track")
    return target


def break_guardrail(target: Target, desk: Desk) -> Flag:
    """The judge finds harm and raises the flag about it; then the clock looks."""
    Target.objects.filter(pk=target.pk).update(status="regressing")
    said: dict[str, Any] = {"kind": "S10", "severity": "bad", "factor": "F2", "due_on": date(2026, 3, 10)}
    flag = Flag.objects.create(initiative=desk.initiative, subject=target.flag_subject, opened_at=NOW, **said)
    ring(desk)
    return flag


def open_domains() -> list[str]:
    return [breaker.domain.key for breaker in Breaker.objects.open().order_by("domain__key")]


def granted(desk: Desk, domain: str, key: str) -> Recommendation:
    row = desk.posted(TITLE, domain=domain, key=key, subject=f"/guide/{key}", confidence=None)
    assert (row.state, row.authority) == ("granted", "ai_notify")
    return row


def test_a_broken_guardrail_opens_only_the_domains_whose_rules_count_it(desk: Desk, leads: Target) -> None:
    desk.publish("title_rewrite", table=[row("g_brand_complaints")])
    desk.publish("content_draft", table=[row("organic_leads")], hit_policy="restrictive")
    titles, draft = granted(desk, "title_rewrite", "a"), granted(desk, "content_draft", "b")

    break_guardrail(leads, desk)

    assert open_domains() == ["content_draft"]
    assert Recommendation.objects.get(pk=draft.pk).held_by == "breaker"
    assert Recommendation.objects.get(pk=titles.pk).state == "granted"
    granted(desk, "title_rewrite", "c")


def test_where_the_rules_name_none_it_opens_every_domain(desk: Desk, leads: Target) -> None:
    for domain in ("title_rewrite", "content_draft"):
        desk.publish(domain, table=[row()], hit_policy="restrictive")
        granted(desk, domain, domain)

    break_guardrail(leads, desk)

    assert open_domains() == ["content_draft", "title_rewrite"]


def test_where_no_guardrail_that_counts_is_known_to_hold_a_person_confirms(desk: Desk) -> None:
    desk.publish("title_rewrite", table=[row("g_brand_complaints")])

    made = desk.posted(TITLE, key="a", subject="/guide/a")

    assert (made.authority, made.evaluation().decisive) == ("human_confirms", "floor:F3")


def test_what_opened_it_keeps_it_open_even_where_it_counts_no_more(desk: Desk, leads: Target) -> None:
    desk.publish("title_rewrite", table=[row()])
    granted(desk, "title_rewrite", "a")
    flag = break_guardrail(leads, desk)
    desk.publish("title_rewrite", table=[row("g_brand_complaints")])
    marieke = Caller(desk.cast.marieke)

    refused = rearm(Breaker.objects.get(), marieke)
    Flag.objects.filter(pk=flag.pk).update(closed_at=NOW)
    answer = rearm(Breaker.objects.get(), marieke)

    assert (refused.status_code, refused.json()["code"]) == (409, "guardrail_broken")
    assert answer.status_code == 200


def test_naming_fewer_is_shown_to_whoever_signs(desk: Desk) -> None:
    desk.publish("title_rewrite", table=[row()])
    scope: dict[str, Any] = {"domain": desk.domains["title_rewrite"], "initiative": desk.initiative}
    stamp: dict[str, Any] = {"by": desk.cast.tom, "at": NOW, "reason": "Only this one"}
    version = services.draft_rules(layer="table", **scope, **stamp)
    text: dict[str, Any] = {"hit_policy": "restrictive", "review_by": date(2026, 6, 1), "is_shadow": False}
    services.edit_rules(version=version, table=[row("g_money_cvr")], expected_version=1, **text, **stamp)

    found = check(version, on=NOW.date()).loosened

    with translation.override("en"):
        said = [rule_words.finding(one) for one in found]
    assert said == ["Fewer guardrails open the breaker: only those that the rules name."]
