"""Rules that were sent for approval wait in the inbox of whoever may put them in force."""

import re
from typing import Any

import pytest

from decisions import standard
from decisions.models import RuleSetVersion
from decisions.rules import analysis
from decisions.services import rules as services
from ownership.models import User
from tests.cast import Caller
from tests.decisions.desk import NOW, Desk, prove
from tests.markup import read

STAMP: dict[str, Any] = {"at": NOW, "reason": "As agreed"}


def inbox(user: User) -> str:
    answer = Caller(user).get("/inbox/")
    said = answer.content.decode()
    assert (answer.status_code, read(said).verdict()) == (200, [])
    return " ".join(said.split())


def number(said: str) -> int:
    """The number beside the inbox, 0 where there is none."""
    found = re.search(r'href="/inbox/"[^>]*>.*?</a>', said)
    assert found
    count = re.search(r"(\d+)(?=\D*</a>)", re.sub(r"<svg.*?</svg>", "", found[0]))
    return int(count[1]) if count else 0


def sent(desk: Desk, table: list[Any] | None = None, *, by: User | None = None) -> RuleSetVersion:
    by = by or desk.cast.tom
    scope: dict[str, Any] = {"domain": desk.domains["title_rewrite"], "initiative": desk.initiative}
    version = services.draft_rules(layer="table", **scope, by=by, **STAMP)
    text: dict[str, Any] = {
        "hit_policy": version.hit_policy,
        "table": table or version.table,
        "review_by": NOW.date().replace(month=6),
    }
    services.edit_rules(version=version, by=by, expected_version=1, is_shadow=False, **text, **STAMP)
    return services.submit_rules(version=version, by=by, expected_version=2, **STAMP)


def looser(table: list[Any]) -> list[Any]:
    *others, last = table
    return [*others, last | {"when": last["when"] | {"ai_confidence": {"gte": 0.7}}}]


def test_the_sponsor_finds_what_was_sent_with_what_it_changes_and_loosens(desk: Desk) -> None:
    now = desk.publish("title_rewrite")
    before = number(inbox(desk.cast.marieke))
    version = sent(desk, looser(now.table))

    said = inbox(desk.cast.marieke)

    assert number(said) == before + 1
    assert f'href="/rules/{version.ref}/"' in said
    assert "Page titles, version 2" in said
    assert f"Tom Bakker wrote them for {desk.initiative}" in said
    assert "0 added, 0 removed, 1 changed." in said
    assert "More say for the AI" in said
    assert "The AI gets more say: “AI wins, sampled” (T3) instead of “Person decides” (the default)." in said


def test_the_inbox_works_out_only_what_it_shows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that there is to find in a wide table takes seconds; its page says that."""
    now = desk.publish("title_rewrite")
    sent(desk, looser(now.table))
    monkeypatch.delattr(analysis, "findings")

    assert "More say for the AI" in inbox(desk.cast.marieke)


@pytest.mark.parametrize("who", ["tom", "aisha", "noor", "lena"])
def test_nobody_else_is_asked(desk: Desk, who: str) -> None:
    sent(desk)

    assert "Rules to put in force" not in inbox(getattr(desk.cast, who))


def test_whoever_wrote_them_is_not_asked_even_as_sponsor(desk: Desk) -> None:
    sent(desk, by=desk.cast.marieke)

    assert "Rules to put in force" not in inbox(desk.cast.marieke)


@pytest.mark.parametrize("decided", ["published", "returned"])
def test_it_is_gone_once_decided(desk: Desk, decided: str) -> None:
    before = number(inbox(desk.cast.marieke))
    version = sent(desk)
    waiting = inbox(desk.cast.marieke)
    stamp: dict[str, Any] = {"by": desk.cast.marieke, "expected_version": 3, **STAMP}
    if decided == "published":
        prove(version)
        services.publish_rules(version=version, seen_sha256=version.sha256, **stamp)
    else:
        services.return_rules(version=version, **stamp)

    assert "3 rules, and none are in force yet." in waiting
    assert (number(waiting), number(inbox(desk.cast.marieke))) == (before + 1, before)


def test_a_floor_waits_for_a_portfolio_lead(desk: Desk) -> None:
    version = services.draft_rules(layer="floor", by=desk.cast.eva, **STAMP)
    rows = standard.FLOOR["rows"]
    stricter = [rows[0], rows[1] | {"when": {"pages_today": {"gt": 100}}}, *rows[2:]]
    text: dict[str, Any] = {"hit_policy": "restrictive", "table": stricter, "review_by": NOW.date().replace(month=6)}
    services.edit_rules(version=version, by=desk.cast.eva, expected_version=1, is_shadow=False, **text, **STAMP)
    services.submit_rules(version=version, by=desk.cast.eva, expected_version=2, **STAMP)

    said = inbox(desk.cast.noor)

    assert "Eva" in said
    assert "wrote them for the whole organisation" in said
    assert "0 added, 0 removed, 1 changed." in said
    assert "The floor only ever becomes stricter." in said
    assert "Rules to put in force" not in inbox(desk.cast.marieke)
