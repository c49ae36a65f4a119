"""After harm, or an act that nobody granted, an AI applies nothing unseen until the sponsor says so."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from decisions.models import Breaker, Recommendation, Timer
from decisions.tasks import timer_due
from initiatives.models import Flag
from ownership.models import Event
from tests.cast import Caller
from tests.decisions.desk import NOW, TITLE, Desk, judge_guardrail
from tests.markup import read

AI_WINS = {"code": "A1", "when": {}, "then": {"authority": "ai_notify", "because": "Easily undone.", "revert": 14}}


@pytest.fixture
def granting(desk: Desk) -> Desk:
    """Titles are granted at once."""
    desk.publish("title_rewrite", table=[AI_WINS])
    return desk


def title(desk: Desk, key: str) -> Recommendation:
    return desk.posted(TITLE, key=key, subject=f"/guide/{key}")


def break_guardrail(desk: Desk) -> Flag:
    """The judge finds harm and raises its flag; then the clock looks."""
    judge_guardrail(desk.initiative, "regressing")
    flag = Flag.objects.create(
        initiative=desk.initiative, kind="S10", severity="bad", factor="F2", opened_at=NOW, due_on=date(2026, 3, 10)
    )
    ring(desk)
    return flag


def mend_guardrail(desk: Desk) -> None:
    """It holds again, and the judge closes its flag."""
    judge_guardrail(desk.initiative, "on-track")
    Flag.objects.filter(kind="S10").update(closed_at=NOW)
    ring(desk)


def ring(desk: Desk) -> None:
    Timer.objects.filter(initiative=desk.initiative).update(due_at=NOW)
    timer_due()


def rearm(breaker: Breaker, by: Caller, *, seen: int | None = None, reason: str = "The cause is mended") -> Any:
    return by.post(f"/api/v1/breakers/{breaker.ref}/rearm/", seen=seen or breaker.version, reason=reason)


def test_a_broken_guardrail_takes_back_what_was_granted_and_not_applied(granting: Desk) -> None:
    granted, applied = title(granting, "a"), title(granting, "b")
    granting.tool.post(f"/api/v1/recommendations/{applied.pk}/applied/", seen=applied.version, reason="Done")

    break_guardrail(granting)

    breaker = Breaker.objects.get()
    said = granting.tool.get(f"/api/v1/recommendations/{granted.pk}/").json()
    assert (breaker.cause, str(breaker), breaker.is_open) == ("guardrail", "Page titles", True)
    assert (said["state"], said["authority"], said["held_by"]) == ("waiting", "human_confirms", "breaker")
    assert (said["may_apply"], said["decider"], said["due_on"]) == (False, "SEO lead", "2026-03-14")
    assert Recommendation.objects.get(pk=applied.pk).state == "applied"
    assert Event.objects.filter(data__action="breaker.tripped").get().actor is None
    assert Event.objects.filter(data__action="recommendation.recalled", data__subject_id=granted.pk).count() == 1


def test_what_was_taken_back_is_granted_again_by_a_person(granting: Desk) -> None:
    row = title(granting, "a")
    break_guardrail(granting)
    row.refresh_from_db()

    answer = granting.decide(row, by=Caller(granting.cast.tom), chosen="accept")

    assert (answer.json()["state"], answer.json()["may_apply"]) == ("granted", True)


def test_the_flag_closes_by_itself_and_the_breaker_stays_open_until_the_sponsor_arms_it(granting: Desk) -> None:
    title(granting, "a")
    break_guardrail(granting)
    mend_guardrail(granting)
    before = title(granting, "b")

    answer = rearm(Breaker.objects.get(), Caller(granting.cast.marieke))

    after = title(granting, "c")
    assert (before.authority, before.evaluation().decisive) == ("human_confirms", "floor:F3")
    assert (answer.status_code, answer.json()["reason"]) == (200, "The cause is mended")
    assert answer.json()["rearmed_by"] == granting.cast.marieke.pk
    assert (after.state, after.authority) == ("granted", "ai_notify")
    assert Event.objects.filter(data__action="breaker.rearmed").count() == 1


def test_it_opens_once_however_often_the_clock_looks(granting: Desk) -> None:
    title(granting, "a")
    break_guardrail(granting)

    ring(granting)

    assert Breaker.objects.count() == 1


@pytest.mark.parametrize("status", ["regressing", "on-track"])
def test_while_the_guardrail_is_broken_or_its_flag_is_open_not_even_the_sponsor_arms_it(
    granting: Desk, status: str
) -> None:
    title(granting, "a")
    flag = break_guardrail(granting)
    judge_guardrail(granting.initiative, status)
    if status == "regressing":
        Flag.objects.filter(pk=flag.pk).update(closed_at=NOW)  # its owner says that it is done

    answer = rearm(Breaker.objects.get(), Caller(granting.cast.marieke))

    assert (answer.status_code, answer.json()["code"]) == (409, "guardrail_broken")
    assert Breaker.objects.get().is_open


def test_nobody_else_arms_it(granting: Desk) -> None:
    title(granting, "a")
    break_guardrail(granting)
    mend_guardrail(granting)
    breaker, cast = Breaker.objects.get(), granting.cast

    answers = [rearm(breaker, Caller(user)) for user in (cast.tom, cast.noor, cast.eva, cast.ruth, cast.lena)]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 404]
    assert answers[0].json()["code"] == "not_sponsor"
    assert Breaker.objects.get().is_open


def test_arming_needs_a_reason_and_the_version_that_was_seen_and_happens_once(granting: Desk) -> None:
    title(granting, "a")
    break_guardrail(granting)
    mend_guardrail(granting)
    breaker, marieke = Breaker.objects.get(), Caller(granting.cast.marieke)

    silent = rearm(breaker, marieke, reason=" ")
    stale = rearm(breaker, marieke, seen=9)
    rearm(breaker, marieke)
    again = rearm(breaker, marieke, seen=2)

    assert (silent.status_code, stale.status_code, again.status_code) == (400, 412, 409)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "twelve-chars"}])
def test_a_tool_that_applies_without_a_grant_opens_it(granting: Desk, headers: dict[str, str]) -> None:
    granted = title(granting, "a")
    granting.publish("content_draft")
    draft = granting.posted(TITLE, domain="content_draft", key="d", confidence=None)
    waiting = Recommendation.objects.get(pk=draft.pk)

    url = f"/api/v1/recommendations/{waiting.pk}/applied/"
    answer = granting.tool.send("POST", url, {"reason": "Done"}, seen=waiting.version, **headers)

    breaker = Breaker.objects.get()
    assert (answer.status_code, answer.json()["code"]) == (409, "not_granted")
    assert (breaker.cause, breaker.recommendation, str(breaker)) == ("ungranted", waiting, "Content drafts")
    assert Event.objects.filter(data__action="recommendation.applied_ungranted").count() == 1
    assert Recommendation.objects.get(pk=granted.pk).state == "granted", "another domain is not touched"


@pytest.fixture
def testing(desk: Desk) -> Desk:
    """Titles of money pages with many clicks are tested first."""
    desk.publish("title_rewrite")
    return desk


def test_while_it_is_open_no_test_begins_until_a_person_says_so(testing: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    title(testing, "a")
    break_guardrail(testing)
    row = testing.posted(TITLE)
    tom = Caller(testing.cast.tom)
    yes = {"chosen": "accept", "trade_off": "Some clicks on some pages"}

    begun = testing.decide(row, by=tom, **yes)
    row.refresh_from_db()
    until = row.due_on
    monkeypatch.setattr("ownership.clock.now", lambda: NOW + timedelta(days=28))
    over = testing.decide(row, by=tom, **yes)

    first = row.evaluations.order_by("pk")[0]
    assert (first.authority, first.decisive) == ("experiment", "table:T1")
    assert (begun.json()["state"], begun.json()["share"], until) == ("testing", 0.2, NOW.date() + timedelta(days=28))
    assert (over.json()["state"], over.json()["share"]) == ("granted", 1)


def test_the_tool_is_told_that_the_test_waits_and_the_page_says_why(testing: Desk) -> None:
    title(testing, "a")
    break_guardrail(testing)

    said = testing.post(TITLE).json()

    page = Caller(testing.cast.tom).get(f"/recommendations/{said['ref']}/").content.decode()
    assert (said["state"], said["authority"], said["held_by"]) == ("waiting", "experiment", "breaker")
    assert (said["may_apply"], said["share"], said["decider"]) == (False, 0, "SEO lead")
    assert "The breaker stopped the test before it began, so a person decides whether it begins." in page
    assert "Following the AI begins the test, on a part of the pages." in page


@pytest.mark.parametrize(("is_applied", "state"), [(False, "waiting"), (True, "testing")])
def test_a_test_that_has_not_begun_is_taken_back_and_one_that_runs_is_read_to_its_end(
    testing: Desk, *, is_applied: bool, state: str
) -> None:
    row = testing.posted(TITLE)
    if is_applied:
        testing.tool.post(f"/api/v1/recommendations/{row.pk}/applied/", seen=row.version, reason="On a fifth of them")

    break_guardrail(testing)

    row.refresh_from_db()
    assert (row.state, row.authority, row.is_untested) == (state, "experiment", not is_applied)


def test_saying_twice_that_it_was_applied_opens_nothing(granting: Desk) -> None:
    row = title(granting, "a")
    url = f"/api/v1/recommendations/{row.pk}/applied/"
    granting.tool.post(url, seen=row.version, reason="Done")

    again = granting.tool.post(url, seen=row.version, reason="Done")

    assert (again.status_code, again.json()["code"]) == (409, "applied")
    assert not Breaker.objects.exists()


def test_where_nobody_knows_whether_guardrails_hold_a_person_confirms_and_nothing_opens(granting: Desk) -> None:
    judge_guardrail(granting.initiative, "data-stale")

    row = title(granting, "a")
    ring(granting)

    assert (row.authority, row.evaluation().decisive) == ("human_confirms", "floor:F3")
    assert not Breaker.objects.exists()


def test_pages_say_that_it_is_open_and_who_acts_next(granting: Desk) -> None:
    row = title(granting, "a")
    break_guardrail(granting)
    breaker, cast = Breaker.objects.get(), granting.cast
    table = row.evaluation().table
    assert table

    pages = [
        Caller(cast.tom).get(url).content.decode()
        for url in (
            f"/recommendations/{row.ref}/",
            f"/initiatives/{granting.initiative.ref}/",
            f"/rules/{table.ref}/",
            f"/breakers/{breaker.ref}/",
        )
    ]

    assert ["Page titles" in page and "Marieke de Vries" in page and breaker.ref in page for page in pages] == [
        True
    ] * 4
    assert "The breaker for Page titles is open" in pages[0]
    assert "Only the sponsor arms it again, with a reason." in pages[3]
    assert [read(page).verdict() for page in pages] == [[]] * 4


def test_the_sponsor_finds_it_waiting_and_arms_it_on_its_page(granting: Desk) -> None:
    title(granting, "a")
    break_guardrail(granting)
    breaker, marieke = Breaker.objects.get(), Caller(granting.cast.marieke)
    inbox = marieke.get("/inbox/")
    refused = marieke.form(f"/breakers/{breaker.ref}/", version=1, reason="It holds again")
    mend_guardrail(granting)

    answer = marieke.form(f"/breakers/{breaker.ref}/", version=1, reason="It holds again")

    shown = marieke.get(f"/breakers/{breaker.ref}/").content.decode()
    assert f"/breakers/{breaker.ref}/" in inbox.content.decode()
    assert inbox.context["rail"][0][0].count == inbox.context["waiting"] == 2, "and the flag"
    assert f"/breakers/{breaker.ref}/" not in marieke.get("/inbox/").content.decode()
    assert (refused.status_code, "It holds again" in refused.content.decode()) == (409, True)
    assert (answer.status_code, "“It holds again”" in shown) == (303, True)


def test_the_api_lists_what_is_open(granting: Desk) -> None:
    title(granting, "a")
    break_guardrail(granting)

    mine, closed, other = (
        caller.get("/api/v1/breakers/", open=is_open, domain="title_rewrite").json()["results"]
        for caller, is_open in (
            (granting.tool, "true"),
            (granting.tool, "false"),
            (Caller(granting.cast.lena), "true"),
        )
    )

    assert [(row["domain"], row["cause"], row["rearmed_at"]) for row in mine] == [("title_rewrite", "guardrail", None)]
    assert closed == other == []


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (
            "INSERT INTO decisions_breaker (version, initiative_id, domain_id, cause, flag_id, tripped_at, reason)"
            " SELECT 1, initiative_id, domain_id, cause, flag_id, now(), '' FROM decisions_breaker",
            "breaker_is_open_once_per_domain",
        ),
        (
            "INSERT INTO decisions_breaker (version, initiative_id, domain_id, cause, tripped_at, reason)"
            " SELECT 1, initiative_id, domain_id, 'ungranted', now(), '' FROM decisions_breaker",
            "breaker_names_what_opened_it",
        ),
        ("UPDATE decisions_breaker SET rearmed_at = now()", "breaker_is_closed_by_somebody_for_a_reason"),
        ("UPDATE decisions_breaker SET domain_id = domain_id + 1", "written once and never changed"),
        ("DELETE FROM decisions_breaker", "written once and never changed"),
    ],
)
def test_the_database_keeps_it_open(granting: Desk, statement: str, rule: str) -> None:
    title(granting, "a")
    break_guardrail(granting)

    with pytest.raises(DatabaseError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
