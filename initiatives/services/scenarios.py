"""Acts on what an initiative may bring, and on what that rests on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from initiatives import scenarios as pure
from initiatives.models import Assumption, Initiative, Scenario, ScenarioSet
from metrics.models import Kpi
from ownership.models import Event, Organisation, Seat, User
from ownership.refusals import Incomplete, NotNow, NotYours, Stale


@transaction.atomic
def agree_scenarios(
    *,
    initiative: Initiative,
    scenarios: Sequence[Mapping[str, Any]],
    by: User,
    at: datetime,
    reason: str = "",
    replaces: int = 0,
) -> ScenarioSet:
    """Agree on what may come of it; each has name, probability, benefit and cost. `replaces` is the number of the set
    that was on the screen, 0 for none; it stays on record."""
    initiative.open_to(by, reason=reason)
    _require_whole(scenarios)
    current = initiative.scenario_sets.filter(superseded_at=None).first()
    number = current.number if current else 0
    if number != replaces:
        raise Stale(_("The scenarios were changed meanwhile. Look at them again; what you typed is kept."))
    if current:
        current.change(expected_version=current.version, superseded_at=at)
    made = initiative.scenario_sets.create(number=number + 1, reason=reason, agreed_by=by, agreed_at=at)
    Scenario.objects.bulk_create(Scenario(of=made, **one) for one in scenarios)
    told = made.prospect
    after = {"number": made.number, "expected": round(told.expected, 2), "p_loss": round(told.p_loss, 4)}
    Event.objects.record("scenarios.agreed", about=made, by=by, at=at, reason=reason, after=after)
    return made


@transaction.atomic
def state_assumption(
    *,
    initiative: Initiative,
    text: str,
    owner: Seat,
    valid_until: date,
    by: User,
    at: datetime,
    reason: str = "",
    kpi: Kpi | None = None,
    side: str = "",
    threshold: float | None = None,
) -> Assumption:
    """Say what the scenarios rest on, who watches it, and until when that may be believed."""
    initiative.open_to(by, reason=reason)
    if valid_until <= Organisation.the().day(at):
        raise Incomplete(_("Choose a day after today."), code="past", field="valid_until")
    if (kpi is None) != (threshold is None):
        raise Incomplete(_("A figure needs its KPI, and a KPI its figure."), code="signal", field="threshold")
    if kpi is not None and not initiative.targets.current().exclude(role="activity").filter(kpi=kpi).exists():
        raise Incomplete(_("Choose a KPI that this initiative watches."), code="foreign_kpi", field="kpi")
    signal = {"kpi": kpi, "side": (side or "floor") if kpi else "", "threshold": threshold}
    made = initiative.assumptions.create(
        text=text, owner=owner, valid_until=valid_until, stated_by=by, stated_at=at, **signal
    )
    after = {"kpi": kpi and kpi.pk, "side": made.side, "threshold": threshold, "valid_until": valid_until}
    Event.objects.record("assumption.stated", about=made, by=by, at=at, reason=reason, after=after)
    return made


@transaction.atomic
def break_assumption(
    *, assumption: Assumption, by: User, at: datetime, reason: str, expected_version: int
) -> Assumption:
    """Somebody saw that it is not so. It reverses nothing; the next look at the initiative raises a flag."""
    initiative = assumption.initiative
    initiative.hold()
    if assumption.owner.holder_id != by.pk and not initiative.is_answered_by(by):
        raise NotYours(_("Whoever watches it says so, or who answers for the initiative."), code="no_seat")
    _require_relied_on(assumption)
    if not reason.strip():
        raise Incomplete(_("Say how you know."), field="reason")
    assumption.change(expected_version=expected_version, broken_at=at, broken_because=reason)
    Event.objects.record("assumption.broken", about=assumption, by=by, at=at, reason=reason)
    return assumption


@transaction.atomic
def withdraw_assumption(
    *, assumption: Assumption, by: User, at: datetime, reason: str, expected_version: int
) -> Assumption:
    """Nothing rests on it any more, for instance because the scenarios were changed. It stays on record."""
    assumption.initiative.open_to(by, reason=reason)
    if assumption.withdrawn_at is not None:
        raise NotNow(_("This assumption was withdrawn before."), code="withdrawn")
    assumption.change(expected_version=expected_version, withdrawn_at=at)
    Event.objects.record("assumption.withdrawn", about=assumption, by=by, at=at, reason=reason)
    return assumption


def _require_relied_on(assumption: Assumption) -> None:
    if assumption.withdrawn_at is not None or assumption.broken_at is not None:
        raise NotNow(_("Nobody relies on this assumption any more."), code="not_standing")


def _require_whole(scenarios: Sequence[Mapping[str, Any]]) -> None:
    if len(scenarios) < pure.FEWEST:
        said = _("Give at least three: what you expect, what may go better, and what may go wrong.")
        raise Incomplete(said, code="too_few", field="scenarios")
    if len({one["name"] for one in scenarios}) < len(scenarios):
        raise Incomplete(_("Give each a name of its own."), code="same_name", field="scenarios")
    chances = [one["probability"] for one in scenarios]
    if not pure.is_whole(chances):
        said = _("The chances must add up to 100 in 100; these make %(sum)s.")
        raise Incomplete(said, code="sum", field="scenarios", sum=f"{sum(chances) * 100:g}")
