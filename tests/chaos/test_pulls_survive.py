"""Workers are killed and the broker forgets all in the middle of a hundred pulls: no value is lost or doubled."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.db import connection

from metrics.models import Batch, Pull, Series, Snapshot, SnapshotRevision, Source
from ownership.models import Event, Organisation, Unit
from tests.cast import MONDAY
from tests.chaos.conftest import APART, TOGETHER, Broker, Workers, eventually
from tests.conftest import Calendar
from tests.metrics.builders import a_kpi

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.alone]

SOURCES, DAYS = 4, 25  # a pull for each day of each source
PULLS = SOURCES * DAYS
VALUES = 2 * PULLS  # two KPIs
FIRST = MONDAY.date() - timedelta(days=DAYS)
KILLS = 3


def leads(day: date) -> float:
    return float(day.toordinal() % 97)


@pytest.fixture
def shop() -> Iterator[str]:
    """The address of a source that takes 5 to 60 ms for an answer, so that a kill may come while it is awaited."""
    random = Random(7)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            day = date.fromisoformat(parse_qs(urlsplit(self.path).query)["on"][0])
            body = f"date,leads,visits\n{day},{leads(day)},{leads(day) + 1000}\n".encode()
            time.sleep(random.uniform(0.005, 0.06))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/?on={{start}}"
        server.shutdown()


@pytest.fixture
def hundred_pulls(shop: str, calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    """All due on a Monday in March, which it is for the workers too."""
    monkeypatch.setenv("MANDATE_CLOCK", str(calendar.path))
    Organisation.objects.get_or_create(pk=1, defaults={"name": "Sofa & Co"})
    for number in range(SOURCES):
        unit = Unit.objects.create(name=f"Shop {number}")
        source = Source.objects.create(kind="http", name="Shop", unit=unit, config={"url": shop})
        for column in ("leads", "visits"):
            Series.objects.create(source=source, kpi=a_kpi(unit, source, name=column), query={"num": column})
        Pull.objects.bulk_create(
            Pull(source=source, starts_on=day, ends_on=day + timedelta(days=1), due_at=MONDAY) for day in days()
        )


def days() -> list[date]:
    return [FIRST + timedelta(days=n) for n in range(DAYS)]


def settled() -> int:
    return Pull.objects.filter(due_at=None).count()


@pytest.fixture
def all_settle(hundred_pulls: None, calendar: Calendar) -> Callable[[], bool]:
    """Whether it comes to that. The clock goes on: a worker waits by it for its turn at a source."""

    def is_so() -> bool:
        calendar.forward(seconds=0.1)
        return settled() == PULLS

    return lambda: eventually(is_so, 60)


def let_time_pass() -> None:
    """Two minutes are a lease; nobody wants to wait that long."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE metrics_pull SET leased_until = leased_until - interval '1 hour'")


def assert_every_value_is_there_once() -> None:
    values = Snapshot.objects.order_by("period_start", "num").values_list("period_start", "num", "revision")
    assert list(values) == [(day, leads(day) + more, 1) for day in days() for more in (0, 1000) for _ in range(SOURCES)]
    assert not SnapshotRevision.objects.exists()
    stored = Batch.objects.values_list("pull", "inserted", "revised", "unchanged").order_by("pull")
    pulls = Pull.objects.order_by("pk").values_list("pk", flat=True)
    assert list(stored) == [(pull, 2, 0, 0) for pull in pulls]
    assert Event.objects.filter(data__action="values.pulled").count() == PULLS
    call_command("verify_ledger")


@pytest.mark.parametrize("commands", [TOGETHER, APART], ids=["one process", "prefork and beat"])
def test_workers_are_killed_and_redis_forgets(
    commands: list[list[str]], all_settle: Callable[[], bool], workers: Workers, broker: Broker
) -> None:
    random = Random(len(commands))

    for _ in range(KILLS):
        enough = settled() + random.randint(5, 25)
        workers.start(commands)
        assert eventually(lambda: settled() >= enough, 60)  # noqa: B023  (called at once)
        time.sleep(random.uniform(0, 0.1))
        workers.kill()
        broker.forget()
        let_time_pass()
    in_the_middle = settled()
    workers.start(commands)

    assert in_the_middle < PULLS
    assert all_settle()
    assert_every_value_is_there_once()


def test_living_workers_go_on_with_a_broker_that_lost_all(
    all_settle: Callable[[], bool], workers: Workers, broker: Broker
) -> None:
    workers.start(APART)
    assert all_settle()

    for lose_all in (broker.forget, broker.restart):
        lose_all()
        Pull.objects.filter(starts_on=FIRST).update(due_at=MONDAY)
        assert all_settle()

    assert Snapshot.objects.filter(revision=1).count() == VALUES
    assert Batch.objects.filter(inserted=0, unchanged=2).count() == 2 * SOURCES
