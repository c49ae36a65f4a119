"""A year in which an AI earns its say in two domains, goes wrong in one, and loses it there by itself."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoDbBlocker

from decisions.models import BackTest, RuleSetVersion
from decisions.services import rules as rule_services
from initiatives.models import Flag
from ownership.models import Event
from tests import cluster
from tests.cast import Caller, assemble
from tests.decisions.desk import NOW, set_up
from tests.decisions.simulated_year import ASKS, MONTH, SAMPLED, SIZES, Year, simulate

END = NOW + len(SIZES) * MONTH + timedelta(hours=4)


@pytest.fixture(scope="module")
def year(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Year]:
    """Lived once; the tests read it."""
    databases = request.config.stash[cluster.DATABASES]
    with django_db_blocker.unblock(), cluster.fresh(databases), time_machine.travel(END, tick=False):
        yield simulate(set_up(assemble()))


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return " ".join(answer.content.decode().split())


def by_rule(year: Year, domain: str, months: range) -> set[str]:
    return {row.evaluations.order_by("pk")[0].decisive for row in year.rows(domain, months)}


def test_both_domains_earn_it_and_the_one_that_goes_wrong_loses_it(year: Year) -> None:
    assert by_rule(year, "title_rewrite", range(2)) == {"default:DEFAULT"}
    assert by_rule(year, "title_rewrite", range(3, 5)) == {"table:T3"}
    assert by_rule(year, "title_rewrite", range(10, 12)) == {"default:DEFAULT"}
    assert by_rule(year, "internal_links", range(3, 12)) == {"table:I2"}
    moved = [event.data["after"] for event in Event.objects.filter(data__action="review.settled").order_by("pk")]
    assert [code for after in moved for code in after.get("lost", [])][-1:] == ["T3"]
    flag = Flag.objects.open().get(kind="S13")
    assert "drafter no longer decides by T3" in text(Caller(year.desk.cast.tom).get("/inbox/"))
    assert flag.addressee == year.desk.initiative.owner


def test_the_page_shows_where_it_is_surer_than_right(year: Year) -> None:
    found = Caller(year.desk.cast.marieke).get("/api/v1/learning/").json()
    page = text(Caller(year.desk.cast.marieke).get("/learning/"))

    kinds = {one["domain"]: one for one in found["reliability"]}
    records = {one["domain"]: one for one in found["track_records"]}
    assert (kinds["title_rewrite"]["verdict"], kinds["internal_links"]["verdict"]) == ("overconfident", "")
    assert kinds["title_rewrite"]["brier"] > 2 * kinds["internal_links"]["brier"]
    assert (records["title_rewrite"]["answer"], records["internal_links"]["answer"]) == ("failing", "earned")
    assert "Surer than it is right" in page


def test_letting_it_go_on_would_have_done_harm_and_the_backtest_says_how_much(year: Year) -> None:
    """The draft asks for no track record: what people decided instead would have gone through."""
    cast = year.desk.cast
    stamp: dict[str, Any] = {"at": END, "reason": "It was fine in spring"}
    where: dict[str, Any] = {"domain": year.desk.domains["title_rewrite"], "initiative": year.desk.initiative}
    version = rule_services.draft_rules(layer="table", **where, by=cast.tom, **stamp)
    table = [{"code": "T3", "when": ASKS, "then": SAMPLED}]
    text_of: dict[str, Any] = {"hit_policy": "restrictive", "table": table, "is_shadow": False}
    rule_services.edit_rules(
        version=version, **text_of, review_by=(END + MONTH).date(), by=cast.tom, expected_version=1, **stamp
    )
    asked = Caller(cast.tom).post(f"/api/v1/rule-versions/{version.ref}/backtest/", reason="Does it harm?")
    (run,) = BackTest.objects.claim(at=END)
    run.run(at=END)

    report = Caller(cast.tom).get(f"/api/v1/backtests/{asked.json()['ref']}/").json()["report"]

    newly, already = report["newly_automatic"], report["already_automatic"]
    assert (report["is_enough"], report["loosened"] > 50, report["tightened"]) == (True, True, 0)
    assert newly["of"] > 40
    assert newly["bad"] / newly["of"] > already["bad"] / already["of"]
    assert newly["low"] > 0.3, "at least three in ten of what would go through unseen"
    assert RuleSetVersion.objects.get(pk=version.pk).state == "draft"
