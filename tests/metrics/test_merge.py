"""Values enter through one door: nothing twice, nothing lost, nothing without its origin."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from metrics import merge
from metrics.merge import Fault, Value
from metrics.models import Batch, Kpi, Snapshot, SnapshotRevision, Source
from tests.cast import Cast
from tests.metrics.builders import JANUARY, a_kpi, a_source, daily, store

TODAY = date(2026, 3, 2)


@pytest.fixture
def source(cast: Cast) -> Source:
    return a_source(cast.marketing)


@pytest.fixture
def leads(cast: Cast, source: Source) -> Kpi:
    return a_kpi(cast.marketing, source)


def counts(batch: Batch) -> tuple[int, int, int]:
    return batch.inserted, batch.revised, batch.unchanged


def sql(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_new_values_are_stored_with_their_batch(source: Source, leads: Kpi) -> None:
    batch = store(source, daily(leads, [5, 6, 7]))

    assert counts(batch) == (3, 0, 0)
    rows = Snapshot.objects.order_by("period_start")
    assert [(row.num, row.value, row.revision, row.batch_id) for row in rows] == [
        (5.0, 5.0, 1, batch.pk),
        (6.0, 6.0, 1, batch.pk),
        (7.0, 7.0, 1, batch.pk),
    ]


def test_sending_the_same_again_changes_nothing(source: Source, leads: Kpi) -> None:
    first = store(source, daily(leads, [5, 6, 7]))

    again = store(source, daily(leads, [5, 6, 7]))

    assert counts(again) == (0, 0, 3)
    assert set(Snapshot.objects.values_list("batch_id", "revision")) == {(first.pk, 1)}
    assert not SnapshotRevision.objects.exists()


def test_another_value_is_a_revision_and_the_old_one_is_kept(source: Source, leads: Kpi) -> None:
    first = store(source, daily(leads, [5, 6, 7]))

    second = store(source, daily(leads, [5, 60, 7, 8]))

    assert counts(second) == (1, 1, 2)
    now = Snapshot.objects.get(period_start=date(2026, 1, 2))
    assert (now.num, now.revision, now.batch_id) == (60.0, 2, second.pk)
    (kept,) = SnapshotRevision.objects.all()
    assert (kept.num, kept.revision, kept.batch_id, kept.period_start) == (6.0, 1, first.pk, date(2026, 1, 2))


def test_order_does_not_matter(source: Source, leads: Kpi) -> None:
    store(source, list(reversed(daily(leads, range(30)))))

    assert list(Snapshot.objects.order_by("period_start").values_list("num", flat=True)) == list(map(float, range(30)))


def test_no_observations_is_null_and_not_zero(cast: Cast, source: Source) -> None:
    rate = a_kpi(cast.marketing, source, key="organic_cvr")

    store(source, daily(rate, [0, 3], den=0.0)[:1] + daily(rate, [0, 3], den=60.0)[1:])

    assert list(Snapshot.objects.order_by("period_start").values_list("value", flat=True)) == [None, 0.05]


def test_what_would_happen_is_told_before_it_does(source: Source, leads: Kpi) -> None:
    store(source, daily(leads, [5, 6, 7]))

    with transaction.atomic():
        merge.stage(daily(leads, [5, 60, 7, 8]))
        found = merge.compare(source)

    assert (found.inserted, found.revised, found.unchanged) == (1, 1, 2)
    (revision,) = found.revisions
    assert (revision.line, revision.old_num, revision.num, revision.old_revision) == (2, 6.0, 60.0, 1)
    assert Snapshot.objects.get(period_start=date(2026, 1, 2)).num == 6.0


@pytest.mark.parametrize(
    ("key", "grain", "num", "den", "day", "code"),
    [
        ("organic_leads", "day", 5, None, date(2026, 3, 3), "future"),
        ("organic_leads", "week", 5, None, date(2026, 2, 24), "not_a_period"),
        ("organic_leads", "month", 5, None, date(2026, 2, 2), "not_a_period"),
        ("organic_leads", "day", 1e16, None, JANUARY, "number_too_large"),
        ("organic_leads", "day", float("nan"), None, JANUARY, "number_too_large"),
        ("organic_leads", "day", float("-inf"), None, JANUARY, "number_too_large"),
        ("organic_leads", "day", 5, 10, JANUARY, "denominator_unwanted"),
        ("organic_cvr", "day", 5, None, JANUARY, "denominator_missing"),
        ("organic_cvr", "day", 5, 4, JANUARY, "share_above_one"),
        ("organic_cvr", "day", -1, 4, JANUARY, "share_above_one"),
        ("cost_per_lead", "day", 5, -1, JANUARY, "bad_denominator"),
        ("cost_per_lead", "day", 5, 1e-12, JANUARY, "bad_denominator"),
        ("cost_per_lead", "day", 5, 0, JANUARY, None),
        ("cost_per_lead", "day", -5, 4, JANUARY, None),
        ("organic_leads", "week", 5, None, date(2026, 2, 23), None),
    ],
)
def test_a_value_that_cannot_be_is_named(
    cast: Cast, key: str, grain: str, num: float, den: float | None, day: date, code: str | None
) -> None:
    kpi = a_kpi(cast.marketing, key=key, grain=grain)

    with transaction.atomic():
        merge.stage([Value(7, kpi.pk, day, num, den)])
        found = merge.faults(visible=[kpi.pk], today=TODAY)

    assert found == ([Fault(7, kpi.pk, code)] if code else [])


def test_an_invisible_kpi_is_as_unknown_as_an_absent_one(leads: Kpi) -> None:
    with transaction.atomic():
        merge.stage([Value(1, leads.pk, JANUARY, 5), Value(2, 10**12, JANUARY, 5)])
        found = merge.faults(visible=[], today=TODAY)

    assert found == [Fault(1, leads.pk, "unknown_kpi"), Fault(2, 10**12, "unknown_kpi")]


def test_a_period_that_stands_twice_is_named_where_it_comes_again(leads: Kpi) -> None:
    with transaction.atomic():
        merge.stage([Value(1, leads.pk, JANUARY, 5), Value(2, leads.pk, JANUARY, 6)])
        found = merge.faults(visible=[leads.pk], today=TODAY)

    assert found == [Fault(2, leads.pk, "period_twice")]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM metrics_snapshot",
        "UPDATE metrics_snapshot SET period_start = '2026-01-31'",
        "UPDATE metrics_snapshot SET kpi_id = kpi_id",
        "UPDATE metrics_snapshot SET num = 'NaN'",
        "UPDATE metrics_snapshot SET den = 1e-12",
        "UPDATE metrics_snapshot SET batch_id = 999999",
        "UPDATE metrics_kpi SET grain = 'week'",
        "UPDATE metrics_kpi SET type = 'organic_revenue'",
        """UPDATE metrics_kpi SET scope = '{"country": "nl"}'""",
        "DELETE FROM metrics_kpi",
        "DELETE FROM metrics_source",
        "INSERT INTO metrics_snapshot (kpi_id, source_id, period_start, batch_id, recorded_at, revision, quality, num)"
        " SELECT 999999, source_id, '2026-01-31', batch_id, recorded_at, 1, 1, 1 FROM metrics_snapshot LIMIT 1",
    ],
)
def test_raw_sql_cannot_forge_a_value(source: Source, leads: Kpi, statement: str) -> None:
    store(source, daily(leads, [5]))

    with pytest.raises(IntegrityError):
        sql(statement)


@pytest.mark.parametrize("table", ["metrics_batch", "metrics_snapshotrevision"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_raw_sql_cannot_touch_what_was_kept(source: Source, leads: Kpi, table: str, statement: str) -> None:
    store(source, daily(leads, [5]))
    store(source, daily(leads, [6]))

    with pytest.raises(Exception, match=r"permission denied|append.only|written once"):
        sql(statement.format(table))


def test_an_unmeasured_kpi_may_still_change(leads: Kpi) -> None:
    sql("UPDATE metrics_kpi SET grain = 'week'")

    leads.refresh_from_db()
    assert leads.grain == "week"
