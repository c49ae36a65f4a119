"""Readiness answers and costs over the API."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from initiatives.models import CostEntry, Initiative, ReadinessAnswer
from ownership.models import Event
from tests.cast import MONDAY, Caller, Cast
from tests.initiatives.build import a_draft, a_kpi, a_main_target

pytestmark = pytest.mark.usefixtures("monday")


def question(initiative: Initiative, code: str = "F2.2", tail: str = "") -> str:
    return f"/api/v1/initiatives/{initiative.pk}/readiness/{code}/{tail}"


def test_thirty_questions_are_asked_with_the_gate_that_insists(cast: Cast) -> None:
    initiative = a_draft(cast)

    asked = Caller(cast.tom).get(f"/api/v1/initiatives/{initiative.pk}/readiness/").json()

    assert len(asked) == 30
    assert asked[0] | {"text": ""} == {
        "question": "F1.1",
        "factor": "F1",
        "gate": "G0",
        "minimum": 1,
        "text": "",
        "answer": None,
    }


@pytest.mark.parametrize(
    ("given", "score"),
    [
        ({"text": "About a day a week"}, 1),
        ({"text": "About a day a week", "number": 8}, 2),
        ({"text": "A day a week", "evidence": "Time sheets of January"}, 2),
        ({"not_applicable_reason": "Nobody does this today"}, 0),
    ],
)
def test_an_answer_scores_by_what_stands_in_it(cast: Cast, given: dict[str, Any], score: int) -> None:
    answer = Caller(cast.tom).put(question(a_draft(cast)), **given)

    assert (answer.status_code, answer.json()["score"], answer.json()["answered_by"]) == (200, score, cast.tom.pk)


def test_an_empty_answer_is_none(cast: Cast) -> None:
    answer = Caller(cast.tom).put(question(a_draft(cast)), number=8)

    assert (answer.status_code, answer.json()["field"]) == (422, "text")


def test_somebody_else_verifies_and_a_new_answer_is_not_verified(cast: Cast) -> None:
    initiative = a_draft(cast)
    tom, daan = Caller(cast.tom), Caller(cast.daan)
    tom.put(question(initiative), text="A day a week", number=8)

    own = tom.post(question(initiative, tail="verify/"), seen=1)
    verified = daan.post(question(initiative, tail="verify/"), seen=1)
    changed = tom.put(question(initiative), seen=2, text="Two days a week", number=16)

    assert (own.status_code, own.json()["code"]) == (403, "answerer")
    assert (verified.json()["score"], verified.json()["verified_by"]) == (3, cast.daan.pk)
    assert (changed.json()["score"], changed.json()["verified_by"]) == (2, None)
    actions = [event.data["action"] for event in Event.objects.filter(data__subject="initiatives.readinessanswer")]
    assert sorted(actions) == ["readiness.answered", "readiness.answered", "readiness.verified"]


def test_a_changed_answer_names_the_version_it_saw(cast: Cast) -> None:
    initiative = a_draft(cast)
    tom = Caller(cast.tom)
    tom.put(question(initiative), text="A day a week")

    blind, late = tom.put(question(initiative), text="More"), tom.put(question(initiative), seen=9, text="More")

    assert [blind.status_code, late.status_code] == [428, 412]
    assert ReadinessAnswer.objects.get().text == "A day a week"


def test_a_steward_answers_about_the_data_and_a_passer_by_does_not(cast: Cast) -> None:
    initiative = a_draft(cast)
    a_main_target(initiative, a_kpi(cast))

    steward = Caller(cast.daan).put(question(initiative, "F3.1"), text="The shop's own counter")
    passer_by = Caller(cast.aisha).put(question(initiative, "F3.2"), text="I think so")
    stranger = Caller(cast.lena).put(question(initiative, "F3.2"), text="I think so")

    assert [steward.status_code, passer_by.status_code, stranger.status_code] == [200, 403, 404]


def test_a_question_that_is_not_asked_is_not_found(cast: Cast) -> None:
    answer = Caller(cast.tom).put(question(a_draft(cast), "F6.1"), text="Yes")

    assert answer.status_code == 404


@pytest.mark.django_db
def test_the_database_refuses_that_somebody_verifies_the_own_answer(cast: Cast) -> None:
    initiative = a_draft(cast)
    row: dict[str, Any] = {"initiative": initiative, "question": "F2.2", "answered_at": MONDAY}

    with pytest.raises(IntegrityError), transaction.atomic():
        ReadinessAnswer.objects.create(**row, text="Yes", answered_by=cast.tom, verified_by=cast.tom)


def costs_of(initiative: Initiative) -> str:
    return f"/api/v1/initiatives/{initiative.pk}/costs/"


def test_hours_cost_their_rate_and_the_initiative_knows_what_it_spent(cast: Cast) -> None:
    initiative = a_draft(cast)
    tom = Caller(cast.tom)

    hours = tom.post(costs_of(initiative), category="hours", on="2026-02-27", hours=7.5, rate=65)
    tool = tom.post(costs_of(initiative), category="tool", on="2026-02-27", amount=390.1)

    assert [hours.json()["amount"], tool.json()["amount"]] == [487.5, 390.1]
    assert tom.get(f"/api/v1/initiatives/{initiative.pk}/").json()["spent"] == 877.6
    assert Event.objects.filter(data__action="cost.booked").count() == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"on": "2026-02-27"}, "amount"),
        ({"on": "2026-02-27", "hours": 2}, "amount"),
        ({"on": "2026-02-27", "hours": 2, "rate": 65, "amount": 130}, "amount"),
        ({"on": "2026-03-03", "amount": 130}, "on"),
    ],
)
def test_a_cost_is_hours_at_a_rate_or_an_amount_and_lies_behind(cast: Cast, given: dict[str, Any], field: str) -> None:
    answer = Caller(cast.tom).post(costs_of(a_draft(cast)), category="hours", **given)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not CostEntry.objects.exists()


def test_a_mistake_is_booked_back_once(cast: Cast) -> None:
    initiative = a_draft(cast)
    tom = Caller(cast.tom)
    cost = tom.post(costs_of(initiative), category="hours", on="2026-02-27", hours=7.5, rate=65).json()

    back = tom.post(f"/api/v1/costs/{cost['id']}/reverse/", reason="Wrong initiative")
    again = tom.post(f"/api/v1/costs/{cost['id']}/reverse/", reason="Wrong initiative")

    assert (back.status_code, back.json()["amount"], back.json()["reverses"]) == (201, -487.5, cost["id"])
    assert (again.status_code, again.json()["code"]) == (409, "reversed")
    assert sum(CostEntry.objects.values_list("amount", flat=True)) == Decimal(0)


def test_only_writers_of_the_plan_book_costs(cast: Cast) -> None:
    initiative = a_draft(cast)
    body: dict[str, Any] = {"category": "tool", "on": "2026-02-27", "amount": 10}

    colleague, stranger = (
        Caller(cast.aisha).post(costs_of(initiative), **body),
        Caller(cast.lena).post(costs_of(initiative), **body),
    )

    assert [colleague.status_code, stranger.status_code] == [403, 404]
