"""The database rolls values up exactly as the pure function does."""

from datetime import date, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metrics.catalogue import Grain, Kind
from metrics.models import Batch, Kpi, Snapshot, Source
from metrics.periods import Observation, Window, known_until, month_start, roll_up, week_start
from metrics.rollup import roll_up as rolled_up
from ownership.models import Unit
from tests.cast import MONDAY

START = date(2025, 12, 3)  # neither a Monday nor the first of a month


def values_of(seed: int, stored: Grain, kind: Kind) -> list[Observation]:
    """Half a year with gaps, zeros and, for shares, denominators."""
    chance = Random(seed)
    days = [START + timedelta(days=n - 20) for n in range(180)]
    if stored is Grain.WEEK:
        days = [day for day in days if day == week_start(day)]
    if stored is Grain.MONTH:
        days = [day for day in days if day == month_start(day)]
    return [
        Observation(
            day, chance.choice([0.0, 12.5, 400.0]), chance.choice([None, 0.0, 500.0]) if kind is Kind.RATIO else None
        )
        for day in days
        if chance.random() > 0.2
    ]


def stored_as(values: list[Observation], name: str, grain: Grain) -> Kpi:
    unit = Unit.objects.get_or_create(name="Shop")[0]
    source = Source.objects.create(kind="manual", name=name, unit=unit)
    batch = Batch.objects.create(kind="manual", source=source, at=MONDAY)
    kpi = Kpi.objects.create(
        type="organic_leads",
        name=name,
        unit=unit,
        metric_class="O",
        chain="Demand",
        grain=grain,
        source_of_record=source,
    )
    Snapshot.objects.bulk_create(
        Snapshot(
            kpi=kpi, source=source, period_start=v.starts_on, batch=batch, recorded_at=MONDAY, num=v.num, den=v.den
        )
        for v in values
    )
    return kpi


CASES = [
    (stored, judged, kind)
    for stored in Grain
    for judged in (Grain.WEEK, Grain.MONTH)
    for kind in (Kind.COUNT, Kind.RATIO, Kind.DAYS)
    if not (stored is Grain.MONTH and judged is Grain.WEEK)
]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_one_query_says_what_python_says(seed: int) -> None:
    windows, expected = [], []
    for n, (stored, judged, kind) in enumerate(CASES):
        values = values_of(100 * seed + n, stored, kind)
        kpi = stored_as(values, f"KPI {n}", stored)
        until = START + timedelta(days=90 + seed)
        window = Window(kpi.pk, kind, stored, judged, START, until)
        windows.append(window)
        inside = [value for value in values if window.first <= value.starts_on < until]
        periods = roll_up(inside, kind=kind, stored=stored, judged=judged, from_day=START, until=until)
        expected.append((periods, known_until(inside, stored=stored, as_of=until)))

    with CaptureQueriesContext(connection) as asked:
        found = rolled_up(windows)

    assert [(rolled.periods, rolled.known_until) for rolled in found] == expected
    assert len(asked) == 1


@pytest.mark.django_db
def test_what_was_taken_back_or_comes_from_elsewhere_does_not_count() -> None:
    kpi = stored_as([Observation(START + timedelta(days=n), 10.0) for n in range(14)], "Leads", Grain.DAY)
    other = Source.objects.create(kind="manual", name="Elsewhere", unit=kpi.unit)
    row = Snapshot.objects.filter(kpi=kpi)[0]
    Snapshot.objects.bulk_create(
        [Snapshot(kpi=kpi, source=other, period_start=START, batch=row.batch, recorded_at=MONDAY, num=1e6)]
    )
    Snapshot.objects.filter(kpi=kpi, period_start=START + timedelta(days=7)).update(quality=6)
    window = Window(kpi.pk, Kind.COUNT, Grain.DAY, Grain.WEEK, START, START + timedelta(days=14))

    (rolled,) = rolled_up([window])

    assert [(period.num, period.days) for period in rolled.periods] == [(70.0, 7), (60.0, 6)]


def test_no_question_asks_nothing() -> None:
    assert rolled_up([]) == []
