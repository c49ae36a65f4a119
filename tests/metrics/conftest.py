"""A warehouse of one's own on loopback: another database of the test's server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from metrics.sources.fakes import world
from metrics.sources.fakes.warehouse import listening
from tests import cluster
from tests.metrics.vendors import TODAY

FIRST = date(2024, 6, 1)


@dataclass
class Warehouse:
    """Its address, and a way to let it be another day there."""

    dsn: str
    name: str
    databases: cluster.Databases

    def go_to(self, today: date) -> None:
        """What is known of the sales on that day."""
        days = [FIRST + timedelta(days=n) for n in range((today - FIRST).days)]
        rows = [(day, world.visits(day, today)) for day in days if not world.is_empty(day)]
        values = ", ".join(f"('{day}', {visits // 20}, {visits})" for day, visits in rows)
        self.databases.execute("DELETE FROM sales", f"INSERT INTO sales VALUES {values}", dbname=self.name)  # noqa: S608  dates and numbers


@contextmanager
def on_loopback(url: str) -> Iterator[str]:
    """Host and port of the server: its own, or of a door to its socket. A source never goes to a socket."""
    server = urlsplit(url)
    if server.hostname:
        yield f"{server.hostname}:{server.port or 5432}"
        return
    with listening(f"{parse_qs(server.query)['host'][0]}/.s.PGSQL.5432") as port:
        yield f"127.0.0.1:{port}"


@pytest.fixture
def warehouse(request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    databases = request.config.stash[cluster.DATABASES]
    with databases.copy(template="template1") as name:
        databases.execute(
            "CREATE TABLE sales (day date PRIMARY KEY, orders int, visits int)",
            "CREATE SEQUENCE counter",
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO mandate_app",
            "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO mandate_app",
            dbname=name,
        )
        with on_loopback(databases.superuser_url) as address:
            warehouse = Warehouse(f"postgresql://mandate_app@{address}/{name}", name, databases)
            warehouse.go_to(TODAY)
            yield warehouse
