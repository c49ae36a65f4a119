"""Acts on KPIs."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from metrics.catalogue import CATALOGUE, Grain, MetricClass, looks_like_output
from metrics.models import Kpi, Source
from ownership import policy
from ownership.models import Event, Seat, Unit, User
from ownership.policy import Role, SeatKind
from ownership.refusals import Incomplete, NotYours

CADENCE_DAYS = {Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 31}


@transaction.atomic
def define(
    *,
    type_key: str,
    name: str,
    unit: Unit,
    grain: Grain,
    by: User,
    at: datetime,
    reason: str,
    steward: Seat | None = None,
) -> Kpi:
    """A figure of one unit that will be measured the same way every time."""
    policy.require_writer(by.role)
    type_ = CATALOGUE.get(type_key)
    if type_ is None:
        raise Incomplete(_("The catalogue has no KPI type %(key)s."), field="type", key=type_key)
    if type_.metric_class is not MetricClass.OUTPUT and looks_like_output(name):
        said = _("“%(name)s” counts what was produced, not what came of it. Take an activity type, or another name.")
        raise Incomplete(said, field="name", code="looks_like_output", name=name)
    if steward is not None and steward.kind != SeatKind.STEWARD:
        raise Incomplete(_("Only a data steward's seat can look after a KPI."), field="steward")
    if Kpi.objects.filter(unit=unit, name__iexact=name).exists():
        raise Incomplete(_("%(unit)s already has a KPI of this name."), field="name", code="taken", unit=unit.name)
    kpi = Kpi.objects.create(
        type=type_key,
        name=name,
        unit=unit,
        metric_class=type_.metric_class,
        chain=type_.chain,
        grain=grain,
        cadence_days=CADENCE_DAYS[grain],
        steward=steward,
    )
    after = {"type": type_key, "grain": grain, "unit": unit.pk, "steward": steward.pk if steward else None}
    Event.objects.record("kpi.defined", about=kpi, by=by, at=at, reason=reason, after=after)
    return kpi


@transaction.atomic
def choose_source(*, kpi: Kpi, source: Source, by: User, at: datetime, reason: str, expected_version: int) -> Kpi:
    """Name the source whose values enter judgement. Its steward does this; without one, a lead or admin."""
    if kpi.steward is not None:
        kpi.steward.require_holder(by)
    elif by.role not in {Role.LEAD, Role.ADMIN}:
        raise NotYours(_("Only the data steward, a lead or an admin can do this."), code="not_steward")
    before = kpi.source_of_record_id
    kpi.change(expected_version=expected_version, source_of_record=source)
    Event.objects.record(
        "kpi.source_chosen",
        about=kpi,
        by=by,
        at=at,
        reason=reason,
        before={"source": before},
        after={"source": source.pk},
    )
    return kpi
