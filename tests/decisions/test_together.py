"""Saying yes to several pieces of advice at once, where one row of the rules left them to the same person."""

import re
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from decisions.models import Decision, Recommendation
from ownership.models import Event
from tests.cast import Caller, let_in
from tests.decisions.desk import NOW, Desk, judge_guardrail
from tests.markup import read

DRAFT: dict[str, Any] = {"domain": "content_draft", "source": "writer", "confidence": 0.9}


def drafts(desk: Desk, number: int) -> list[Recommendation]:
    """Drafts about sofas, which Aisha confirms by row C2."""
    return [
        desk.posted(
            DRAFT,
            key=f"d-{n}",
            subject=f"/p/sofa-{n}",
            proposal={"title": f"Sofa {n}", "before": "Old", "after": f"New {n}"},
        )
        for n in range(number)
    ]


def confirm(rows: list[Recommendation], by: Caller) -> Any:
    items = [f"{row.pk}.{row.version}" for row in rows]
    return by.form(f"/recommendations/{rows[0].ref}/together/", items=items, reason="Read all of them")


def page(by: Caller, url: str) -> str:
    answer = by.get(url)
    said: str = " ".join(answer.content.decode().split())
    assert (answer.status_code, read(answer.content.decode()).verdict()) == (200, [])
    return said


def said(by: Caller) -> str:
    return page(by, "/inbox/")


def states() -> list[str]:
    return list(Recommendation.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def aisha(desk: Desk) -> Caller:
    desk.publish("content_draft")
    return Caller(desk.cast.aisha)


def test_the_inbox_offers_what_one_row_left_to_the_same_person(desk: Desk, aisha: Caller) -> None:
    judge_guardrail(desk.initiative, "insufficient-data")
    rows = drafts(desk, 3)

    inbox, shown = said(aisha), page(aisha, f"/recommendations/{rows[0].ref}/together/")

    assert "Review 3 together" in inbox
    assert "Compare and decide" not in inbox
    assert shown.count(" checked>") == 3
    assert "<del>Old</del> <ins>New 2</ins>" in shown
    assert "<strong>not known</strong>" in shown
    assert "It says it is 90% sure." in shown


def test_the_tool_s_own_word_is_marked(desk: Desk) -> None:
    desk.publish("bulk_meta")
    bulk = {"domain": "bulk_meta", "source": "writer", "key": "b-1", "proposal": {"title": "B"}, "facts": {"pages": 40}}
    row, tom = desk.posted(bulk, subject="Beds"), Caller(desk.cast.tom)
    tom.form(f"/recommendations/{row.ref}/facts/", version=row.version, revenue_share="0.02", reason="Looked up")

    assert "Pages: 40, says the tool" in page(tom, f"/recommendations/{row.ref}/together/")


def test_one_alone_stays_a_card_of_its_own(desk: Desk, aisha: Caller) -> None:
    drafts(desk, 1)

    assert "together" not in said(aisha)
    assert "Compare and decide" in said(aisha)


def test_one_yes_makes_a_decision_of_each_that_is_ticked(desk: Desk, aisha: Caller) -> None:
    rows = drafts(desk, 3)

    answer = confirm(rows[:2], aisha)

    assert (answer.status_code, answer["Location"]) == (303, "/inbox/")
    assert "Confirmed: 2 recommendations." in said(aisha)
    assert states() == ["granted", "granted", "waiting"]
    kept = Decision.objects.values_list("rationale", "followed_ai", "authority", "deciders")
    assert list(kept) == [("Read all of them", True, "human_confirms", [desk.cast.aisha.pk])] * 2
    assert Event.objects.filter(data__action="recommendation.decided").count() == 2


def test_what_changed_meanwhile_is_named_and_spoils_no_other(desk: Desk, aisha: Caller) -> None:
    rows = drafts(desk, 3)
    Recommendation.objects.filter(pk=rows[1].pk).update(version=7)

    answer = confirm(rows, aisha)

    assert answer.status_code == 303
    shown = said(aisha)
    assert "Confirmed: 2 recommendations." in shown
    assert f"Not confirmed: {rows[1].ref} Sofa 1." in shown
    assert "is no longer at version" in shown
    assert states() == ["granted", "waiting", "granted"]


def test_what_somebody_decided_meanwhile_is_named(desk: Desk, aisha: Caller) -> None:
    rows = drafts(desk, 2)
    no = {"chosen": "reject", "reason_code": "brand", "reason": "Not our words"}
    assert desk.decide(rows[0], by=aisha, **no).status_code == 200

    confirm(rows, aisha)

    assert f"{rows[0].ref} Sofa 0. {rows[0].ref} is rejected: there is nothing to decide." in said(aisha)
    assert states() == ["rejected", "granted"]


def test_what_has_expired_is_named(desk: Desk, aisha: Caller) -> None:
    rows = drafts(desk, 2)
    Recommendation.objects.filter(pk=rows[0].pk).update(state="expired", version=9)

    confirm(rows, aisha)

    assert f"{rows[0].ref} is expired" in said(aisha)
    assert states() == ["expired", "granted"]


def test_sent_twice_it_has_one_effect(desk: Desk, aisha: Caller) -> None:
    rows = drafts(desk, 2)

    confirm(rows, aisha)
    confirm(rows, aisha)

    assert Decision.objects.count() == 2
    assert "Not confirmed" not in said(aisha)


@pytest.mark.parametrize("who", ["tom", "marieke", "noor", "eva", "ruth"])
def test_to_others_it_is_refused(desk: Desk, aisha: Caller, who: str) -> None:
    rows, other = drafts(desk, 2), Caller(getattr(desk.cast, who))

    assert "None of this kind waits for your yes now." in page(other, f"/recommendations/{rows[0].ref}/together/")
    assert confirm(rows, other).status_code == 403
    assert states() == ["waiting", "waiting"]


def test_to_a_stranger_it_does_not_exist(desk: Desk, aisha: Caller) -> None:
    rows = drafts(desk, 2)

    assert confirm(rows, Caller(desk.cast.lena)).status_code == 404


def test_what_the_decider_may_not_see_is_not_decided_along(desk: Desk, aisha: Caller) -> None:
    rows = drafts(desk, 2)

    answer = aisha.form(f"/recommendations/{rows[0].ref}/together/", items=["999999.1"], reason="All")

    assert answer.status_code == 422


def test_different_rows_are_not_confirmed_together(desk: Desk, aisha: Caller) -> None:
    rows = drafts(desk, 1)
    then = {"authority": "human_confirms", "because": "All of them", "decider": "Editor"}
    desk.publish("title_rewrite", table=[{"code": "T1", "when": {}, "then": then}])
    title = {"domain": "title_rewrite", "source": "titlewright", "key": "t-1", "proposal": {"title": "T"}}
    other = desk.posted(title, subject="/p/covers")

    answer = confirm([*rows, other], aisha)

    assert (answer.status_code, states()) == (422, ["waiting", "waiting"])
    assert "Only what one row of the rules left to you" in answer.content.decode()
    assert "together" not in said(aisha)


def test_what_needs_more_than_a_yes_is_never_among_them(desk: Desk, aisha: Caller) -> None:
    health = [desk.posted(DRAFT, key=f"h-{n}", subject=f"/health/{n}", proposal={"title": "H"}) for n in range(2)]

    assert "together" not in said(aisha)
    assert confirm(health, aisha).status_code in (403, 422)
    assert states() == ["waiting", "waiting"]


def test_what_was_drawn_for_a_closer_look_is_looked_at_alone(desk: Desk, aisha: Caller) -> None:
    rows = drafts(desk, 2)
    Recommendation.objects.update(held_by="sample")

    assert "together" not in said(aisha)
    assert confirm(rows, aisha).status_code == 422


@pytest.mark.parametrize(
    ("fields", "words"), [({"reason": ""}, "This field is required"), ({"items": []}, "Tick at least one")]
)
def test_what_is_missing_is_named_and_the_ticks_stay(
    desk: Desk, aisha: Caller, fields: dict[str, Any], words: str
) -> None:
    rows = drafts(desk, 2)
    sent = {"items": [f"{rows[1].pk}.1"], "reason": "Read"} | fields

    answer = aisha.form(f"/recommendations/{rows[0].ref}/together/", **sent)

    shown = answer.content.decode()
    assert (answer.status_code, read(shown).verdict()) == (422, [])
    assert words in shown
    assert re.findall(r'value="(\S+)"[^>]* checked>', shown) == sent["items"]


def test_fifty_at_once_and_no_more(
    desk: Desk, aisha: Caller, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows = drafts(desk, 52)
    address = f"/recommendations/{rows[0].ref}/together/"

    with django_assert_max_num_queries(16):
        shown = page(aisha, address)

    assert shown.count(" checked>") == 50
    assert "2 more of this kind come after these." in shown
    assert "Review 52 together" in said(aisha)
    assert (confirm(rows, aisha).status_code, set(states())) == (422, {"waiting"})


def test_a_yes_long_after_the_log_in_asks_for_the_password(desk: Desk, aisha: Caller) -> None:
    rows = drafts(desk, 2)
    let_in(aisha.client, desk.cast.aisha, at=NOW - timedelta(minutes=15))

    answer = confirm(rows, aisha)

    assert (answer.status_code, states()) == (403, ["waiting", "waiting"])
    assert answer.content.decode().count('name="items"') == 2
