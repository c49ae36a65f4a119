"""Acts on annotations."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from metrics.models import Annotation, AnnotationKind, Kpi
from ownership import policy
from ownership.models import Event, Seat, Unit, User
from ownership.policy import Role, SeatKind
from ownership.refusals import Incomplete, NotNow, NotYours

LONGEST_DAYS = 366


@transaction.atomic
def annotate(
    *,
    kind: AnnotationKind,
    name: str,
    note: str,
    unit: Unit,
    kpi: Kpi | None,
    starts_on: date,
    last_on: date,
    is_freeze: bool,
    by: User,
    at: datetime,
    reason: str = "",
) -> Annotation:
    """Say what happened, from a day to a day, so that charts show it and verdicts know of it."""
    _require_may(by, unit, kind)
    _require_sense(unit, kpi, starts_on, last_on)
    row = Annotation.objects.create(
        kind=kind,
        name=name,
        note=note,
        unit=unit,
        kpi=kpi,
        starts_on=starts_on,
        last_on=last_on,
        is_freeze=is_freeze,
        by=by,
        at=at,
    )
    Event.objects.record("annotation.made", about=row, by=by, at=at, reason=reason or note, after=_told(row))
    return row


@transaction.atomic
def change(
    *, annotation: Annotation, by: User, at: datetime, reason: str, expected_version: int, **fields: Any
) -> Annotation:
    """Correct what it says: kind, name, note, days, or whether it is a freeze."""
    _require_standing(annotation)
    for kind in {annotation.kind, fields.get("kind", annotation.kind)}:
        _require_may(by, annotation.unit, AnnotationKind(kind))
    days = (fields.get(name, getattr(annotation, name)) for name in ("starts_on", "last_on"))
    _require_sense(annotation.unit, annotation.kpi, *days)
    before = _told(annotation)
    annotation.change(expected_version=expected_version, **fields)
    Event.objects.record(
        "annotation.changed", about=annotation, by=by, at=at, reason=reason, before=before, after=_told(annotation)
    )
    return annotation


@transaction.atomic
def withdraw(*, annotation: Annotation, by: User, at: datetime, reason: str, expected_version: int) -> Annotation:
    """It did not happen, or not here. The row stays; charts and verdicts forget it."""
    _require_standing(annotation)
    _require_may(by, annotation.unit, AnnotationKind(annotation.kind))
    annotation.change(expected_version=expected_version, withdrawn_at=at)
    Event.objects.record(
        "annotation.withdrawn", about=annotation, by=by, at=at, reason=reason, before=_told(annotation)
    )
    return annotation


def _told(row: Annotation) -> dict[str, Any]:
    days = {"starts_on": row.starts_on.isoformat(), "last_on": row.last_on.isoformat()}
    return {"kind": row.kind, "unit": row.unit_id, "kpi": row.kpi_id, "is_freeze": row.is_freeze} | days


def _require_may(by: User, unit: Unit, kind: AnnotationKind) -> None:
    policy.require_writer(by.role)
    if not Unit.objects.visible_to(by).filter(pk=unit.pk).exists():
        raise NotYours(_("This belongs to a unit above yours. Somebody there annotates it."), code="unit_above")
    if kind != AnnotationKind.CORE_UPDATE or by.role in {Role.LEAD, Role.ADMIN}:
        return
    if not Seat.objects.filter(kind=SeatKind.STEWARD, holder=by).exists():
        said = _("A core update makes verdicts more careful. A data steward, a lead or an admin annotates it.")
        raise NotYours(said, code="not_steward")


def _require_standing(annotation: Annotation) -> None:
    if annotation.withdrawn_at:
        raise NotNow(_("This annotation is withdrawn. Make a new one instead."))


def _require_sense(unit: Unit, kpi: Kpi | None, starts_on: date, last_on: date) -> None:
    if not 0 <= (last_on - starts_on).days <= LONGEST_DAYS:
        raise Incomplete(_("It ends on the day on which it began or later, and lasts a year at most."), field="last_on")
    if kpi is not None and unit.pk not in kpi.unit.line():
        raise Incomplete(_("%(kpi)s does not belong to %(unit)s."), field="kpi", kpi=kpi.name, unit=unit.name)
