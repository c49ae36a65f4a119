"""The values of many KPIs, examined: what is wrong with each. Derived on read, so that it is never out of date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from metrics import findings
from metrics.catalogue import Grain
from metrics.findings import Finding, Reading, Record
from metrics.models.annotations import Annotation
from metrics.models.kpi import Kpi
from metrics.models.snapshots import Snapshot
from metrics.models.sources import Series, Source
from metrics.periods import period_end, period_start
from metrics.words import FAULT, FaultWords, what

LOOK_BACK = {Grain.DAY: timedelta(weeks=26), Grain.WEEK: timedelta(weeks=26), Grain.MONTH: timedelta(days=731)}


@dataclass(frozen=True)
class Found:
    """One finding about one KPI; `other` is the source that says something else."""

    kpi: Kpi
    finding: Finding
    other: Source | None

    @property
    def what(self) -> str:
        """What is wrong, in the reader's language."""
        source = self.kpi.source_of_record
        return what(self.finding, grain=self.kpi.grain, source=str(source or ""), other=str(self.other or ""))

    @property
    def words(self) -> FaultWords:
        return FAULT[self.finding.fault]


def examine(kpis: QuerySet[Kpi], *, on: date) -> list[Found]:
    """What is wrong with each of these KPIs on a day, in the order of the KPIs; five queries however many there are."""
    record = Snapshot.objects.exclude(quality=6)
    of_record = record.filter(kpi=OuterRef("pk"), source=OuterRef("source_of_record")).order_by("-period_start")
    newest = kpis.annotate(newest=Subquery(of_record.values("period_start")[:1]))
    rows = list(newest.select_related("unit", "source_of_record", "steward__holder"))
    is_monthly = Q(kpi__grain=Grain.MONTH)
    since = {grain: on - back for grain, back in LOOK_BACK.items()}
    recent = record.filter(
        is_monthly & Q(period_start__gte=since[Grain.MONTH]) | ~is_monthly & Q(period_start__gte=since[Grain.DAY]),
        kpi__in=[row.pk for row in rows],
    )
    values: dict[int, dict[int, list[Reading]]] = defaultdict(lambda: defaultdict(list))
    columns = ("kpi", "source", "period_start", "num", "den", "quality")
    for kpi, source, starts_on, num, den, quality in recent.order_by("pk").values_list(*columns):
        values[kpi][source].append(Reading(starts_on, num, den, quality))
    sources = {
        row.pk: row
        for row in Source.objects.filter(pk__in={source for of in values.values() for source in of}).order_by("pk")
    }
    confirmed = dict(
        Series.objects.filter(kpi__in=rows, source=F("kpi__source_of_record")).values_list("kpi", "confirmed_until")
    )
    annotated = Annotation.objects.touching(rows)
    return [
        Found(row, one, sources.get(one.source or 0))
        for row in rows
        for one in findings.findings(_record(row, values[row.pk], confirmed.get(row.pk), annotated[row.pk]), on=on)
    ]


def _record(
    kpi: Kpi, values: Mapping[int, list[Reading]], confirmed: date | None, annotated: Sequence[Annotation]
) -> Record:
    grain, newest = Grain(kpi.grain), kpi.newest  # type: ignore[attr-defined]  # annotated above
    if newest and confirmed and confirmed > period_end(newest, grain):
        newest = period_start(confirmed - timedelta(days=1), grain)
    return Record(
        kind=kpi.definition.kind,
        grain=grain,
        readings=values.get(kpi.source_of_record_id or 0, []),
        others={source: readings for source, readings in values.items() if source != kpi.source_of_record_id},
        expected_by=kpi.expected_by(newest) if newest else None,
        confirmed_until=confirmed,
        explained=[(one.starts_on, one.until) for one in annotated if one.explains],
    )
