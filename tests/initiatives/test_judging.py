"""The tick judges what is due: verdicts, flips, flags and their way up, as time goes by."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from initiatives import tasks
from initiatives.lifecycle import State
from initiatives.models import Baseline, Flag, Flip, Initiative, Target, Verdict, Watch
from initiatives.sentences import retold
from initiatives.services import promises
from metrics.models import Snapshot
from ownership.models import Event
from tests.cast import MONDAY, Cast, assemble
from tests.initiatives.build import STEADY, TODAY, a_draft, a_kpi, a_pilot, deliver, moved, weeks

GROWING, FLAT, FALLING = [455, 470, 462, 475, 466, 470], [408, 412, 404, 413, 407, 411], [350, 340, 345, 335, 342, 338]


SAID = ("week", "revision", "status", "counters", "inputs_sha256")


def main_of(initiative: Initiative) -> Target:
    return initiative.targets.get(role="primary", superseded_at=None)


def run(initiative: Initiative, levels: Iterable[float], *, start: int = 0) -> None:
    """Values of whole weeks from pilot week `start` on, each recorded when its week is over."""
    for n, level in enumerate(levels, start):
        over = MONDAY + timedelta(weeks=n + 1)
        deliver(main_of(initiative).kpi, TODAY + timedelta(weeks=n), weeks([level]), at=over)


def tick(*, week: int = 0, days: int = 1) -> None:
    """The doorbell rings so many pilot weeks and days after the start. A day after the week its values are due."""
    with time_machine.travel(MONDAY + timedelta(weeks=week, days=days), tick=False):
        tasks.watch_due()


def events(action: str) -> list[Event]:
    return list(Event.objects.filter(data__action=action).order_by("pk"))


def told(flag: Flag, action: str) -> list[Event]:
    return [event for event in events(action) if event.data["subject_id"] == flag.pk]


def test_a_pilot_that_works_is_on_track_and_raises_nothing(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, GROWING[:4])

    tick(week=4)

    main = main_of(initiative)
    assert (main.status, main.verdict and main.verdict.week) == ("on-track", 4)
    verdict = Verdict.objects.get(week=4)
    assert verdict.effect == pytest.approx(0.127, abs=0.02)
    assert verdict.low is not None
    assert verdict.low > 0
    assert verdict.p_reach is not None
    assert verdict.p_reach > 0.6
    assert sum(verdict.stories) == pytest.approx(1)
    assert retold(verdict.words).startswith(
        "The chance that Leads of AI-refreshed product pages is at +12% by Mon 13 Apr 2026 is 7 in 10"
    )
    assert verdict.money["realised"]["benefit"] > 0
    (flip,) = Flip.objects.all()
    assert (flip.old, flip.new) == ("", "on-track")
    (event,) = events("verdict.flipped")
    assert (event.actor, event.data["after"]["status"]) == (None, "on-track")
    assert not Flag.objects.exists()


def test_weeks_that_nobody_judged_are_judged_in_their_turn(cast: Cast) -> None:
    early = a_pilot(cast, title="Weekly")
    run(early, FLAT[:5])
    for week in range(1, 5):
        tick(week=week)
    late = a_pilot(cast, title="At last")
    run(late, FLAT[:5])

    tick(week=5)

    one, other = (list(main_of(row).verdicts.order_by("week").values(*SAID)) for row in (early, late))
    assert [verdict["week"] for verdict in one] == [1, 2, 3, 4, 5]
    assert one == other
    assert Flip.objects.filter(target=main_of(late)).count() == 1


def test_another_pilot_for_the_same_goal_begins_with_week_one(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, [*FLAT, *FLAT])
    for week in range(1, 7):
        tick(week=week)
    again = TODAY + timedelta(weeks=10)
    ends_on = again + timedelta(weeks=6)
    Initiative.objects.filter(pk=initiative.pk).update(pilot_starts_on=again, pilot_ends_on=ends_on)
    initiative.targets.update(due_on=ends_on)

    tick(week=12)

    second = main_of(initiative).verdicts.filter(began_on=again.isoformat()).order_by("week")
    assert list(second.values_list("week", "revision")) == [(1, 2), (2, 2)]
    assert main_of(initiative).verdict == second.last()


def test_until_its_data_can_tell_it_is_too_early(cast: Cast) -> None:
    initiative = a_pilot(cast, lag_weeks=2, ramp_weeks=1)
    run(initiative, GROWING[:3])

    tick(week=3)

    verdict = main_of(initiative).verdict
    assert verdict is not None
    assert (verdict.status, verdict.tells_from) == ("insufficient-data", 5)
    assert retold(verdict.words) == "Too early to tell until week 5 of the pilot: 2 more weeks are needed."


def test_a_slump_that_untreated_pages_share_is_no_harm(cast: Cast) -> None:
    market = a_kpi(cast, name="Leads of untreated pages")
    deliver(market, TODAY - timedelta(weeks=8), weeks([2 * level for level in [*STEADY, *FALLING]]), at=MONDAY)
    alone, compared = a_pilot(cast, title="Alone"), a_pilot(cast, title="Compared", control=market)
    for pilot in (alone, compared):
        run(pilot, FALLING[:5])

    tick(week=5)

    assert main_of(alone).status == "regressing"
    said = main_of(compared).verdict
    assert said is not None
    assert said.status != "regressing"
    assert said.p_neg is not None
    assert said.p_neg < 0.3
    assert ("no-control" in said.badges, said.inputs["control_kind"]) == (False, "count")
    call_command("replay_verdict", said.ref)


def test_days_of_a_week_that_is_not_over_change_no_verdict(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, GROWING[:3])
    tick(week=3)
    before = Verdict.objects.count()

    for days in (2, 3, 4):
        day = TODAY + timedelta(weeks=3, days=days - 1)
        deliver(main_of(initiative).kpi, day, [900], at=MONDAY + timedelta(weeks=3, days=days))
        tick(week=3, days=days)

    assert Verdict.objects.count() == before


def test_the_same_week_judged_again_changes_nothing(cast: Cast) -> None:
    run(a_pilot(cast), GROWING[:3])
    tick(week=3)
    before = (Verdict.objects.count(), Event.objects.count())

    tick(week=3, days=2)

    assert (Verdict.objects.count(), Event.objects.count()) == before


def test_late_values_make_a_new_revision_of_the_current_week_only(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, GROWING[:2])
    tick(week=2)
    run(initiative, GROWING[2:3], start=2)
    tick(week=3)
    Snapshot.objects.filter(kpi=main_of(initiative).kpi, period_start=TODAY).update(
        num=99, recorded_at=MONDAY + timedelta(weeks=3, days=2)
    )

    tick(week=3, days=2)

    assert list(Verdict.objects.order_by("pk").values_list("week", "revision")) == [
        (1, 1),
        (2, 1),
        (3, 1),
        (3, 2),
    ]


def test_new_values_wake_the_judge_before_its_daily_hour(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, GROWING[:2])
    tick(week=2, days=1)
    late = MONDAY + timedelta(weeks=2, days=1, hours=3)
    Snapshot.objects.filter(kpi=main_of(initiative).kpi, period_start=TODAY).update(num=99, recorded_at=late)

    with time_machine.travel(late + timedelta(minutes=1), tick=False):
        tasks.watch_due()

    assert list(Verdict.objects.order_by("pk").values_list("week", "revision")) == [(1, 1), (2, 1), (2, 2)]


def test_before_two_weeks_are_known_it_is_too_early(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, FALLING[:1])

    tick(week=1)

    assert main_of(initiative).status == "insufficient-data"
    assert Verdict.objects.get().money == {}
    assert not Flag.objects.exists()


def test_a_pilot_without_effect_asks_its_owner(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, FLAT[:4])

    tick(week=4)

    flag = Flag.objects.get(kind="S2")
    assert main_of(initiative).status == "stalled"
    assert (flag.subject, flag.factor, flag.severity) == (f"target:{main_of(initiative).pk}", "F1", "warn")
    assert (flag.addressee, flag.due_on) == (initiative.owner, TODAY + timedelta(weeks=4, days=8))
    assert retold(flag.words).startswith(
        "After 4 weeks the likeliest story is that it has no effect (5 in 10). On plan we would expect +12%; we see"
    )
    facts = [retold(words) for words in flag.evidence]
    assert facts[1:] == [
        "Leads of AI-refreshed product pages in the last three weeks: 412, 404, 413.",
        "4 of 6 pilot weeks are over.",
        "€0 of the €36,000 budget is spent.",
    ]
    (event,) = told(flag, "flag.raised")
    assert (event.stream, event.data["after"]["kind"]) == (initiative.stream, "S2")


def test_one_flag_gets_louder_while_things_get_worse(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, FLAT[:4])
    tick(week=4)
    Snapshot.objects.filter(kpi=main_of(initiative).kpi, period_start__gte=TODAY).update(num=F("num") * 0.8)

    tick(week=4, days=2)

    (flag,) = Flag.objects.filter(kind="S2")
    assert (flag.severity, flag.words["code"], flag.version > 1) == ("bad", "regressing", True)
    assert [len(told(flag, action)) for action in ("flag.raised", "flag.changed")] == [1, 1]


def test_a_stopped_initiative_has_no_open_flags_and_nothing_due(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, FLAT[:4])
    tick(week=4)
    moved(initiative, State.STOPPED, cast.marieke, at=MONDAY + timedelta(weeks=4, days=2))

    tick(week=4, days=3)

    assert not Flag.objects.open().exists()
    assert Watch.objects.get(initiative=initiative).due_at is None


def test_what_was_scaled_keeps_its_verdict_and_goes_on_earning(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, [470] * 20)
    tick(week=6)
    moved(initiative, State.REVIEW, cast.tom, at=MONDAY + timedelta(weeks=6, days=2))
    moved(initiative, State.SCALING, cast.marieke, at=MONDAY + timedelta(weeks=6, days=3))

    tick(week=20)

    first, newest = Verdict.objects.filter(week=6).order_by("revision")
    assert (first.week, newest.week, newest.status, newest.units) == (6, 6, "reached", first.units)
    assert newest.money["weeks"] == 20
    assert newest.money["realised"]["benefit"] == pytest.approx(first.money["realised"]["benefit"] * 20 / 6, rel=0.1)


def test_a_draft_is_not_watched(cast: Cast) -> None:
    a_draft(cast)

    tick()

    assert not Watch.objects.exists()


def test_one_that_cannot_be_judged_does_not_stop_the_others(cast: Cast) -> None:
    broken, sound = a_pilot(cast, title="Broken"), a_pilot(cast, title="Sound")
    for initiative in (broken, sound):
        run(initiative, GROWING[:4])
    damage(broken, cast)

    tick(week=4)

    assert (main_of(broken).status, main_of(sound).status) == ("", "on-track")
    watch = Watch.objects.get(initiative=broken)
    assert (watch.failures, bool(watch.last_error)) == (1, True)


def damage(initiative: Initiative, cast: Cast) -> None:
    """A locked baseline that no act could have written."""
    kpi = a_kpi(cast, "g_brand_complaints", name="Complaints")
    target = promises.set_target(
        initiative=initiative, kpi=kpi, role="guardrail", margin=0.0, by=cast.tom, at=MONDAY, reason="Fence"
    )
    Baseline.objects.create(
        target=target,
        number=1,
        starts_on=TODAY - timedelta(weeks=8),
        ends_on=TODAY,
        inputs=[["nonsense"]],
        value=410,
        sd=14,
        n=8,
        coverage=1,
        computed_at=MONDAY,
        locked_by=cast.daan,
        locked_at=MONDAY,
        sha256="0" * 64,
    )


@pytest.mark.parametrize("count", [2, 12])
def test_judging_takes_as_many_queries_for_many_as_for_two(cast: Cast, count: int) -> None:
    for n in range(count):
        run(a_pilot(cast, title=f"Pilot {n}"), GROWING[:2])
    tick(week=2)

    with CaptureQueriesContext(connection) as asked:
        tick(week=2, days=2)

    assert len(asked) <= 30


@pytest.mark.django_db(transaction=True)
def test_eight_workers_make_one_verdict_one_flag_and_one_event_of_each() -> None:
    cast = assemble()
    initiative = a_pilot(cast)
    run(initiative, FLAT[:4])

    def work(_: int) -> None:
        tasks.watch_due()
        connection.close()

    with time_machine.travel(MONDAY + timedelta(weeks=4, days=1), tick=False), ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    assert (Verdict.objects.count(), Flip.objects.count(), len(events("verdict.flipped"))) == (4, 1, 1)
    assert sorted(Flag.objects.values_list("kind", flat=True)) == ["S2"]
    assert len(events("flag.raised")) == 1
