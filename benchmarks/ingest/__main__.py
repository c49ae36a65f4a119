"""What 20,000 values cost on their way in over HTTP, beside what PostgreSQL itself needs for the same rows.

    python -m benchmarks.ingest [--json] [--rows 20000] [--rounds 14] [--largest 10000000] [--directus DIR]

The ways are told in ways.py, the growing table in growth.py. Figures are CPU seconds of client, web server and every
process of PostgreSQL together, the fastest of the rounds; ways take turns in random order, quick ones three in a round,
and must leave the same rows.
"""

import argparse
import json
import random
import statistics
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.database import throw_away
from benchmarks.ingest import directus, growth, ways
from benchmarks.measuring import Meter
from config.run import FIRST_PORT, is_free

DIRECTUS_ROUNDS = 3
QUICK = 3  # times a round that a way takes its turn which takes a fraction of the others


class Bench:
    """The ways, and what they took."""

    def __init__(self, company: ways.Company, client: ways.Client, meter: Meter) -> None:
        self.company, self.meter = company, meter
        self.resend = ways.bulk_json(client, company, fresh=False)
        self.ways: dict[str, tuple[ways.Run, str, int]] = {
            "copy_merge": (ways.copy_merge(company), "push", QUICK),
            "copy_merge_again": (ways.copy_merge(company), "push", QUICK),  # A/A: how far equal work differs
            "bulk_http": (ways.bulk_json(client, company), "push", QUICK),
            "bulk_http_csv": (ways.bulk_csv(client, company), "push", QUICK),
            "tuned_django": (ways.tuned_django(company), "push", 1),
            "file_import": (ways.file_import(company), "import", 1),
        }
        self.took: dict[str, list[float]] = {name: [] for name in [*self.ways, "resend"]}
        self.rewritten = 0

    def round(self) -> None:
        order = [name for name, (_run, _kind, times) in self.ways.items() for _ in range(times)]
        random.shuffle(order)
        for name in order:
            run, kind, _times = self.ways[name]
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
        limit, bulk = min(best["copy_merge"], best["copy_merge_again"]), best["bulk_http"]
        found: dict[str, Any] = {
            "rows": len(self.company.rows),
            "rounds": len(self.took["tuned_django"]),
            "a_a": round(best["copy_merge_again"] / best["copy_merge"], 3),
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


def measure(cluster: Any, rows: int, rounds: int, largest: int, peer: Path | None) -> dict[str, Any]:
    company = ways.Company(rows)
    port = next(port for port in range(FIRST_PORT, 65536) if is_free(port))
    with ways.serving(port) as server:
        database = int(cluster.data.joinpath("postmaster.pid").read_text().split()[0])
        client, meter = ways.Client(port, ways.token_for(company)), Meter(server, database)
        bench = Bench(company, client, meter)
        for run, kind, _times in bench.ways.values():  # once unmeasured: imports, plans, connections
            run(company.place(kind))
        for _ in range(rounds):
            bench.round()
        figures = bench.figures()
        if peer:
            figures |= beside_directus(cluster, company, database, peer, figures["bulk_http_cpu_s"])
        if largest:
            table = growth.Growing(company, settle=partial(vacuum, cluster))
            figures |= table.measured(client, meter, largest=largest)
        return figures


def beside_directus(cluster: Any, company: ways.Company, database: int, home: Path, bulk: float) -> dict[str, Any]:
    """The fastest of three, as each takes a minute."""
    with directus.serving(cluster, home) as server:
        run, meter = directus.bulk(company), Meter(server, database)
        cost = min(meter.cost(run) for _ in range(DIRECTUS_ROUNDS))
        directus.check(cluster, DIRECTUS_ROUNDS * len(company.rows))
    return {"directus_cpu_s": round(cost, 2), "bulk_http_vs_directus": round(cost / bulk)}


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
    said.add_argument("--rounds", type=int, default=14)
    said.add_argument("--largest", type=int, default=max(growth.SIZES), help="rows of the largest table; 0: no growth")
    said.add_argument("--directus", type=Path, help="where `npm install directus pg` was run: measures that too")
    given = said.parse_args()
    with throw_away() as cluster:
        figures = measure(cluster, given.rows, given.rounds, given.largest, given.directus)
    if given.json:
        print(json.dumps(figures))  # noqa: T201  a benchmark speaks on its output
        return
    for name, figure in figures.items():
        print(f"{name:32} {figure}")  # noqa: T201  likewise


if __name__ == "__main__":
    main()
