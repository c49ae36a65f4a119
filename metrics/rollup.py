"""Many KPIs' values as judged periods in one query: what `periods.roll_up` does in Python, done where the values are.

A loop over KPIs costs a query and its rows each; here 500 pilots cost one query that returns a row a week.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from metrics.catalogue import Grain
from metrics.periods import MEANS, Period, Window, whole_periods


@dataclass(frozen=True, slots=True)
class Rolled:
    """The periods of one window, and the first day after its newest stored value."""

    periods: list[Period]
    known_until: date | None


# Only the source of record counts, and nothing that was taken back. A mean without a denominator counts its values.
_SQL = """
WITH asked AS (
    SELECT * FROM unnest(%(n)s::int[], %(kpi)s::bigint[], %(first)s::date[], %(until)s::date[], %(stored)s::text[],
                         %(monthly)s::boolean[], %(mean)s::boolean[])
        AS a(n, kpi_id, first, until, stored, is_monthly, is_mean)
), value AS (
    SELECT a.n, a.until, s.period_start, s.num, coalesce(s.den, CASE WHEN a.is_mean THEN 1 ELSE 0 END) AS den,
           CASE a.stored WHEN 'day' THEN s.period_start + 1 WHEN 'week' THEN s.period_start + 7
                ELSE (s.period_start + interval '1 month')::date END AS ends_on,
           CASE WHEN a.is_monthly
                THEN (extract(year FROM s.period_start) - extract(year FROM a.first))::int * 12
                     + (extract(month FROM s.period_start) - extract(month FROM a.first))::int
                ELSE (s.period_start - a.first) / 7 END AS index
    FROM asked a
    JOIN metrics_kpi k ON k.id = a.kpi_id
    JOIN metrics_snapshot s ON s.kpi_id = k.id AND s.source_id = k.source_of_record_id
    WHERE s.period_start >= a.first AND s.period_start < a.until AND s.quality <> 6
)
SELECT n, index, sum(num), sum(den), sum(ends_on - period_start)::int, max(ends_on)
FROM value WHERE ends_on <= until GROUP BY n, index ORDER BY n, index
"""


def roll_up(windows: Sequence[Window]) -> list[Rolled]:
    """One answer per window, in the order asked."""
    if not windows:
        return []
    columns: dict[str, Any] = {
        "n": list(range(len(windows))),
        "kpi": [window.kpi for window in windows],
        "first": [window.first for window in windows],
        "until": [window.until for window in windows],
        "stored": [window.stored.value for window in windows],
        "monthly": [window.judged is Grain.MONTH for window in windows],
        "mean": [window.kind in MEANS for window in windows],
    }
    sums: dict[int, list[tuple[int, float, float, int]]] = defaultdict(list)
    newest: dict[int, date] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, columns)
        for n, index, num, den, days, ends_on in cursor.fetchall():
            sums[n].append((index, num, den, days))
            newest[n] = max(newest.get(n, ends_on), ends_on)
    return [Rolled(whole_periods(window, sums[n]), newest.get(n)) for n, window in enumerate(windows)]
