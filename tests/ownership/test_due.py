"""Due rows: who holds a lease, for how long, and what becomes of a row that kills its workers."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from config import celery
from metrics.models import Pull
from ownership.models import LeaseLost
from ownership.models.due import CRASH_LIMIT
from tests.cast import MONDAY, Cast
from tests.metrics.builders import a_source

YEARS_LATER = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture
def row(cast: Cast) -> Pull:
    window = {"starts_on": date(2026, 2, 1), "ends_on": date(2026, 3, 1)}
    return Pull.objects.create(source=a_source(cast.marketing), due_at=MONDAY, **window)


def let_the_lease_run_out() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE metrics_pull SET leased_until = clock_timestamp() - interval '1 second'")


def die(row: Pull) -> None:
    """A worker takes the row and is never heard of again."""
    assert Pull.objects.claim(at=MONDAY) == [row]
    let_the_lease_run_out()


def test_what_is_leased_is_nobody_elses(row: Pull) -> None:
    assert Pull.objects.claim(at=MONDAY) == [row]
    assert Pull.objects.claim(at=MONDAY) == []


def test_what_a_dead_worker_held_is_taken_over(row: Pull) -> None:
    (dead,) = Pull.objects.claim(at=MONDAY)
    let_the_lease_run_out()

    (alive,) = Pull.objects.claim(at=MONDAY)

    assert (dead.pk, alive.attempts) == (alive.pk, 2)
    with pytest.raises(LeaseLost):
        dead.settle()
    with pytest.raises(LeaseLost):
        dead.renew()
    alive.settle()


def test_a_row_that_killed_three_workers_is_left_to_people(row: Pull) -> None:
    for _ in range(CRASH_LIMIT):
        die(row)

    assert Pull.objects.claim(at=MONDAY) == []
    celery.tick()

    row.refresh_from_db()
    assert (row.due_at, row.leased_until) == (None, None)
    assert row.dead_at is not None
    assert row.last_error


def test_the_third_worker_may_still_finish_whatever_our_clock_says(row: Pull) -> None:
    """Leases run on database time: a clock that was moved ahead must not bury what somebody is working on."""
    for _ in range(CRASH_LIMIT - 1):
        die(row)
    (held,) = Pull.objects.claim(at=MONDAY)

    assert Pull.objects.bury(at=YEARS_LATER) == 0
    held.settle()


def test_a_lease_that_ran_out_is_over_whatever_our_clock_says(row: Pull) -> None:
    """Nor must a clock that stands in the past keep the dead in the queue."""
    for _ in range(CRASH_LIMIT):
        die(row)

    assert Pull.objects.bury(at=MONDAY - timedelta(days=9999)) == 1


def test_no_plan_of_the_database_leases_more_than_was_asked_for(row: Pull) -> None:
    """The statement must not pick anew for each row that it looks at, which a nested loop would do."""
    for day in range(1, 20):
        starts_on = date(2026, 1, day)
        Pull.objects.create(
            source=row.source, due_at=MONDAY, starts_on=starts_on, ends_on=starts_on + timedelta(days=1)
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_hashagg = off"
        )
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_material = off")

    claimed = Pull.objects.claim(at=MONDAY, limit=2)

    assert len(claimed) == 2
    assert Pull.objects.filter(attempts__gt=0).count() == 2
