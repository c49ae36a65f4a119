"""A guardrail has no deadline: harm is seen as long as anything runs, and asks for the decision anew."""

from datetime import timedelta

from time_machine import travel

from decisions.models import GateDecision, Timer
from decisions.tasks import timer_due
from initiatives.lifecycle import State
from initiatives.models import Flag, Initiative, Target, Transition, Verdict
from initiatives.services import promises
from initiatives.tasks import watch_due
from ownership.models import Event
from tests.cast import MONDAY, Cast
from tests.initiatives.build import TODAY, a_kpi, a_pilot, deliver, moved, weeks

STEADY, FALLEN = [1000, 1010, 990, 1004, 996, 1000, 1008, 992], [700, 690, 705, 698]


def a_guarded_pilot(cast: Cast) -> tuple[Initiative, Target]:
    """It reached its goal, and the site's other clicks held for as long as it ran."""
    initiative = a_pilot(cast)
    fence = a_kpi(cast, "g_nonbrand_clicks_site", "Clicks of the whole site")
    deliver(fence, TODAY - timedelta(weeks=8), weeks(STEADY), at=MONDAY - timedelta(minutes=1))
    main = initiative.targets.get(role="primary")
    deliver(main.kpi, TODAY, weeks([470] * 20))
    guardrail = promises.set_target(
        initiative=initiative, kpi=fence, role="guardrail", margin=0.05, by=cast.tom, at=MONDAY, reason="Do no harm"
    )
    Timer.objects.start(initiative, at=MONDAY)
    return initiative, guardrail


def ring(*, week: int, days: int = 1) -> None:
    """The judge looks, then the clock."""
    with travel(MONDAY + timedelta(weeks=week, days=days + 2), tick=False):  # Search Console is two days late
        watch_due()
        timer_due()


def on_the_way_to(state: State, initiative: Initiative, cast: Cast) -> None:
    at = MONDAY + timedelta(weeks=6, days=4)
    for step in (State.REVIEW, State.SCALING):
        moved(initiative, step, cast.marieke, at=at)
        if step is state:
            return


def test_harm_after_the_pilot_leads_back_to_review_at_once(cast: Cast) -> None:
    initiative, guardrail = a_guarded_pilot(cast)
    deliver(guardrail.kpi, TODAY, weeks([1000] * 12 + FALLEN))
    on_the_way_to(State.SCALING, initiative, cast)
    ring(week=12)
    before = Initiative.objects.get().state, Target.objects.get(role="guardrail").status

    ring(week=16)

    assert before == ("scaling", "on-track")
    assert Target.objects.get(role="guardrail").status == "regressing"
    assert Initiative.objects.get().state == "review"
    assert GateDecision.objects.open().get().gate == "G3"
    assert Event.objects.get(data__action="gate.requested", data__after__gate="G3").actor is None
    assert Transition.objects.filter(to_state="review", reason__startswith="It does harm").exists()


def test_harm_under_review_is_seen_and_keeps_the_gate_shut(cast: Cast) -> None:
    initiative, guardrail = a_guarded_pilot(cast)
    deliver(guardrail.kpi, TODAY, weeks([1000] * 6 + FALLEN))
    on_the_way_to(State.REVIEW, initiative, cast)

    ring(week=10)

    assert Target.objects.get(role="guardrail").status == "regressing"


def test_one_week_judged_on_all_its_days_is_one_verdict(cast: Cast) -> None:
    initiative, guardrail = a_guarded_pilot(cast)
    deliver(guardrail.kpi, TODAY, weeks([1000] * 10))
    on_the_way_to(State.SCALING, initiative, cast)

    for days in range(1, 7):
        ring(week=10, days=days)

    assert Verdict.objects.get(target=guardrail).week == 10


def test_a_guardrail_that_falls_silent_after_the_pilot_holds_nothing(cast: Cast) -> None:
    initiative, guardrail = a_guarded_pilot(cast)
    deliver(guardrail.kpi, TODAY, weeks([1000] * 8))
    on_the_way_to(State.SCALING, initiative, cast)

    ring(week=14)

    assert Target.objects.get(role="guardrail").status == "data-stale"
    assert not Flag.objects.filter(kind="S2").exists()
