"""Baselines over the API: computed by those concerned, locked by the steward, and then never changed."""

from datetime import date
from typing import Any

import pytest
import time_machine

from initiatives.models import Baseline, Target
from metrics.models import Snapshot
from ownership.models import Event, User
from tests.cast import Caller, Cast
from tests.initiatives.build import STEADY, TODAY, a_draft, a_kpi, a_main_target, deliver, weeks

pytestmark = pytest.mark.usefixtures("monday")

BEFORE = date(2026, 1, 5)  # eight weeks before the Monday


def a_fed_target(cast: Cast, levels: list[float] = STEADY) -> Target:  # type: ignore[assignment]  # ints are floats here
    target = a_main_target(a_draft(cast), a_kpi(cast))
    deliver(target.kpi, BEFORE, weeks(levels))
    return target


def compute(target: Target, who: User, **body: Any) -> Any:
    return Caller(who).post(f"/api/v1/initiatives/{target.initiative_id}/baselines/", target=target.pk, **body)


def test_a_baseline_is_the_weeks_that_are_closed_and_due(cast: Cast, monday: time_machine.Traveller) -> None:
    target = a_fed_target(cast)
    monday.shift(24 * 3600)  # organic leads may still change for a day after the week

    answer = compute(target, cast.tom)

    said = answer.json()
    assert answer.status_code == 201
    assert (said["starts_on"], said["ends_on"], said["n"], said["coverage"]) == ("2026-01-05", "2026-03-02", 8, 1.0)
    assert said["value"] == pytest.approx(410)
    assert said["sd"] == pytest.approx(13.887, abs=0.001)
    assert said["inputs"][0] == [-8, pytest.approx(400), None, 7]
    assert 0 < said["detectable_effect"] < 0.10
    assert said["locked_at"] is None
    assert Baseline.objects.get().digest() == said["sha256"]


def test_what_may_still_change_is_not_part_of_it(cast: Cast) -> None:
    target = a_fed_target(cast)

    answer = compute(target, cast.tom)

    assert answer.json()["ends_on"] == "2026-02-23"


def test_missing_weeks_are_missing_and_lower_the_coverage(cast: Cast) -> None:
    target = a_main_target(a_draft(cast), a_kpi(cast))
    deliver(target.kpi, date(2026, 1, 26), weeks(STEADY[:4]))

    answer = compute(target, cast.tom, ends_on="2026-02-23")

    assert (answer.json()["n"], answer.json()["coverage"]) == (4, 0.5)


def test_two_weeks_are_no_baseline(cast: Cast) -> None:
    target = a_main_target(a_draft(cast), a_kpi(cast))
    deliver(target.kpi, date(2026, 2, 9), weeks(STEADY[:2]))

    answer = compute(target, cast.tom)

    assert (answer.status_code, answer.json()["code"]) == (422, "too_few")


def test_only_the_source_of_record_counts(cast: Cast) -> None:
    target = a_fed_target(cast)
    other = a_kpi(cast, "organic_conversions", "Elsewhere").source_of_record
    row = Snapshot.objects.all()[0]
    Snapshot.objects.bulk_create(
        [
            Snapshot(
                kpi=row.kpi, source=other, period_start=BEFORE, batch=row.batch, recorded_at=row.recorded_at, num=1e6
            )
        ]
    )

    answer = compute(target, cast.tom)

    assert answer.json()["value"] < 500


def test_the_steward_locks_it_and_nobody_else(cast: Cast) -> None:
    baseline = compute(a_fed_target(cast), cast.tom).json()
    url = f"/api/v1/baselines/{baseline['id']}/lock/"

    refused = [Caller(who).post(url, reason="Looks fine") for who in (cast.tom, cast.eva, cast.noor)]
    stranger = Caller(cast.lena).post(url, reason="Looks fine")
    locked = Caller(cast.daan).post(url, reason="Eight full weeks, two sources agree")

    assert [answer.json()["code"] for answer in refused] == ["not_steward"] * 3
    assert stranger.status_code == 404
    assert (locked.status_code, locked.json()["locked_by"]) == (200, cast.daan.pk)
    (event,) = Event.objects.filter(data__action="baseline.locked")
    assert event.data["after"]["sha256"] == baseline["sha256"]


def test_a_locked_baseline_is_locked_once(cast: Cast) -> None:
    target = a_fed_target(cast)
    first, second = compute(target, cast.tom).json(), compute(target, cast.daan).json()
    daan = Caller(cast.daan)
    daan.post(f"/api/v1/baselines/{first['id']}/lock/", reason="Good")

    again = daan.post(f"/api/v1/baselines/{second['id']}/lock/", reason="Good")
    anew = compute(target, cast.tom)

    assert [again.json()["code"], anew.json()["code"]] == ["locked", "locked"]


def test_values_that_changed_since_are_not_vouched_for(cast: Cast) -> None:
    baseline = compute(a_fed_target(cast), cast.tom).json()
    Snapshot.objects.filter(period_start=BEFORE).update(num=900)

    answer = Caller(cast.daan).post(f"/api/v1/baselines/{baseline['id']}/lock/", reason="Good")

    assert (answer.status_code, answer.json()["code"]) == (409, "values_moved")


def test_a_passer_by_computes_nothing(cast: Cast) -> None:
    target = a_fed_target(cast)

    colleague, stranger = compute(target, cast.aisha), compute(target, cast.lena)

    assert [colleague.status_code, stranger.status_code] == [403, 404]


def test_a_new_goal_keeps_the_locked_baseline_and_another_kpi_does_not(cast: Cast) -> None:
    target = a_fed_target(cast)
    baseline = compute(target, cast.tom).json()
    Caller(cast.daan).post(f"/api/v1/baselines/{baseline['id']}/lock/", reason="Good")
    tom = Caller(cast.tom)

    bolder = tom.post(f"/api/v1/targets/{target.pk}/replace/", seen=1, goal=0.2).json()
    other = tom.post(
        f"/api/v1/targets/{bolder['id']}/replace/", seen=1, kpi=a_kpi(cast, "organic_conversions", "Conversions").pk
    ).json()

    carried = Baseline.objects.get(target=bolder["id"])
    assert (carried.sha256, carried.locked_by) == (baseline["sha256"], cast.daan)
    assert carried.digest() == carried.sha256
    assert not Baseline.objects.filter(target=other["id"]).exists()


def test_a_longer_ramp_needs_a_larger_effect_and_shipping_at_once_a_smaller_one(cast: Cast) -> None:
    target = a_fed_target(cast)
    steady = target.measured(starts_on=BEFORE, ends_on=TODAY)
    quick = steady.prospect()
    target.lag_weeks, target.ramp_weeks = 1, 4

    slow = steady.prospect()

    assert quick.detectable is not None
    assert slow.detectable is not None
    assert slow.at_once is not None
    assert quick.detectable < slow.at_once < slow.detectable
    assert (quick.tells_from, slow.tells_from) == (4, 0)
