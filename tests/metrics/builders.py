"""Short ways to a KPI, a source and values for tests."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction

from metrics import merge
from metrics.catalogue import CATALOGUE
from metrics.merge import Value
from metrics.models import Batch, Kpi, Source
from ownership import services
from ownership.models import Seat, Unit, User
from ownership.policy import SeatKind
from tests.cast import MONDAY, Cast

JANUARY = date(2026, 1, 1)


def a_source(unit: Unit, *, kind: str = "http", name: str = "Shop") -> Source:
    return Source.objects.create(kind=kind, name=name, unit=unit)


def a_kpi(
    unit: Unit, source: Source | None = None, *, key: str = "organic_leads", grain: str = "day", name: str = ""
) -> Kpi:
    type_ = CATALOGUE[key]
    return Kpi.objects.create(
        type=key,
        name=name or type_.english,
        unit=unit,
        metric_class=type_.metric_class,
        chain=type_.chain,
        grain=grain,
        source_of_record=source,
    )


def a_seat(cast: Cast, kind: SeatKind, holder: User) -> Seat:
    """A seat of marketing that Noor proposed and the holder took."""
    seat = Seat.objects.create(kind=kind, title=kind, unit=cast.marketing, vacant_since=MONDAY)
    asked = services.propose_appointment(seat=seat, person=holder, by=cast.noor, at=MONDAY, reason="Fits")
    services.accept_appointment(appointment=asked, by=holder, at=MONDAY)
    seat.refresh_from_db()
    return seat


def daily(kpi: Kpi, nums: Iterable[float], *, first: date = JANUARY, den: float | None = None) -> list[Value]:
    return [Value(at + 1, kpi.pk, first + timedelta(days=at), num, den) for at, num in enumerate(nums)]


def store(source: Source, values: list[Value], *, kind: str = "import") -> Batch:
    with transaction.atomic():
        merge.stage(values)
        return merge.merge(kind=kind, source=source, by=None, at=MONDAY, reason="")
