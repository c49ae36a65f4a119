"""The pages about rules and recommendations in a browser."""

import pytest

from decisions.models import BackTest, Recommendation, RuleSetVersion
from tests.cast import Caller, assemble
from tests.decisions.desk import NOW, OUTREACH, TITLE, Desk, set_up
from tests.e2e.conftest import Enter

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """One recommendation decided, one to decide, one that lacks a fact, and rules in force and being written."""
    with monkeypatch.context() as then:
        then.setattr("ownership.clock.now", lambda: NOW)
        made = set_up(assemble())
        decided = made.posted(TITLE, expected_effect=0.06)
        tom = Caller(made.cast.tom)
        reason = "Our titles start with the product. Material first reads like a marketplace."
        made.decide(decided, by=tom, chosen="reject", reason_code="brand", reason=reason, trade_off="A few clicks")
        made.posted(TITLE, key="t-2")
        made.posted(OUTREACH)
        made.publish("link_outreach")
        made.publish("content_draft")
        for number in range(3):
            text = {
                "title": f"Sofa text {number}",
                "before": "The supplier's text",
                "after": "Sizes, care, who it is for",
            }
            draft = {"domain": "content_draft", "source": "writer", "key": f"d-{number}", "proposal": text}
            made.posted(draft, subject=f"/p/sofa-{number}", confidence=0.8)
        scope = {"layer": "table", "initiative": made.initiative.pk, "domain": made.domains["bulk_meta"].pk}
        tom.form("/rules/new/", **scope, reason="Next")
        begun = RuleSetVersion.objects.get(state="draft")
        stamp = {"asked_by": made.cast.tom, "asked_at": NOW, "started_at": NOW}
        BackTest.objects.create(draft=begun, sha256=begun.sha256, done=1000, total=3000, **stamp)
        Caller(made.cast.eva).form("/rules/new/", layer="floor", reason="Stricter")
    return made


def pages(desk: Desk) -> list[str]:
    rows = [f"/recommendations/{row.ref}/" for row in Recommendation.objects.order_by("pk")]
    versions = [f"/rules/RV-{number}/" for number in (1, 2, 3)]
    tried = "/rules/RV-1/?try-paid_link=yes&try-existing_relation=no"
    running = BackTest.objects.get(finished_at=None)
    others = ["/rules/RV-3/edit/", "/rules/RV-3/diff/", f"/rules/backtests/{running.ref}/"]
    return ["/rules/", "/rules/new/", *versions, tried, *others, *rows, "/decisions/"]


def test_every_page_is_sound(enter: Enter, desk: Desk) -> None:
    tom = enter(desk.cast.tom)

    found = {path: tom.inspect(path) for path in pages(desk)}

    assert {path: faults for path, faults in found.items() if faults} == {}


def test_a_floor_that_is_tried_and_rules_that_wait_in_the_inbox_are_sound(enter: Enter, desk: Desk) -> None:
    floor = RuleSetVersion.objects.get(rule_set__layer="floor")
    RuleSetVersion.objects.filter(pk=floor.pk).update(state="in_review")
    noor = enter(desk.cast.noor)

    found = {path: noor.inspect(path) for path in (f"/rules/{floor.ref}/?try-pages_today=250", "/inbox/")}

    assert noor.page.get_by_role("link", name="Read and decide").is_visible()
    assert {path: faults for path, faults in found.items() if faults} == {}


def test_a_person_decides_without_scripts(enter: Enter, desk: Desk) -> None:
    row = Recommendation.objects.get(key="t-2")
    tom = enter(desk.cast.tom, width=390, scripts=False)
    tom.open(f"/recommendations/{row.ref}/")

    tom.page.get_by_label("Follow the AI").check()
    tom.page.get_by_label("What we give up").fill("One voice for a few clicks")
    tom.page.get_by_role("button", name="Decide").click()

    row.refresh_from_db()
    assert row.state == "granted"


def test_three_of_a_kind_are_confirmed_together_without_scripts(enter: Enter, desk: Desk) -> None:
    first = Recommendation.objects.get(key="d-0")
    aisha = enter(desk.cast.aisha, width=390, scripts=False)
    looks = enter(desk.cast.aisha)
    assert [looks.inspect(path) for path in ("/inbox/", f"/recommendations/{first.ref}/together/")] == [[], []]

    aisha.open("/inbox/")
    aisha.page.get_by_role("link", name="Review 3 together").click()
    aisha.page.get_by_label("Sofa text 1").uncheck()
    aisha.page.get_by_label("Your reason, kept with each of them").fill("Read both, word by word")
    aisha.page.get_by_role("button", name="Confirm what is ticked").click()

    aisha.page.get_by_text("Confirmed: 2 recommendations.").wait_for()
    kept = Recommendation.objects.filter(key__startswith="d-").order_by("key").values_list("state", flat=True)
    assert list(kept) == ["granted", "waiting", "granted"]


def test_a_case_is_tried_on_a_phone_without_scripts(enter: Enter, desk: Desk) -> None:
    version = desk.publish("title_rewrite")
    tom = enter(desk.cast.tom, width=390, scripts=False)
    tom.open(f"/rules/{version.ref}/")

    tom.page.get_by_text("Money", exact=True).click()
    tom.page.get_by_label("Clicks, 28 days").fill("300")
    tom.page.get_by_role("button", name="Try it").click()

    assert tom.page.get_by_text("T2 decides").is_visible()
    assert "T2" in tom.page.locator("tr[data-match]").inner_text()
    assert tom.page.get_by_label("Clicks, 28 days").input_value() == "300"


def test_a_rule_is_written_in_words_on_a_phone_without_scripts(enter: Enter, desk: Desk) -> None:
    version = RuleSetVersion.objects.get(state="draft", rule_set__layer="table")
    tom = enter(desk.cast.tom, width=390, scripts=False)
    tom.open(f"/rules/{version.ref}/edit/")
    rule = tom.page.get_by_role("region", name="B2")

    rule.get_by_label("Pages", exact=True).fill("dozens")
    tom.page.get_by_label("Your reason, kept in the ledger").fill("Fewer by hand")
    tom.page.get_by_role("button", name="Save").click()
    tom.page.get_by_text("B2, Pages: “dozens” cannot be read.").wait_for()
    rule.get_by_label("Pages", exact=True).fill("over 50")
    tom.page.get_by_role("button", name="Save").click()

    tom.page.get_by_text("over 50").first.wait_for()
    version.refresh_from_db()
    assert version.table[1]["when"]["pages"] == {"gt": 50}
