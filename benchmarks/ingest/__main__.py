"""What 20,000 values cost on their way in over HTTP, beside what PostgreSQL itself needs for the same rows.

    python -m benchmarks.ingest [--json] [--rows 20000] [--rounds 21] [--largest 10000000]

The ways are told in ways.py, the growing table in growth.py. Figures are CPU seconds of client, web server and every
process of PostgreSQL together, the fastest of the rounds; ways take turns in random order and must leave the same rows.
"""

import argparse
import json
import random
import statistics
from functools import partial
from typing import Any

from benchmarks.database import throw_away
from benchmarks.ingest import growth, ways
from benchmarks.measuring import Meter
from config.run import FIRST_PORT, is_free


class Bench:
    """The ways, and what they took."""

    def __init__(self, company: ways.Company, client: ways.Client, meter: Meter) -> None:
        self.company, self.meter = company, meter
        self.resend = ways.bulk_json(client, company, fresh=False)
        self.ways: dict[str, tuple[ways.Run, str]] = {
            "copy_merge": (ways.copy_merge(company), "push"),
            "copy_merge_again": (ways.copy_merge(company), "push"),  # A/A: how far equal work differs
            "bulk_http": (ways.bulk_json(client, company), "push"),
            "bulk_http_csv": (ways.bulk_csv(client, company), "push"),
            "tuned_django": (ways.tuned_django(company), "push"),
            "file_import": (ways.file_import(company), "import"),
        }
        self.took: dict[str, list[float]] = {name: [] for name in [*self.ways, "resend"]}
        self.rewritten = 0

    def round(self) -> None:
        order = list(self.ways)
        random.shuffle(order)
        for name in order:
            run, kind = self.ways[name]
            place = self.company.place(kind)
            self.took[name].append(self.meter.cost(partial(run, place)))
            self.company.check(place)
            if name == "bulk_http":
                self._send_again(place)

    def _send_again(self, place: Any) -> None:
        """The same rows under another key, and how many rows that wrote."""
        from metrics.models import Batch, Snapshot, SnapshotRevision

        last = Batch.objects.latest("pk").pk
        self.took["resend"].append(self.meter.cost(partial(self.resend, place)))
        self.rewritten += Snapshot.objects.filter(batch__gt=last).count()
        self.rewritten += SnapshotRevision.objects.filter(source_id=place.pk).count()

    def figures(self) -> dict[str, Any]:
        best = {name: min(costs) for name, costs in self.took.items()}
        limit, bulk = best["copy_merge"], best["bulk_http"]
        found: dict[str, Any] = {
            "rows": len(self.company.rows),
            "rounds": len(self.took["bulk_http"]),
            "a_a": round(best["copy_merge_again"] / limit, 3),
            "bulk_http_vs_copy_merge": round(limit / bulk, 3),
            "bulk_http_csv_vs_copy_merge": round(limit / best["bulk_http_csv"], 3),
            "bulk_http_vs_tuned_django": round(best["tuned_django"] / bulk, 2),
            "file_import_vs_copy_merge": round(limit / best["file_import"], 3),
            "resend_vs_fresh": round(best["resend"] / bulk, 3),
            "resend_rows_written": self.rewritten,
        }
        for name, costs in self.took.items():
            found[f"{name}_cpu_s"] = round(min(costs), 4)
            found[f"{name}_median_cpu_s"] = round(statistics.median(costs), 4)
        return found


def measure(cluster: Any, rows: int, rounds: int, largest: int) -> dict[str, Any]:
    company = ways.Company(rows)
    port = next(port for port in range(FIRST_PORT, 65536) if is_free(port))
    with ways.serving(port) as server:
        database = int(cluster.data.joinpath("postmaster.pid").read_text().split()[0])
        client, meter = ways.Client(port, ways.token_for(company)), Meter(server, database)
        bench = Bench(company, client, meter)
        for run, kind in bench.ways.values():  # once unmeasured: imports, plans, connections
            run(company.place(kind))
        for _ in range(rounds):
            bench.round()
        if not largest:
            return bench.figures()
        table = growth.Growing(company, settle=partial(vacuum, cluster))
        return bench.figures() | table.measured(client, meter, largest=largest)


def vacuum(cluster: Any) -> None:
    """So that no vacuum of its own accord falls into a measurement."""
    import psycopg

    from config import postgres

    with psycopg.connect(cluster.url(postgres.SUPERUSER), autocommit=True) as superuser:
        superuser.execute("VACUUM (ANALYZE)")


def main() -> None:
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--json", action="store_true", help="one JSON object on the last line")
    said.add_argument("--rows", type=int, default=20_000)
    said.add_argument("--rounds", type=int, default=21)
    said.add_argument("--largest", type=int, default=max(growth.SIZES), help="rows of the largest table; 0: no growth")
    given = said.parse_args()
    with throw_away() as cluster:
        figures = measure(cluster, given.rows, given.rounds, given.largest)
    if given.json:
        print(json.dumps(figures))  # noqa: T201  a benchmark speaks on its output
        return
    for name, figure in figures.items():
        print(f"{name:32} {figure}")  # noqa: T201  likewise


if __name__ == "__main__":
    main()
