"""What a push costs as the table grows a hundredfold."""

import math
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from benchmarks.ingest.ways import AT, FIRST, Client, Company, body_of, json_rows
from benchmarks.measuring import Meter

KPIS = 10_000
SIZES = {100_000: 10, 1_000_000: 100, 10_000_000: 1_000}  # rows of the table: days of each KPI
PUSHED_DAYS = 2  # of every KPI: the same 20,000 rows at every size, all over the index
SLICE = 50  # days that are filled at once
ROUNDS = 7  # so that what is pushed at one size ends before the days of the next

FILL = """
INSERT INTO metrics_snapshot (kpi_id, source_id, period_start, batch_id, recorded_at, num, quality, revision)
SELECT kpi, %(source)s, day, %(batch)s, %(at)s, (kpi * 7 + extract(doy FROM day)::int) %% 500, 1, 1
FROM unnest(%(kpis)s) kpi, generate_series(%(first)s::timestamp, %(last)s::timestamp, '1 day') day
ORDER BY day, kpi ON CONFLICT DO NOTHING
"""


class Growing:
    """A table of 10,000 KPIs that is filled by SQL, day after day as in life."""

    def __init__(self, company: Company, settle: Callable[[], None]) -> None:
        from metrics.models import Batch, Kpi, Source

        self.company, self.settle = company, settle
        self.source = Source.objects.standing("push", company.unit)
        self.batch = Batch.objects.create(kind="push", source=self.source, by=company.user, at=AT)
        same: dict[str, Any] = {"type": "organic_leads", "unit": company.unit, "source_of_record": self.source}
        same |= {"metric_class": "O", "chain": "Demand", "grain": "day"}
        self.kpis = [kpi.pk for kpi in Kpi.objects.bulk_create(Kpi(name=f"Of many {n}", **same) for n in range(KPIS))]

    def fill(self, days: int) -> None:
        from django.db import connection

        for begin in range(0, days, SLICE):
            first, last = _day(begin), _day(min(begin + SLICE, days) - 1)
            given: dict[str, Any] = {"source": self.source.pk, "batch": self.batch.pk, "at": AT, "kpis": self.kpis}
            with connection.cursor() as cursor:
                cursor.execute(FILL, given | {"first": first, "last": last})

    def next_rows(self, since: int) -> list[tuple[int, date, float]]:
        return [(kpi, _day(since + n), float((kpi + n) % 500)) for kpi in self.kpis for n in range(PUSHED_DAYS)]

    def measured(self, client: Client, meter: Meter, *, largest: int) -> dict[str, Any]:
        """CPU seconds of 20,000 values over HTTP at each size, the fastest of the rounds; the size to the power of the
        exponent is how they grow."""
        costs: list[tuple[float, int]] = []  # and the rows that the table then had
        for size, days in SIZES.items():
            if size > largest:
                break
            self.fill(days)
            self.settle()
            found = []
            for n in range(ROUNDS):
                rows = self.next_rows(days + n * PUSHED_DAYS)
                body = body_of(self.company.unit.pk, json_rows(rows))
                cost = meter.cost(partial(self._sent, client, body))
                found.append((cost, size + n * len(rows)))
            costs.append(min(found))
        (small, few), (large, many) = costs[0], costs[-1]
        exponent = math.log(large / small) / math.log(many / few)
        return {"growth_exponent": round(exponent, 3), "growth_cpu_s": {size: round(cost, 4) for cost, size in costs}}

    def _sent(self, client: Client, body: bytes) -> None:
        said = client.bulk(self.company.unit.pk, body)
        if said["inserted"] != KPIS * PUSHED_DAYS:
            raise AssertionError(said["inserted"])


def _day(number: int) -> date:
    return FIRST + timedelta(days=number)
