"""How advice turned out: agreed when it is decided or applied, said by somebody else, and never by silence."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from decisions.models import OutcomeReview, Recommendation
from decisions.tasks import outcomereview_due
from initiatives.models import Flag, Target, Verdict
from ownership.models import Event
from tests.cast import Caller
from tests.decisions.desk import NOW, TITLE, Desk
from tests.decisions.test_decide import NO, YES, bulk
from tests.markup import read

FIVE_WEEKS = timedelta(days=35)  # four, and the week of lag of the main KPI
SAID: dict[str, Any] = {"result": "good", "process": 4, "reason": "Clicks went up and stayed"}


@pytest.fixture(autouse=True)
def real_clock(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()


def followed(desk: Desk, **more: Any) -> OutcomeReview:
    """Tom follows the AI and the tool applies it, on the same day."""
    with travel(NOW, tick=False):
        row = desk.posted(TITLE, **more)
        desk.decide(row, by=Caller(desk.cast.tom), **YES)
        apply(desk, row)
    return OutcomeReview.objects.get(recommendation=row)


def apply(desk: Desk, row: Recommendation) -> None:
    row.refresh_from_db()
    answer = desk.tool.post(f"/api/v1/recommendations/{row.pk}/applied/", seen=row.version, reason="Done")
    assert answer.status_code == 200, answer.content


def settle(review: OutcomeReview, by: Caller, **change: Any) -> Any:
    return by.post(f"/api/v1/outcome-reviews/{review.ref}/settle/", seen=review.version, **SAID | change)


def at_noon(day: date) -> Any:
    return travel(datetime.combine(day, time(12), tzinfo=NOW.tzinfo), tick=False)


def ring(review: OutcomeReview, day: date) -> OutcomeReview:
    with at_noon(day):
        outcomereview_due()
    return OutcomeReview.objects.get(pk=review.pk)


def test_what_people_decide_is_reviewed_after_the_weeks_that_it_takes_to_show(desk: Desk) -> None:
    review = followed(desk)

    assert (review.agreed_on, review.why) == ((NOW + FIVE_WEEKS).date(), "always")
    assert (review.sole_decider, review.result) == (desk.cast.tom, "")
    assert review.reviewer
    assert review.reviewer.holder == desk.cast.marieke, "Tom decides titles and owns the initiative"


def test_a_refusal_is_reviewed_too(desk: Desk) -> None:
    with travel(NOW, tick=False):
        row = desk.posted(TITLE)
        desk.decide(row, by=Caller(desk.cast.tom), **NO)

    assert OutcomeReview.objects.get().decision == row.decisions.get()


def test_before_it_is_applied_there_is_nothing_to_review(desk: Desk) -> None:
    with travel(NOW, tick=False):
        desk.decide(desk.posted(TITLE), by=Caller(desk.cast.tom), **YES)

    assert not OutcomeReview.objects.exists()


def test_of_what_the_ai_decides_a_drawn_share_is_reviewed(desk: Desk) -> None:
    with travel(NOW, tick=False):
        desk.publish("bulk_meta")
        for number in range(30):
            apply(desk, bulk(desk, f"b-{number}", pages=3))

    drawn = OutcomeReview.objects.all()
    assert {review.why for review in drawn} == {"drawn"}
    assert 1 <= len(drawn) <= 10


def test_the_reviewer_says_it_in_the_browser_without_scripts(desk: Desk) -> None:
    review, marieke = followed(desk), Caller(desk.cast.marieke)
    url = f"/reviews/{review.ref}/"

    with at_noon(review.agreed_on - timedelta(days=1)):
        early, quiet = marieke.get(url).content.decode(), marieke.get("/inbox/").content.decode()
    with at_noon(review.agreed_on):
        inbox, page = marieke.get("/inbox/").content.decode(), marieke.get(url).content.decode()
        empty = marieke.form(url, version=review.version)
        answer = marieke.form(url, version=review.version, **SAID)
        after = marieke.get(url).content.decode()
        record = marieke.get(f"/recommendations/{review.recommendation.ref}/").content.decode()
        log = marieke.get("/decisions/").content.decode()

    assert ("How did it turn out?" in early, url in quiet) == (False, False)
    assert url in inbox
    assert "Nothing yet" in page
    assert [read(said).verdict() for said in (page, after, record)] == [[], [], []]
    assert "checked" not in page
    assert empty.status_code == 422
    assert (answer.status_code, answer["Location"]) == (303, url)
    for said in (after, record):
        assert "Clicks went up and stayed" in said
    assert "<strong>Right</strong>" in log or ">Right</span>" in log
    review.refresh_from_db()
    assert (review.result, review.process, review.reviewed_by) == ("good", 4, desk.cast.marieke)
    settled = Event.objects.about(review).get()
    assert settled.data["action"] == "review.settled"
    assert settled.text
    assert settled.text.text == "Clicks went up and stayed"


def test_whoever_decided_alone_does_not_judge_the_outcome(desk: Desk) -> None:
    review = followed(desk)

    with at_noon(review.agreed_on):
        own, other, unseen = (settle(review, Caller(who)) for who in (desk.cast.tom, desk.cast.aisha, desk.cast.lena))
        tool = settle(review, desk.tool)
    with pytest.raises(DatabaseError, match="review_is_not_by_the_sole_decider"), transaction.atomic():
        OutcomeReview.objects.update(result="good", process=5, note="Mine", reviewed_by=desk.cast.tom, reviewed_at=NOW)

    assert (own.status_code, own.json()["code"]) == (403, "sole_decider")
    assert (other.status_code, other.json()["code"], unseen.status_code) == (403, "not_asked", 404)
    assert tool.status_code == 403


def test_it_is_said_on_its_day_once_and_completely(desk: Desk) -> None:
    review, marieke = followed(desk), Caller(desk.cast.marieke)

    with at_noon(review.agreed_on - timedelta(days=1)):
        early = settle(review, marieke)
    with at_noon(review.agreed_on):
        wrong = [settle(review, marieke, **one) for one in ({"result": "fine"}, {"process": 6}, {"reason": " "})]
        stale = marieke.post(f"/api/v1/outcome-reviews/{review.pk}/settle/", seen=9, **SAID)
        first = settle(review, marieke)
        review.refresh_from_db()
        again = settle(review, marieke, result="bad")

    assert (early.status_code, early.json()["code"]) == (409, "too_early")
    assert [answer.status_code for answer in wrong] == [400, 400, 400]
    assert (stale.status_code, first.status_code, again.status_code) == (412, 200, 409)
    assert first.json()["result"] == "good"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions_outcomereview SET result = 'bad'",
        "DELETE FROM decisions_outcomereview",
        "TRUNCATE decisions_outcomereview",
    ],
)
def test_settled_not_a_byte_changes(desk: Desk, statement: str) -> None:
    review = followed(desk)
    with at_noon(review.agreed_on):
        settle(review, Caller(desk.cast.marieke))

    with (
        pytest.raises(DatabaseError, match=r"written once and never changed|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_measured_effect_is_shown_proposed_and_kept(desk: Desk) -> None:
    review = followed(desk)
    main = Target.objects.get(initiative=desk.initiative, role="primary")
    verdict = Verdict.objects.create(
        target=main,
        week=5,
        status="on-track",
        effect=0.12,
        low=0.04,
        high=0.2,
        words={"code": "review-open", "parameters": {"days": 6}},
        code_version=1,
        judged_at=NOW + timedelta(days=30),
    )
    Target.objects.filter(pk=main.pk).update(verdict=verdict, status="on-track")

    with at_noon(review.agreed_on):
        page = " ".join(Caller(desk.cast.marieke).get(f"/reviews/{review.ref}/").content.decode().split())
        answer = settle(review, Caller(desk.cast.marieke), result="unclear")

    assert "+12%" in page
    assert "The measured effect says: Right. You have the last word." in page
    assert (answer.json()["verdict"], answer.json()["result"]) == (verdict.pk, "unclear")


def test_a_tool_reports_the_outcome_and_a_bad_one_is_looked_at_today(desk: Desk) -> None:
    review = followed(desk)
    url = f"/api/v1/recommendations/{review.recommendation_id}/outcome/"
    row = review.recommendation

    with at_noon((NOW + timedelta(days=3)).date()):
        row.refresh_from_db()
        fine = desk.tool.post(url, seen=row.version, result="good", effect=0.05, reason="More clicks")
        untouched = OutcomeReview.objects.get(pk=review.pk).agreed_on
        bad = desk.tool.post(url, seen=fine.json()["version"], result="bad", reason="They fell again")
        today = OutcomeReview.objects.get(pk=review.pk)
        page = Caller(desk.cast.marieke).get(f"/reviews/{review.ref}/").content.decode()

    assert (fine.status_code, untouched) == (200, review.agreed_on)
    assert (bad.status_code, today.agreed_on) == (200, (NOW + timedelta(days=3)).date())
    assert (bad.json()["reported"]["result"], today.result) == ("bad", "")
    assert "They fell again" in page


def test_what_is_undone_is_looked_at_although_nobody_drew_it(desk: Desk) -> None:
    with travel(NOW, tick=False):
        desk.publish("bulk_meta")
        row = next(
            row
            for number in range(30)
            if not (row := bulk(desk, f"b-{number}", pages=3)).is_drawn(b"mandate.review", 0.1)
        )
        apply(desk, row)
        row.refresh_from_db()
        desk.tool.post(f"/api/v1/recommendations/{row.pk}/reverted/", seen=row.version, reason="Wrong fabric")

    review = OutcomeReview.objects.get()
    assert (review.why, review.agreed_on) == ("reported", NOW.date())


def test_what_was_not_applied_has_no_outcome_to_report(desk: Desk) -> None:
    with travel(NOW, tick=False):
        row = desk.posted(TITLE)
        answer = desk.tool.post(
            f"/api/v1/recommendations/{row.pk}/outcome/", seen=row.version, result="good", reason="Sure"
        )

    assert answer.status_code == 409


def test_silence_climbs_to_the_leads_and_is_held_with_a_flag(desk: Desk) -> None:
    review = followed(desk)
    days = timedelta(days=6)  # five, and the day after

    assert ring(review, review.agreed_on).rung == review.rung
    leads = ring(review, review.agreed_on + days)
    held = ring(review, review.agreed_on + days * 2)
    later = ring(review, review.agreed_on + days * 9)

    assert (leads.rung, held.rung, held.due_on) == (5, 6, None)
    assert (later.version, later.due_at, later.result) == (held.version, None, "")
    assert later.recommendation.state == "applied"
    assert [event.data["action"] for event in Event.objects.about(review).order_by("pk")] == [
        "review.escalated",
        "review.held",
        "review.overdue",
    ]
    flag = Flag.objects.get(subject=f"review:{review.pk}")
    assert flag.addressee == desk.initiative.owner
    with at_noon(review.agreed_on + days * 10):
        noor = Caller(desk.cast.noor)
        assert f"/reviews/{review.ref}/" in noor.get("/inbox/").content.decode()
        assert settle(held, noor).status_code == 200
    flag.refresh_from_db()
    assert flag.closed_at is not None


@pytest.mark.parametrize("number", [2, 20])
def test_twenty_reviews_in_the_inbox_take_the_queries_of_two(
    desk: Desk, django_assert_max_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    reviews = [followed(desk, key=f"t-{n}", subject=f"/p/{n}") for n in range(number)]
    marieke = Caller(desk.cast.marieke)

    with at_noon(reviews[0].agreed_on), django_assert_max_num_queries(24):
        said = marieke.get("/inbox/").content.decode()

    assert said.count("/reviews/OR-") == number
