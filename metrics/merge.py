"""The one door through which every value enters: copied into a temporary table, checked as a set, merged at once.

Call inside a transaction: `stage`, then `faults` and `compare` as needed, then `merge`. Sending the same values again
changes nothing; another value for a known period is a new revision, and a trigger keeps the old one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from metrics.catalogue import CATALOGUE, Kind
from metrics.models import Batch, Source
from ownership.models import User

FINAL, PROVISIONAL, SAMPLED, PARTIAL, WITHDRAWN = 1, 2, 3, 5, 6  # of Snapshot.quality

RATIOS = [key for key, type_ in CATALOGUE.items() if type_.kind is Kind.RATIO]
SUMS = [key for key, type_ in CATALOGUE.items() if type_.kind in (Kind.COUNT, Kind.HOURS)]
SHOWN = 1_000  # faults and revisions that are listed one by one


@dataclass(frozen=True, slots=True)
class Value:
    """One value on its way in. `line` is where it stood in what was sent, counted from 1."""

    line: int
    kpi_id: int
    period_start: date
    num: float
    den: float | None = None
    quality: int = FINAL


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a value cannot be stored; `code` is a sentence of metrics/words.py."""

    line: int
    kpi_id: int
    code: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A known value that a staged one would replace."""

    line: int
    kpi_id: int
    period_start: date
    old_num: float
    old_den: float | None
    old_revision: int
    old_by_id: int | None
    num: float
    den: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What merging would do."""

    inserted: int
    revised: int
    unchanged: int
    revisions: list[Revision]


def stage(values: Iterable[Value]) -> None:
    """Put the values into the connection's temporary table, instead of what was there."""
    with connection.cursor() as cursor:
        cursor.execute(
            """CREATE TEMPORARY TABLE IF NOT EXISTS staged (
                   line integer, kpi_id bigint, period_start date, num float8, den float8, quality smallint
               ) ON COMMIT DELETE ROWS"""
        )
        cursor.execute("DELETE FROM staged")
        with cursor.copy(
            "COPY staged (line, kpi_id, period_start, num, den, quality) FROM STDIN (FORMAT BINARY)"
        ) as copy:
            copy.set_types(["int4", "int8", "date", "float8", "float8", "int2"])
            for value in values:
                copy.write_row((value.line, value.kpi_id, value.period_start, value.num, value.den, value.quality))
        cursor.execute("ANALYZE staged")


# First match wins: a row gets one reason. NaN compares as larger than everything in PostgreSQL, so BETWEEN refuses it.
_FAULTS = """
SELECT line, kpi_id, code FROM (
    SELECT s.line, s.kpi_id, CASE
        WHEN k.id IS NULL THEN 'unknown_kpi'
        WHEN s.period_start > %(today)s THEN 'future'
        WHEN (k.grain = 'week' AND extract(isodow FROM s.period_start) <> 1)
          OR (k.grain = 'month' AND extract(day FROM s.period_start) <> 1) THEN 'not_a_period'
        WHEN s.num NOT BETWEEN -1e15 AND 1e15 THEN 'number_too_large'
        WHEN s.den IS NOT NULL AND s.den <> 0 AND s.den NOT BETWEEN 1e-9 AND 1e15 THEN 'bad_denominator'
        WHEN k.type = ANY (%(ratios)s) AND s.den IS NULL THEN 'denominator_missing'
        WHEN k.type = ANY (%(ratios)s) AND s.num NOT BETWEEN 0 AND s.den THEN 'share_above_one'
        WHEN k.type = ANY (%(sums)s) AND s.den IS NOT NULL THEN 'denominator_unwanted'
        WHEN count(*) OVER same > 1 AND row_number() OVER same > 1 THEN 'period_twice'
    END AS code
    FROM staged s LEFT JOIN metrics_kpi k ON k.id = s.kpi_id AND k.id = ANY (%(visible)s)
    WINDOW same AS (PARTITION BY s.kpi_id, s.period_start ORDER BY s.line ROWS BETWEEN UNBOUNDED PRECEDING
                    AND UNBOUNDED FOLLOWING)
) judged
WHERE code IS NOT NULL ORDER BY line, kpi_id LIMIT %(limit)s
"""


def faults(*, visible: Collection[int], today: date, limit: int = SHOWN) -> list[Fault]:
    """What is wrong with the staged values. A KPI that is not among the visible ids is as unknown as an absent one."""
    parameters: dict[str, Any] = {
        "visible": list(visible),
        "today": today,
        "ratios": RATIOS,
        "sums": SUMS,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FAULTS, parameters)
        return [Fault(*row) for row in cursor.fetchall()]


_BESIDE = """staged s LEFT JOIN metrics_snapshot k
    ON (k.kpi_id, k.source_id, k.period_start) = (s.kpi_id, %s, s.period_start)"""
_NEW = "k.kpi_id IS NULL"
_SAME = "(k.num, k.den, k.quality) IS NOT DISTINCT FROM (s.num, s.den, s.quality)"
_COUNTS = f"""
SELECT count(*) FILTER (WHERE {_NEW}), count(*) FILTER (WHERE NOT {_NEW} AND NOT {_SAME}),
       count(*) FILTER (WHERE NOT {_NEW} AND {_SAME})
FROM {_BESIDE}"""  # noqa: S608  constants of this module, as below
_REVISIONS = f"""
SELECT s.line, s.kpi_id, s.period_start, k.num, k.den, k.revision, b.by_id, s.num, s.den
FROM {_BESIDE} JOIN metrics_batch b ON b.id = k.batch_id
WHERE NOT {_SAME} ORDER BY s.line LIMIT {SHOWN}"""  # noqa: S608


def compare(source: Source) -> Comparison:
    """What merging the staged values into this source would do. Lists the first thousand revisions."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [source.pk])
        inserted, revised, unchanged = cursor.fetchone()
        cursor.execute(_REVISIONS, [source.pk])
        return Comparison(inserted, revised, unchanged, [Revision(*row) for row in cursor.fetchall()])


# One statement, so that the batch is written with its true counts and never touched again. A fixed order of keys keeps
# two batches from waiting for each other. Statement triggers run when all of it is done, and then find the batch.
_MERGE = """
WITH merged AS (
    INSERT INTO metrics_snapshot AS k
        (kpi_id, source_id, period_start, batch_id, recorded_at, num, den, quality, revision)
    SELECT kpi_id, %(source)s, period_start, %(batch)s, %(at)s, num, den, quality, 1 FROM staged
    ORDER BY kpi_id, period_start
    ON CONFLICT (kpi_id, source_id, period_start) DO UPDATE
    SET num = excluded.num, den = excluded.den, quality = excluded.quality, batch_id = excluded.batch_id,
        recorded_at = excluded.recorded_at, revision = k.revision + 1
    WHERE (k.num, k.den, k.quality) IS DISTINCT FROM (excluded.num, excluded.den, excluded.quality)
    RETURNING k.revision
), counted AS (
    SELECT count(*) FILTER (WHERE revision = 1) AS inserted, count(*) FILTER (WHERE revision > 1) AS revised FROM merged
)
INSERT INTO metrics_batch (id, kind, source_id, by_id, reason, at, inserted, revised, unchanged)
SELECT %(batch)s, %(kind)s, %(source)s, %(by)s, %(reason)s, %(at)s, inserted, revised,
       (SELECT count(*) FROM staged) - inserted - revised
FROM counted
"""


def merge(*, kind: str, source: Source, by: User | None, at: datetime, reason: str) -> Batch:
    """Store the staged values under a new batch. Values that are known already are left alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('metrics_batch', 'id'))")
        (batch,) = cursor.fetchone()
        parameters: dict[str, Any] = {"batch": batch, "source": source.pk, "kind": kind, "at": at, "reason": reason}
        cursor.execute(_MERGE, parameters | {"by": by.pk if by else None})
    return Batch.objects.get(pk=batch)
