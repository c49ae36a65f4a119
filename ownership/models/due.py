"""Rows that are due: the only job queue. A message to a worker is a doorbell and carries nothing."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import uniform
from typing import Any, ClassVar, TypeVar

from django.db import connection, models
from django.db.models import F
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

CRASH_LIMIT = 3  # starts that never reported back
LONGEST_WAIT = timedelta(hours=6)


def any_of(ids: Iterable[int]) -> RawSQL:
    """To be used as `pk__in=`: one array to send and to plan, not a parameter for each."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


class LeaseLost(Exception):
    """Another worker holds the row now: roll back, it will do the work."""


T = TypeVar("T", bound="Due")


class DueQuerySet(models.QuerySet[T]):
    """Questions about many due rows."""

    def claim(self, *, at: datetime, limit: int = 1) -> list[T]:
        """Lease the oldest due rows, at most `limit`, to the caller; committed before any work begins.

        `at` decides what is due; leases run on database time, which all workers share. The array is made once: a
        plan may run the query of an IN (…) once per row, and would then lease more than `limit`.
        """
        table = connection.ops.quote_name(self.model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""UPDATE {table} SET lease_token = gen_random_uuid(), attempts = attempts + 1,
                           leased_until = clock_timestamp() + make_interval(secs => %s)
                    WHERE id = ANY (ARRAY(
                        SELECT id FROM {table}
                        WHERE due_at <= %s AND (leased_until IS NULL OR leased_until < clock_timestamp())
                          AND attempts - failures < %s
                        ORDER BY {self.model.order} LIMIT %s FOR UPDATE SKIP LOCKED))
                    RETURNING id""",  # noqa: S608  table and order come from the model
                [self.model.lease.total_seconds(), at, CRASH_LIMIT, limit],
            )
            ids = [row[0] for row in cursor.fetchall()]
        return list(self.filter(pk__in=any_of(ids)).order_by(*self.model.order.split(", "))) if ids else []

    def bury(self, *, at: datetime) -> int:
        """Take rows whose workers died three times out of the queue. A person may retry them.

        A lease is over when the database says so, as in `claim`, whatever the caller's clock holds for now.
        """
        crashed = self.filter(leased_until__lt=Now(), due_at__isnull=False, attempts__gte=F("failures") + CRASH_LIMIT)
        return crashed.update(
            due_at=None, dead_at=at, lease_token=None, leased_until=None, last_error="Three workers died on this."
        )


class Due(models.Model):
    """Something that must happen at `due_at` (null: nothing to do). Losing a worker or the broker loses nothing."""

    queue: ClassVar[str] = "pull"
    lease: ClassVar[timedelta] = timedelta(minutes=2)
    failure_limit: ClassVar[int] = 8
    claim_size: ClassVar[int] = 1
    order: ClassVar[str] = "due_at, id"  # in which due rows are claimed

    due_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    dead_at = models.DateTimeField(null=True, blank=True, editable=False)
    request_id = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True

    def settle(self, *, next_due_at: datetime | None = None, **fields: Any) -> None:
        """The work is done: give the lease back inside the transaction of its effects. LeaseLost: roll back."""
        self._report(due_at=next_due_at, attempts=0, failures=0, last_error="", dead_at=None, **fields)

    def fail(self, *, at: datetime, error: str, retry_at: datetime | None = None) -> None:
        """The work failed: wait 1 min·2ⁿ with jitter (at most six hours) or until the vendor's hour; then give up."""
        failures = self.failures + 1
        if failures >= self.failure_limit:
            self._report(due_at=None, dead_at=at, failures=failures, last_error=error)
            return
        wait = min(timedelta(minutes=2 ** (failures - 1)), LONGEST_WAIT) * uniform(0.8, 1.2)  # noqa: S311  jitter only
        self._report(due_at=retry_at or at + wait, failures=failures, last_error=error)

    def give_back(self, *, due_at: datetime) -> None:
        """Nothing was wrong and nothing was done: as if nobody had claimed it, but not before `due_at`."""
        self._report(due_at=due_at, attempts=F("attempts") - 1)

    def renew(self) -> None:
        """Long work between two steps: keep the lease."""
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(self._meta.db_table)
            cursor.execute(
                f"UPDATE {table} SET leased_until = clock_timestamp() + make_interval(secs => %s)"  # noqa: S608
                " WHERE id = %s AND lease_token = %s",
                [self.lease.total_seconds(), self.pk, self.lease_token],
            )
            if not cursor.rowcount:
                raise LeaseLost

    def _report(self, **fields: Any) -> None:
        held = type(self)._base_manager.filter(pk=self.pk, lease_token=self.lease_token or uuid.uuid4())
        if not held.update(lease_token=None, leased_until=None, **fields):
            raise LeaseLost
        self.refresh_from_db()
