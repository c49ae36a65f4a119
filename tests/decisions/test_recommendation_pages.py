"""The record of a recommendation, the form by which a person decides, and the decision log."""

from typing import Any

import pytest
from django.template import engines
from pytest_django import DjangoAssertNumQueries

from decisions.models import Decision, Recommendation
from tests.cast import Caller
from tests.decisions.desk import OUTREACH, TITLE, Desk
from tests.markup import read

REJECT = {"chosen": "reject", "reason_code": "brand", "reason": "Ours start with the product", "trade_off": "Clicks"}


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def decide(row: Recommendation, by: Caller, **fields: Any) -> Any:
    return by.form(f"/recommendations/{row.ref}/decide/", **{"version": row.version, **fields})


def test_the_record_shows_advice_facts_trace_and_who_decides(desk: Desk) -> None:
    desk.publish("title_rewrite")
    row = desk.posted(TITLE, expected_effect=0.06)

    shown = text(Caller(desk.cast.marieke).get(f"/recommendations/{row.ref}/"))

    assert "<del>Sofa covers</del> <ins>Linen sofa covers</ins>" in shown
    assert "It expects +6%" in shown
    assert "It says it is 86% sure." in shown
    assert "T1 may apply, so it decides" in shown
    assert "Not known" in shown
    assert "Tom Bakker" in shown
    assert "recommendation_decide" not in shown, "Marieke is not asked"


def test_the_decider_decides_on_the_page(desk: Desk) -> None:
    row = desk.posted(TITLE)
    tom = Caller(desk.cast.tom)

    answer = decide(row, tom, **REJECT)
    shown = text(tom.get(f"/recommendations/{row.ref}/"))

    assert (answer.status_code, Decision.objects.get().reason_code) == (303, "brand")
    assert "“Ours start with the product”" in shown
    assert "Decided against" in shown


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"chosen": ""}, 422, "This field is required"),
        ({"trade_off": ""}, 422, "What we give up</a>: This field is required"),
        ({"reason_code": ""}, 422, "Give one of these reasons"),
        ({"version": 9}, 412, "is no longer at version 9"),
    ],
)
def test_a_refused_choice_keeps_what_was_typed(desk: Desk, change: dict[str, Any], status: int, said: str) -> None:
    row = desk.posted(TITLE)

    answer = decide(row, Caller(desk.cast.tom), **REJECT | change)

    assert answer.status_code == status
    assert said in text(answer)
    assert "Ours start with the product" in text(answer)


def test_those_who_are_not_asked_are_refused(desk: Desk) -> None:
    row = desk.posted(TITLE)

    answers = [decide(row, Caller(user), **REJECT) for user in (desk.cast.aisha, desk.cast.lena)]

    assert [answer.status_code for answer in answers] == [403, 404]


def test_a_proposal_is_preselected_only_for_confirming(desk: Desk) -> None:
    desk.publish("content_draft")
    draft = {"domain": "content_draft", "source": "writer", "key": "d-1", "proposal": {"title": "Sofas"}}
    confirmed = desk.posted(draft, subject="/p/sofa")
    decided = desk.posted(TITLE)

    preselected = [
        Caller(user).get(f"/recommendations/{row.ref}/").context["acts"]["decide"]["chosen"].value()
        for user, row in ((desk.cast.aisha, confirmed), (desk.cast.tom, decided))
    ]

    assert preselected == ["accept", None]


def test_a_person_supplies_the_fact_that_the_tool_may_not_claim(desk: Desk) -> None:
    desk.publish("link_outreach")
    row = desk.posted(OUTREACH)

    answer = Caller(desk.cast.sanne).form(
        f"/recommendations/{row.ref}/facts/", version=row.version, existing_relation="no", reason="I looked"
    )

    row.refresh_from_db()
    assert (answer.status_code, row.state, row.authority) == (303, "granted", "ai_notify")


def test_the_log_lists_gates_and_recommendations_in_few_queries(
    desk: Desk, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tom = Caller(desk.cast.tom)
    for number in range(8):
        decide(desk.posted(TITLE, key=f"t-{number}"), tom, **REJECT)

    with django_assert_max_num_queries(20):
        shown = text(tom.get("/decisions/"))

    assert "10 decisions." in shown
    assert "Gate 1: commit the budget</a></strong> Approved" in shown
    assert text(tom.get("/decisions/?show=gates")).count("D-") == 0
    assert "Nothing was decided yet" in text(tom.get("/decisions/?show=followed"))
    assert "0 decisions." in text(Caller(desk.cast.lena).get("/decisions/"))


def test_a_decision_leads_to_the_record_it_is_part_of(desk: Desk) -> None:
    row = desk.posted(TITLE)
    decide(row, Caller(desk.cast.tom), **REJECT)

    answer = Caller(desk.cast.tom).get(f"/decisions/{Decision.objects.get().ref}/")

    assert (answer.status_code, answer["Location"]) == (302, f"/recommendations/{row.ref}/")


def test_the_log_beside_an_initiative_shows_the_newest(desk: Desk) -> None:
    decide(desk.posted(TITLE), Caller(desk.cast.tom), **REJECT)
    template = engines["django"].from_string("{% load decisions %}{% decision_log initiative %}")

    shown = " ".join(template.render({"initiative": desk.initiative}).split())

    assert shown.index("New title") < shown.index("Gate 2: start the pilot") < shown.index("Gate 1: commit the budget")


def test_every_page_is_strict_html(desk: Desk) -> None:
    desk.publish("title_rewrite")
    rows = [desk.posted(TITLE), desk.posted(OUTREACH)]
    tom = Caller(desk.cast.tom)

    pages = [tom.get(url) for url in ("/decisions/", *(f"/recommendations/{row.ref}/" for row in rows))]

    assert [read(page.content.decode()).verdict() for page in pages] == [[], [], []]
