"""Flags rise, climb, wait and close as time goes by."""

from datetime import timedelta
from decimal import Decimal

import time_machine

from decisions.services import flags as services_flags
from initiatives.flags import Reply
from initiatives.lifecycle import State
from initiatives.models import Answer, Flag, Initiative, Verdict
from initiatives.sentences import retold
from initiatives.services import evidence, promises
from ownership import services
from tests.cast import MONDAY, Cast
from tests.initiatives.build import TODAY, a_kpi, a_pilot, deliver, moved, weeks
from tests.initiatives.test_judging import FLAT, GROWING, events, main_of, run, tick, told


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
    run(initiative, GROWING[:5])

    tick(week=3)
    tick(week=4)
    tick(week=5)

    flag = Flag.objects.get(kind="S4")
    assert (flag.subject, flag.factor, flag.addressee) == ("roi", "F1", initiative.sponsor)
    assert "does not pay back" in retold(flag.words) or "chance" in retold(flag.words)
    assert any("€900,000 of the €36,000" in retold(words) for words in flag.evidence)
    newest = main_of(initiative).verdict
    assert newest is not None
    assert "roi-negative" in newest.badges
    assert newest.replay() == []
    assert not any("roi-negative" in verdict.badges for verdict in Verdict.objects.filter(week__lte=3))


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


def test_a_condition_to_stop_that_came_true_is_named_with_its_day_and_its_author(cast: Cast) -> None:
    initiative = a_pilot(cast)
    main = main_of(initiative)
    promises.add_kill_criterion(
        initiative=initiative,
        text="Under 500 leads a week.",
        target=main,
        threshold=500,
        by_on=TODAY + timedelta(weeks=4),
        by=cast.tom,
        at=MONDAY,
        reason="So that we know when to end it",
    )
    run(initiative, GROWING[:5])

    tick(week=4, days=0)
    early = Flag.objects.filter(kind="S2").exists()
    tick(week=4, days=1)
    tick(week=4, days=2)

    flag = Flag.objects.get(kind="S2")
    assert not early
    assert (flag.severity, flag.addressee, len(told(flag, "flag.raised"))) == ("bad", initiative.owner, 1)
    assert retold(flag.words) == (
        "Tom Bakker agreed on Mon 2 Mar 2026 to stop if this is so by Mon 30 Mar 2026: “Under 500 leads a week.” It is "
        "so: 466 in the four weeks before, against 500."
    )


def test_money_that_burns_asks_sponsor_and_leads_at_once(cast: Cast) -> None:
    initiative = a_pilot(cast)
    evidence.book_cost(initiative=initiative, category="tool", on=TODAY, by=cast.tom, at=MONDAY, amount=Decimal(24_000))
    run(initiative, FLAT[:4])

    tick(week=4)

    flag = Flag.objects.get(kind="S5")
    on = TODAY + timedelta(weeks=4, days=1)
    assert (flag.addressee, flag.due_on) == (initiative.sponsor, on + timedelta(days=5))
    asked = [flag in Flag.objects.asking(person, on=on) for person in (cast.marieke, cast.noor, cast.tom)]
    assert asked == [True, True, False]
    assert "€24,000 of the €36,000 budget is spent; realised is" in retold(flag.words)


def test_a_broken_guardrail_asks_owner_and_sponsor_within_a_day(cast: Cast) -> None:
    initiative = a_pilot(cast)
    clicks = a_kpi(cast, "g_nonbrand_clicks_site", name="Clicks on the whole site")
    deliver(clicks, TODAY - timedelta(weeks=8), weeks([700, 710, 690, 705, 700, 695, 702, 698]), at=MONDAY)
    deliver(clicks, TODAY, weeks([400, 410, 395, 405]), at=MONDAY + timedelta(weeks=4))
    guardrail = promises.set_target(
        initiative=initiative, kpi=clicks, role="guardrail", margin=0.05, by=cast.tom, at=MONDAY, reason="Fence"
    )
    run(initiative, GROWING[:4])

    tick(week=4)
    tick(week=4, days=2)

    flag, on = Flag.objects.get(kind="S10"), TODAY + timedelta(weeks=4, days=2)
    assert (flag.subject, flag.severity, flag.due_on) == (f"target:{guardrail.pk}", "bad", on)
    assert [flag in Flag.objects.asking(person, on=on) for person in (cast.tom, cast.marieke)] == [True, True]
    assert retold(flag.words).startswith(
        "Clicks on the whole site went further than tolerated: −40% (−46% to −32%); tolerated is −5%."
    )
    assert len(told(flag, "flag.raised")) == 1


def test_zeros_that_cannot_be_wait_for_the_steward_who_may_say_that_they_are_right(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, [455, 0, 462, 470])
    tick(week=4)
    flag = Flag.objects.get(kind="S11")
    unknown = main_of(initiative).verdict

    with time_machine.travel(MONDAY + timedelta(weeks=4, days=1), tick=False):
        services_flags.answer_flag(
            flag=flag,
            reply=Reply.DONE,
            until=None,
            by=cast.daan,
            at=MONDAY + timedelta(weeks=4, days=1),
            reason="The form was down for a week",
            expected_version=flag.version,
        )
    tick(week=4, days=2)

    known = main_of(initiative).verdict
    assert flag.addressee == main_of(initiative).kpi.steward
    assert "(1, the first from Mon 9 Mar 2026)" in retold(flag.words)
    assert unknown is not None
    assert known is not None
    assert ("missing-days" in unknown.badges, "missing-days" in known.badges) == (True, False)
    assert (unknown.week, known.week, known.revision) == (4, 4, 2)
    assert known.effect is not None
    assert unknown.effect is not None
    assert known.replay() == []
    assert not Flag.objects.open().filter(kind="S11").exists()


def test_a_new_way_that_hardly_anybody_works_asks_whoever_leads_the_change(cast: Cast) -> None:
    initiative = a_pilot(cast)
    adoption = a_kpi(cast, "adoption_rate", name="Active editors")
    deliver(adoption, TODAY, [3] * 7 * 13, den=10, at=MONDAY)
    promises.set_target(
        initiative=initiative, kpi=adoption, role="secondary", by=cast.tom, at=MONDAY, reason="Do they?"
    )
    run(initiative, GROWING)

    tick(week=11, days=6)
    early = Flag.objects.filter(kind="S9").exists()
    tick(week=12)

    flag = Flag.objects.get(kind="S9")
    assert not early
    assert (flag.factor, flag.addressee) == ("F4", initiative.owner)  # nobody leads the change
    assert retold(flag.words).startswith("Only 30 in 100 people work the new way, 30 in 100 four weeks before")


def test_what_was_tested_more_than_a_year_ago_is_asked_again(cast: Cast) -> None:
    initiative = a_pilot(cast)
    said = {"text": "An export of all pages", "answered_by": cast.tom, "answered_at": MONDAY - timedelta(days=364)}
    initiative.answers.create(question="F5.2", **said)
    initiative.answers.create(question="F1.1", **said)

    tick(days=1)
    early = Flag.objects.filter(kind="S12").exists()
    tick(days=2)

    flag = Flag.objects.get(kind="S12")
    assert not early
    assert (flag.subject, flag.factor, flag.addressee) == ("F5.2", "F5", initiative.owner)
    assert retold(flag.words) == (
        "“When did we last export everything in an open format?” was last answered 366 days ago; a year is as long as "
        "it holds."
    )
