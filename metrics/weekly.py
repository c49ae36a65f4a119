"""Many KPIs' values as weekly sums around the start of a pilot, in one query: what the story filter reads.

The database hands over the bare days, an array per KPI, and they are added up here for all at once: that costs less
than to group them there, or to fetch them row by row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from metrics.catalogue import Grain, Kind
from metrics.periods import MEANS, Weekly
from metrics.weekdays import Floats, weekday_factors


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

    @property
    def first(self) -> date:
        return self.starts_on - timedelta(weeks=self.before)

    @property
    def each(self) -> int:
        """Days that a stored value is about."""
        return 7 if self.stored is Grain.WEEK else 1


# Only the source of record counts, and nothing that was taken back.
_SQL = """
SELECT v.days, v.num, v.den
FROM unnest(%(kpi)s::bigint[], %(first)s::date[], %(last)s::date[]) WITH ORDINALITY AS a(kpi_id, first, last, n)
JOIN metrics_kpi k ON k.id = a.kpi_id
CROSS JOIN LATERAL (
    SELECT array_send(array_agg(s.period_start - a.first)) AS days, array_send(array_agg(s.num)) AS num,
           CASE WHEN count(s.den) > 0 THEN array_send(array_agg(coalesce(s.den, 'NaN'))) END AS den
    FROM metrics_snapshot s
    WHERE s.kpi_id = k.id AND s.source_id = k.source_of_record_id AND s.quality <> 6
        AND s.period_start BETWEEN a.first AND a.last
) v
ORDER BY a.n
"""
_HEADER = 20  # bytes before the elements of an array: dimensions, flags, type, length, lower bound
_DAYS = np.dtype([("size", ">i4"), ("value", ">i4")])
_VALUES = np.dtype([("size", ">i4"), ("value", ">f8")])


def weekly_sums(spans: Sequence[Span]) -> list[tuple[Weekly, date | None]]:
    """One answer per span, in the order asked, each with the first day after its newest value.

    A mean without a denominator counts its values. A weekday pattern matters only in sums of daily values.
    """
    if not spans:
        return []
    columns: dict[str, Any] = {
        "kpi": [span.kpi for span in spans],
        "first": [span.first for span in spans],
        "last": [span.until - timedelta(days=span.each) for span in spans],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, columns)
        num, den = _by_day(spans, cursor.fetchall())
    return list(_summed(spans, num, den))


def _by_day(spans: Sequence[Span], rows: Sequence[tuple[bytes | None, ...]]) -> tuple[Floats, Floats]:
    """Values of all spans side by side [N, T, 7], NaN where nothing is known."""
    wide = max(max(-(-(span.until - span.first).days // 7), span.before + span.weeks, 1) for span in spans)
    num, den = np.full((len(spans), wide * 7), np.nan), np.full((len(spans), wide * 7), np.nan)
    for n, (days, nums, dens) in enumerate(rows):
        if days is not None:
            at = _elements(days, _DAYS)
            num[n, at] = _elements(nums, _VALUES)
            if dens is not None:
                den[n, at] = _elements(dens, _VALUES)
    return num.reshape(len(spans), wide, 7), den.reshape(len(spans), wide, 7)


def _elements(array: bytes | None, of: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.frombuffer(array or b"", of, offset=_HEADER)["value"]


def _summed(spans: Sequence[Span], num: Floats, den: Floats) -> Iterator[tuple[Weekly, date | None]]:
    """Only the weeks that are over; the newest day may lie in one that runs."""
    known, has_den = ~np.isnan(num), ~np.isnan(den)
    is_mean = np.array([span.kind in MEANS for span in spans])
    each = np.array([span.each for span in spans])
    before = np.arange(num.shape[1]) < np.array([[span.before] for span in spans])
    factors = weekday_factors(num, known & ~has_den & before[:, :, None], ~is_mean & (each == 1))
    days = known.sum(axis=2) * each[:, None]
    eff = np.round(np.where(known, factors[:, None, :], 0.0).sum(axis=2) * each[:, None], 9)
    den = np.where(has_den, den, np.where(known & is_mean[:, None, None], 1.0, 0.0)).sum(axis=2)
    nums = np.where(known, num, 0.0).sum(axis=2)
    in_line = known.reshape(len(spans), -1)
    newest = np.where(in_line.any(axis=1), in_line.shape[1] - in_line[:, ::-1].argmax(axis=1) - 1, -1)
    columns: list[list[Any]] = [each_of.tolist() for each_of in (days, nums, den, eff, newest)]
    for span, days_n, nums_n, den_n, eff_n, newest_n in zip(spans, *columns, strict=True):
        whole = [week for week, count in enumerate(days_n[: span.before + span.weeks]) if count]
        has_dens = span.kind in MEANS or span.kind is Kind.RATIO or any(den_n[: span.before + span.weeks])
        found = Weekly(
            weeks=[week - span.before for week in whole],
            num=[nums_n[week] for week in whole],
            den=[den_n[week] for week in whole] if has_dens else None,
            days=[days_n[week] for week in whole],
            eff=[eff_n[week] for week in whole],
        )
        yield found, span.first + timedelta(days=newest_n + span.each) if newest_n >= 0 else None
