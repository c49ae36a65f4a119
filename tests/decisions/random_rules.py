"""Random schemas, tables and facts: small enough that rows meet, large enough that every operator occurs."""

from datetime import date, timedelta
from random import Random
from typing import Any

from decisions import rules
from decisions.rules import Authority, Edition, Facts, HitPolicy, Schema

TODAY = date(2026, 9, 14)
SCHEMA: Schema = rules.read_schema(
    [
        {"name": "clicks", "type": "number", "source": "kpi", "integer": True, "min": 0, "max": 4},
        {"name": "confidence", "type": "ratio", "source": "tool"},
        {"name": "value", "type": "money", "unit": "EUR", "source": "kpi", "min": 0, "max": 4},
        {"name": "is_ymyl", "type": "boolean", "source": "mandate"},
        {"name": "page_class", "type": "enum", "values": ["money", "long_tail", "support"], "source": "mandate"},
        {"name": "due", "type": "date", "source": "mandate"},
    ]
)
LEVELS = [level.key for level in Authority]


def cell(random: Random, name: str) -> dict[str, Any]:
    kind = SCHEMA[name].type
    if kind == "boolean":
        return {"eq": random.random() < 0.5}
    if kind == "enum":
        members = random.sample(SCHEMA[name].values, random.randint(1, 2))
        return {random.choice(["in", "not_in"]): members}
    low, high = sorted(random.sample(range(6), 2))
    shape = random.randrange(4)
    if shape == 0:
        return {"eq": _bound(kind, random.randrange(5))}
    lower = {random.choice(["gt", "gte"]): _bound(kind, low)} if shape != 1 else {}
    upper = {random.choice(["lt", "lte"]): _bound(kind, high)} if shape != 2 else {}
    return lower | upper


def _bound(kind: str, step: int) -> Any:
    step = min(step, 4)
    if kind == "date":
        return (TODAY + timedelta(days=step)).isoformat()
    return {"ratio": step / 4, "money": step + 0.5 if step < 4 else step}.get(kind, step)


def then(random: Random) -> dict[str, Any]:
    level = random.choice(LEVELS)
    made: dict[str, Any] = {"authority": level, "because": "For the test.", "decider": random.choice(["a", "b"])}
    if level == "two_person":
        made["second"] = "c"
    if level == "experiment":
        made |= {"canary": {"share": random.choice([0.1, 0.2]), "days": random.randint(7, 28)}, "guardrails": ["g_one"]}
    if level == "ai_sampled":
        made["sample"] = random.choice([0.1, 0.2, 0.5])
    if level.startswith("ai_"):
        made["revert"] = random.randint(1, 30)
        if random.random() < 0.5:
            made["caps"] = {random.choice(["changes_per_day", "pages_per_week"]): random.randint(1, 20)}
    if random.random() < 0.3:
        made["evidence"] = random.sample(["sources", "fact_check", "legal"], random.randint(1, 2))
    return made


def table(random: Random, code: str, *, rows: int, policy: str = "restrictive") -> dict[str, Any]:
    return {
        "hit_policy": policy,
        "rows": [
            {
                "code": f"{code}{number}",
                "when": {name: cell(random, name) for name in random.sample(list(SCHEMA), random.randint(0, 3))},
                "then": then(random),
            }
            for number in range(1, rows + 1)
        ],
    }


def edition(random: Random, code: str, *, most: int, policy: str = "restrictive") -> Edition:
    """A valid edition; tables whose cells contradict themselves are thrown away. Some are expired or in shadow."""
    while True:
        data = table(random, code, rows=random.randint(0, most), policy=policy)
        try:
            read = rules.read_table(data, SCHEMA)
        except rules.Wrong:
            continue
        review_by = random.choice([None, TODAY + timedelta(days=9), TODAY - timedelta(days=1)])
        return Edition(read, review_by, is_shadow=random.random() < 0.15)


def facts(random: Random, *, share_known: float = 1.0) -> dict[str, rules.Value]:
    full: Facts = {
        "clicks": random.randrange(5),
        "confidence": random.randrange(5) / 4,
        "value": random.randrange(9) * 50,
        "is_ymyl": random.random() < 0.5,
        "page_class": random.choice(SCHEMA["page_class"].values),
        "due": TODAY + timedelta(days=random.randrange(5)),
    }
    return {name: value for name, value in full.items() if random.random() < share_known}


class Case:
    """One random set of layers, as editions and made ready."""

    def __init__(self, random: Random) -> None:
        self.exceptions = [edition(random, "E", most=2)] if random.random() < 0.3 else []
        self.table = edition(random, "T", most=5, policy=random.choice(list(HitPolicy)))
        self.floor = edition(random, "F", most=3)
        self.default = rules.Default(random.choice([Authority.BLOCK, Authority.HUMAN_DECIDES]), "lead", 5)

    def program(self, *, floor: Edition | None = None) -> rules.Program:
        return rules.Program(
            schema=SCHEMA,
            floor=floor or self.floor,
            table=self.table,
            exceptions=self.exceptions,
            default=self.default,
            on=TODAY,
        )
