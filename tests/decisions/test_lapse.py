"""No silence approves: a last day passes, and advice expires, climbs to the next in line, is rejected or held."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from time_machine import travel

from decisions.models import Recommendation
from decisions.services import lifecycle
from decisions.tasks import recommendation_due
from initiatives.models import Flag
from initiatives.models.verdicts import Watch
from initiatives.tasks import watch_due
from ownership.models import Event
from tests.cast import Caller
from tests.decisions.desk import NOW, OUTREACH, TITLE, Desk
from tests.decisions.test_decide import DRAFT, YES, bulk


@pytest.fixture(autouse=True)
def real_clock(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk was set up at NOW; from here on each test travels."""
    monkeypatch.undo()


@pytest.fixture
def row(desk: Desk) -> Recommendation:
    """Tom is asked: the SEO lead, who also owns the initiative."""
    with travel(NOW, tick=False):
        return desk.posted(TITLE)


def ring(row: Recommendation, day: date) -> Recommendation:
    """The clock at noon of that day."""
    with travel(datetime.combine(day, time(12), tzinfo=NOW.tzinfo), tick=False):
        recommendation_due()
    return Recommendation.objects.get(pk=row.pk)


def pass_last_day(row: Recommendation) -> Recommendation:
    assert row.due_on
    return ring(row, row.due_on + timedelta(days=1))


def acts(row: Recommendation) -> list[str]:
    return [event.data["action"].partition(".")[2] for event in Event.objects.about(row).order_by("pk")]


def page(row: Recommendation, by: Any) -> str:
    return " ".join(Caller(by).get(f"/recommendations/{row.ref}/").content.decode().split())


def test_facts_that_do_not_come_in_time_end_it(desk: Desk) -> None:
    with travel(NOW, tick=False):
        row = desk.posted(OUTREACH)
    assert row.due_on == NOW.date() + timedelta(days=5)

    on_the_day, after = ring(row, row.due_on), pass_last_day(row)

    assert (on_the_day.state, after.state, acts(row)) == ("needs_facts", "expired", ["received", "expired"])
    assert Event.objects.about(row).latest("pk").actor is None
    assert "None: it expired" in page(row, desk.cast.sanne)
    assert "<strong>Expired</strong>" in page(row, desk.cast.sanne)
    late = Caller(desk.cast.sanne).post(
        f"/api/v1/recommendations/{row.pk}/facts/", seen=after.version, facts={"existing_relation": False}, reason="No"
    )
    assert late.status_code == 409


def test_a_grant_that_is_not_used_in_time_expires(desk: Desk) -> None:
    with travel(NOW, tick=False):
        desk.publish("bulk_meta")
        row = bulk(desk, "b-1", pages=5)
    last_day = NOW.date() + timedelta(days=7)
    assert (row.state, row.apply_by) == ("granted", last_day)

    on_the_day, after = ring(row, last_day), ring(row, last_day + timedelta(days=1))
    applied = desk.tool.post(f"/api/v1/recommendations/{row.pk}/applied/", seen=after.version, reason="Done")

    assert (on_the_day.state, after.state, applied.status_code) == ("granted", "expired", 409)
    assert applied.json()["code"] == "not_granted"
    assert acts(row)[-2:] == ["expired", "applied_ungranted"]


def test_what_was_applied_stays_applied(desk: Desk) -> None:
    with travel(NOW, tick=False):
        desk.publish("bulk_meta")
        row = bulk(desk, "b-1", pages=5)
        desk.tool.post(f"/api/v1/recommendations/{row.pk}/applied/", seen=row.version, reason="Done")

    after = ring(row, NOW.date() + timedelta(days=30))

    assert (after.state, after.due_at) == ("applied", None)


def test_ringing_twice_changes_nothing_more(row: Recommendation) -> None:
    first = pass_last_day(row)

    assert ring(row, first.due_on or NOW.date()).version == first.version
    assert acts(row).count("escalated") == 1


def test_silence_climbs_the_chain_and_nobody_is_asked_twice(desk: Desk, row: Recommendation) -> None:
    """Tom, who also owns it, then Marieke, who sponsors it, then the leads; each has five days. Then a flag."""
    days = (row.due_on or NOW.date()) - NOW.date()

    sponsor = pass_last_day(row)
    lead = pass_last_day(sponsor)
    held = pass_last_day(lead)

    assert sponsor.decider
    assert sponsor.decider.holder == desk.cast.marieke
    assert (sponsor.due_on, sponsor.asks_lead) == ((row.due_on or NOW.date()) + days + timedelta(days=1), False)
    assert (lead.asks_lead, held.state, held.due_on, held.due_at) == (True, "waiting", None, None)
    assert acts(row) == ["received", "escalated", "escalated", "held"]
    flag = Flag.objects.get(kind="S8")
    assert (flag.addressee, flag.subject) == (desk.initiative.owner, f"recommendation:{row.pk}")
    assert f"{row.ref} about /p/covers waits" in " ".join(
        Caller(desk.cast.tom).get(f"/initiatives/{desk.initiative.ref}/").content.decode().split()
    )


def test_who_was_silent_no_longer_decides(desk: Desk, row: Recommendation) -> None:
    asked = pass_last_day(row)

    late = desk.decide(asked, by=Caller(desk.cast.tom), **YES)
    answer = desk.decide(asked, by=Caller(desk.cast.marieke), **YES)

    assert (late.status_code, late.json()["code"], answer.status_code) == (403, "not_decider", 200)


def test_a_lead_decides_where_all_seats_were_silent_and_the_flag_closes(desk: Desk, row: Recommendation) -> None:
    asked = pass_last_day(pass_last_day(row))
    inbox = Caller(desk.cast.noor).get("/inbox/").content.decode()
    held = pass_last_day(asked)

    answer = desk.decide(held, by=Caller(desk.cast.noor), **YES)

    assert f"/recommendations/{row.ref}/" in inbox
    assert "any portfolio lead may decide, too" in page(row, desk.cast.noor)
    assert (answer.status_code, answer.json()["state"]) == (200, "granted")
    assert not Flag.objects.open().filter(kind="S8").exists()


def test_the_daily_judge_leaves_that_flag_alone(desk: Desk, row: Recommendation) -> None:
    held = pass_last_day(pass_last_day(pass_last_day(row)))
    at = NOW + timedelta(days=40)
    Watch.objects.update_or_create(initiative=desk.initiative, defaults={"due_at": at})

    with travel(at, tick=False):
        watch_due()

    assert held.flags().exists()


@pytest.mark.parametrize(
    ("on_timeout", "state", "act"), [("reject", "rejected", "timed_out"), ("hold", "waiting", "held")]
)
def test_the_rule_says_what_silence_means(desk: Desk, on_timeout: str, state: str, act: str) -> None:
    then = {"authority": "human_decides", "because": "So", "sla": 3, "on_timeout": on_timeout}
    with travel(NOW, tick=False):
        desk.publish("title_rewrite", table=[{"code": "X1", "when": {}, "then": then}])
        row = desk.posted(TITLE)

    after = pass_last_day(row)

    assert (after.state, acts(row)[-1], after.decisions.count()) == (state, act, 0)
    assert Flag.objects.filter(kind="S8").exists() == (on_timeout == "hold")
    assert (
        desk.tool.post(f"/api/v1/recommendations/{row.pk}/applied/", seen=after.version, reason="Done").status_code
        == 409
    )


def test_of_two_people_only_the_silent_one_is_replaced(desk: Desk) -> None:
    """Daan agreed; the editor, Aisha, did not answer. Her domain's decider is she too, so Tom, the owner, is next."""
    with travel(NOW, tick=False):
        table = desk.publish("content_draft").table
        table[0]["then"]["on_timeout"] = "escalate"
        desk.publish("content_draft", table=table)
        row = desk.posted(DRAFT)
        desk.decide(row, by=Caller(desk.cast.daan), **YES)
        row.refresh_from_db()

    after = pass_last_day(row)

    holders = [seat.holder for seat in (after.decider, after.second) if seat]
    assert (holders, after.first_yes == row.first_yes) == ([desk.cast.daan, desk.cast.tom], True)


def test_advice_to_what_has_ended_expires(desk: Desk, row: Recommendation) -> None:
    desk.initiative.refresh_from_db()
    stamp: dict[str, Any] = {"by": desk.cast.marieke, "at": NOW, "expected_version": desk.initiative.version}
    lifecycle.stop(initiative=desk.initiative, reason="Enough", lesson="None", **stamp)

    assert pass_last_day(row).state == "expired"


def test_a_flag_that_nobody_answers_climbs_to_the_sponsor_and_says_so_once(desk: Desk, row: Recommendation) -> None:
    held = pass_last_day(pass_last_day(pass_last_day(row)))
    flag = Flag.objects.get(kind="S8")

    for day in (flag.due_on, flag.due_on + timedelta(days=1), flag.due_on + timedelta(days=2)):
        with travel(datetime.combine(day, time(12), tzinfo=NOW.tzinfo), tick=False):
            watch_due()

    flag.refresh_from_db()
    assert held.state == "waiting"
    assert (flag.rung, flag.addressee, flag.closed_at) == (1, desk.initiative.sponsor, None)
    climbed = [e for e in Event.objects.filter(data__action="flag.climbed") if e.data["subject_id"] == flag.pk]
    assert len(climbed) == 1


def test_when_a_test_is_over_a_person_is_asked(desk: Desk) -> None:
    with travel(NOW, tick=False):
        desk.publish("title_rewrite")
        row = desk.posted(TITLE)
    assert row.due_on
    assert (row.state, row.due_on) == ("testing", NOW.date() + timedelta(days=28))

    on_the_day, after = ring(row, row.due_on), pass_last_day(row)

    assert on_the_day.state == "testing"
    assert (after.state, after.may_apply(on=after.received_at.date())) == ("waiting", 0)
    assert after.due_on == row.due_on + timedelta(days=1 + 5)
    assert "The test is over: a person decides" in page(row, desk.cast.tom)
    assert pass_last_day(after).state == "waiting"
    assert acts(row) == ["received", "test_ended", "escalated"]


@pytest.mark.parametrize("is_looser", [False, True])
def test_no_fact_that_a_tool_sends_repeats_a_test_that_is_over(desk: Desk, *, is_looser: bool) -> None:
    """Nor does it take the verdict from the decider where the rules would now let the AI win."""
    with travel(NOW, tick=False):
        desk.publish("title_rewrite")
        row = desk.posted(TITLE)
        desk.tool.post(f"/api/v1/recommendations/{row.pk}/applied/", seen=row.version, reason="On a fifth of them")
        row.refresh_from_db()
    over = pass_last_day(row)
    with travel(NOW + timedelta(days=30), tick=False):
        if is_looser:
            sure = {"authority": "ai_notify", "because": "Easily undone.", "revert": 14}
            desk.publish("title_rewrite", table=[{"code": "A1", "when": {}, "then": sure}])
        url = f"/api/v1/recommendations/{row.pk}/facts/"
        said = desk.tool.post(url, seen=over.version, facts={"ai_confidence": 0.9}, reason="Surer now").json()
        row.refresh_from_db()
        agreed = desk.decide(row, by=Caller(desk.cast.tom), **YES).json()

    assert (said["state"], said["authority"], said["may_apply"]) == ("waiting", "experiment", False)
    assert (agreed["state"], agreed["share"]) == ("granted", 1)
