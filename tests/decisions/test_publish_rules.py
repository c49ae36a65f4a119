"""One person writes rules, another puts them in force; what is in force never changes."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from decisions.models import BackTest, RuleSetVersion
from initiatives.models import PageSet
from ownership.models import Event, User
from tests.cast import Caller
from tests.decisions.desk import NOW, TITLE, Desk, prove

REVIEW_BY = "2026-06-01"


def draft(desk: Desk, by: User, domain: str = "title_rewrite", layer: str = "table") -> RuleSetVersion:
    scope: dict[str, Any] = {} if layer == "floor" else {"domain": domain, "initiative": desk.initiative.pk}
    answer = Caller(by).post("/api/v1/rule-sets/", layer=layer, reason="We begin", **scope)
    assert answer.status_code == 201, answer.content
    return RuleSetVersion.objects.get(pk=answer.json()["id"])


def edit(version: RuleSetVersion, by: User, *, seen: int | None = None, **change: Any) -> Any:
    text = {"hit_policy": version.hit_policy, "table": version.table, "review_by": REVIEW_BY, "reason": "Better"}
    return Caller(by).put(f"/api/v1/rule-versions/{version.pk}/", seen=seen or version.version, **text | change)


def act(version: RuleSetVersion, what: str, by: User, **more: Any) -> Any:
    version.refresh_from_db()
    body = {"reason": "As agreed"} | ({"sha256": version.sha256} if what == "publish" else {}) | more
    seen = body.pop("seen", version.version)
    return Caller(by).post(f"/api/v1/rule-versions/{version.ref}/{what}/", seen=seen, **body)


def submitted(desk: Desk, **change: Any) -> RuleSetVersion:
    version = draft(desk, desk.cast.tom)
    assert edit(version, desk.cast.tom, **change).status_code == 200
    assert act(version, "submit", desk.cast.tom).status_code == 200
    version.refresh_from_db()
    return version


def codes(answer: Any) -> set[tuple[str, str, str]]:
    return {(item["row"], item["field"], item["code"]) for item in answer.json().get("items", [])}


def test_a_draft_becomes_the_law_by_two_people(desk: Desk) -> None:
    version = submitted(desk)

    answer = act(version, "publish", desk.cast.marieke)

    assert (answer.status_code, answer.json()["state"], answer.json()["publisher"]) == (
        200,
        "published",
        desk.cast.marieke.pk,
    )
    actions = [event.data["action"] for event in Event.objects.about(version).order_by("pk")]
    assert actions == ["rules.drafted", "rules.edited", "rules.submitted", "rules.published"]
    assert desk.post(TITLE).json()["authority"] == "experiment"


def test_the_next_version_retires_the_one_before(desk: Desk) -> None:
    first = desk.publish("title_rewrite")
    second = desk.publish("title_rewrite", table=[])

    first.refresh_from_db()

    assert (first.state, second.state, second.number) == ("retired", "published", 2)
    assert desk.post(TITLE).json()["authority"] == "human_decides"


SUPPORT = {
    "code": "T9",
    "when": {"page_class": {"in": ["support"]}},
    "then": {"authority": "ai_wins", "because": "Nobody buys there."},
}


def looser(desk: Desk, **change: Any) -> RuleSetVersion:
    """On support pages, where a person decided, the AI now wins."""
    table = desk.publish("title_rewrite").table
    return submitted(desk, table=[*table, SUPPORT], **change)


def test_more_say_for_the_ai_needs_a_fresh_back_test(desk: Desk) -> None:
    version = looser(desk)

    untried = act(version, "publish", desk.cast.marieke)
    prove(version, cases=49)
    too_few = act(version, "publish", desk.cast.marieke)
    BackTest.objects.filter(pk=prove(version).pk).update(finished_at=NOW - timedelta(days=8))
    too_old = act(version, "publish", desk.cast.marieke)
    prove(version)
    tried = act(version, "publish", desk.cast.marieke)

    assert [answer.status_code for answer in (untried, too_few, too_old, tried)] == [409, 409, 409, 200]
    assert untried.json()["type"] == "/problems/unproven"
    assert "at least 50 cases, within the last 7 days" in untried.json()["detail"]


def test_in_shadow_it_may_gather_evidence(desk: Desk) -> None:
    PageSet.objects.create(initiative=desk.initiative, name="Help", patterns="/help/*", page_class="support")

    answer = act(looser(desk, is_shadow=True), "publish", desk.cast.marieke)

    assert (answer.status_code, desk.post(TITLE, subject="/help/a").json()["authority"]) == (200, "human_decides")


def test_the_page_says_what_is_missing_and_keeps_the_signature_open(desk: Desk) -> None:
    version = looser(desk)

    answer = Caller(desk.cast.marieke).form(
        f"/rules/{version.ref}/publish/", version=version.version, sha256=version.sha256, reason="Agreed"
    )

    version.refresh_from_db()
    assert (answer.status_code, version.state) == (409, "in_review")
    assert "or publish them in shadow" in " ".join(answer.content.decode().split())


def test_what_a_domain_starts_with_needs_no_back_test_unless_it_was_changed(desk: Desk) -> None:
    own = act(submitted(desk, table=[SUPPORT]), "publish", desk.cast.marieke)

    assert (own.status_code, own.json()["type"]) == (409, "/problems/unproven")


@pytest.mark.parametrize(("who", "code"), [("tom", "not_sponsor"), ("eva", "not_sponsor"), ("noor", "not_sponsor")])
def test_only_the_sponsor_publishes_for_the_initiative(desk: Desk, who: str, code: str) -> None:
    answer = act(submitted(desk), "publish", getattr(desk.cast, who))

    assert (answer.status_code, answer.json()["code"]) == (403, code)


def test_the_sponsor_does_not_publish_what_she_wrote(desk: Desk) -> None:
    version = draft(desk, desk.cast.marieke)
    edit(version, desk.cast.marieke)
    act(version, "submit", desk.cast.marieke)

    answer = act(version, "publish", desk.cast.marieke)

    assert (answer.status_code, answer.json()["code"]) == (403, "author")


def test_the_signature_is_on_the_text_that_was_read(desk: Desk) -> None:
    version = submitted(desk)

    wrong = act(version, "publish", desk.cast.marieke, sha256="0" * 64)
    stale = act(version, "publish", desk.cast.marieke, seen=1)
    unseen = act(version, "publish", desk.cast.marieke, seen=None)

    assert [answer.status_code for answer in (wrong, stale, unseen)] == [412, 412, 428]


def test_to_another_unit_the_rules_do_not_exist(desk: Desk) -> None:
    version = submitted(desk)

    assert act(version, "publish", desk.cast.lena).status_code == 404


def test_only_its_author_edits_a_draft(desk: Desk) -> None:
    version = draft(desk, desk.cast.tom)

    answer = edit(version, desk.cast.marieke)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_author")


def test_submitted_rules_go_back_before_they_are_edited(desk: Desk) -> None:
    version = submitted(desk)

    locked = edit(version, desk.cast.tom, seen=version.version)
    returned = act(version, "return", desk.cast.marieke)
    version.refresh_from_db()
    edited = edit(version, desk.cast.tom, hit_policy="first")

    assert [answer.status_code for answer in (locked, returned, edited)] == [409, 200, 200]


def test_one_draft_at_a_time(desk: Desk) -> None:
    draft(desk, desk.cast.tom)

    answer = Caller(desk.cast.aisha).post(
        "/api/v1/rule-sets/", layer="table", domain="title_rewrite", initiative=desk.initiative.pk, reason="Mine"
    )

    assert answer.status_code == 409


def test_retired_rules_leave_floor_and_default(desk: Desk) -> None:
    version = desk.publish("title_rewrite")

    answer = act(version, "retire", desk.cast.marieke)

    assert (answer.status_code, desk.post(TITLE).json()["authority"]) == (200, "human_decides")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"table": [{"code": "T1"}]}, ("T1", "then", "not_an_object")),
        ({"table": ["row"]}, ("#1", "row", "not_an_object")),
    ],
)
def test_a_draft_is_always_a_table(desk: Desk, change: dict[str, Any], fault: tuple[str, str, str]) -> None:
    version = draft(desk, desk.cast.tom)

    answer = edit(version, desk.cast.tom, **change)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/rules-wrong")
    assert fault in codes(answer)


def row(code: str, when: dict[str, Any], **then: Any) -> dict[str, Any]:
    return {"code": code, "when": when, "then": {"authority": "human_decides", "because": "A reason."} | then}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"review_by": None}, ("", "review_by", "review_missing")),
        ({"review_by": "2026-03-01"}, ("", "review_by", "review_past")),
        ({"review_by": "2027-03-01"}, ("", "review_by", "review_too_late")),
        (
            {"hit_policy": "unique", "table": [row("T1", {}), row("T2", {"clicks_28d": {"gt": 5}})]},
            ("T1", "when", "overlapping"),
        ),
        ({"table": [row("T1", {}, decider="Nobody at all")]}, ("T1", "then.decider", "no_such_seat")),
        ({"table": [row("T1", {}, guardrails=["g_nothing"])]}, ("T1", "then.guardrails", "no_such_kpi")),
    ],
)
def test_what_cannot_be_published_is_named_on_submitting(
    desk: Desk, change: dict[str, Any], fault: tuple[str, str, str]
) -> None:
    version = draft(desk, desk.cast.tom)
    assert edit(version, desk.cast.tom, **change).status_code == 200

    answer = act(version, "submit", desk.cast.tom)

    assert answer.status_code == 422
    assert fault in codes(answer)


def test_whole_numbers_that_only_touch_do_not_overlap(desk: Desk) -> None:
    version = draft(desk, desk.cast.tom)
    rows = [row("T1", {"clicks_28d": {"gt": 5}}), row("T2", {"clicks_28d": {"lt": 6}})]
    edit(version, desk.cast.tom, hit_policy="unique", table=rows)

    assert act(version, "submit", desk.cast.tom).status_code == 200


def test_an_exception_goes_before_the_table_for_thirty_days_at_most(desk: Desk) -> None:
    desk.publish("title_rewrite")
    version = draft(desk, desk.cast.tom, layer="exception")
    rows = [row("E1", {"page_class": {"in": ["money"]}}, authority="human_confirms")]
    edit(version, desk.cast.tom, table=rows, review_by="2026-06-01")
    late = act(version, "submit", desk.cast.tom)
    version.refresh_from_db()
    edit(version, desk.cast.tom, table=rows, review_by="2026-04-01")
    act(version, "submit", desk.cast.tom)
    version.refresh_from_db()
    prove(version)

    act(version, "publish", desk.cast.marieke)

    assert ("", "review_by", "review_too_late") in codes(late)
    assert desk.post(TITLE).json()["authority"] == "human_confirms"


def test_the_floor_only_becomes_stricter(desk: Desk) -> None:
    version = draft(desk, desk.cast.eva, layer="floor")
    rows = {line["code"]: line for line in version.table}
    weaker = [
        {**rows["F2"], "when": {"pages_today": {"gt": 500}}},
        {**rows["F3"], "then": {**rows["F3"]["then"], "authority": "ai_wins", "revert": 7}},
        *(rows[code] for code in ("F4", "F5", "F6", "F7")),
    ]
    stricter = [{**rows["F2"], "when": {"pages_today": {"gt": 50}}}, *(rows[c] for c in rows if c != "F2")]

    edit(version, desk.cast.eva, table=weaker)
    refused = act(version, "submit", desk.cast.eva)
    version.refresh_from_db()
    edit(version, desk.cast.eva, table=stricter)
    taken = act(version, "submit", desk.cast.eva)
    published = act(version, "publish", desk.cast.noor)

    assert codes(refused) == {
        ("F1", "code", "floor_row_gone"),
        ("F2", "when", "floor_row_narrower"),
        ("F3", "then.authority", "floor_row_looser"),
    }
    assert [answer.status_code for answer in (taken, published)] == [200, 200]


def test_a_floor_row_asks_only_what_every_domain_it_covers_knows(desk: Desk) -> None:
    version = draft(desk, desk.cast.eva, layer="floor")
    edit(version, desk.cast.eva, table=[*version.table, row("F9", {"toxic_score": {"gt": 50}})])

    answer = act(version, "submit", desk.cast.eva)

    assert ("F9", "when.toxic_score", "floor_fact_undeclared") in codes(answer)


def test_a_case_can_be_tried_without_a_trace(desk: Desk) -> None:
    desk.publish("title_rewrite")
    body: dict[str, Any] = {
        "initiative": desk.initiative.pk,
        "subject": "/guide/sleep",
        "facts": {"ai_confidence": 0.9},
    }

    unknown = Caller(desk.cast.tom).post("/api/v1/domains/title_rewrite/try/", **body)
    facts = {**body["facts"], "track_record_lb": 0.7}
    known = Caller(desk.cast.tom).post("/api/v1/domains/title_rewrite/try/", **{**body, "facts": facts})

    assert (unknown.json()["authority"], known.json()["authority"]) == ("human_decides", "ai_sampled")
    assert (known.json()["decisive"], known.json()["missing"]) == ("table:T3", [])
    assert not Event.objects.filter(data__action__startswith="recommendation").exists()


UPDATE = "UPDATE decisions_rulesetversion SET "


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (f"{UPDATE} \"table\" = '[]'", "published rules never change"),
        (f"{UPDATE} review_by = '2030-01-01'", "does not go from published to published"),
        (f"{UPDATE} state = 'draft', publisher_id = NULL, published_at = NULL", "does not go from published to draft"),
        (f"{UPDATE} author_id = publisher_id", "those it was drafted with|does not go"),
        ("DELETE FROM decisions_rulesetversion", "written once"),
        ("TRUNCATE decisions_rulesetversion CASCADE", "written once|permission denied|append"),
    ],
)
def test_published_rules_never_change(desk: Desk, statement: str, rule: str) -> None:
    desk.publish("title_rewrite")

    with pytest.raises(DatabaseError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.replace("\"table\" = '[]'", "\"table\" = '[]', state = 'retired'"))


def test_raw_sql_cannot_publish_an_own_draft(desk: Desk) -> None:
    version = submitted(desk)
    publish = f"{UPDATE} state = 'published', publisher_id = %s, published_at = now() WHERE id = %s"

    for sql, params in (
        (publish, [desk.cast.tom.pk, version.pk]),
        (publish.replace("publisher_id", "author_id = 1, publisher_id"), [desk.cast.tom.pk, version.pk]),
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, params)

    version.refresh_from_db()
    assert (version.state, version.review_by) == ("in_review", date(2026, 6, 1))
