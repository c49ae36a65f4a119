"""Pulling: which windows are due, and what happens with one of them."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from metrics import merge
from metrics.asking import in_words
from metrics.merge import Value
from metrics.models import Pull, Source, Spending
from metrics.sources import (
    AuthFailed,
    BadConfig,
    BudgetFull,
    Cost,
    NoData,
    Observation,
    RateLimited,
    Transient,
    Trouble,
    Window,
)
from metrics.words import ROW_ERROR
from ownership import outbound
from ownership.models import Event
from ownership.refusals import gettext_noop as _

TURN = timedelta(seconds=20)  # until a credential that somebody else uses is tried again


def plan(*, at: datetime, zone: str) -> int:
    """The windows that should exist by now, for every source that is asked. Twice is as good as once."""
    planned = Pull.objects.planned_until()
    rows: list[Pull] = []
    for source in Source.objects.asked().order_by("pk"):
        try:
            rows += _wanted(source, planned.get(source.pk), at=at, today=source.today(at, zone))
        except BadConfig as trouble:
            _tell(source, source.judge(trouble, failures=0, today=at.date()), at)
    return len(Pull.objects.bulk_create(rows, ignore_conflicts=True))


def _wanted(source: Source, planned: date | None, *, at: datetime, today: date) -> list[Pull]:
    profile = source.profile
    end = profile.end(today)
    if planned and (planned >= end or Pull.objects.extend(source, until=end, at=at)):
        return []
    windows = profile.windows(watermark=source.watermark, today=today)
    rows = [Pull(source=source, starts_on=start, ends_on=stop, due_at=at) for start, stop in windows]
    if planned is None:
        rows += [
            Pull(source=source, starts_on=start, ends_on=stop, due_at=at, is_backfill=True)
            for start, stop in profile.history(today)
        ]
    return rows


def pull(*, row: Pull, at: datetime, zone: str) -> None:
    """Ask the source for one window: outside any transaction; then lease, values, health and event in one.

    LeaseLost: another worker has the row meanwhile, so nothing of this is kept.
    """
    source = row.source
    if source.paused_at is not None:
        row.settle()  # due again when the source is resumed
        return
    with source.alone() as is_alone:
        if not is_alone:
            row.give_back(due_at=at + TURN)
            return
        found = Found()
        try:
            today = source.today(at, zone)
            _fetch(row, source, found, today=today)
            _stored(row, source, found, at=at, today=today)
        except Trouble as trouble:
            _failed(row, source, found, trouble, at=at, zone=zone)


@dataclass
class Found:
    """What a pull has brought so far; of what costs money, also when it failed in the middle."""

    values: list[Observation] = field(default_factory=list)
    none_until: dict[int, date] = field(default_factory=dict)
    reserved: float = 0  # dollars
    reserved_on: date | None = None
    cost: float | None = None  # dollars, as the source said

    def take(self, reply: Observation | NoData | Cost) -> None:
        if isinstance(reply, Observation):
            self.values.append(reply)
        elif isinstance(reply, NoData):
            self.none_until[reply.kpi_id] = reply.until
        else:
            self.cost = (self.cost or 0) + reply.dollars


def _fetch(row: Pull, source: Source, found: Found, *, today: date) -> None:
    config, asked, profile = source.settings, source.questions(), source.profile
    window = Window(row.starts_on, row.ends_on, today)
    with in_words():
        secret = source.credential()
        outside = outbound.client(pace=profile.pace, heartbeat=row.renew)
        if dollars := source.connector.estimate(config, asked):
            _reserve(source, found, dollars, on=today)
        for reply in source.connector.pull(config, asked, window=window, secret=secret, outside=outside):
            found.take(reply)


@transaction.atomic
def _reserve(source: Source, found: Found, dollars: float, *, on: date) -> None:
    """Committed before the call: who dies in it has spent what was set aside."""
    Spending.objects.reserve(source, dollars, on=on)
    found.reserved, found.reserved_on = dollars, on


@transaction.atomic
def _stored(row: Pull, source: Source, found: Found, *, at: datetime, today: date) -> None:
    kpis = list(source.series.values_list("kpi_id", flat=True))
    merge.stage(
        Value(line, one.kpi_id, one.starts_on, one.num, one.den, one.quality)
        for line, one in enumerate(found.values, start=1)
    )
    for fault in merge.faults(visible=kpis, today=today, limit=1):
        day = found.values[fault.line - 1].starts_on
        raise BadConfig(
            _("A value of %(day)s cannot be stored. %(why)s"), day=day.isoformat(), why=str(ROW_ERROR[fault.code])
        )
    batch = merge.merge(kind="pull", source=source, by=None, at=at, reason="")
    row.settle(settled_at=at, batch=batch)
    source.advance(until=None if row.is_backfill else row.ends_on, at=at)
    source.confirm(found.none_until)
    _account(source, found, cost=found.cost or 0)
    before = source.judge(None, failures=0, today=today)
    if batch.inserted or batch.revised:
        after = batch.counts() | ({"health": source.health} if before else {})
        Event.objects.record("values.pulled", about=source, by=None, at=at, after=after)
    else:
        _tell(source, before, at)


@transaction.atomic
def _failed(row: Pull, source: Source, found: Found, trouble: Trouble, *, at: datetime, zone: str) -> None:
    wait = at + timedelta(seconds=trouble.seconds) if trouble.seconds else None
    if isinstance(trouble, BudgetFull):
        row.give_back(due_at=max(datetime.combine(trouble.until, time(), ZoneInfo("UTC")), at + TURN))
    elif isinstance(trouble, RateLimited) and wait:
        row.give_back(due_at=wait)
    else:
        row.fail(at=at, error=str(trouble), retry_at=wait)
    if row.due_at and isinstance(trouble, Transient | AuthFailed | BudgetFull):
        Pull.objects.hold(source, until=row.due_at)
    if found.cost is not None or not isinstance(trouble, Transient):
        _account(source, found, cost=found.cost or 0)  # an answer that never came may have cost all the same
    try:
        today = source.today(at, zone)
    except BadConfig:
        today = at.date()
    _tell(source, source.judge(trouble, failures=row.failures, today=today), at)


def _account(source: Source, found: Found, *, cost: float) -> None:
    if found.reserved_on:
        Spending.objects.correct(source, cost - found.reserved, on=found.reserved_on)


def _tell(source: Source, before: str, at: datetime) -> None:
    """An event when its health has changed."""
    if before:
        after = {"health": source.health}
        Event.objects.record("source.health", about=source, by=None, at=at, before={"health": before}, after=after)
