"""The ways in which 20,000 values can enter, each into a place of its own, so that every run writes new rows."""

import http.client
import json
import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

KPIS = 100
FIRST = date(2020, 1, 6)
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 3, 2)
CHANGING = ["num", "den", "quality", "batch", "recorded_at", "revision"]

Run = Callable[[Any], None]  # takes the place


class Company:
    """A unit, somebody in it, and the KPIs. (Django is imported once it knows its database.)"""

    def __init__(self, rows: int) -> None:
        from metrics.models import Kpi
        from ownership.models import Unit, User

        self.unit = Unit.objects.create(name="Marketing")
        self.unit.refresh_from_db()
        self.user = User.objects.create_user("tom@mandate.example", None, name="Tom Bakker", unit=self.unit)
        self.kpis = Kpi.objects.bulk_create(
            Kpi(type="organic_leads", name=f"Leads {n}", unit=self.unit, metric_class="O", chain="Demand", grain="day")
            for n in range(KPIS)
        )
        numbers = random.Random(14)  # noqa: S311  the same rows every time
        days = [FIRST + timedelta(days=day) for day in range(rows // KPIS)]
        self.rows = [(kpi.pk, day, float(numbers.randrange(500))) for kpi in self.kpis for day in days]
        self.places = 0

    def place(self, kind: str) -> Any:
        """A new source of a new unit below."""
        from metrics.models import Source
        from ownership.models import Unit

        self.places += 1
        unit = Unit.objects.create(name=f"Team {self.places}", parent=self.unit)
        return Source.objects.standing(kind, unit)

    def values(self) -> Iterator[Any]:
        from metrics.merge import Value

        return (Value(line, *row) for line, row in enumerate(self.rows, start=1))

    def check(self, source: Any) -> None:
        """Equal answers, or the figures mean nothing."""
        from metrics.models import Snapshot

        found = Snapshot.objects.filter(source=source, revision=1, quality=1, den=None).order_by("pk")
        if list(found.values_list("kpi_id", "period_start", "num")) != self.rows:
            raise AssertionError(f"{source} does not hold what was sent")

    def recorded(self, source: Any, batch: Any) -> None:
        """The event that every way has to leave: equal audit."""
        from ownership.models import Event

        Event.objects.record("values.pushed", about=source, by=self.user, at=AT, reason="Nightly", after=batch.counts())


def copy_merge(company: Company) -> Run:
    """The limit: ready binary rows copied into the temporary table, then the very merge statement of the product."""
    from django.db import connection, transaction

    from metrics import merge

    with transaction.atomic(), connection.cursor() as cursor:
        merge.stage(company.values())
        with cursor.copy("COPY staged TO STDOUT (FORMAT BINARY)") as copy:
            ready = b"".join(bytes(part) for part in copy)

    def run(source: Any) -> None:
        with transaction.atomic():
            merge.stage([])
            with connection.cursor() as cursor, cursor.copy("COPY staged FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(ready)
            company.recorded(source, merge.merge(kind="push", source=source, by=company.user, at=AT, reason="Nightly"))

    return run


def tuned_django(company: Company) -> Run:
    """bulk_create as careful people use it: one statement per 5,000 rows, update_conflicts, no query per row."""
    from django.db import transaction

    from metrics.models import Batch, Snapshot

    values = list(company.values())

    def run(source: Any) -> None:
        with transaction.atomic():
            batch = Batch.objects.create(kind="push", source=source, by=company.user, at=AT, inserted=len(values))
            rows = [
                Snapshot(
                    kpi_id=value.kpi_id,
                    source_id=source.pk,
                    period_start=value.period_start,
                    batch_id=batch.pk,
                    recorded_at=AT,
                    num=value.num,
                    den=value.den,
                )
                for value in values
            ]
            Snapshot.objects.bulk_create(
                rows,
                batch_size=5_000,
                update_conflicts=True,
                update_fields=CHANGING,
                unique_fields=["kpi", "source", "period_start"],
            )
            company.recorded(source, batch)

    return run


def file_import(company: Company) -> Run:
    """A CSV file uploaded, read as a trial and stored: three acts with their events."""
    from metrics.services import files
    from metrics.tabular import Mapping

    lines = ["kpi,date,num", *(f"KPI-{kpi},{day},{num:g}" for kpi, day, num in company.rows)]
    mapping = Mapping(decimal=".", date="date", kpi="kpi", num="num")
    who: dict[str, Any] = {"by": company.user, "at": AT, "reason": "Nightly"}

    def run(source: Any) -> None:
        row = files.upload(into=source, file_name="rows.csv", data="\n".join(lines).encode(), **who)
        row = files.read(row=row, mapping=mapping, today=TODAY, expected_version=row.version, **who)
        files.store(row=row, today=TODAY, expected_version=row.version, **who)

    return run


class Client:
    """A tool with a token, before the web server that `make run` starts."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.headers = {"Authorization": f"Bearer {token}"}
        self.sent = 0

    def bulk(self, unit: int, body: bytes, kind: str = "json") -> dict[str, Any]:
        self.sent += 1
        query = f"?unit={unit}&reason=Nightly" if kind == "csv" else ""
        types = {"json": "application/json", "csv": "text/csv"}
        headers = {"Idempotency-Key": f"request-{self.sent:06}", "Content-Type": types[kind]}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.request("POST", f"/api/v1/snapshots/bulk/{query}", body, self.headers | headers)
        answer = connection.getresponse()
        said: dict[str, Any] = json.loads(answer.read())
        connection.close()
        if answer.status != 201:
            raise AssertionError(said)
        return said


def bulk_json(client: Client, company: Company, *, fresh: bool = True) -> Run:
    """The product: a ready body, over HTTP, with token, idempotency key, checks and audit."""
    rows = json_rows(company.rows)

    def run(source: Any) -> None:
        said = client.bulk(source.unit_id, body_of(source.unit_id, rows))
        if said["inserted"] != (len(company.rows) if fresh else 0):
            raise AssertionError(said["inserted"])

    return run


def bulk_csv(client: Client, company: Company) -> Run:
    """The same as a table."""
    body = "\n".join(["kpi,period_start,num", *(f"{kpi},{day},{num:g}" for kpi, day, num in company.rows)]).encode()

    def run(source: Any) -> None:
        client.bulk(source.unit_id, body, "csv")

    return run


def json_rows(rows: list[tuple[int, date, float]]) -> bytes:
    said = [{"kpi": kpi, "period_start": str(day), "num": num} for kpi, day, num in rows]
    return json.dumps(said, separators=(",", ":")).encode()


def body_of(unit: int, rows: bytes) -> bytes:
    return b'{"unit": %d, "reason": "Nightly", "rows": %s}' % (unit, rows)


@contextmanager
def serving(port: int) -> Iterator[int]:
    """The web server of `make run`, answering; its process id."""
    from config.run import web

    server = subprocess.Popen(web(port))  # noqa: S603  our own words
    try:
        for _ in range(600):
            time.sleep(0.1)
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield server.pid
    finally:
        server.terminate()
        server.wait(30)


def token_for(company: Company) -> str:
    from ownership.models import Token

    now = datetime.now(UTC)  # noqa: TID251  the server asks its own clock whether it is still good
    scopes, ends = ["metrics.write"], now + timedelta(days=1)
    return Token.objects.issue(user=company.user, name="Shop", scopes=scopes, at=now, expires_at=ends)[1]
