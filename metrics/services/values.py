"""The act that brings values by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from metrics import merge
from metrics.catalogue import Grain
from metrics.merge import Fault, Revision, Value
from metrics.models import Batch, Kpi, Source
from metrics.periods import period_end
from metrics.words import ROW_ERROR
from ownership import policy
from ownership.models import Event, Unit, User
from ownership.refusals import Incomplete, NotNow, NotYours, Stale

LISTED = 100  # faults that a refusal lists


@dataclass(frozen=True, slots=True)
class Cell:
    """What somebody typed for one KPI and period. `seen_revision` is the one that the page showed; 0: none."""

    kpi: Kpi
    period_start: date
    num: float
    den: float | None = None
    seen_revision: int = 0


@transaction.atomic
def log(*, unit: Unit, cells: Sequence[Cell], by: User, at: datetime, today: date, reason: str) -> Batch:
    """Write values by hand. A correction needs a reason, and is for who wrote the value or for the KPI's steward."""
    policy.require_writer(by.role)
    source = Source.objects.standing("manual", unit)
    _require_by_hand(cells, source, today)
    values = [
        Value(line, cell.kpi.pk, cell.period_start, cell.num, cell.den) for line, cell in enumerate(cells, start=1)
    ]
    merge.stage(values)
    _require_sound(merge.faults(visible={cell.kpi.pk for cell in cells}, today=today), {v.line: v for v in values})
    for revision in merge.compare(source).revisions:
        _require_correctable(revision, cells[revision.line - 1], by, reason)
    Kpi.objects.filter(pk__in=[cell.kpi.pk for cell in cells]).claim_for(source)
    batch = merge.merge(kind="manual", source=source, by=by, at=at, reason=reason)
    Event.objects.record("values.logged", about=source, by=by, at=at, reason=reason, after=batch.counts())
    return batch


def _require_sound(faults: Sequence[Fault], values: dict[int, Value]) -> None:
    """Refuse all rows if one is wrong, and list what is."""
    if not faults:
        return
    items = [
        {
            "line": fault.line,
            "kpi": values[fault.line].kpi_id,
            "period_start": values[fault.line].period_start.isoformat(),
            "code": fault.code,
            "why": ROW_ERROR[fault.code],
        }
        for fault in faults[:LISTED]
    ]
    raise Incomplete(_("Nothing was stored: some rows are not right."), code="bad_rows", field="rows", items=items)


def _require_by_hand(cells: Sequence[Cell], source: Source, today: date) -> None:
    if not cells:
        raise Incomplete(_("There is nothing to store."), field="cells", code="empty")
    for cell in cells:
        if cell.kpi.source_of_record_id not in (None, source.pk):
            raise NotNow(_("%(kpi)s fills itself from its source."), code="automatic", kpi=cell.kpi.name)
        if period_end(cell.period_start, Grain(cell.kpi.grain)) > today:
            raise Incomplete(
                _("%(day)s is not over yet."), field="cells", code="not_over", day=cell.period_start.isoformat()
            )


def _require_correctable(revision: Revision, cell: Cell, by: User, reason: str) -> None:
    if revision.old_revision != cell.seen_revision:
        said = _("%(kpi)s of %(day)s was changed meanwhile. It is now %(value)s.")
        raise Stale(said, kpi=cell.kpi.name, day=cell.period_start.isoformat(), value=revision.old_num)
    if not reason.strip():
        raise Incomplete(_("A correction needs a reason."), field="reason", code="correction")
    steward = cell.kpi.steward
    if revision.old_by_id != by.pk and steward is not None and steward.holder_id != by.pk:
        raise NotYours(_("Only who wrote a value, or the data steward, can correct it."), code="not_steward")
