"""The act that brings values from a tool."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from metrics import merge
from metrics.merge import Fault
from metrics.models import Batch, Kpi, Source
from metrics.pushed import MOST_ROWS, Sent
from metrics.words import MISFIT, ROW_ERROR
from ownership import policy
from ownership.models import Event, Unit, User
from ownership.refusals import Incomplete


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of it. `results`: of each refused and each revised row, or of every row, in their order."""

    batch: Batch
    rejected: int
    results: list[dict[str, Any]]


@transaction.atomic
def push(
    *,
    unit: Unit,
    sent: Sent,
    by: User,
    at: datetime,
    today: date,
    reason: str,
    is_partial: bool = False,
    tells_all: bool = False,
) -> Pushed:
    """Take the values that a tool sends for a unit: all or none; when partial, those that are right, if any is."""
    policy.require_writer(by.role)
    source = Source.objects.standing("push", unit)
    merge.stage(sent.lines())
    visible = Kpi.objects.visible_to(by).filter(pk__in=set(sent.kpis))
    sources = dict(visible.values_list("pk", "source_of_record"))
    faults = merge.faults(visible=sources, today=today, limit=MOST_ROWS, repeats=sent.repeats())
    refused = _refused(sent, faults)
    if refused and not (is_partial and len(refused) < len(sent)):
        said = _("Nothing was stored: some rows are not right.")
        raise Incomplete(said, code="bad_rows", field="rows", items=refused)
    left = merge.leave_out([fault.line for fault in faults]) if faults else set(sources)
    if unclaimed := [kpi for kpi in left if sources[kpi] is None]:
        Kpi.objects.filter(pk__in=unclaimed).claim_for(source)
    batch = merge.merge(kind="push", source=source, by=by, at=at, reason=reason)
    after = batch.counts() | ({"rejected": len(refused)} if refused else {})
    Event.objects.record("values.pushed", about=source, by=by, at=at, reason=reason, after=after)
    told = [
        {
            "line": one.line,
            "result": one.result,
            "kpi": one.kpi_id,
            "period_start": one.period_start.isoformat(),
            "revision": one.revision,
        }
        for one in merge.outcomes(batch, of_all=tells_all)
    ]
    return Pushed(batch, len(refused), sorted([*refused, *told], key=itemgetter("line")))


def _refused(sent: Sent, faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """The rows that cannot be stored, each with the field to change and how."""
    said = [(line, field, "invalid", MISFIT[field]) for line, field in sent.misfits]
    said += [(fault.line, fault.field, fault.code, ROW_ERROR[fault.code]) for fault in faults]
    return [
        {"line": line, "result": "rejected", "field": field, "code": code, "why": str(why)}
        for line, field, code, why in sorted(said, key=itemgetter(0))
    ]
