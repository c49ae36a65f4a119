"""A back-test as it is asked for and read: over the page and the API, done by a worker."""

from typing import Any

from pytest_django import DjangoAssertNumQueries

from decisions import tasks
from decisions.models import BackTest, RuleSetVersion
from ownership.models import Event
from tests.cast import Caller
from tests.decisions.desk import NOW, TITLE, Desk


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
