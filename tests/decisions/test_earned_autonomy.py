"""An AI earns its say by outcomes that people have looked at, and loses it by itself."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from time_machine import travel

from decisions.models import Evaluation, OutcomeReview, Recommendation
from decisions.tasks import outcomereview_due
from initiatives.models import Flag
from ownership import canonical
from ownership.models import Event
from tests.cast import Caller
from tests.decisions.desk import NOW, TITLE, Desk
from tests.decisions.reviews import look_back

LONG_TAIL: dict[str, Any] = {"subject": "/guide/sleep", "confidence": 0.9}


@pytest.fixture
def ruled(desk: Desk) -> Desk:
    """T3 lets a sure tool with a record of 60 % rewrite long-tail titles."""
    desk.publish("title_rewrite")
    return desk


def posted(desk: Desk, key: str, **more: Any) -> Recommendation:
    return desk.posted(TITLE, key=key, **LONG_TAIL | more)


def decisive(row: Recommendation) -> str:
    return row.evaluation().decisive


def test_six_good_outcomes_of_six_are_the_fewest_that_earn_it(ruled: Desk) -> None:
    look_back(ruled, ["good"] * 5)
    five = posted(ruled, "a")
    look_back(ruled, ["good"], on=NOW.date() - timedelta(days=9))
    six = posted(ruled, "b")

    assert (decisive(five), decisive(six)) == ("default:DEFAULT", "table:T3")
    assert six.evaluation().known()["track_record_lb"] == pytest.approx(0.6096, abs=1e-4)
    assert six.authority in ("ai_sampled", "human_confirms"), "the drawn share waits for a person"
    assert "no track record yet" not in " ".join(map(str, six.evaluation().steps()))
    assert six.evaluation().replay()


def test_without_outcomes_nothing_is_known_and_a_new_model_starts_empty(ruled: Desk) -> None:
    fresh = posted(ruled, "a")
    look_back(ruled, ["good"] * 8, model="tw-1")

    newer = posted(ruled, "b", model="tw-2")
    same = posted(ruled, "c", model="tw-1")
    other_tool = posted(ruled, "d", source="pagewise", model="tw-1")

    assert [decisive(row) for row in (fresh, newer, same, other_tool)] == [
        "default:DEFAULT",
        "default:DEFAULT",
        "table:T3",
        "default:DEFAULT",
    ]
    assert "track_record_lb" not in fresh.evaluation().known()


@pytest.mark.parametrize(
    ("more", "low"),
    [
        ({"results": ["unclear"] * 4}, 0.676),
        ({"results": ["good"] * 40, "why": "reported"}, 0.676),
        ({"results": ["bad"], "why": "reported"}, 0.565),
        ({"results": [""], "on": NOW.date() - timedelta(days=14)}, 0.676),
        ({"results": [""], "on": NOW.date() - timedelta(days=15)}, 0.565),
        ({"results": ["bad"] * 3, "on": NOW.date() - timedelta(days=366)}, 0.676),
    ],
)
def test_what_counts_in_a_record(ruled: Desk, more: dict[str, Any], low: float) -> None:
    """Eight of eight. Unclear is left out, self-reported success too; overdue by two weeks is bad; a year counts."""
    look_back(ruled, ["good"] * 8)
    look_back(ruled, more.pop("results"), **more)

    assert posted(ruled, "a").evaluation().known()["track_record_lb"] == pytest.approx(low, abs=1e-3)


def test_only_the_last_hundred_count(ruled: Desk) -> None:
    look_back(ruled, ["good"] * 100 + ["bad"] * 60)

    assert posted(ruled, "a").evaluation().known()["track_record_lb"] == pytest.approx(0.963, abs=1e-3)


def test_a_bad_outcome_takes_its_say_away_and_says_so(ruled: Desk) -> None:
    look_back(ruled, ["good"] * 8)
    (open_one,) = look_back(ruled, [""], on=NOW.date() - timedelta(days=1))
    before = posted(ruled, "a")

    answer = Caller(ruled.cast.marieke).post(
        f"/api/v1/outcome-reviews/{open_one.ref}/settle/", seen=1, result="bad", process=3, reason="Clicks fell"
    )
    after = posted(ruled, "b")

    assert answer.status_code == 200, answer.content
    assert (decisive(before), decisive(after), after.authority) == ("table:T3", "default:DEFAULT", "human_decides")
    told = Event.objects.about(open_one).get().data["after"]
    assert (told["lost"], told["gained"]) == (["T3"], [])
    flag = Flag.objects.get(kind="S13")
    assert flag.addressee == ruled.initiative.owner
    inbox = Caller(ruled.cast.tom).get("/inbox/").content.decode()
    assert "titlewright no longer decides by T3 in Page titles: 8 of its last 9 reviewed" in inbox
    assert "An AI lost its say" in inbox


def test_a_record_that_is_earned_again_closes_the_flag(ruled: Desk) -> None:
    look_back(ruled, ["good"] * 8 + ["bad"])
    marieke = Caller(ruled.cast.marieke)
    Flag.objects.create(
        initiative=ruled.initiative, kind="S13", severity="warn", factor="F5", addressee=ruled.initiative.owner,
        subject=subject_of(ruled), opened_at=NOW, due_on=NOW.date(),
        words={"code": "review-open", "parameters": {"days": 6}},
    )  # fmt: skip

    for review in look_back(ruled, [""] * 2, on=NOW.date() - timedelta(days=1)):
        url = f"/api/v1/outcome-reviews/{review.ref}/settle/"
        assert marieke.post(url, seen=1, result="good", process=4, reason="Up").status_code == 200

    assert decisive(posted(ruled, "a")) == "table:T3"
    assert not Flag.objects.open().filter(kind="S13").exists()


def subject_of(desk: Desk) -> str:
    return f"record:{desk.domains['title_rewrite'].pk}:{canonical.sha256(['titlewright', ''])[:12]}"


def test_an_outcome_that_nobody_looks_at_takes_it_away_too(ruled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    look_back(ruled, ["good"] * 8)
    (silent,) = look_back(ruled, [""], on=NOW.date() - timedelta(days=1))
    OutcomeReview.objects.filter(pk=silent.pk).update(due_on=NOW.date(), due_at=NOW)
    monkeypatch.undo()

    for day in range(20):
        with travel(datetime.combine(NOW.date() + timedelta(days=day), time(12), tzinfo=NOW.tzinfo), tick=False):
            outcomereview_due()

    acts = [event.data for event in Event.objects.about(silent).order_by("pk")]
    (told,) = [data for data in acts if data["after"].get("lost")]
    assert (told["after"]["lost"], told["at"][:10]) == (["T3"], "2026-03-23")
    assert Flag.objects.get(kind="S13").words["parameters"]["of"] == 9
    with travel(NOW + timedelta(days=20), tick=False):
        assert decisive(posted(ruled, "late")) == "default:DEFAULT"
    assert not Evaluation.objects.filter(recommendation=silent.recommendation).exists(), (
        "the outcome itself is untouched"
    )
