"""Acts on sources: adding, changing, trying out, pausing, resuming."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from metrics.asking import in_words
from metrics.health import Health
from metrics.models import Kpi, Pull, Source
from metrics.sources import CONNECTORS, Asked, BadConfig, Trouble, typed
from ownership import outbound, policy
from ownership.models import Event, Secret, Unit, User
from ownership.policy import Role
from ownership.refusals import Incomplete, NotNow

Questions = Sequence[tuple[Kpi, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Setup:
    """How a source is asked: its configuration, its secret (pasted, or a reference to one), what it may cost.

    An empty `secret` with an empty `secret_ref` leaves what there was; budgets are US dollars.
    """

    config: dict[str, Any]
    secret: str = ""
    secret_ref: str = ""
    day_budget: Decimal | None = None
    month_budget: Decimal | None = None


@transaction.atomic
def add(
    *, kind: str, name: str, unit: Unit, setup: Setup, series: Questions, by: User, at: datetime, reason: str
) -> Source:
    """A place that is asked by itself for some KPIs. Those without a source of record take this one."""
    policy.require_role(by.role, Role.ADMIN)
    if kind not in CONNECTORS:
        raise Incomplete(_("There is no kind of source called %(kind)s."), field="kind", kind=kind)
    if not series:
        raise Incomplete(_("Name at least one KPI that this source feeds."), field="series")
    _require_sound(kind, setup, series)
    if Source.objects.filter(unit=unit, name__iexact=name).exists():
        raise Incomplete(_("%(unit)s already has a source of this name."), field="name", code="taken", unit=unit.name)
    source = Source.objects.create(
        kind=kind,
        name=name,
        unit=unit,
        config=setup.config,
        secret_ref=setup.secret_ref,
        secret=Secret.objects.seal(setup.secret, by=by, at=at) if setup.secret else None,
        day_budget=setup.day_budget,
        month_budget=setup.month_budget,
    )
    for kpi, query in series:
        source.series.create(kpi=kpi, query=query)
    claimed = Kpi.objects.filter(pk__in=[kpi.pk for kpi, _query in series]).claim_for(source)
    after = {"kind": kind, "unit": unit.pk, "kpis": [kpi.pk for kpi, _query in series], "of_record_for": claimed}
    Event.objects.record("source.added", about=source, by=by, at=at, reason=reason, after=after)
    return source


@transaction.atomic
def change(*, source: Source, setup: Setup, by: User, at: datetime, reason: str, expected_version: int) -> Source:
    """Ask it otherwise, or with another secret. What was never answered is asked again; nothing known is lost."""
    policy.require_role(by.role, Role.ADMIN)
    source.require_asked()
    _require_sound(source.kind, setup, [(one.kpi, one.query) for one in source.series.select_related("kpi")])
    fields: dict[str, Any] = {
        "config": setup.config,
        "day_budget": setup.day_budget,
        "month_budget": setup.month_budget,
    }
    before = {name: getattr(source, name) for name in fields}
    if setup.secret or setup.secret_ref not in ("", source.secret_ref):
        sealed = Secret.objects.seal(setup.secret, by=by, at=at) if setup.secret else None
        fields |= {"secret_ref": setup.secret_ref, "secret": sealed}
    old = source.secret
    source.change(expected_version=expected_version, **fields)
    if old is not None and "secret" in fields:
        old.delete()
    Pull.objects.filter(source=source).ask_again(at=at)
    changed = {name: fields[name] for name in before if fields[name] != before[name]}
    after = {name: str(value) if isinstance(value, Decimal) else value for name, value in changed.items()}
    after |= {"secret": "replaced"} if "secret" in fields else {}
    Event.objects.record("source.changed", about=source, by=by, at=at, reason=reason, after=after)
    return source


def _require_sound(kind: str, setup: Setup, series: Questions) -> None:
    """Whether this could work, before anything is asked."""
    connector = CONNECTORS[kind]
    try:
        config = typed(connector.Config, setup.config)
        asked = [Asked(kpi.pk, typed(connector.Query, query)) for kpi, query in series]
    except BadConfig as wrong:
        field = str(wrong.params.get("what", "config"))
        named = {name: str(value) for name, value in wrong.params.items()}
        raise Incomplete(wrong.detail, field=field, code="config", items=(), **named) from wrong
    if setup.secret and setup.secret_ref:
        raise Incomplete(_("Give the secret itself or say where it is, not both."), field="secret")
    gives = connector.profile(config).gives
    for kpi, _query in series:
        if gives and kpi.grain != gives:
            said = _("It gives a value per %(gives)s, and %(kpi)s is stored per %(grain)s. Choose or make another KPI.")
            raise Incomplete(said, field="series", code="grain", gives=gives.value, kpi=kpi.name, grain=kpi.grain)
    if not connector.profile(config).costs_money:
        return
    price = connector.estimate(config, asked)
    for field, budget in (("day_budget", setup.day_budget), ("month_budget", setup.month_budget)):
        if budget is None or budget < price:
            said = _("Asking once may cost $%(price)s: say how much it may cost at most.")
            raise Incomplete(said, field=field, code="budget", price=f"{price:.2f}")


def try_out(*, source: Source, by: User) -> Trouble | None:
    """Ask for nothing but to be let in. Returns what is wrong."""
    policy.require_role(by.role, Role.ADMIN)
    source.require_asked()
    try:
        with in_words():
            source.connector.check(source.settings, source.credential(), outbound.client())
    except Trouble as trouble:
        return trouble
    return None


@transaction.atomic
def pause(*, source: Source, by: User, at: datetime, reason: str, expected_version: int) -> Source:
    """Ask it no more until somebody resumes."""
    policy.require_role(by.role, Role.ADMIN)
    if source.paused_at is not None:
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
    source.change(expected_version=expected_version, health=Health.NEW, paused_at=None, spent_until=None)
    Pull.objects.filter(source=source).ask_again(at=at)
    Event.objects.record("source.resumed", about=source, by=by, at=at, reason=reason)
    return source
