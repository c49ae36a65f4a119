"""Flags rise, climb, wait and close as time goes by."""

from datetime import timedelta
from decimal import Decimal

from initiatives.lifecycle import State
from initiatives.models import Answer, Flag, Initiative
from initiatives.services import evidence
from initiatives.words import retold
from ownership import services
from tests.cast import MONDAY, Cast
from tests.initiatives.build import TODAY, a_pilot, moved
from tests.initiatives.test_judging import GROWING, events, main_of, run, tick, told


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
