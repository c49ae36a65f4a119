"""In a drawn share of cases the decider chooses before seeing what the AI proposes: else nobody knows what it does."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from decisions.choices import ACCEPT, MODIFY, REJECT, Choice
from decisions.models import Decision, FirstChoice, OutcomeReview, Recommendation
from ownership.models import Event, Organisation
from tests.cast import Caller
from tests.decisions.desk import OUTREACH, TITLE, Desk
from tests.decisions.reviews import settled
from tests.markup import read

YES = {"chosen": "accept", "trade_off": "A few clicks"}
NO = {"chosen": "reject", "reason_code": "brand", "reason": "Not our voice", "trade_off": "Clicks"}
OWN = {"would": "change", "text": "Covers for sofas"}


@pytest.fixture
def blind(desk: Desk) -> Desk:
    """Everybody who decides says first what they would do."""
    Organisation.objects.update(blind_share=1)
    return desk


def choose(row: Recommendation, by: Caller, *, seen: Any = None, **choice: Any) -> Any:
    return by.post(f"/api/v1/recommendations/{row.ref}/first-choice/", seen=seen or row.version, **choice)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_the_decider_reads_the_proposal_only_after_choosing(blind: Desk) -> None:
    row, tom = blind.posted(TITLE, expected_effect=0.06), Caller(blind.cast.tom)
    url = f"/api/v1/recommendations/{row.ref}/"

    before, of_many = tom.get(url).json(), tom.get("/api/v1/recommendations/").json()["results"][0]
    chosen = choose(row, tom, **OWN).json()

    for said in (before, of_many):
        assert (said["is_blind"], said["proposal"], said["confidence"], said["expected_effect"]) == (
            True,
            {},
            None,
            None,
        )
    assert before["why"] == []
    assert (chosen["proposal"]["after"], chosen["confidence"]) == ("Linen sofa covers", 0.86)
    assert chosen["why"]
    assert FirstChoice.objects.get().text == "Covers for sofas"
    assert Event.objects.get(data__action="recommendation.chosen_first").text.text == "Covers for sofas"  # type: ignore[union-attr]  # it has one


def test_its_tool_and_those_who_are_not_asked_read_it_at_once(blind: Desk) -> None:
    row = blind.posted(TITLE)

    said = [
        caller.get(f"/api/v1/recommendations/{row.ref}/").json()["proposal"]
        for caller in (blind.tool, Caller(blind.cast.marieke))
    ]

    assert [proposal["after"] for proposal in said] == ["Linen sofa covers"] * 2


def test_no_page_gives_the_proposal_away(blind: Desk) -> None:
    row, tom = blind.posted(TITLE, expected_effect=0.06), Caller(blind.cast.tom)

    pages = [
        tom.get(url)
        for url in (f"/recommendations/{row.ref}/", "/inbox/", "/decisions/", "/search/?q=covers", "/audit/")
    ]

    for page in pages:
        assert page.status_code == 200
        assert "Linen" not in text(page)
        assert "New title" not in text(page)
        assert "86%" not in text(page)
    assert "First: what would you do?" in text(pages[0])
    assert "Sofa covers" in text(pages[0]), "what stands there today is shown"
    assert read(pages[0].content.decode()).verdict() == []


def test_on_the_page_one_chooses_sees_and_decides(blind: Desk) -> None:
    row, tom = blind.posted(TITLE), Caller(blind.cast.tom)
    page = f"/recommendations/{row.ref}/"

    early = tom.form(f"{page}decide/", version=1, **YES)
    empty = tom.form(f"{page}first/", version=1, would="change", text="")
    chosen = tom.form(f"{page}first/", version=1, **OWN)
    seen = tom.get(page)
    decided = tom.form(f"{page}decide/", version=2, **YES)

    assert (early.status_code, "Say first what you would do." in text(early), "Linen" in text(early)) == (
        409,
        True,
        False,
    )
    assert (empty.status_code, "Say what it should become." in text(empty)) == (422, True)
    assert (chosen.status_code, decided.status_code) == (303, 303)
    assert "<ins>Linen sofa covers</ins>" in text(seen)
    assert "“Covers for sofas”" in text(seen)
    assert seen.context["acts"]["decide"]["modification"].value() == "Covers for sofas"
    assert "the AI changed the choice" in text(tom.get(page))


def test_nobody_decides_before_choosing_and_nobody_chooses_twice(blind: Desk) -> None:
    row, tom = blind.posted(TITLE), Caller(blind.cast.tom)

    early = blind.decide(row, by=tom, **YES)
    unsaid = choose(row, tom, would="change")
    stale = choose(row, tom, seen=9, **OWN)
    choose(row, tom, **OWN)
    again = choose(row, tom, seen=2, would="leave")

    assert (early.status_code, early.json()["code"]) == (409, "choose_first")
    assert (unsaid.status_code, stale.status_code) == (400, 412)
    assert (again.status_code, again.json()["code"]) == (409, "seen")
    assert FirstChoice.objects.get().text == "Covers for sofas"


def test_only_the_decider_chooses(blind: Desk) -> None:
    row = blind.posted(TITLE)

    answers = [choose(row, Caller(user), **OWN) for user in (blind.cast.aisha, blind.cast.lena)]

    assert [answer.status_code for answer in answers] == [403, 404]


def test_of_two_people_each_chooses_first(blind: Desk) -> None:
    blind.publish("content_draft")
    body = {"domain": "content_draft", "source": "writer", "key": "d", "proposal": {"title": "Sleep", "after": "Rest"}}
    row = blind.posted(body, subject="/health/sleep")
    daan, aisha = Caller(blind.cast.daan), Caller(blind.cast.aisha)
    choose(row, daan, would="leave")
    row.refresh_from_db()
    blind.decide(row, by=daan, **YES)
    row.refresh_from_db()

    early = blind.decide(row, by=aisha, **YES)
    choose(row, aisha, would="change", text="Rest")
    row.refresh_from_db()
    answer = blind.decide(row, by=aisha, **YES)

    assert (early.json()["code"], answer.json()["state"]) == ("choose_first", "granted")
    assert Decision.objects.get().was_changed is True, "Daan would have left it"


def test_posting_again_does_not_draw_again(desk: Desk) -> None:
    Organisation.objects.update(blind_share=0.5)
    subjects = [f"/guide/{number}" for number in range(40)]

    first = [desk.posted(TITLE, key=f"a-{subject}", subject=subject).is_blind for subject in subjects]
    again = [desk.posted(TITLE, key=f"b-{subject}", subject=subject, confidence=0.5).is_blind for subject in subjects]

    assert first == again
    assert 8 < sum(first) < 32


def test_where_a_person_only_confirms_or_the_ai_wins_nothing_is_hidden(blind: Desk) -> None:
    blind.publish("content_draft")
    draft = blind.posted(TITLE, domain="content_draft", confidence=None)
    blind.publish("link_outreach")
    waiting = blind.posted(OUTREACH)

    assert (draft.authority, draft.is_blind) == ("human_confirms", False)
    assert (waiting.state, waiting.is_blind) == ("needs_facts", False)


@pytest.mark.parametrize(
    ("first", "choice", "proposed", "differs"),
    [
        ("", Choice(REJECT), "B", False),
        ("", Choice(ACCEPT), "B", True),
        ("A", Choice(REJECT), "B", True),
        ("A", Choice(ACCEPT), "B", True),
        (" b\n", Choice(ACCEPT), "B", False),
        ("A", Choice(MODIFY, modification={"after": "a"}), "B", False),
        ("A", Choice(MODIFY, modification={"after": "C"}), "B", True),
        ("I would write to them", Choice(ACCEPT), "", False),
        ("", Choice(MODIFY, modification={"after": "A"}), "", True),
    ],
)
def test_a_choice_is_changed_when_something_else_is_decided(
    first: str, choice: Choice, proposed: str, *, differs: bool
) -> None:
    assert choice.differs(first, proposed=proposed) is differs


def test_the_learning_page_says_how_often_the_ai_changed_a_choice_and_how_that_ended(blind: Desk) -> None:
    tom, marieke = Caller(blind.cast.tom), Caller(blind.cast.marieke)
    empty = text(marieke.get("/learning/"))
    for number, (first, choice) in enumerate([({"would": "leave"}, YES), ({"would": "leave"}, NO), (OWN, NO)]):
        row = blind.posted(TITLE, key=f"t-{number}", subject=f"/p/{number}")
        choose(row, tom, **first)
        row.refresh_from_db()
        assert blind.decide(row, by=tom, **choice).status_code == 200
    OutcomeReview.objects.update(**settled(blind.cast, "good"))

    said = marieke.get("/api/v1/learning/").json()["choices_changed"]

    assert "Nobody has said yet what they would do" in empty
    assert "The AI changed 2 of 3 (21% to 94%) choices." in text(marieke.get("/learning/"))
    assert "Whether for the better cannot be told yet." in text(marieke.get("/learning/"))
    assert {name: (one["hits"], one["of"]) for name, one in said.items()} == {
        "changed": (2, 3),
        "good_if_changed": (1, 1),
        "good_if_kept": (1, 1),
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions_firstchoice SET text = 'Linen sofa covers'",
        "DELETE FROM decisions_firstchoice",
        "INSERT INTO decisions_firstchoice (recommendation_id, by_id, text, at)"
        " SELECT recommendation_id, by_id, '', at FROM decisions_firstchoice",
    ],
)
def test_the_database_keeps_what_was_chosen_first(blind: Desk, statement: str) -> None:
    choose(blind.posted(TITLE), Caller(blind.cast.tom), **OWN)

    rule = "append_only|written once|permission denied|first_choice_is_made_once"
    with pytest.raises(DatabaseError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
