"""Figures as they were known at an instant, beside what the same values say now: many in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Seen:
    """A KPI's values of record in a half-open window, as somebody saw them at an instant. `is_mean`: a value without a
    denominator counts as one."""

    kpi: int
    first: date
    until: date
    at: datetime
    is_mean: bool


@dataclass(frozen=True, slots=True)
class Hindsight:
    """Sums over what was known then, from how many values, and over what those values say now; when the newest
    correction of one came. What was taken back counts no more."""

    num: float
    den: float | None
    values: int
    num_now: float
    den_now: float | None
    values_now: int
    corrected_at: datetime


# What was known then is the value itself, if nothing replaced it since, or else the newest replaced one of that time.
_SQL = """
WITH seen AS (
    SELECT * FROM unnest(%(n)s::int[], %(kpi)s::bigint[], %(first)s::date[], %(until)s::date[], %(at)s::timestamptz[],
                         %(mean)s::boolean[]) AS a(n, kpi_id, first, until, at, is_mean)
), value AS (
    SELECT a.n, t.num, t.quality, coalesce(t.den, CASE WHEN a.is_mean THEN 1 END) AS den,
           s.num AS num_now, s.quality AS quality_now, coalesce(s.den, CASE WHEN a.is_mean THEN 1 END) AS den_now,
           CASE WHEN s.recorded_at > a.at THEN s.recorded_at END AS corrected_at
    FROM seen a
    JOIN metrics_kpi k ON k.id = a.kpi_id
    JOIN metrics_snapshot s ON s.kpi_id = k.id AND s.source_id = k.source_of_record_id
        AND s.period_start >= a.first AND s.period_start < a.until
    CROSS JOIN LATERAL (
        SELECT s.num, s.den, s.quality WHERE s.recorded_at <= a.at
        UNION ALL
        (SELECT r.num, r.den, r.quality FROM metrics_snapshotrevision r
         WHERE s.recorded_at > a.at AND r.kpi_id = s.kpi_id AND r.source_id = s.source_id
             AND r.period_start = s.period_start AND r.recorded_at <= a.at
         ORDER BY r.revision DESC LIMIT 1)
    ) t
)
SELECT n, coalesce(sum(num) FILTER (WHERE quality <> 6), 0), sum(den) FILTER (WHERE quality <> 6),
       count(*) FILTER (WHERE quality <> 6), coalesce(sum(num_now) FILTER (WHERE quality_now <> 6), 0),
       sum(den_now) FILTER (WHERE quality_now <> 6), count(*) FILTER (WHERE quality_now <> 6), max(corrected_at)
FROM value GROUP BY n HAVING max(corrected_at) IS NOT NULL
"""


def look_back(seen: Sequence[Seen]) -> dict[int, Hindsight]:
    """By position in what was asked, those of which a value was corrected since; for the others nothing changed."""
    if not seen:
        return {}
    columns: dict[str, Any] = {
        "n": list(range(len(seen))),
        "kpi": [one.kpi for one in seen],
        "first": [one.first for one in seen],
        "until": [one.until for one in seen],
        "at": [one.at for one in seen],
        "mean": [one.is_mean for one in seen],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, columns)
        return {n: Hindsight(*row) for n, *row in cursor.fetchall()}
