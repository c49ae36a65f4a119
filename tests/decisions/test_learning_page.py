"""The page that answers "may this AI decide more?", and the same over the API."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.cast import Caller
from tests.decisions.desk import Desk
from tests.decisions.reviews import decide, look_back
from tests.markup import read


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return " ".join(answer.content.decode().split())


def fill(desk: Desk, *, good: int = 13, bad: int = 12) -> None:
    """Titles of which the tool was 85 % sure, followed by Tom; and five that Aisha rightly did not follow."""
    decide(desk, look_back(desk, ["good"] * good + ["bad"] * bad), by=desk.cast.tom.pk, probability=0.7)
    refused = look_back(desk, ["good"] * 5, domain="content_draft", source="writer")
    decide(desk, refused, by=desk.cast.aisha.pk, chosen="reject")


def test_it_says_in_words_and_figures_whether_the_ai_may_decide_more(desk: Desk) -> None:
    desk.publish("title_rewrite")
    fill(desk)

    page = Caller(desk.cast.marieke).get("/learning/")
    said = text(page)

    assert read(page.content.decode()).verdict() == []
    assert "By its record yes in 0 of 2 cases, no in 0; of the others too little is known." in said
    assert "13 of 25 (33% to 70%)" in said
    assert "Asked by T3." in said
    assert "Surer than it is right" in said
    assert "On average it said 85%, and was right in 13 of 25 (33% to 70%). Brier score 0.358" in said
    assert said.count('<svg class="chart"') == 2, "wide and narrow; of what was overruled nothing is known"
    assert "Show as table" in said
    assert "5 of 5 (57% to 100%)" in said
    assert "Often overruled: is it worth asking?" in said
    assert "Followed and regretted: 12 of 25. Overruled and regretted: 0 of 5." in said


def test_the_api_gives_the_same_figures(desk: Desk) -> None:
    desk.publish("title_rewrite")
    fill(desk)

    said = Caller(desk.cast.marieke).get("/api/v1/learning/").json()
    titles = Caller(desk.cast.marieke).get("/api/v1/learning/", domain="title_rewrite", source="titlewright").json()

    (record,) = [one for one in said["track_records"] if one["tool"] == "titlewright"]
    assert (record["good"], record["reviewed"], record["asked"], record["rules"]) == (13, 25, 0.6, ["T3"])
    assert record["track_record_lb"] == pytest.approx(0.335, abs=1e-3)
    (sure,) = [one for one in said["reliability"] if one["right"]["of"] == 25]
    assert (sure["verdict"], sure["brier"]) == ("overconfident", pytest.approx((13 * 0.15**2 + 12 * 0.85**2) / 25))
    assert [(one["key"], one["signal"]) for one in said["overrides"] if one["by"] == "decider"] == [
        (str(desk.cast.tom.pk), ""),
        (str(desk.cast.aisha.pk), "distrust"),
    ]
    assert {one["domain"] for one in titles["track_records"]} == {"title_rewrite"}
    assert said["people_brier"] == pytest.approx((13 * 0.3**2 + 12 * 0.7**2) / 25)


def test_a_good_decision_that_ended_badly_is_told_from_a_bad_one_that_was_lucky(desk: Desk) -> None:
    look_back(desk, ["good"] * 4 + ["bad"] * 2)
    look_back(desk, ["good"] * 3 + ["bad", "unclear", ""], process=2, domain="content_draft")
    marieke = Caller(desk.cast.marieke)

    page, api = marieke.get("/learning/"), marieke.get("/api/v1/learning/").json()

    said = text(page)
    assert "Decided well and gone wrong all the same: 2 of 6. Decided badly and come right: 3 of 4." in said
    assert "<strong>2</strong><br>Bad luck" in said
    assert "<strong>3</strong><br>Luck." in said
    assert [(one["is_sound"], one["outcome"], one["cases"]) for one in api["process"]] == [
        (False, "bad", 1), (False, "good", 3), (True, "bad", 2), (True, "good", 4),
    ]  # fmt: skip


def test_what_people_chose_is_counted_by_the_organisations_months(desk: Desk) -> None:
    late = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)  # in Amsterdam it is February
    decide(desk, look_back(desk, ["good"] * 3), by=desk.cast.tom.pk, decided_at=late)
    drafts = look_back(desk, ["good"] * 3, domain="content_draft")
    decide(desk, drafts[:2], by=desk.cast.aisha.pk, chosen="modify")
    decide(desk, drafts[2:], by=desk.cast.aisha.pk)
    marieke = Caller(desk.cast.marieke)

    page, api = marieke.get("/learning/"), marieke.get("/api/v1/learning/").json()

    assert api["months"] == [
        {"month": "2026-03-01", "accept": 1, "modify": 2, "reject": 0},
        {"month": "2026-02-01", "accept": 3, "modify": 0, "reject": 0},
    ]
    assert read(page.content.decode()).verdict() == []
    assert '<th scope="row">Mar 2026</th>' in text(page)
    assert '<td data-label="Overruled">2 of 3 (21% to 94%)</td>' in text(page)


def test_an_outcome_belongs_to_the_last_decision_about_the_advice(desk: Desk) -> None:
    """Followed, taken back while its breaker was open, and rightly rejected: the AI was not right."""
    reviews = look_back(desk, ["good"] * 2)
    decide(desk, reviews, by=desk.cast.tom.pk)
    decide(desk, reviews, by=desk.cast.tom.pk, chosen="reject")

    said = Caller(desk.cast.marieke).get("/api/v1/learning/").json()

    assert said["regret"] == [{"followed": False, "outcome": "good", "cases": 2}]
    assert said["process"] == [{"is_sound": True, "outcome": "good", "cases": 2}]
    assert [one["right"]["of"] for one in said["reliability"]] == [0]


def test_before_anything_is_looked_at_it_says_so(desk: Desk) -> None:
    page = Caller(desk.cast.noor).get("/learning/")

    assert read(page.content.decode()).verdict() == []
    assert "No AI has advised anything yet." in text(page)
    assert "Nobody has decided about advice yet." in text(page)
    assert "No outcome has been judged right or wrong yet." in text(page)


def test_each_sees_what_they_may_see_and_can_narrow_it(desk: Desk) -> None:
    fill(desk)
    tom = Caller(desk.cast.tom)

    titles, writer = text(tom.get("/learning/", domain="title_rewrite")), text(tom.get("/learning/", tool="writer"))

    assert ("13 of 25" in titles, "13 of 25" in writer) == (True, False)
    assert "13 of 25" in text(tom.get("/learning/", initiative=desk.initiative.ref))
    assert "No AI has advised anything yet." in text(Caller(desk.cast.lena).get("/learning/"))
    assert Caller(desk.cast.lena).get("/learning/", initiative=desk.initiative.ref).status_code == 404
    assert Caller(desk.cast.lena).get("/api/v1/learning/").json()["track_records"] == []
    wrong = tom.get("/api/v1/learning/", tool="writer")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "tool")
    assert tom.get("/api/v1/learning/", initiative=999999).status_code == 400
    assert "writer" in text(tom.get("/learning/", domain="nothing", tool="<b>"))


@pytest.mark.parametrize("results", [["good"] * 2, ["good", "bad"] * 100])
def test_much_takes_the_queries_of_little(
    desk: Desk, django_assert_max_num_queries: DjangoAssertNumQueries, results: Sequence[str]
) -> None:
    decide(desk, look_back(desk, results), by=desk.cast.tom.pk)
    marieke = Caller(desk.cast.marieke)

    with django_assert_max_num_queries(20):
        marieke.get("/learning/")
    with django_assert_max_num_queries(13):
        marieke.get("/api/v1/learning/")
