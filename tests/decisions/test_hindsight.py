"""A decision that rested on a figure which was corrected later says so, on its page and in the log."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from decisions.models import GateDecision
from initiatives.models import Initiative
from metrics import merge
from metrics.merge import Value
from metrics.models import Kpi
from tests.cast import MONDAY, Caller, Cast
from tests.decisions.conftest import approve, leads
from tests.decisions.desk import NOW, TITLE, Desk
from tests.metrics.builders import a_kpi, a_source, daily, store

ACCEPT = {"chosen": "accept", "trade_off": "Brand words", "reason": "Clearer"}
SAID = "The figure of qualified organic leads changed from"


def correct(kpi: Kpi, nums: Sequence[float], *, first: date, at: datetime, quality: int = 1) -> None:
    """The source sends these days again."""
    assert kpi.source_of_record
    with transaction.atomic():
        merge.stage(Value(n, kpi.pk, first + timedelta(days=n), num, None, quality) for n, num in enumerate(nums))
        merge.merge(kind="pull", source=kpi.source_of_record, by=None, at=at, reason="Late data")


def gate_page(caller: Caller, initiative: Initiative, gate: str = "G1") -> str:
    return str(caller.get(f"/initiatives/{initiative.ref}/gates/{gate}/").content.decode())


def test_a_gate_is_told_that_the_figure_it_saw_was_corrected(
    committed: Initiative, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty leads a day were 140 a week when Marieke said yes; then two of the eight weeks turn out to be doubled."""
    monkeypatch.setattr("ownership.clock.now", lambda: MONDAY + timedelta(days=9))
    kpi, marieke = leads(cast), Caller(cast.marieke)
    before = gate_page(marieke, committed)
    correct(kpi, [10.0] * 14, first=date(2026, 1, 12), at=MONDAY + timedelta(days=8))

    after, log = gate_page(marieke, committed), marieke.get("/decisions/").content.decode()

    assert SAID not in before
    said = f"{SAID} 140 to 122 since, last on Tue 10 Mar 2026."
    assert said in after
    assert said in log
    assert f'href="/data/kpis/{kpi.ref}/#corrected"' in after
    story = marieke.get(f"/data/kpis/{kpi.ref}/").content.decode()
    assert 'id="corrected"' in story
    assert "Late data" in story


def test_what_was_corrected_before_or_concerns_other_weeks_changes_nothing(
    asked: GateDecision, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ownership.clock.now", lambda: MONDAY + timedelta(days=9))
    kpi = leads(cast)
    correct(kpi, [10.0] * 7, first=date(2026, 1, 12), at=MONDAY + timedelta(days=1))
    initiative = approve(asked, cast.marieke, days=2).initiative
    correct(kpi, [50.0], first=date(2026, 1, 1), at=MONDAY + timedelta(days=3))  # before the eight weeks
    correct(kpi, [20.0, 20.0], first=date(2026, 3, 4), at=MONDAY + timedelta(days=4))  # after the decision

    assert SAID not in gate_page(Caller(cast.marieke), initiative)


def test_a_correction_that_does_not_show_in_the_figure_is_not_told(
    committed: Initiative, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ownership.clock.now", lambda: MONDAY + timedelta(days=9))
    correct(leads(cast), [20.1], first=date(2026, 1, 12), at=MONDAY + timedelta(days=8))

    assert SAID not in gate_page(Caller(cast.marieke), committed)


def test_of_several_corrections_the_one_that_was_known_then_counts(
    asked: GateDecision, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ownership.clock.now", lambda: MONDAY + timedelta(days=9))
    kpi = leads(cast)
    correct(kpi, [10.0] * 14, first=date(2026, 1, 12), at=MONDAY + timedelta(days=1))
    initiative = approve(asked, cast.marieke, days=2).initiative
    correct(kpi, [30.0] * 14, first=date(2026, 1, 12), at=MONDAY + timedelta(days=3))
    correct(kpi, [0.0] * 7, first=date(2026, 1, 12), at=MONDAY + timedelta(days=5), quality=6)

    page = gate_page(Caller(cast.marieke), initiative)

    assert f"{SAID} 122 to 150 since, last on Sat 7 Mar 2026." in page  # of seven weeks: what was taken back is no zero


def test_a_decision_about_advice_is_told_of_the_sum_that_the_rules_were_given(desk: Desk) -> None:
    source = a_source(desk.cast.marketing, name="Search Console")
    kpi = a_kpi(desk.cast.marketing, source, key="money_page_clicks", name="Clicks on covers")
    Kpi.objects.filter(pk=kpi.pk).update(scope={"page": "/p/covers"})
    store(source, daily(kpi, [10.0] * 40, first=NOW.date() - timedelta(days=40)))
    row, tom = desk.posted(TITLE), Caller(desk.cast.tom)
    made = desk.decide(row, by=tom, **ACCEPT)
    quiet = tom.get(f"/recommendations/{row.ref}/").content.decode()
    correct(kpi, [5.0] * 10, first=NOW.date() - timedelta(days=12), at=NOW + timedelta(days=1))

    page, log = (tom.get(url).content.decode() for url in (f"/recommendations/{row.ref}/", "/decisions/"))

    assert made.status_code == 200, made.content
    said = "The figure of Clicks on covers changed from 280 to 230 since"
    assert [said in text for text in (quiet, page, log)] == [False, True, True]


def test_the_log_asks_as_often_for_eight_gates_as_for_two(
    running: Initiative, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    correct(leads(cast), [10.0] * 14, first=date(2026, 1, 12), at=MONDAY + timedelta(days=8))
    tom = Caller(cast.tom)
    tom.get("/decisions/")

    with django_assert_max_num_queries(18):
        assert tom.get("/decisions/").content.decode().count(SAID) == 2
