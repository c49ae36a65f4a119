"""Verdicts and flags as a BI tool reads them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Caller, Cast
from tests.initiatives.build import a_pilot
from tests.initiatives.test_judging import FLAT, GROWING, run, tick


def test_a_verdict_is_read_with_its_sentence_interval_inputs_and_money(cast: Cast) -> None:
    pilot = a_pilot(cast)
    run(pilot, GROWING[:4])
    tick(week=4)

    *earlier, said = Caller(cast.daan).get(f"/api/v1/initiatives/{pilot.pk}/verdicts/").json()["results"]

    assert [verdict["week"] for verdict in earlier] == [1, 2, 3]
    assert (said["ref"][:2], said["initiative"], said["status"], said["week"]) == ("V-", pilot.pk, "on-track", 4)
    assert 0 < said["p_dead"] < 0.5 < said["p_reach"] < 1
    assert said["low"] < said["effect"] < said["high"]
    assert said["said"].startswith("The chance that Leads of AI-refreshed product pages is at +12%")
    assert len(said["inputs_sha256"]) == 64
    assert said["money"]["realised"]["p10"] < said["money"]["realised"]["p90"]


def test_flags_are_read_in_words_with_their_facts(cast: Cast) -> None:
    pilot = a_pilot(cast)
    run(pilot, FLAT[:4])
    tick(week=4)
    tom = Caller(cast.tom)

    flags = tom.get("/api/v1/flags/", initiative=pilot.pk, is_open="true", kind="S2").json()["results"]

    assert [flag["factor"] for flag in flags] == ["F1"]
    assert "the likeliest story is that it has no effect (5 in 10)" in flags[0]["said"]
    assert "4 of 6 pilot weeks are over." in flags[0]["evidence"]
    assert tom.get(f"/api/v1/initiatives/{pilot.pk}/flags/").json()["results"][0]["ref"].startswith("F-")


@pytest.mark.parametrize("what", ["verdicts", "flags", "targets", "costs", "baselines", "page-sets", "kill-criteria"])
def test_another_unit_reads_nothing_and_an_unknown_filter_is_an_error(cast: Cast, what: str) -> None:
    pilot = a_pilot(cast)
    run(pilot, FLAT[:4])
    tick(week=4)

    assert Caller(cast.lena).get(f"/api/v1/{what}/").json()["results"] == []
    assert Caller(cast.lena).get(f"/api/v1/initiatives/{pilot.pk}/{what}/").status_code == 404
    assert Caller(cast.tom).get(f"/api/v1/{what}/", colour="red").status_code == 400
    assert Caller(cast.tom).get(f"/api/v1/initiatives/{pilot.pk}/{what}/", colour="red").status_code == 400


@pytest.mark.parametrize("what", ["verdicts", "flags"])
def test_a_list_takes_as_many_queries_for_many_as_for_few(cast: Cast, what: str) -> None:
    tom = Caller(cast.tom)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert tom.get(f"/api/v1/{what}/").json()["results"]
        return len(asked)

    run(a_pilot(cast, title="The first"), FLAT[:4])
    tick(week=4)
    few = queries()
    for n in range(6):
        run(a_pilot(cast, title=f"Pilot {n}"), FLAT[:4])
    tick(week=4, days=2)

    assert queries() == few
