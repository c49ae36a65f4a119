"""How long 50,000 rows take on their way in, beside what PostgreSQL itself needs for the same rows.

    python -m benchmarks.ingest [--json] [--rows 50000] [--rounds 7]

`copy_merge` is the physical limit: ready binary rows copied into a temporary table, then the very merge statement of
the product, on the same table with the same triggers. `import` is the product: a CSV file uploaded, read as a trial and
stored, three acts with their events; `store` is its last act alone. `push` stores rows that are Python values already.
`resend` imports a file of the same values again. `django` is a careful Django: bulk_create with update_conflicts.

Figures are seconds, wall clock and CPU (of this process and its database connection), the fastest of the rounds; paths
take turns in random order; every path must leave the same values.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.database import throw_away

KPIS = 100
FIRST = date(2020, 1, 6)
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 3, 2)


@dataclass
class Took:
    """Seconds of one run."""

    wall: float
    cpu: float


class Bench:
    """One organisation with a hundred KPIs, and the ways in. (Django is imported once it knows its database.)"""

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
        self.days = rows // KPIS
        self.numbers = random.Random(14)  # noqa: S311  the same rows every time
        self.nums = [[float(self.numbers.randrange(500)) for _ in range(self.days)] for _ in self.kpis]
        self.total = sum(map(sum, self.nums))
        self.runs = 0

    def source(self) -> Any:
        """A new source, so that every run writes new rows."""
        from metrics.models import Source

        self.runs += 1
        return Source.objects.create(kind="import", name=f"Run {self.runs}", unit=self.unit)

    def values(self) -> Iterator[Any]:
        from metrics.merge import Value

        line = 0
        for kpi, nums in zip(self.kpis, self.nums, strict=True):
            for day, num in enumerate(nums):
                line += 1
                yield Value(line, kpi.pk, FIRST + timedelta(days=day), num)

    def file(self) -> bytes:
        """The same as people bring it: a row per KPI and day."""
        lines = ["kpi,date,num"]
        lines += [f"KPI-{v.kpi_id},{v.period_start},{v.num:g}" for v in self.values()]
        return "\n".join(lines).encode()

    def binary(self) -> bytes:
        """The same as PostgreSQL's own binary COPY writes it."""
        from django.db import connection, transaction

        from metrics import merge

        with transaction.atomic(), connection.cursor() as cursor:
            merge.stage(self.values())
            with cursor.copy("COPY staged TO STDOUT (FORMAT BINARY)") as copy:
                return b"".join(bytes(part) for part in copy)

    def check(self, source: Any) -> None:
        """Equal answers, or the figures mean nothing."""
        from django.db.models import Count, Sum

        from metrics.models import Snapshot

        found = Snapshot.objects.filter(source=source).aggregate(n=Count("num"), total=Sum("num"))
        wanted = {"n": KPIS * self.days, "total": self.total}
        if found != wanted:
            raise AssertionError(f"{found} instead of {wanted}")

    # The ways in. Each makes its own source and leaves the same values in it.

    def copy_merge(self, ready: bytes) -> Callable[[Any], None]:
        from django.db import connection, transaction

        from metrics import merge

        def run(source: Any) -> None:
            with transaction.atomic():
                merge.stage([])
                with connection.cursor() as cursor, cursor.copy("COPY staged FROM STDIN (FORMAT BINARY)") as copy:
                    copy.write(ready)
                merge.merge(kind="import", source=source, by=self.user, at=AT, reason="")

        return run

    def push(self, values: list[Any]) -> Callable[[Any], None]:
        from django.db import transaction

        from metrics import merge

        def run(source: Any) -> None:
            with transaction.atomic():
                merge.stage(values)
                if merge.faults(visible=[kpi.pk for kpi in self.kpis], today=TODAY):
                    raise AssertionError("sound rows were refused")
                merge.merge(kind="push", source=source, by=self.user, at=AT, reason="")

        return run

    def django(self, values: list[Any]) -> Callable[[Any], None]:
        from django.db import transaction

        from metrics.models import Batch, Snapshot

        changing = ["num", "den", "quality", "batch", "recorded_at", "revision"]

        def run(source: Any) -> None:
            with transaction.atomic():
                batch = Batch.objects.create(kind="import", source=source, by=self.user, at=AT)
                rows = [
                    Snapshot(
                        kpi_id=v.kpi_id,
                        source_id=source.pk,
                        period_start=v.period_start,
                        batch_id=batch.pk,
                        recorded_at=AT,
                        num=v.num,
                        den=v.den,
                    )
                    for v in values
                ]
                Snapshot.objects.bulk_create(
                    rows,
                    batch_size=5_000,
                    update_conflicts=True,
                    update_fields=changing,
                    unique_fields=["kpi", "source", "period_start"],
                )

        return run

    def file_import(self, data: bytes, laps: dict[str, Took]) -> Callable[[Any], None]:
        from metrics.services import files
        from metrics.tabular import Mapping

        mapping = Mapping(decimal=".", date="date", kpi="kpi", num="num")
        who: dict[str, Any] = {"by": self.user, "at": AT, "reason": "Benchmark"}

        def run(source: Any) -> None:
            row = files.upload(into=source, file_name="rows.csv", data=data, **who)
            row = files.read(row=row, mapping=mapping, today=TODAY, expected_version=row.version, **who)
            with Timed() as lap:
                files.store(row=row, today=TODAY, expected_version=row.version, **who)
            laps["store"] = lap[0]

        return run


class Timed:
    """Measures wall clock and CPU of this process and of the database connection it uses."""

    def __enter__(self) -> list[Took]:
        from django.db import connection

        connection.ensure_connection()
        self.backend = connection.connection.info.backend_pid
        self.took: list[Took] = []
        self.wall, self.cpu = time.perf_counter(), time.process_time() + cpu_of(self.backend)
        return self.took

    def __exit__(self, *_: object) -> None:
        cpu = time.process_time() + cpu_of(self.backend) - self.cpu
        self.took.append(Took(time.perf_counter() - self.wall, cpu))


def cpu_of(pid: int) -> float:
    """CPU seconds of another process so far; 0 where the kernel does not tell (another machine)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / 100


def measure(rows: int, rounds: int) -> dict[str, Any]:
    bench = Bench(rows)
    values, data, ready, laps = list(bench.values()), bench.file(), bench.binary(), dict[str, Took]()
    ways: dict[str, Callable[[Any], None]] = {
        "copy_merge": bench.copy_merge(ready),
        "copy_merge_again": bench.copy_merge(ready),  # A/A: how far equal work differs
        "push": bench.push(values),
        "import": bench.file_import(data, laps),
        "django": bench.django(values),
    }
    again = bench.file_import(data + b"\n", {})  # another file by its hash, the same values
    took: dict[str, list[Took]] = {name: [] for name in [*ways, "store", "resend"]}
    order = list(ways)
    for _ in range(rounds):
        bench.numbers.shuffle(order)
        for name in order:
            source = bench.source()
            with Timed() as lap:
                ways[name](source)
            took[name] += lap
            bench.check(source)
            if name == "import":
                took["store"].append(laps["store"])
                with Timed() as lap:
                    again(source)
                took["resend"] += lap
                bench.check(source)
    return _figures(rows, rounds, took)


def _figures(rows: int, rounds: int, took: dict[str, list[Took]]) -> dict[str, Any]:
    figures: dict[str, Any] = {"rows": rows, "rounds": rounds}
    for name, runs in took.items():
        figures[f"{name}_s"] = round(min(run.wall for run in runs), 3)
        figures[f"{name}_median_s"] = round(statistics.median(run.wall for run in runs), 3)
        figures[f"{name}_cpu_s"] = round(min(run.cpu for run in runs), 3)
    limit = figures["copy_merge_cpu_s"]
    figures["a_a"] = round(figures["copy_merge_again_cpu_s"] / limit, 2)
    for name in ("push", "store", "import"):
        figures[f"{name}_of_copy_merge"] = round(limit / figures[f"{name}_cpu_s"], 2)
    figures["push_against_django"] = round(figures["django_cpu_s"] / figures["push_cpu_s"], 1)
    figures["resend_of_import"] = round(figures["resend_cpu_s"] / figures["import_cpu_s"], 2)
    figures["rows_per_second"] = round(rows / figures["import_s"])
    return figures


def main() -> None:
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--json", action="store_true", help="one JSON object on the last line")
    said.add_argument("--rows", type=int, default=50_000)
    said.add_argument("--rounds", type=int, default=7)
    given = said.parse_args()
    with throw_away():
        figures = measure(given.rows, given.rounds)
    if given.json:
        print(json.dumps(figures))  # noqa: T201  a benchmark speaks on its output
        return
    for name, figure in figures.items():
        print(f"{name:28} {figure}")  # noqa: T201  likewise


if __name__ == "__main__":
    main()
