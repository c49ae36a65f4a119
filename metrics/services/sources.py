"""Acts on sources: adding, pausing, resuming."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from metrics.health import Health
from metrics.models import Kpi, Pull, Source
from metrics.sources import CONNECTORS, BadConfig
from ownership import policy
from ownership.models import Event, Unit, User
from ownership.policy import Role
from ownership.refusals import Incomplete, NotNow


@transaction.atomic
def add(
    *,
    kind: str,
    name: str,
    unit: Unit,
    config: dict[str, Any],
    secret_ref: str,
    series: Sequence[tuple[Kpi, dict[str, Any]]],
    by: User,
    at: datetime,
    reason: str,
) -> Source:
    """A place that is asked every day for some KPIs. Those without a source of record take this one."""
    policy.require_role(by.role, Role.ADMIN)
    connector = CONNECTORS.get(kind)
    if connector is None:
        raise Incomplete(_("There is no kind of source called %(kind)s."), field="kind", kind=kind)
    try:
        connector.check(config, [query for _kpi, query in series])
    except BadConfig as wrong:
        raise Incomplete(_("The configuration is not right: %(why)s"), field="config", why=str(wrong)) from wrong
    if not series:
        raise Incomplete(_("Name at least one KPI that this source feeds."), field="series")
    if Source.objects.filter(unit=unit, name__iexact=name).exists():
        raise Incomplete(_("%(unit)s already has a source of this name."), field="name", code="taken", unit=unit.name)
    source = Source.objects.create(kind=kind, name=name, unit=unit, config=config, secret_ref=secret_ref)
    for kpi, query in series:
        source.series.create(kpi=kpi, query=query)
    claimed = Kpi.objects.filter(pk__in=[kpi.pk for kpi, _query in series]).claim_for(source)
    after = {"kind": kind, "unit": unit.pk, "kpis": [kpi.pk for kpi, _query in series], "of_record_for": claimed}
    Event.objects.record("source.added", about=source, by=by, at=at, reason=reason, after=after)
    return source


@transaction.atomic
def pause(*, source: Source, by: User, at: datetime, reason: str, expected_version: int) -> Source:
    """Ask it no more until somebody resumes."""
    policy.require_role(by.role, Role.ADMIN)
    if source.health == Health.PAUSED:
        raise NotNow(_("This source is paused already."))
    before = source.health
    source.change(expected_version=expected_version, health=Health.PAUSED, paused_at=at)
    Event.objects.record("source.paused", about=source, by=by, at=at, reason=reason, before={"health": before})
    return source


@transaction.atomic
def resume(*, source: Source, by: User, at: datetime, reason: str, expected_version: int) -> Source:
    """Ask it again. What was missed is caught up from the last day that is known."""
    policy.require_role(by.role, Role.ADMIN)
    if source.health != Health.PAUSED:
        raise NotNow(_("This source is not paused."))
    source.change(expected_version=expected_version, health=Health.NEW, paused_at=None)
    Pull.objects.filter(source=source).ask_again(at=at)
    Event.objects.record("source.resumed", about=source, by=by, at=at, reason=reason)
    return source
