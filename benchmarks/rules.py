"""How many recommendations the rules answer in a second of one core, and what that costs beside its log.

    python -m benchmarks.rules [--json] [--cases 20000] [--rounds 7]

The five rule sets that an organisation starts with, in turn, on random facts of which one in ten is unknown.
`evaluations_per_s` is the answer alone, `traced_per_s` the answer with its trace. CPU time of this process, the fastest
of the rounds; the two take turns in random order, and must give the same answers.

`evaluation_vs_log_row` is the CPU of an evaluation with its trace over the CPU, here and in the database's own process,
of writing the row that keeps it: one plain INSERT each into a copy of the table, without its foreign keys and triggers,
in one transaction, which is the least it can cost. `intake_1000_s` is the wall time in which the demo organisation
answers 1,000 recommendations in one request, all of them new, rows, events and answer included: the fastest of three.
`backtest_10k_cpu_s` replays 10,000 recorded cases of one domain on
a draft. `loosened_by_deleting_facts` counts, of 100,000 cases from which facts were deleted, those that give the AI
more.
"""

import argparse
import json
import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import StringIO
from statistics import median
from typing import Any

from benchmarks.database import throw_away
from benchmarks.measuring import cpu_of
from decisions import rules, standard
from decisions.rules import backtest

TODAY = date(2026, 3, 9)
OUTCOMES = ["good", "bad", "unclear", None]
KNOWN = 0.9  # share of the facts
Case = tuple[rules.Program, rules.Facts]


def cases(count: int) -> list[Case]:
    """The same ones in every run."""
    draw = random.Random(14)  # noqa: S311  nobody guards a secret with it
    floor = rules.Edition(rules.read_table(standard.FLOOR, rules.read_schema(standard.floor_facts())))
    prepared = []
    for domain in standard.DOMAINS:
        specs = [dict(fact, required=False) for fact in domain.facts + standard.common([domain.key])]
        schema = rules.read_schema(specs)
        program = rules.Program(
            schema=schema,
            floor=floor,
            table=rules.Edition(rules.read_table(domain.rules, schema)),
            default=rules.Default(rules.Authority.HUMAN_DECIDES, domain.decider, sla_days=5),
            on=TODAY,
        )
        prepared.append((program, schema))
    return [
        (program, {fact.name: value(fact, draw) for fact in schema.values() if draw.random() < KNOWN})
        for program, schema in (prepared[number % len(prepared)] for number in range(count))
    ]


def value(fact: rules.Fact, draw: random.Random) -> rules.Value:
    """Around the bounds that the rule sets have."""
    if fact.type is rules.FactType.BOOLEAN:
        return draw.random() < 0.1
    if fact.type is rules.FactType.ENUM:
        return draw.choice(fact.values)
    if fact.type is rules.FactType.RATIO:
        return draw.random()
    return draw.randrange(2000) if fact.integer else draw.random() * 100


def timed(run: Callable[[], Any]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def measure(count: int, rounds: int) -> dict[str, int]:
    made = cases(count)
    for program, facts in made:
        if program.evaluate(facts) != program.explain(facts)[0]:
            raise SystemExit("The trace changes the answer.")
    ways: dict[str, Callable[[], Any]] = {
        "evaluations_per_s": lambda: [program.evaluate(facts) for program, facts in made],
        "traced_per_s": lambda: [program.explain(facts) for program, facts in made],
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _round in range(rounds):
        for name in random.sample(list(ways), len(ways)):
            took[name].append(timed(ways[name]))
    fastest = {name: round(count / min(seconds)) for name, seconds in took.items()}
    middle = {f"{name}_median": round(count / median(seconds)) for name, seconds in took.items()}
    return fastest | middle | {"cases": count}


def loosened(count: int) -> int:
    """Cases in which deleting facts gave the AI more."""
    draw, found = random.Random(2026), 0  # noqa: S311  the same cases every time
    for program, facts in cases(count):
        fewer = {name: known for name, known in facts.items() if draw.random() < 0.6}
        found += program.answer(fewer).authority > program.answer(facts).authority
    return found


def backtest_s(count: int, rounds: int) -> float:
    """Seconds of CPU for a back-test of page titles, whose facts are often unknown."""
    made = cases(count * len(standard.DOMAINS))[:: len(standard.DOMAINS)]
    draft = made[0][0]
    recorded = [
        backtest.Recorded(f"R-{number}", TODAY, facts, program.answer(facts).authority, 1, OUTCOMES[number % 4], 4.0)
        for number, (program, facts) in enumerate(made)
    ]
    return round(min(timed(lambda: backtest.replay(recorded, draft)) for _round in range(rounds)), 3)


def log_row_s(count: int) -> float:
    """Seconds of CPU for writing one evaluation down."""
    from django.db import connections, transaction  # once it knows its database

    said = [(program.answer(facts), program.explain(facts)[1], facts) for program, facts in cases(count)]
    with connections["owner"].cursor() as cursor, transaction.atomic("owner"):
        cursor.execute("CREATE TABLE log_row (LIKE decisions_evaluation INCLUDING ALL)")
        backend = cursor.connection.info.backend_pid
        began = time.process_time() + cpu_of(backend)
        for answer, trace, facts in said:
            cursor.execute(
                "INSERT INTO log_row (recommendation_id, at, frame, facts, facts_sha256, rules_sha256, engine,"
                " authority, decisive, is_drawn, trace, duties)"
                " VALUES (1, %s, '{}', %s, %s, %s, 1, %s, %s, false, %s, %s)",
                [
                    datetime(2026, 3, 9, tzinfo=UTC),
                    json.dumps({name: {"value": known, "source": "tool"} for name, known in facts.items()}),
                    "0" * 64,
                    "0" * 64,
                    answer.authority.key,
                    f"{answer.layer}:{answer.code}",
                    json.dumps(trace),
                    json.dumps(answer.duties._asdict()),
                ],
            )
        return (time.process_time() + cpu_of(backend) - began) / count


def intake_s(count: int, rounds: int) -> float:
    """Seconds for so many recommendations in one request to the demo organisation."""
    import django.test  # once it knows its database
    from django.core.management import call_command

    from decisions.models import RuleSetVersion
    from initiatives.lifecycle import RUNNING

    said = StringIO()
    call_command("demo", stdout=said)
    token = next(line.split()[1] for line in said.getvalue().splitlines() if line.startswith("drafter "))
    tool = django.test.Client(headers={"Authorization": f"Bearer {token}", "Host": "127.0.0.1"})
    published = RuleSetVersion.objects.filter(state="published", rule_set__domain__key="title_rewrite")
    rule_set = published.filter(rule_set__initiative__state__in=RUNNING).latest("pk").rule_set
    took = []
    for turn in range(rounds):
        items = [
            {
                "domain": "title_rewrite",
                "initiative": rule_set.initiative_id,
                "source": "benchmark",
                "key": f"{turn}-{number}",
                "subject": f"/sofa/{number}",
                "proposal": {"title": "Put the material first", "after": f"Linen sofa covers {number}"},
                "confidence": 0.5 + number % 450 / 1000,  # whatever is remembered of one helps few others
            }
            for number in range(count)
        ]
        began = time.perf_counter()
        answer = tool.post("/api/v1/recommendations/batch/", {"items": items}, content_type="application/json")
        took.append(time.perf_counter() - began)
        if [one["intake"] for one in answer.json()["answers"]] != ["new"] * count:
            raise SystemExit(f"The intake refused: {answer.content[:300]!r}")
    return round(min(took), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    figures: dict[str, float] = dict(measure(options.cases, options.rounds))
    with throw_away():
        figures["intake_1000_s"] = intake_s(1000, 3)
        figures["evaluation_vs_log_row"] = round(1 / figures["traced_per_s"] / log_row_s(5_000), 3)
    figures["backtest_10k_cpu_s"] = backtest_s(10_000, options.rounds)
    figures["loosened_by_deleting_facts"] = loosened(100_000)
    lines = [json.dumps(figures)] if options.json else [f"{name:28}{figure:>12,}" for name, figure in figures.items()]
    print("\n".join(lines))  # noqa: T201  a command prints


if __name__ == "__main__":
    main()
