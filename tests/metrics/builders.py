"""Short ways to a KPI, a source and values for tests."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction

from metrics import merge
from metrics.catalogue import CATALOGUE
from metrics.merge import Value
from metrics.models import Batch, Kpi, Source
from ownership.models import Unit
from tests.cast import MONDAY

JANUARY = date(2026, 1, 1)


def a_source(unit: Unit, *, kind: str = "http", name: str = "Shop") -> Source:
    return Source.objects.create(kind=kind, name=name, unit=unit)


def a_kpi(unit: Unit, source: Source | None = None, *, key: str = "organic_leads", grain: str = "day") -> Kpi:
    type_ = CATALOGUE[key]
    return Kpi.objects.create(
        type=key,
        name=type_.english,
        unit=unit,
        metric_class=type_.metric_class,
        chain=type_.chain,
        grain=grain,
        source_of_record=source,
    )


def daily(kpi: Kpi, nums: Iterable[float], *, first: date = JANUARY, den: float | None = None) -> list[Value]:
    return [Value(at + 1, kpi.pk, first + timedelta(days=at), num, den) for at, num in enumerate(nums)]


def store(source: Source, values: list[Value], *, kind: str = "import") -> Batch:
    with transaction.atomic():
        merge.stage(values)
        return merge.merge(kind=kind, source=source, by=None, at=MONDAY, reason="")
