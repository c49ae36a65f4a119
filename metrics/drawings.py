"""What is known about a KPI as a chart, in the reader's language."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from django.utils.translation import gettext as _

from metrics.catalogue import Grain, Kind
from metrics.models import Annotation, Kpi
from metrics.periods import Window, last_periods, next_month, value_of
from metrics.rollup import roll_up
from ownership import charts, words

SHOWN = {Grain.WEEK: 26, Grain.MONTH: 18}  # periods


def happened(annotations: Iterable[Annotation]) -> list[charts.Happening]:
    return [charts.Happening(one.starts_on, one.last_on, one.name) for one in annotations]


def trend(kpi: Kpi, annotations: Sequence[Annotation], *, on: date) -> charts.Chart | None:
    """The last half year of weeks that are over, or the last year and a half of months; None without any value."""
    kind, judged = kpi.definition.kind, kpi.judged
    first, until = last_periods(on, SHOWN[judged], judged)
    (found,) = roll_up([Window(kpi.pk, kind, Grain(kpi.grain), judged, first, until)])
    if not found.periods:
        return None
    known = {period.index: value_of(period, kind) for period in found.periods}
    starts = [first]
    while len(starts) < SHOWN[judged]:
        starts.append(next_month(starts[-1]) if judged is Grain.MONTH else starts[-1] + timedelta(days=7))
    data = charts.Trend(
        id=f"trend-{kpi.ref}",
        name=_("By month") if judged is Grain.MONTH else _("By week"),
        desc=_("%(known)s of %(expected)s periods are known.") % {"known": len(known), "expected": len(starts)},
        weeks=starts,
        measured=[known.get(index) for index in range(len(starts))],
        happened=happened(annotations),
    )
    given = words.for_charts()
    if kind is Kind.RATIO:
        given = replace(given, number=lambda value: words.number(value * 100), measured=_("Measured, in 100"))
    if judged is Grain.MONTH:
        given = replace(given, week=given.month, tick=given.month)
    return charts.trend(data, given)
