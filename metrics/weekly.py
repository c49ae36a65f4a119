"""Many KPIs' values as weekly sums around the start of a pilot, in one query: what the story filter reads."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from metrics.catalogue import Grain, Kind
from metrics.periods import MEANS, Weekly

_Row = tuple[int, float, float | None, int, float, date]  # week, num, den, days, eff, first day after


@dataclass(frozen=True, slots=True)
class Span:
    """`before` weeks before week 0, which begins on `starts_on`, and `weeks` from there on. `until` is the first day
    whose values do not count as known yet."""

    kpi: int
    kind: Kind
    stored: Grain
    starts_on: date
    before: int
    weeks: int
    until: date


# Only the source of record counts, and nothing that was taken back. A mean without a denominator counts its values.
# A weekday pattern is believed to 85 %, and only where it matters: in sums of daily values that are not negative.
_SQL = """
WITH due AS (
    SELECT a.n, k.id AS kpi_id, k.source_of_record_id AS source_id, a.starts_on - 7 * a.before AS b0, a.before AS nb,
           a.until, a.weeks, a.stored = 'week' AS is_weekly, a.is_mean
    FROM unnest(%(n)s::int[], %(kpi)s::bigint[], %(starts_on)s::date[], %(before)s::int[], %(weeks)s::int[],
                %(until)s::date[], %(stored)s::text[], %(mean)s::boolean[])
        AS a(n, kpi_id, starts_on, before, weeks, until, stored, is_mean)
    JOIN metrics_kpi k ON k.id = a.kpi_id
), day AS (
    SELECT d.n, (s.period_start - d.b0) / 7 - d.nb AS week, (s.period_start - d.b0) %% 7 AS wd, s.num,
           CASE WHEN d.is_mean THEN coalesce(s.den, 1) ELSE s.den END AS den, d.weeks, s.period_start,
           CASE WHEN d.is_weekly THEN 7 ELSE 1 END AS days, NOT (d.is_weekly OR d.is_mean) AS is_summed
    FROM due d JOIN metrics_snapshot s ON s.kpi_id = d.kpi_id AND s.source_id = d.source_id
    WHERE s.period_start >= d.b0 AND s.period_start < d.until AND s.quality <> 6
        AND (NOT d.is_weekly OR s.period_start + 7 <= d.until)
), f AS (
    SELECT n, wd, CASE WHEN avg(num) >= 0 AND avg(avg(num)) OVER (PARTITION BY n) > 0
                       THEN .85 * avg(num) / avg(avg(num)) OVER (PARTITION BY n) + .15 END AS f
    FROM day WHERE week < 0 AND is_summed AND den IS NULL GROUP BY n, wd HAVING count(*) >= 2
)
SELECT n, week, sum(num), sum(den), sum(days)::int, sum(days * coalesce(f.f, 1)), max(period_start + days)
FROM day LEFT JOIN f USING (n, wd) GROUP BY n, week ORDER BY n, week
"""


def weekly_sums(spans: Sequence[Span]) -> list[tuple[Weekly, date | None]]:
    """One answer per span, in the order asked, each with the first day after its newest value."""
    if not spans:
        return []
    columns: dict[str, Any] = {
        "n": list(range(len(spans))),
        "kpi": [span.kpi for span in spans],
        "starts_on": [span.starts_on for span in spans],
        "before": [span.before for span in spans],
        "weeks": [span.weeks for span in spans],
        "until": [span.until for span in spans],
        "stored": [span.stored.value for span in spans],
        "mean": [span.kind in MEANS for span in spans],
    }
    rows: dict[int, list[_Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_SQL, columns)
        for n, *row in cursor.fetchall():
            rows[n].append(tuple(row))
    return [_weekly(span, rows[n]) for n, span in enumerate(spans)]


def _weekly(span: Span, rows: list[_Row]) -> tuple[Weekly, date | None]:
    """Only the weeks that are over; the newest day may lie in one that runs."""
    whole = [row for row in rows if row[0] < span.weeks]
    has_den = span.kind in MEANS or span.kind is Kind.RATIO or any(row[2] for row in whole)
    found = Weekly(
        weeks=[row[0] for row in whole],
        num=[row[1] for row in whole],
        den=[row[2] or 0.0 for row in whole] if has_den else None,
        days=[row[3] for row in whole],
        eff=[row[4] for row in whole],
    )
    return found, max((row[5] for row in rows), default=None)
