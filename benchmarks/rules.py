"""How many recommendations the rules answer in a second of one core, with the floor and without a database.

    python -m benchmarks.rules [--json] [--cases 20000] [--rounds 7]

The five rule sets that an organisation starts with, in turn, on random facts of which one in ten is unknown.
`evaluations_per_s` is the answer alone, `traced_per_s` the answer with its trace. CPU time of this process, the fastest
of the rounds; the two take turns in random order, and must give the same answers.
"""

import argparse
import json
import random
import time
from collections.abc import Callable
from datetime import date
from statistics import median
from typing import Any

from decisions import rules, standard

TODAY = date(2026, 3, 9)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    figures = measure(options.cases, options.rounds)
    lines = [json.dumps(figures)] if options.json else [f"{name:28}{figure:>12,}" for name, figure in figures.items()]
    print("\n".join(lines))  # noqa: T201  a command prints


if __name__ == "__main__":
    main()
