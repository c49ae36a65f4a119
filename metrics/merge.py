"""The one door through which every value enters: copied into a temporary table, checked as a set, merged at once.

Call inside a transaction: `stage`, then `faults` and `compare` as needed, then `merge`. Sending the same values again
changes nothing; another value for a known period is a new revision, and a trigger keeps the old one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from metrics.catalogue import CATALOGUE, Kind
from metrics.models import Batch, Source
from ownership.models import User

FINAL, PROVISIONAL, SAMPLED, PARTIAL, WITHDRAWN = 1, 2, 3, 5, 6  # of Snapshot.quality

RATIOS = [key for key, type_ in CATALOGUE.items() if type_.kind is Kind.RATIO]
SUMS = [key for key, type_ in CATALOGUE.items() if type_.kind in (Kind.COUNT, Kind.HOURS)]
SHOWN = 1_000  # faults and revisions that are listed one by one


class Value(NamedTuple):
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

    @property
    def field(self) -> str:
        """What to change in it."""
        return FIELD[self.code]


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


class Outcome(NamedTuple):
    """What became of a value: inserted, revised or unchanged, and the revision that holds now."""

    line: int
    kpi_id: int
    period_start: date
    revision: int
    result: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What merging would do."""

    inserted: int
    revised: int
    unchanged: int
    revisions: list[Revision]


def stage(values: Iterable[tuple[int, int, date, float, float | None, int]]) -> None:
    """Put the values (`Value`, or as plain tuples) into the connection's temporary table, instead of what was there."""
    with connection.cursor() as cursor:
        cursor.execute(
            """CREATE TEMPORARY TABLE IF NOT EXISTS staged (
                   line integer, kpi_id bigint, period_start date, num float8, den float8, quality smallint
               ) ON COMMIT DELETE ROWS;
               DELETE FROM staged"""
        )
        with cursor.copy(
            "COPY staged (line, kpi_id, period_start, num, den, quality) FROM STDIN (FORMAT BINARY)"
        ) as copy:
            copy.set_types(["int4", "int8", "date", "float8", "float8", "int2"])
            write = copy.write_row
            for value in values:
                write(value)


# First match wins: a row gets one reason. NaN compares as larger than everything in PostgreSQL, so BETWEEN refuses it.
# What a KPI asks is worked out once per KPI.
_FAULTS = """
WITH kpi AS MATERIALIZED (
    SELECT id, grain, type = ANY (%(ratios)s) AS is_ratio, type = ANY (%(sums)s) AS is_sum
    FROM metrics_kpi WHERE id = ANY (%(visible)s)
)
SELECT line, kpi_id, code FROM (
    SELECT s.line, s.kpi_id, CASE
        WHEN k.id IS NULL THEN 'unknown_kpi'
        WHEN s.period_start > %(today)s THEN 'future'
        WHEN (k.grain = 'week' AND extract(isodow FROM s.period_start) <> 1)
          OR (k.grain = 'month' AND extract(day FROM s.period_start) <> 1) THEN 'not_a_period'
        WHEN s.num NOT BETWEEN -1e15 AND 1e15 THEN 'number_too_large'
        WHEN s.den IS NOT NULL AND s.den <> 0 AND s.den NOT BETWEEN 1e-9 AND 1e15 THEN 'bad_denominator'
        WHEN k.is_ratio AND s.den IS NULL THEN 'denominator_missing'
        WHEN k.is_ratio AND s.num NOT BETWEEN 0 AND s.den THEN 'share_above_one'
        WHEN k.is_sum AND s.den IS NOT NULL THEN 'denominator_unwanted'
    END AS code
    FROM staged s LEFT JOIN kpi k ON k.id = s.kpi_id
) judged
WHERE code IS NOT NULL ORDER BY line, kpi_id LIMIT %(limit)s
"""
_TWICE = """
SELECT line, kpi_id, 'period_twice' FROM (
    SELECT line, kpi_id, row_number() OVER (PARTITION BY kpi_id, period_start ORDER BY line) AS place FROM staged
) placed
WHERE place > 1 ORDER BY line, kpi_id LIMIT %(limit)s
"""
FIELD = {
    "unknown_kpi": "kpi",
    "future": "period_start",
    "not_a_period": "period_start",
    "number_too_large": "num",
    "bad_denominator": "den",
    "denominator_missing": "den",
    "share_above_one": "num",
    "denominator_unwanted": "den",
    "period_twice": "period_start",
}


def faults(*, visible: Iterable[int], today: date, limit: int = SHOWN, repeats: bool = True) -> list[Fault]:
    """What is wrong with the staged values. A KPI that is not among the visible ids is as unknown as an absent one.

    `repeats`: whether a period of a KPI may stand twice among them.
    """
    parameters: dict[str, Any] = {
        "visible": list(visible),
        "today": today,
        "ratios": RATIOS,
        "sums": SUMS,
        "limit": limit,
    }
    found: dict[tuple[int, int], Fault] = {}
    with connection.cursor() as cursor:
        for question in (_FAULTS, _TWICE) if repeats else (_FAULTS,):
            cursor.execute(question, parameters)
            for row in cursor.fetchall():
                found.setdefault(row[:2], Fault(*row))
    return sorted(found.values(), key=lambda fault: (fault.line, fault.kpi_id))[:limit]


def leave_out(lines: Collection[int]) -> set[int]:
    """Take these back out of the staged values. Returns the KPIs that are left."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM staged WHERE line = ANY (%s)", [list(lines)])
        cursor.execute("SELECT DISTINCT kpi_id FROM staged")
        return {kpi for (kpi,) in cursor.fetchall()}


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
        cursor.execute("ANALYZE staged")
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


_OUTCOMES = """
SELECT s.line, s.kpi_id, s.period_start, k.revision,
       CASE WHEN k.batch_id <> %(batch)s THEN 'unchanged' WHEN k.revision = 1 THEN 'inserted' ELSE 'revised' END
FROM staged s JOIN metrics_snapshot k
    ON (k.kpi_id, k.source_id, k.period_start) = (s.kpi_id, %(source)s, s.period_start)
WHERE %(all)s OR (k.batch_id = %(batch)s AND k.revision > 1) ORDER BY s.line"""


def outcomes(batch: Batch, *, of_all: bool) -> list[Outcome]:
    """What became of each value just merged, or of each that replaced another one, by line."""
    if not (of_all or batch.revised):
        return []
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE staged")
        cursor.execute(_OUTCOMES, {"batch": batch.pk, "source": batch.source_id, "all": of_all})
        return [Outcome(*row) for row in cursor.fetchall()]
