"""What was said can be said again from what was stored, to the ninth digit."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from initiatives.models import Parameters, Verdict
from initiatives.services import promises
from initiatives.stories import PARAMETERS, guard
from initiatives.verdicts import inputs, judge, sha256
from metrics.catalogue import Grain, Kind
from metrics.models import AnnotationKind
from metrics.periods import Period
from metrics.services.annotations import annotate
from ownership.models import Organisation
from tests.cast import MONDAY, Cast
from tests.initiatives import test_verdicts
from tests.initiatives.build import TODAY, a_kpi, a_pilot, deliver, weeks
from tests.initiatives.test_judging import FLAT, GROWING, run, tick


def replay(*verdicts: Verdict) -> tuple[int, str]:
    """Exit code, and the refusal."""
    try:
        call_command("replay_verdict", *(verdict.ref for verdict in verdicts))
    except CommandError as error:
        return error.returncode, str(error)
    return 0, ""


def test_every_kind_of_verdict_agrees_with_its_inputs(cast: Cast) -> None:
    initiative = a_pilot(cast, lag_weeks=1)
    fence = a_kpi(cast, "g_nonbrand_clicks_site", name="Clicks of the whole site")
    deliver(fence, TODAY - timedelta(weeks=8), weeks([900, 910, 905, 890, 915, 900, 905, 895, 820, 700, 640, 600]))
    promises.set_target(
        initiative=initiative, kpi=fence, role="guardrail", margin=0.05, by=cast.tom, at=MONDAY, reason="Must not fall"
    )
    complaints = a_kpi(cast, "g_brand_complaints", name="Complaints")
    deliver(complaints, TODAY, weeks([0, 0, 1, 0, 0, 0]))
    promises.set_target(
        initiative=initiative, kpi=complaints, role="guardrail", margin=0.0, by=cast.tom, at=MONDAY, reason="None"
    )
    run(initiative, [*FLAT[:3], *GROWING[:3]])
    for week in range(7):
        tick(week=week)

    verdicts = list(Verdict.objects.order_by("pk"))

    judges = {(verdict.parameters.sha256 if verdict.parameters else None) for verdict in verdicts}
    assert judges == {PARAMETERS.sha256, guard.GUARD.sha256, None}
    assert {verdict.status for verdict in verdicts if verdict.is_on_guardrail_weeks} >= {"on-track", "regressing"}
    assert replay(*verdicts) == (0, "")


@pytest.mark.django_db
def test_in_another_time_zone_a_verdict_is_made_again_as_of_the_day_it_was_made() -> None:
    """On the day its month is over by the clock of Amsterdam, when it is still the day before in New York."""
    first, due_on = date(2026, 3, 1), date(2026, 6, 1)
    agreed = test_verdicts.plan(kind=Kind.MONEY, goal=0.1, starts_on=first, due_on=due_on, judged=Grain.MONTH)
    before = [Period(at, 1000.0, None, 30) for at in range(-6, 0)]
    facts: dict[str, Any] = {"baseline": before, "pilot": [Period(2, 1200.0, None, 31)], "known_until": due_on}
    said, stored = judge(agreed, as_of=due_on, **facts), inputs(agreed, as_of=due_on, **facts)
    words = {"code": said.words.code, "parameters": said.words.parameters}
    at = datetime(2026, 6, 1, 3, tzinfo=UTC)
    verdict = Verdict.saying(said, words=words, inputs=stored, inputs_sha256=sha256(stored), judged_at=at)

    Organisation.objects.update_or_create(pk=1, defaults={"zone": "America/New_York"})

    assert said.status == "reached"
    assert verdict.replay() == []


def test_of_a_verdict_by_old_arithmetic_it_is_said_that_nothing_computes_that_any_more(cast: Cast) -> None:
    initiative = a_pilot(cast)
    run(initiative, FLAT[:3])
    tick(week=3)
    newest = Verdict.objects.get(week=3)
    old = Verdict.objects.create(
        target=newest.target,
        week=1,
        revision=2,
        status="on-track",
        inputs_sha256="",
        code_version=3,
        judged_at=MONDAY,
    )

    code, refusal = replay(newest, old)

    said = f"Judged by arithmetic of version 3 or before, which is no longer computed: {old.ref}."
    assert (code, refusal) == (3, said)


def test_weeks_of_a_core_update_are_judged_with_more_drift_and_agree_again(cast: Cast) -> None:
    """An update from the Thursday of pilot week 1 to the Tuesday of week 2, one before the baseline, and what is only
    announced when week 3 is judged."""
    initiative = a_pilot(cast)
    run(initiative, FLAT[:4])
    tick(week=3)
    for starts_on, last_on, kind in (
        (TODAY + timedelta(days=10), TODAY + timedelta(days=15), "core_update"),
        (TODAY - timedelta(weeks=20), TODAY - timedelta(weeks=19), "core_update"),
        (TODAY + timedelta(weeks=5), TODAY + timedelta(weeks=6), "core_update"),
        (TODAY, TODAY + timedelta(days=3), "campaign"),
    ):
        annotate(
            kind=AnnotationKind(kind),
            name="Spring",
            note="",
            unit=cast.company,
            kpi=None,
            starts_on=starts_on,
            last_on=last_on,
            is_freeze=False,
            by=cast.noor,
            at=MONDAY,
        )
    tick(week=3, days=2)
    tick(week=3, days=3)

    before, after = Verdict.objects.filter(week=3).order_by("revision")

    assert (before.inputs["shocks"], after.inputs["shocks"]) == ([], [1, 2])
    assert before.inputs_sha256 != after.inputs_sha256
    assert ("shock-in-window" in before.badges, "shock-in-window" in after.badges) == (False, True)
    assert (after.high or 0) - (after.low or 0) > (before.high or 0) - (before.low or 0)
    assert replay(before, after) == (0, "")


def test_a_verdict_that_was_meddled_with_is_named_with_what_differs(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    run(a_pilot(cast), FLAT[:3])
    tick(week=3)
    verdict = Verdict.objects.get(week=3)
    verdict.pk, verdict.revision, verdict.p_dead = None, 2, (verdict.p_dead or 0) + 1e-8
    verdict.save(force_insert=True)

    code, refusal = replay(verdict)

    assert (code, refusal) == (1, f"Not the same as stored: {verdict.ref}.")
    assert re.search(rf"{verdict.ref} p_dead: stored 0\.\d+, again 0\.\d+", capsys.readouterr().out)


@pytest.mark.django_db
def test_a_verdict_that_does_not_exist_is_said_so() -> None:
    with pytest.raises(CommandError, match=re.escape("There is no verdict V-99.")) as refused:
        call_command("replay_verdict", "V-99")

    assert refused.value.returncode == 2


def test_the_constants_are_stored_once_and_come_back_as_they_were(cast: Cast) -> None:
    for title in ("One", "Other"):
        run(a_pilot(cast, title=title), FLAT[:3])

    tick(week=2)
    tick(week=3)

    stored = Parameters.objects.get()
    assert stored.pure() == PARAMETERS
    assert stored.pure().sha256 == stored.sha256
