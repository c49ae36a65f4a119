"""The tick judges what is due: verdicts, flips, flags and their way up, as time goes by."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from initiatives import tasks
from initiatives.lifecycle import State
from initiatives.models import Answer, Baseline, Flag, Flip, Initiative, Target, Verdict, Watch
from initiatives.services import evidence, promises
from initiatives.words import retold
from metrics.models import Snapshot
from ownership import services
from ownership.models import Event
from tests.cast import MONDAY, Cast, assemble
from tests.initiatives.build import TODAY, a_draft, a_kpi, a_pilot, deliver, moved, weeks

GROWING, FLAT, FALLING = [455, 470, 462, 475, 466, 470], [408, 412, 404, 413, 407, 411], [350, 340, 345, 335, 342, 338]


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
    run(initiative, GROWING[:3])

    tick(week=3)

    main = main_of(initiative)
    assert (main.status, main.verdict and main.verdict.week) == ("on-track", 3)
    (verdict,) = Verdict.objects.all()
    assert verdict.effect == pytest.approx(0.1275, abs=0.002)
    assert verdict.low is not None
    assert verdict.low > 0
    assert retold(verdict.words).startswith("The agreed effect is there: Leads of AI-refreshed product pages +13%")
    assert verdict.money["realised"]["benefit"] > 0
    (flip,) = Flip.objects.all()
    assert (flip.old, flip.new) == ("", "on-track")
    (event,) = events("verdict.flipped")
    assert (event.actor, event.data["after"]["status"]) == (None, "on-track")
    assert not Flag.objects.exists()


def test_the_same_week_judged_again_changes_nothing(cast: Cast) -> None:
    run(a_pilot(cast), GROWING[:3])
    tick(week=3)
    before = Event.objects.count()

    tick(week=3, days=2)

    assert (Verdict.objects.count(), Event.objects.count()) == (1, before)


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

    assert list(Verdict.objects.order_by("pk").values_list("week", "revision")) == [(2, 1), (3, 1), (3, 2)]


def test_new_values_wake_the_judge_before_its_daily_hour(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, GROWING[:2])
    tick(week=2, days=1)
    late = MONDAY + timedelta(weeks=2, days=1, hours=3)
    Snapshot.objects.filter(kpi=main_of(initiative).kpi, period_start=TODAY).update(num=99, recorded_at=late)

    with time_machine.travel(late + timedelta(minutes=1), tick=False):
        tasks.watch_due()

    assert Verdict.objects.count() == 2


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
    assert retold(flag.words).startswith("Not even the smallest effect worth its money shows: Leads of")
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
    run(initiative, FLAT[:3])
    tick(week=3)
    Snapshot.objects.filter(kpi=main_of(initiative).kpi, period_start__gte=TODAY).update(num=F("num") * 0.8)

    tick(week=3, days=2)

    (flag,) = Flag.objects.filter(kind="S2")
    assert (flag.severity, flag.words["code"], flag.version > 1) == ("bad", "regressing", True)
    assert [len(told(flag, action)) for action in ("flag.raised", "flag.changed")] == [1, 1]


def test_a_silent_source_asks_its_steward(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, GROWING[:1])

    tick(week=3, days=6)

    flag = Flag.objects.get(kind="S1")
    assert main_of(initiative).status == "data-stale"
    assert (flag.factor, flag.addressee) == ("F3", main_of(initiative).kpi.steward)
    assert 2 <= len(flag.evidence) <= 4


def test_a_flag_closes_when_its_ground_is_gone(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, GROWING[:1])
    tick(week=3, days=6)

    run(initiative, GROWING[1:4], start=1)
    tick(week=4)

    assert Flag.objects.get(kind="S1").closed_at is not None
    assert len(events("flag.closed")) == 1


def test_a_test_too_coarse_for_its_goal_is_said_until_somebody_signs_it(cast: Cast) -> None:
    initiative = a_pilot(cast, before=[300, 520, 310, 500, 330, 510, 290, 505], goal=0.06)
    run(initiative, [400, 410])

    tick(week=2)
    flag = Flag.objects.get(kind="S3")
    Answer.objects.create(flag=flag, reply="recover", reason="We accept that", by=cast.marieke, at=MONDAY)
    tick(week=2, days=3)

    assert (flag.addressee, flag.words["code"]) == (initiative.sponsor, "low-resolution")
    assert Flag.objects.get(kind="S3").closed_at is not None


def test_money_that_will_not_come_back_is_told_to_the_sponsor(cast: Cast) -> None:
    initiative = a_pilot(cast)
    evidence.book_cost(
        initiative=initiative, category="one_off", on=TODAY, by=cast.tom, at=MONDAY, amount=Decimal(900_000)
    )
    run(initiative, GROWING[:4])

    tick(week=3)
    tick(week=4)

    flag = Flag.objects.get(kind="S4")
    assert (flag.subject, flag.factor, flag.addressee) == ("roi", "F1", initiative.sponsor)
    assert "does not pay back" in retold(flag.words) or "chance" in retold(flag.words)
    assert any("€900,000 of the €36,000" in retold(words) for words in flag.evidence)


def test_a_review_that_waits_is_flagged_after_five_days(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, GROWING)
    moved(initiative, State.REVIEW, cast.tom, at=MONDAY + timedelta(weeks=6))

    tick(week=6, days=5)
    early = Flag.objects.filter(kind="S6").exists()
    tick(week=6, days=6)

    assert not early
    assert retold(Flag.objects.get(kind="S6").words) == "The pilot is over and has waited 6 days for a decision."


def vacate_sponsor(initiative: Initiative, cast: Cast, *, days: int) -> None:
    assert initiative.sponsor
    initiative.sponsor.refresh_from_db()
    services.vacate_seat(
        seat=initiative.sponsor,
        by=cast.marieke,
        at=MONDAY + timedelta(days=days),
        reason="I leave",
        expected_version=initiative.sponsor.version,
    )


def test_an_empty_seat_is_flagged_at_once_and_filling_it_closes_the_flag(cast: Cast) -> None:
    initiative = a_pilot(cast)
    tick()
    vacate_sponsor(initiative, cast, days=2)
    tick(days=3)
    flag = Flag.objects.get(kind="S7")

    assert initiative.sponsor
    asked = services.propose_appointment(
        seat=initiative.sponsor, person=cast.aisha, by=cast.noor, at=MONDAY + timedelta(days=4), reason="Fits"
    )
    services.accept_appointment(appointment=asked, by=cast.aisha, at=MONDAY + timedelta(days=4))
    tick(days=5)

    assert (flag.subject, flag.factor, flag.addressee) == ("sponsor", "F4", None)
    assert Flag.objects.get(kind="S7").closed_at is not None


def test_a_sponsor_who_does_nothing_for_a_month_is_silent(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, GROWING)

    tick(days=29)
    early = Flag.objects.filter(kind="S7").exists()
    tick(days=31)

    assert not early
    assert retold(Flag.objects.get(kind="S7").words) == "The sponsor has not acted for 31 days."


def test_silence_climbs_a_rung_per_due_period(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, GROWING[:1])
    tick(week=3, days=6)
    raised = Flag.objects.get(kind="S1")

    rungs = []
    for days in (7, 8, 9, 15, 16):
        tick(week=3, days=6 + days)
        flag = Flag.objects.get(kind="S1")
        rungs.append((flag.rung, flag.addressee))

    owner, sponsor = initiative.owner, initiative.sponsor
    assert rungs == [(0, raised.addressee), (1, owner), (1, owner), (1, owner), (2, sponsor)]
    assert len(told(raised, "flag.climbed")) == 2


def test_an_acknowledged_flag_waits_for_its_day(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, GROWING[:1])
    tick(week=3, days=6)
    Flag.objects.filter(kind="S1").update(acknowledged_until=TODAY + timedelta(weeks=3, days=16))

    tick(week=3, days=16)
    waiting = Flag.objects.get(kind="S1").rung
    tick(week=3, days=17)

    assert (waiting, Flag.objects.get(kind="S1").rung) == (0, 1)


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

    first, newest = Verdict.objects.order_by("revision")
    assert (first.week, newest.week, newest.status, newest.units) == (6, 6, "reached", first.units)
    assert newest.money["weeks"] == 20
    assert newest.money["realised"]["benefit"] == pytest.approx(first.money["realised"]["benefit"] * 20 / 6, rel=0.01)


def test_a_draft_is_not_watched(cast: Cast) -> None:
    a_draft(cast)

    tick()

    assert not Watch.objects.exists()


def test_one_that_cannot_be_judged_does_not_stop_the_others(cast: Cast) -> None:
    broken, sound = a_pilot(cast, title="Broken"), a_pilot(cast, title="Sound")
    for initiative in (broken, sound):
        run(initiative, GROWING[:3])
    damage(broken, cast)

    tick(week=3)

    assert (main_of(broken).status, main_of(sound).status) == ("", "on-track")
    watch = Watch.objects.get(initiative=broken)
    assert (watch.failures, bool(watch.last_error)) == (1, True)


def damage(initiative: Initiative, cast: Cast) -> None:
    """A locked baseline that no act could have written."""
    old = main_of(initiative)
    target = promises.replace_target(
        target=old, kpi=a_kpi(cast, name="Elsewhere"), by=cast.tom, at=MONDAY, reason="Moved", expected_version=1
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

    assert len(asked) <= 24


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

    assert (Verdict.objects.count(), Flip.objects.count(), len(events("verdict.flipped"))) == (1, 1, 1)
    assert sorted(Flag.objects.values_list("kind", flat=True)) == ["S2", "S4"]
    assert len(events("flag.raised")) == 2
