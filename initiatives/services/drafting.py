"""Acts on goals and on the initiative itself: set a goal, draft, edit."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext_noop as _

from initiatives.lifecycle import fits_light_track
from initiatives.models import Goal, Initiative
from metrics.models import Kpi
from ownership import policy
from ownership.models import Event, Organisation, Seat, Unit, User
from ownership.policy import SeatKind
from ownership.refusals import Incomplete

# What people write and a gate judges; a change after the budget was approved makes that approval stale.
GOVERNED = frozenset(
    {
        "title",
        "goal",
        "change_lead",
        "track",
        "process",
        "hours_per_week",
        "hourly_rate",
        "errors_per_week",
        "error_share",
        "cost_per_error",
        "scope",
        "data_classes",
        "timebox_weeks",
        "budget",
        "horizon_months",
        "alarm_policy",
    }
)
TEXTS = frozenset({"title", "process", "scope", "data_classes"})  # the ledger names these, it does not repeat them


@transaction.atomic
def set_goal(
    *, statement: str, horizon_on: date, unit: Unit, by: User, at: datetime, reason: str = "", kpi: Kpi | None = None
) -> Goal:
    """A business goal for initiatives to serve. Whoever sets it answers for it until a lead appoints somebody else."""
    policy.require_writer(by.role)
    if horizon_on <= Organisation.the().day(at):
        raise Incomplete(_("A goal lies ahead: choose a later date."), field="horizon_on")
    seat = Seat.objects.found(kind=SeatKind.OWNER, title=statement[:120], unit=unit, at=at, holder=by)
    goal = Goal.objects.create(statement=statement, horizon_on=horizon_on, unit=unit, owner=seat, kpi=kpi)
    after = {"owner": seat.pk, "kpi": kpi and kpi.pk, "horizon_on": horizon_on}
    Event.objects.record("goal.set", about=goal, by=by, at=at, reason=reason, after=after)
    return goal


@transaction.atomic
def draft(*, title: str, unit: Unit, by: User, at: datetime, reason: str = "", **fields: Any) -> Initiative:
    """An idea becomes a draft. Whoever drafts it owns it from then on; the sponsor's seat waits for somebody else."""
    policy.require_writer(by.role)
    apart = uuid4()
    sponsor = Seat.objects.found(kind=SeatKind.SPONSOR, title=title, unit=unit, at=at, apart=apart)
    owner = Seat.objects.found(kind=SeatKind.OWNER, title=title, unit=unit, at=at, apart=apart, holder=by)
    organisation = Organisation.the()
    initiative = Initiative(
        title=title,
        unit=unit,
        sponsor=sponsor,
        owner=owner,
        currency=organisation.currency,
        created_at=at,
        created_by=by,
        state_since=at,
        **{"alarm_policy": organisation.alarm_policy} | fields,
    )
    initiative.track = _track(_written(initiative), is_chosen="track" in fields)
    initiative.save(force_insert=True)
    after = {"unit": unit.pk, "sponsor": sponsor.pk, "owner": owner.pk} | _figures(fields)
    Event.objects.record("initiative.drafted", about=initiative, by=by, at=at, reason=reason, after=after)
    return initiative


@transaction.atomic
def edit(
    *, initiative: Initiative, by: User, at: datetime, reason: str, expected_version: int, **fields: Any
) -> Initiative:
    """Write governed fields. What stays as it was is no change, and nothing changed is no event."""
    initiative.open_to(by, reason=reason)
    return _change(initiative, fields, by=by, at=at, reason=reason, expected_version=expected_version)


@transaction.atomic
def describe_problem(
    *,
    initiative: Initiative,
    process: str,
    by: User,
    at: datetime,
    expected_version: int,
    reason: str = "",
    hours_per_week: float | None = None,
    cost_per_error: Decimal | None = None,
    **figures: Any,
) -> Initiative:
    """What hurts and what it costs. The questions that ask the same are answered along: nobody says it twice."""
    initiative.open_to(by, reason=reason)
    said: dict[str, tuple[str, float | None]] = {"F2.1": (process, None)}
    if hours_per_week is not None:
        said["F2.2"] = (f"{hours_per_week:g}", hours_per_week)
    if cost_per_error is not None:
        said["F2.3"] = (f"{cost_per_error}", float(cost_per_error))
    for question, (text, number) in said.items():
        initiative.answers.say(initiative, question, text=text, number=number, by=by, at=at)
    fields = figures | {"process": process, "hours_per_week": hours_per_week, "cost_per_error": cost_per_error}
    return _change(initiative, fields, by=by, at=at, reason=reason, expected_version=expected_version)


def _change(
    initiative: Initiative, fields: dict[str, Any], *, by: User, at: datetime, reason: str, expected_version: int
) -> Initiative:
    was = _written(initiative)
    becomes = was | fields
    becomes["track"] = _track(becomes, is_chosen="track" in fields)
    changed = {name: value for name, value in becomes.items() if value != was[name]}
    if not changed:
        return initiative
    if (lead := changed.get("change_lead")) and lead.kind != SeatKind.CHANGE_LEAD:
        raise Incomplete(_("Choose a change lead's seat."), code="seat_kind", field="change_lead")
    initiative.change(expected_version=expected_version, **changed)
    if "title" in changed:
        Seat.objects.filter(pk__in=[initiative.sponsor_id, initiative.owner_id]).update(title=initiative.title)
    before = _figures({name: was[name] for name in changed})
    Event.objects.record(
        "initiative.edited", about=initiative, by=by, at=at, reason=reason, before=before, after=_figures(changed)
    )
    return initiative


def _written(initiative: Initiative) -> dict[str, Any]:
    return {name: getattr(initiative, name) for name in GOVERNED}


def _track(written: dict[str, Any], *, is_chosen: bool) -> str:
    """What outgrows the light track is on the standard one; choosing it regardless is refused."""
    fits = fits_light_track(
        budget=written["budget"],
        timebox_weeks=written["timebox_weeks"],
        has_personal_data=bool(written["data_classes"]),
    )
    if written["track"] == "light" and not fits:
        if is_chosen:
            said = _("The light track is for at most €2,500, four weeks and no personal data.")
            raise Incomplete(said, code="too_heavy", field="track")
        return "standard"
    return str(written["track"])


def _figures(fields: dict[str, Any]) -> dict[str, Any]:
    """Ids and figures by field, and the names of all: texts are named, not repeated."""
    plain = {name: getattr(value, "pk", value) for name, value in fields.items() if name not in TEXTS}
    return plain | {"fields": sorted(fields)}
