"""A back-test as it is asked for and read: over the page and the API, done by a worker."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from decisions import tasks
from decisions.models import BackTest, RuleSetVersion
from decisions.rules import backtest
from ownership.models import Event
from tests.cast import Caller
from tests.decisions.desk import NOW, TITLE, Desk, prove
from tests.markup import read


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def drafted(desk: Desk, cases: int = 3) -> RuleSetVersion:
    """Long-tail titles were a person's; the draft lets the AI have those of which it is sure, whatever its record."""
    desk.publish("title_rewrite")
    for number in range(cases):
        desk.posted(TITLE, key=f"t-{number}", subject="/guide/sleep", confidence=0.5 + number % 3 / 5)
    desk.posted(TITLE, key="unsure", subject="/guide/sleep", confidence=None)
    tom = Caller(desk.cast.tom)
    made = tom.post(
        "/api/v1/rule-sets/", layer="table", domain="title_rewrite", initiative=desk.initiative.pk, reason="More"
    )
    version = RuleSetVersion.objects.get(pk=made.json()["id"])
    row: dict[str, Any] = {"code": "T1", "when": {"page_class": {"in": ["long_tail"]}, "ai_confidence": {"gte": 0.6}}}
    row["then"] = {"authority": "ai_wins", "because": "For the test."}
    text = {"hit_policy": "restrictive", "table": [row], "review_by": "2026-06-01", "reason": "More"}
    assert tom.put(f"/api/v1/rule-versions/{version.pk}/", seen=1, **text).status_code == 200
    version.refresh_from_db()
    return version


def test_a_draft_is_put_to_what_is_recorded(desk: Desk) -> None:
    version, tom = drafted(desk), Caller(desk.cast.tom)

    asked = tom.post(f"/api/v1/rule-versions/{version.ref}/backtest/", reason="Does it harm?")
    again = tom.post(f"/api/v1/rule-versions/{version.ref}/backtest/", reason="Does it harm?")
    tasks.backtest_due()
    done = tom.get(f"/api/v1/backtests/{asked.json()['ref']}/").json()

    assert (asked.status_code, asked.json()["phase"], again.json()["id"]) == (201, "waiting", asked.json()["id"])
    assert (done["phase"], done["done"], done["total"], done["sha256"]) == ("done", 4, 4, version.sha256)
    report = done["report"]
    assert report["matrix"] == [
        {"was": "human_decides", "becomes": "human_decides", "cases": 1},
        {"was": "human_decides", "becomes": "ai_wins", "cases": 2},
    ]
    assert [(one["becomes"], one["row"]) for one in report["moved"]] == [("ai_wins", "T1")] * 2
    assert [one["missing"] for one in report["not_replayable"]] == [["ai_confidence"]]
    assert (report["replayed"], report["is_enough"], report["hours_saved"]) == (3, False, None)
    assert Event.objects.filter(data__action="rules.backtest_asked").count() == 1


def test_the_page_asks_follows_and_shows_it(desk: Desk) -> None:
    version, tom = drafted(desk), Caller(desk.cast.tom)
    url = f"/rules/{version.ref}/"

    before = text(tom.get(url))
    asked = tom.form(f"{url}backtest/", version=version.version, reason="Does it harm?")
    meanwhile = text(tom.get(url))
    tasks.backtest_due()
    after = text(tom.get(url))

    assert "Not run for this text yet." in before
    assert asked.status_code == 303
    assert "It waits for a worker." in meanwhile
    assert "3 of 4 cases could be replayed." in after
    assert "none settled yet" in after


def test_what_is_in_force_and_what_one_cannot_see_is_not_put_to_it(desk: Desk) -> None:
    version = drafted(desk)
    published = RuleSetVersion.objects.get(state="published")

    in_force = Caller(desk.cast.tom).post(f"/api/v1/rule-versions/{published.ref}/backtest/", reason="Why not")
    unseen = Caller(desk.cast.lena).post(f"/api/v1/rule-versions/{version.ref}/backtest/", reason="Why not")
    BackTest.objects.create(draft=version, sha256=version.sha256, asked_by=desk.cast.tom, asked_at=NOW)

    assert (in_force.status_code, unseen.status_code) == (409, 404)
    assert Caller(desk.cast.lena).get("/api/v1/backtests/").json()["results"] == []


def test_reading_what_is_recorded_takes_the_same_queries_for_few_and_many(
    desk: Desk, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    version = drafted(desk, cases=12)
    row = BackTest.objects.create(
        draft=version, sha256=version.sha256, asked_by=desk.cast.tom, asked_at=NOW, due_at=NOW
    )
    (claimed,) = BackTest.objects.claim(at=NOW)

    with django_assert_max_num_queries(22):
        claimed.run(at=NOW)

    row.refresh_from_db()
    assert row.total == 13


def running(desk: Desk, **fields: Any) -> BackTest:
    """One that a worker holds, a third of the way."""
    version = drafted(desk)
    stamp = {"asked_by": desk.cast.tom, "asked_at": NOW, "due_at": NOW}
    BackTest.objects.create(draft=version, sha256=version.sha256, **stamp)
    (row,) = BackTest.objects.claim(at=NOW)
    BackTest.objects.filter(pk=row.pk).update(**{"started_at": NOW, "done": 1000, "total": 3000} | fields)
    row.refresh_from_db()
    return row


@pytest.mark.parametrize(
    ("done", "total", "elapsed", "left"),
    [
        (1000, 3000, 20, 40),
        (300, 3000, 5, 45),
        (299, 3000, 20, None),
        (1000, 3000, 4.9, None),
        (0, 0, 9, None),
        (5, 5, 9, 0),
    ],
)
def test_the_time_left_is_told_after_a_tenth_and_five_seconds(
    done: int, total: int, elapsed: float, left: float | None
) -> None:
    assert backtest.seconds_left(done, total, elapsed) == left


def test_the_page_shows_how_far_it_is_and_scripts_get_the_part_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, tom = running(desk), Caller(desk.cast.tom)
    monkeypatch.setattr("ownership.clock.now", lambda: NOW + timedelta(seconds=20))

    page = text(tom.get(f"/rules/{row.draft.ref}/"))
    part = tom.client.get(f"/rules/backtests/{row.ref}/", headers={"HX-Request": "true"}).content.decode()

    for said in ("1,000 of 3,000 cases read", "about 40 seconds left", 'hx-trigger="every 2s"', ">Refresh</a>"):
        assert said in page
    assert part.lstrip().startswith("<section")
    assert "1,000 of 3,000 cases read" in part
    whole = tom.get(f"/rules/backtests/{row.ref}/").content.decode()
    assert read(whole).verdict() == []


def test_stop_is_honoured_between_chunks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    row, tom = running(desk), Caller(desk.cast.tom)
    told: list[int] = []
    monkeypatch.setattr(backtest, "CHUNK", 1)
    monkeypatch.setattr("decisions.models.backtests.QUIET", 0)

    def renew(self: BackTest) -> None:
        told.append(self.pk)
        if len(told) == 2:
            stopped = tom.form(f"/rules/backtests/{row.ref}/stop/")
            again = tom.form(f"/rules/backtests/{row.ref}/stop/")
            assert (stopped.status_code, again.status_code) == (303, 303)

    monkeypatch.setattr(BackTest, "renew", renew)
    row.run(at=NOW)

    row.refresh_from_db()
    assert (len(told), row.phase, row.report, row.due_at) == (2, "stopped", None, None)
    assert (row.done, row.total) == (1, 4)
    assert Event.objects.filter(data__action="rules.backtest_stopped").count() == 1
    assert "Stopped." in text(tom.get(f"/rules/{row.draft.ref}/"))


def test_what_nobody_works_on_stops_at_once_and_can_be_asked_for_anew(desk: Desk) -> None:
    version, tom = drafted(desk), Caller(desk.cast.tom)
    url = f"/api/v1/rule-versions/{version.ref}/backtest/"
    first = tom.post(url, reason="Does it harm?").json()

    stopped = tom.post(f"/api/v1/backtests/{first['ref']}/stop/", reason="Wrong draft")
    tasks.backtest_due()
    second = tom.post(url, reason="Now the right one").json()

    assert (stopped.status_code, stopped.json()["phase"]) == (200, "stopped")
    assert BackTest.objects.get(pk=first["id"]).report is None
    assert (second["id"] != first["id"], second["phase"]) == (True, "waiting")


def test_progress_is_told_at_most_once_a_second(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    row = running(desk)
    told: list[int] = []
    seconds = iter(n / 10 for n in range(1000))
    monkeypatch.setattr(backtest, "CHUNK", 1)
    monkeypatch.setattr("decisions.models.backtests.monotonic", lambda: next(seconds))
    monkeypatch.setattr(BackTest, "renew", lambda self: told.append(self.pk))

    row.run(at=NOW)

    assert len(told) == 1
    row.refresh_from_db()
    assert (row.phase, row.done) == ("done", 4)


def test_only_who_may_write_stops_what_runs(desk: Desk) -> None:
    row = running(desk)
    url = f"/api/v1/backtests/{row.ref}/stop/"

    answers = [Caller(getattr(desk.cast, who)).post(url, reason="Enough") for who in ("ruth", "lena")]
    BackTest.objects.filter(pk=row.pk).update(report={}, finished_at=NOW, due_at=None)
    late = Caller(desk.cast.tom).post(url, reason="Enough")

    assert [answer.status_code for answer in answers] == [403, 404]
    assert late.status_code == 409


def test_a_draft_lists_what_is_open_before_it_can_be_published(desk: Desk) -> None:
    version, tom = drafted(desk), Caller(desk.cast.tom)
    url = f"/rules/{version.ref}/"
    tom.form(f"{url}backtest/", version=version.version, reason="Does it harm?")
    tasks.backtest_due()

    few = text(tom.get(url))
    prove(version)
    enough = text(tom.get(url))

    assert "Only 3 cases could be replayed." in few
    assert "Run it in shadow" in few
    assert "Marieke de Vries signs, as sponsor" in few
    assert "Send to Marieke de Vries" in few
    assert "Back-test on 50 cases or more, of the last 7 days<br>" in enough
    assert "Run it in shadow" not in enough


def test_a_draft_that_loosens_nothing_needs_no_back_test(desk: Desk) -> None:
    desk.publish("title_rewrite")
    tom = Caller(desk.cast.tom)
    scope = {"layer": "table", "initiative": desk.initiative.pk, "domain": desk.domains["title_rewrite"].pk}
    tom.form("/rules/new/", **scope, reason="Same again")
    version = RuleSetVersion.objects.get(state="draft")

    shown = text(tom.get(f"/rules/{version.ref}/"))

    assert "No back-test needed: the AI gets no more say" in shown
    assert "Say by when these rules are reviewed." in shown
