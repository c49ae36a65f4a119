"""Pulling: which windows are due, and what happens with one of them."""

from datetime import date, datetime, timedelta

from django.db import transaction

from metrics import merge
from metrics.merge import Value
from metrics.models import Pull, Source
from metrics.sources import CONNECTORS, Asked, BadConfig, Observation, RateLimited, Transient, Trouble
from ownership import outbound
from ownership.models import Event

LONGEST_WINDOW = 92  # days; more history is asked in several pulls


def plan(*, at: datetime, today: date) -> int:
    """The windows that should exist by now, for every source that is asked. Twice is as good as once."""
    planned = Pull.objects.planned_until()
    rows = []
    for source in Source.objects.asked().order_by("pk"):
        if planned.get(source.pk, date.min) < today - timedelta(days=source.rhythm.lag_days):
            windows = source.windows(today=today, longest=LONGEST_WINDOW)
            rows += [
                Pull(source=source, starts_on=starts_on, ends_on=ends_on, due_at=at + timedelta(seconds=place))
                for place, (starts_on, ends_on) in enumerate(windows)
            ]
    return len(Pull.objects.bulk_create(rows, ignore_conflicts=True))


def pull(*, row: Pull, at: datetime, today: date) -> None:
    """Ask the source for one window: outside any transaction; then lease, values, health and event in one.

    LeaseLost: another worker has the row meanwhile, so nothing of this is kept.
    """
    source = row.source
    if source.paused_at is not None:
        row.settle()  # due again when the source is resumed
        return
    try:
        _stored(row, source, _fetch(row, source, today), at=at, today=today)
    except Trouble as trouble:
        _failed(row, source, trouble, at=at, today=today)


def _fetch(row: Pull, source: Source, today: date) -> list[Observation]:
    asked = [Asked(one.kpi_id, one.query) for one in source.series.order_by("kpi_id")]
    connector = CONNECTORS[source.kind]
    try:
        return connector.pull(
            source.config,
            asked,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            today=today,
            secret=outbound.credential(source.secret_ref),
            http=outbound.client(),
        )
    except outbound.Refused as refused:
        raise BadConfig(str(refused)) from refused
    except outbound.Unreachable as unreachable:
        raise Transient(str(unreachable)) from unreachable


@transaction.atomic
def _stored(row: Pull, source: Source, found: list[Observation], *, at: datetime, today: date) -> None:
    kpis = list(source.series.values_list("kpi_id", flat=True))
    merge.stage(Value(line, one.kpi_id, one.starts_on, one.num, one.den) for line, one in enumerate(found, start=1))
    for fault in merge.faults(visible=kpis, today=today, limit=1):
        day = found[fault.line - 1].starts_on
        raise BadConfig(f"A value of {day} cannot be stored: {fault.code.replace('_', ' ')}.")
    batch = merge.merge(kind="pull", source=source, by=None, at=at, reason="")
    row.settle(settled_at=at, batch=batch)
    source.advance(until=row.ends_on, at=at)
    before = source.judge(None, failures=0, today=today)
    if batch.inserted or batch.revised:
        after = batch.counts() | ({"health": source.health} if before else {})
        Event.objects.record("values.pulled", about=source, by=None, at=at, after=after)
    else:
        _tell(source, before, at)


@transaction.atomic
def _failed(row: Pull, source: Source, trouble: Trouble, *, at: datetime, today: date) -> None:
    seconds = trouble.seconds if isinstance(trouble, RateLimited) else None
    row.fail(at=at, error=str(trouble), retry_at=at + timedelta(seconds=seconds) if seconds else None)
    _tell(source, source.judge(trouble, failures=row.failures, today=today), at)


def _tell(source: Source, before: str, at: datetime) -> None:
    """An event when its health has changed."""
    if before:
        after = {"health": source.health}
        Event.objects.record("source.health", about=source, by=None, at=at, before={"health": before}, after=after)
