"""Pages on which rules are written, put in force and read."""

import html
import re
from typing import Any

import pytest
from django.template import engines
from pytest_django import DjangoAssertNumQueries

from decisions.models import RuleSetVersion
from ownership.models import User
from tests.cast import Caller
from tests.decisions.desk import Desk, prove
from tests.markup import read


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def begun(desk: Desk) -> RuleSetVersion:
    form = {"layer": "table", "initiative": desk.initiative.pk, "domain": desk.domains["title_rewrite"].pk}
    answer = Caller(desk.cast.tom).form("/rules/new/", **form, reason="We begin")
    assert answer.status_code == 303, text(answer)
    return RuleSetVersion.objects.get()


def filled(by: User, draft: RuleSetVersion, **change: Any) -> dict[str, Any]:
    """What the browser would send back, with changes."""
    form = Caller(by).get(f"/rules/{draft.ref}/edit/").context["form"]
    shown = {field.html_name: field.value() for part in (form, form.rows.management_form, *form.rows) for field in part}
    sent = {name: value for name, value in shown.items() if value not in (None, False)}
    return sent | {"review_by": "2026-06-01", "reason": "Better"} | change


def typed_value(page: str, name: str) -> str | None:
    """What stands in a text box of the page."""
    box = re.search(rf'<input type="text" name="{name}"[^>]*>', page)
    value = re.search(r' value="([^"]*)"', box[0]) if box else None
    return html.unescape(value[1]) if value else None


def test_a_draft_is_begun_edited_sent_and_published(desk: Desk) -> None:
    version = begun(desk)
    url = f"/rules/{version.ref}/"

    change = {"row-0-if_clicks_28d": "500 or more", "row-2-if_ai_confidence": ">= 0.9"}
    edited = Caller(desk.cast.tom).form(f"{url}edit/", **filled(desk.cast.tom, version, **change))
    sent = Caller(desk.cast.tom).form(f"{url}submit/", version=2, reason="Please")
    shown = text(Caller(desk.cast.marieke).get(url))
    version.refresh_from_db()
    prove(version)
    signed = Caller(desk.cast.marieke).form(f"{url}publish/", version=3, sha256=version.sha256, reason="Agreed")

    assert [answer.status_code for answer in (edited, sent, signed)] == [303, 303, 303]
    assert "500 or more" in shown
    version.refresh_from_db()
    assert version.state == "published"
    assert version.table[0]["when"] == {"page_class": {"in": ["money"]}, "clicks_28d": {"gte": 500}}
    assert version.table[2]["when"]["ai_confidence"] == {"gte": 0.9}


def test_what_was_not_changed_comes_back_as_it_was(desk: Desk) -> None:
    version = begun(desk)
    before = version.table

    Caller(desk.cast.tom).form(f"/rules/{version.ref}/edit/", **filled(desk.cast.tom, version))

    version.refresh_from_db()
    assert version.table == before


def with_shares(desk: Desk, sample: float, revenue: float) -> RuleSetVersion:
    version = begun(desk)
    version.table[2]["then"] |= {"sample": sample, "caps": {"revenue_share": revenue}}
    edited: dict[str, Any] = {"hit_policy": version.hit_policy, "table": version.table, "reason": "Shares"}
    assert Caller(desk.cast.tom).put(f"/api/v1/rule-versions/{version.pk}/", seen=1, **edited).status_code == 200
    version.refresh_from_db()
    return version


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("shares", [(0.056, 0.028), (0.123456789, 0.000123456789), (1, 1.0)])
def test_shares_that_were_not_touched_come_back_to_the_last_digit(
    desk: Desk, language: str, shares: tuple[float, float]
) -> None:
    version = with_shares(desk, *shares)
    before = repr(version.table)

    tom = Caller(desk.cast.tom)
    tom.client.cookies["django_language"] = language
    form = tom.get(f"/rules/{version.ref}/edit/").content.decode()
    sent = filled(desk.cast.tom, version)
    sent |= {name: value for name in sent if (value := typed_value(form, name)) is not None}
    answer = tom.form(f"/rules/{version.ref}/edit/", **sent)

    version.refresh_from_db()
    assert answer.status_code == 303, text(answer)
    assert repr(version.table) == before


def test_a_share_that_was_changed_is_as_typed(desk: Desk) -> None:
    version = with_shares(desk, 0.123456789, 0.5)
    change = {"row-2-sample": "5.6", "row-2-revenue_share": "2.8%"}

    Caller(desk.cast.tom).form(f"/rules/{version.ref}/edit/", **filled(desk.cast.tom, version, **change))

    version.refresh_from_db()
    then = version.table[2]["then"]
    assert (then["sample"], then["caps"]) == (0.056, {"revenue_share": 0.028})


@pytest.mark.parametrize("word", ["any", "Alles"])
def test_a_condition_is_lifted_with_the_word_that_is_shown(desk: Desk, word: str) -> None:
    version = begun(desk)

    answer = Caller(desk.cast.tom).form(
        f"/rules/{version.ref}/edit/", **filled(desk.cast.tom, version, **{"row-0-if_clicks_28d": word})
    )

    version.refresh_from_db()
    assert answer.status_code == 303, text(answer)
    assert version.table[0]["when"] == {"page_class": {"in": ["money"]}}


def test_a_row_is_added_and_another_removed(desk: Desk) -> None:
    version = begun(desk)
    added = {"row-3-code": "T4", "row-3-authority": "human_decides", "row-3-because": "Support pages help."}
    form = filled(desk.cast.tom, version, **added, **{"row-1-remove": "on"})

    answer = Caller(desk.cast.tom).form(f"/rules/{version.ref}/edit/", **form)

    version.refresh_from_db()
    assert (answer.status_code, [row["code"] for row in version.table]) == (303, ["T1", "T3", "T4"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"row-0-if_clicks_28d": "about 1000"},
            '<li>T1, <a href="#id_row-0-if_clicks_28d">Clicks, 28 days</a>: “about 1000” cannot be read. '
            "Write for instance “1,000 or more”",
        ),
        ({"row-0-if_page_class": "money or gold"}, "Write for instance “money or health or money advice”"),
        ({"row-0-if_clicks_28d": "not known"}, "No rule can ask for what is not known"),
        ({"row-2-if_ai_confidence": "at least 120%"}, "AI confidence can only be between 0% and 100%."),
        ({"row-0-if_clicks_28d": "over 5 and under 5"}, "No value can fit this"),
        ({"row-0-guardrails": "happiness"}, "“happiness” names no KPI types."),
        ({"row-0-because": ""}, "Because</a>: This field is required."),
        (
            {"row-2-sample": ""},
            "Share that waits for a person, in percent</a>: “AI wins, sampled” cannot do without this",
        ),
        (
            {"row-2-sample": "150"},
            "Share that waits for a person, in percent</a>: Ensure this value is less than or equal to 100.",
        ),
        ({"row-0-canary_days": ""}, "Days of the test</a>: Give a share and days"),
        ({"row-0-changes_per_day": "5"}, "Changes a day, at most</a>: “Test first” has no use for this"),
        ({"reason": ""}, "This field is required"),
        ({"version": "9"}, "is no longer at version 9"),
    ],
)
def test_a_bad_edit_says_what_is_wrong_and_keeps_what_was_typed(desk: Desk, change: dict[str, str], said: str) -> None:
    version = begun(desk)

    form = filled(desk.cast.tom, version, **{"row-2-because": "Typed by hand.", **change})
    answer = Caller(desk.cast.tom).form(f"/rules/{version.ref}/edit/", **form)

    assert answer.status_code in (412, 422)
    assert said in text(answer)
    assert "Typed by hand." in text(answer)


def test_a_draft_that_cannot_be_published_lists_why(desk: Desk) -> None:
    version = begun(desk)
    Caller(desk.cast.tom).form(f"/rules/{version.ref}/edit/", **filled(desk.cast.tom, version, review_by=""))

    answer = Caller(desk.cast.tom).form(f"/rules/{version.ref}/submit/", version=2, reason="Please")

    assert answer.status_code == 422
    assert "Say by when these rules are reviewed." in text(answer)


def test_each_sees_only_the_acts_that_are_theirs(desk: Desk) -> None:
    version = desk.publish("title_rewrite")
    url = f"/rules/{version.ref}/"

    pages = {who: text(Caller(getattr(desk.cast, who)).get(url)) for who in ("marieke", "tom", "eva")}

    assert [f'action="{url}retire/"' in pages[who] for who in ("marieke", "tom", "eva")] == [True, False, False]
    assert Caller(desk.cast.lena).get(url).status_code == 404


def test_the_list_shows_what_is_in_force_and_what_is_written(
    desk: Desk, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    desk.publish("title_rewrite")
    desk.publish("link_outreach")

    tom = Caller(desk.cast.tom)

    with django_assert_max_num_queries(12):
        shown = text(tom.get("/rules/"))

    assert "Page titles" in shown
    assert "Link outreach" in shown
    assert "Page titles" not in text(Caller(desk.cast.lena).get("/rules/"))


def test_the_panel_of_an_initiative_says_when_ai_wins(desk: Desk) -> None:
    desk.publish("bulk_meta")
    template = engines["django"].from_string("{% load decisions %}{% when_does_ai_win initiative %}")

    shown = " ".join(template.render({"initiative": desk.initiative}).split())

    assert "Pages 20 or less, Revenue share under 5%" in shown
    assert "AI wins, reported" in shown
    assert "Everything else" in shown


@pytest.mark.parametrize("path", ["/rules/", "/rules/new/", "/rules/{ref}/", "/rules/{ref}/edit/"])
def test_every_page_is_strict_html(desk: Desk, path: str) -> None:
    version = begun(desk)

    answer = Caller(desk.cast.tom).get(path.format(ref=version.ref))

    assert answer.status_code == 200
    assert read(answer.content.decode()).verdict() == []


def test_the_page_shows_what_the_static_check_found_with_a_case(desk: Desk) -> None:
    desk.publish("title_rewrite")
    form = {"layer": "table", "initiative": desk.initiative.pk, "domain": desk.domains["title_rewrite"].pk}
    Caller(desk.cast.tom).form("/rules/new/", **form, reason="Let it do more")
    version = RuleSetVersion.objects.get(state="draft")
    sent = filled(desk.cast.tom, version, **{"row-2-if_ai_confidence": "60% or more", "row-2-if_track_record_lb": ""})
    Caller(desk.cast.tom).form(f"/rules/{version.ref}/edit/", **sent)

    shown = text(Caller(desk.cast.tom).get(f"/rules/{version.ref}/"))
    answer = Caller(desk.cast.tom).get(f"/api/v1/rule-versions/{version.pk}/findings/")

    assert "The AI gets more say: “AI wins, sampled” (T3) instead of “Person decides” (the default)." in shown
    assert "No rule fits, so the default counts." in shown
    found = answer.json()["loosened"][0]
    assert (found["code"], found["rows"]) == ("loosens", ["DEFAULT", "T3"])
    assert found["case"]["page_class"] == "long_tail"
    assert "AI confidence" in found["example"]


def test_a_row_without_use_cannot_be_published(desk: Desk) -> None:
    version = begun(desk)
    row = {"row-3-code": "T4", "row-3-authority": "human_confirms", "row-3-because": "Said before."}
    row |= {"row-3-if_page_class": "money", "row-3-if_clicks_28d": "under 500"}
    Caller(desk.cast.tom).form(f"/rules/{version.ref}/edit/", **filled(desk.cast.tom, version, **row))

    answer = Caller(desk.cast.tom).form(f"/rules/{version.ref}/submit/", version=2, reason="Please")

    assert answer.status_code == 422
    assert "This row never decides and asks nothing of its own" in text(answer)
