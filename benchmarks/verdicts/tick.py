"""What a whole tick costs beside the grouped read of the same rows: pilots in a database, read, judged, written.

    python -m benchmarks.verdicts.tick [--pilots 10000] [--series 5]

Every pilot has five KPIs of its own with daily values (seeded), since we build for 50,000 KPIs of 10,000 pilots: the
main one and a guardrail, each with the untreated control that gate G2 asks for, and one that is also watched; fifteen
weeks of baseline, and thirteen of a pilot of sixteen: 196 days. Two in five have no effect, the others one of up to
twice their goal. Each of the weeks before was ticked too, unmeasured, so that the earlier verdicts, their counters and
the flags are what the product made of them; nobody ever answers a flag, so each climbs every second week. First a tenth
of the pilots is judged, then all of them, a week later: the exponent is that of the cost between the two. The grouped
read sums the same days by KPI and week, those of as many pilots at a time as a tick claims, and fetches them. Seconds
are of CPU, of this process and its database connection. `flips` and `flag_events` are what the measured tick of all
pilots told besides its verdicts. `--series 1` is the bare pilot: its main KPI alone.
"""

import argparse
import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from benchmarks.database import throw_away
from benchmarks.measuring import Meter

START = date(2026, 1, 5)
BASELINE, WEEKS, LENGTH = 15, 12, 16
SERIES = ("Leads", "Leads elsewhere", "Orders", "Orders elsewhere", "Visits")  # "elsewhere" is untreated

_VALUES = """
INSERT INTO metrics_snapshot (kpi_id, source_id, period_start, batch_id, recorded_at, revision, quality, num)
SELECT id, %(source)s, d::date, %(batch)s, d + interval '1 day', 1, 1,
       greatest(0, round(level * exp(.08 * (random() + random() + random() - 1.5))
             * CASE WHEN d >= %(start)s AND is_moved THEN 1 + effect ELSE 1 END))
FROM (
    SELECT id, is_moved, 40 + 200 * random() AS level, .4 * random() AS effect
    FROM unnest(%(kpis)s::bigint[], %(moved)s::bool[]) k(id, is_moved)
) kpi, generate_series(%(first)s::timestamptz, %(last)s::timestamptz, interval '1 day') d
"""
_GROUPED = """
SELECT s.kpi_id, (s.period_start - %(first)s) / 7 AS week, sum(s.num), sum(s.den), count(*)
FROM unnest(%(kpis)s::bigint[]) a(kpi)
JOIN metrics_snapshot s ON s.kpi_id = a.kpi AND s.source_id = %(source)s
WHERE s.period_start >= %(first)s AND s.period_start < %(until)s
GROUP BY s.kpi_id, week ORDER BY s.kpi_id, week
"""


class Pilots:
    """An organisation whose pilots all began on the same day. (Django is imported once it knows its database.)"""

    def __init__(self, series: int = 1) -> None:
        from metrics.models import Batch, Source
        from ownership.models import Unit, User

        self.at, self.series = datetime(2026, 1, 5, 9, tzinfo=UTC), series
        self.unit = Unit.objects.create(name="Bench")
        people = ("tom", "marieke")
        self.owner, self.sponsor = (
            User.objects.create_user(f"{name}@bench.example", None, name=name, unit=self.unit) for name in people
        )
        self.source = Source.objects.create(kind="manual", name="By hand", unit=self.unit)
        self.batch = Batch.objects.create(kind="manual", source=self.source, at=self.at)
        self.kpis: list[int] = []

    def add(self, count: int) -> None:
        """So many more, never judged."""
        from django.db import transaction

        made = len(self.kpis)
        for begin in range(made, made + count, 1000):
            with transaction.atomic():
                self._add(range(begin, min(begin + 1000, made + count)))

    def _add(self, numbers: range) -> None:
        from initiatives.models import Baseline, Goal, Initiative, Target, Watch
        from metrics.models import Kpi
        from ownership.models import Seat

        seats, kpis, goals, rows, targets = [], [], [], [], []
        for n in numbers:
            apart, unit = uuid4(), self.unit
            kpis += [
                Kpi(type="organic_leads", name=f"{name} {n}", unit=unit, metric_class="O", chain="Demand", grain="day",
                    source_of_record=self.source)
                for name in SERIES[: self.series]
            ]  # fmt: skip
            for kind, holder in (("sponsor", self.sponsor), ("owner", self.owner)):
                seats.append(Seat(kind=kind, title=f"{kind} {n}", unit=unit, holder=holder, apart=apart))
        _bulk(Seat, seats)
        _bulk(Kpi, kpis)
        for n, owner in zip(numbers, seats[1::2], strict=True):
            goals.append(Goal(statement=f"Goal {n}", horizon_on=date(2027, 12, 31), unit=self.unit, owner=owner))
        _bulk(Goal, goals)
        for n, goal, sponsor, owner in zip(numbers, goals, seats[::2], seats[1::2], strict=True):
            window = {"pilot_starts_on": START, "pilot_ends_on": START + timedelta(weeks=LENGTH), "state": "pilot"}
            window |= {"created_at": self.at, "created_by": self.owner, "state_since": self.at}
            rows.append(
                Initiative(title=f"Pilot {n}", goal=goal, unit=self.unit, sponsor=sponsor, owner=owner, budget=9000,
                           timebox_weeks=LENGTH, **window)
            )  # fmt: skip
        _bulk(Initiative, rows)
        for n, row in enumerate(rows):
            own = [*kpis[n * self.series : (n + 1) * self.series], *[None] * len(SERIES)]
            main, control, guarded, its_control, watched = own[: len(SERIES)]
            result: dict[str, Any] = {"initiative": row, "metric_class": "O", "chain": "Demand"}
            money: dict[str, Any] = {"value_low": 20, "value_likely": 30, "value_high": 40}
            targets.append(
                Target(kpi=main, control=control, role="primary", goal=0.2, smallest_effect=0.05, lag_weeks=2,
                       ramp_weeks=4, due_on=row.pilot_ends_on, **money, **result)
            )  # fmt: skip
            if guarded:
                targets.append(Target(kpi=guarded, control=its_control, role="guardrail", margin=0.1, **result))
            if watched:
                targets.append(Target(kpi=watched, role="secondary", **result))
        _bulk(Target, targets)
        window = {"starts_on": START - timedelta(weeks=BASELINE), "ends_on": START}
        locked = {"value": 700, "sd": 50, "n": BASELINE, "coverage": 1.0, "computed_at": self.at, "sha256": "0" * 64}
        locked |= {"locked_by": self.owner, "locked_at": self.at, "number": 1}
        _bulk(Baseline, [Baseline(target=target, **window, **locked) for target in targets])
        _bulk(Watch, [Watch(initiative=row, due_at=self.at) for row in rows])
        self._deliver([kpi.pk for kpi in kpis])

    def _deliver(self, kpis: list[int]) -> None:
        from django.db import connection

        first, last = START - timedelta(weeks=BASELINE), START + timedelta(weeks=WEEKS + 2)
        given: dict[str, Any] = {"kpis": kpis, "source": self.source.pk, "batch": self.batch.pk, "start": START}
        given["moved"] = [n % self.series in (0, 4) and n // self.series % 5 > 1 for n in range(len(kpis))]
        with connection.cursor() as cursor:
            cursor.execute("SELECT setseed(%s)", [kpis[0] / 2**31])
            cursor.execute(_VALUES, given | {"first": first, "last": last})
        self.kpis += kpis

    def tick(self, *, week: int) -> None:
        """All that is due two days after the week is over."""
        from initiatives.models import Watch
        from initiatives.services import judging

        at = datetime.combine(START, datetime.min.time(), UTC) + timedelta(weeks=week, days=2, hours=9)
        Watch.objects.rouse(at=at)
        while watches := Watch.objects.claim(at=at, limit=Watch.claim_size):
            judging.judge(watches=watches, at=at)

    def told(self) -> dict[str, int]:
        """How many verdicts, flips and events of flags there are."""
        from initiatives.models import Flip, Verdict
        from ownership.models import Event

        events = Event.objects.filter(data__action__startswith="flag.")
        return {"verdicts": Verdict.objects.count(), "flips": Flip.objects.count(), "flag_events": events.count()}

    def grouped_read(self, *, week: int) -> int:
        """The same days, summed by pilot and week, as many pilots at a time as a tick claims."""
        from django.db import connection

        from initiatives.models import Watch

        given: dict[str, Any] = {"source": self.source.pk, "first": START - timedelta(weeks=BASELINE)}
        rows = 0
        together = Watch.claim_size * self.series
        for begin in range(0, len(self.kpis), together):
            more: dict[str, Any] = {
                "kpis": self.kpis[begin : begin + together],
                "until": START + timedelta(weeks=week),
            }
            with connection.cursor() as cursor:
                cursor.execute(_GROUPED, given | more)
                rows += len(cursor.fetchall())
        return rows


def _bulk(model: Any, rows: list[Any]) -> None:
    model._base_manager.bulk_create(rows)


GUARDED = ("initiatives_initiative", "initiatives_target", "ownership_seat", "initiatives_baseline")


def _unguarded(act: Callable[[], None]) -> None:
    """What acts make one by one over months is put straight into the tables."""
    from django.db import connections

    for word in ("DISABLE", "ENABLE"):
        with connections["owner"].cursor() as cursor:
            for table in GUARDED:
                cursor.execute(f"ALTER TABLE {table} {word} TRIGGER USER")
        if word == "DISABLE":
            act()
    _analyze()


def _analyze() -> None:
    """As autovacuum would in time."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")


def measure(pilots: int, series: int = len(SERIES)) -> dict[str, float]:
    """`tick_vs_grouped_read` at so many pilots of so many KPIs, and the exponent of the tick's cost from a tenth of
    them on."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # so that one process does all that is counted
    meter, bench, few = Meter(connection.connection.info.backend_pid), Pilots(series), pilots // 10
    small = _tick(meter, bench, adding=few, week=WEEKS)[0]
    whole, told = _tick(meter, bench, adding=pilots - few, week=WEEKS + 1)
    if told.pop("verdicts") != pilots * (1 if series < 3 else 2):
        raise AssertionError("Not every pilot got its verdict.")
    read = min(meter.cost(lambda: bench.grouped_read(week=WEEKS + 1)) for _ in range(3))
    return {
        "tick_cpu_s": round(whole, 2),
        "grouped_read_cpu_s": round(read, 2),
        "tick_vs_grouped_read": round(whole / read, 2),
        "tick_exponent": round(math.log(whole / small, pilots / few), 3),
        **told,
    }


def _tick(meter: Meter, bench: Pilots, *, adding: int, week: int) -> tuple[float, dict[str, int]]:
    """The cost of one week's tick after those of all the weeks before, and what it told."""
    _unguarded(lambda: bench.add(adding))
    for earlier in range(1, week):
        bench.tick(week=earlier)
    _analyze()
    before = bench.told()
    cost = meter.cost(lambda: bench.tick(week=week))
    return cost, {name: count - before[name] for name, count in bench.told().items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pilots", type=int, default=10_000)
    parser.add_argument("--series", type=int, default=len(SERIES), help="1: pilots with their main KPI alone")
    asked = parser.parse_args()
    with throw_away():
        print(json.dumps(measure(asked.pilots, asked.series)))  # noqa: T201  a command prints


if __name__ == "__main__":
    main()
