"""What the static check says of all cases, against trying every one of them."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations, product
from random import Random
from typing import Any

import pytest

from decisions import rules, standard
from decisions.rules import Answer, Authority, Edition, Program, Table, analysis
from decisions.rules.analysis import Finding
from tests.decisions import random_rules
from tests.decisions.random_rules import SCHEMA, TODAY

TABLES = 1_000
NOTHING = Edition(rules.read_table({"rows": []}, SCHEMA))
# Every value between which a cell of `random_rules` can tell: its bounds, and something before, between and after them.
VALUES: dict[str, list[rules.Value]] = {
    "clicks": [0, 1, 2, 3, 4],
    "confidence": [0.0, 0.1, 0.25, 0.3, 0.5, 0.6, 0.75, 0.9, 1.0],
    "value": [0, 50, 51, 150, 200, 250, 300, 350, 360, 400],
    "is_ymyl": [True, False],
    "page_class": ["money", "long_tail", "support"],
    "due": [TODAY + timedelta(days=days) for days in range(-1, 6)],
}


def random_table(random: Random, *, rows: int, policy: str = "restrictive", most_cells: int = 3) -> Table:
    """A valid table over three columns, in which rows meet, hide each other and leave gaps."""
    columns = random.sample(list(SCHEMA), 3)
    while True:
        lines = [
            {
                "code": f"T{number}",
                "when": {
                    n: random_rules.cell(random, n) for n in random.sample(columns, random.randint(0, most_cells))
                },
                "then": random_rules.then(random),
            }
            for number in range(1, rows + 1)
        ]
        try:
            return rules.read_table({"hit_policy": policy, "rows": lines}, SCHEMA)
        except rules.Wrong:
            continue


def cases_of(*tables: Table) -> Iterator[dict[str, rules.Value]]:
    names = list({cell.fact.name: None for table in tables for row in table.rows for cell in row.when})
    for values in product(*(VALUES[name] for name in names)):
        yield dict(zip(names, values, strict=True))


def fits(row: rules.Row, case: dict[str, rules.Value]) -> bool:
    return all(cell.test()(case[cell.fact.name]) for cell in row.when)


def program(table: Table | None, *, exception: Table | None = None, is_shadow: bool = False) -> Program:
    return Program(
        schema={},
        floor=NOTHING,
        table=Edition(table, is_shadow=is_shadow) if table else None,
        exceptions=[Edition(exception)] if exception else [],
        default=rules.Default(Authority.HUMAN_DECIDES, "lead", 5),
        on=TODAY,
    )


def weaker(was: Answer, now: Answer) -> bool:
    """Whether an answer asks less, written down a second time."""
    old, new = was.duties._asdict(), now.duties._asdict()
    least = any((new[name] or 0) < (old[name] or 0) for name in ("sample", "revert_days", "canary_days"))
    share = old["canary_share"]
    canary = share is not None and (new["canary_share"] is None or new["canary_share"] > share)
    caps = any(name not in new["caps"] or new["caps"][name] > most for name, most in old["caps"].items())
    lists = any(set(old[name]) - set(new[name]) for name in ("guardrails", "evidence"))
    return least or canary or caps or lists


def loosens(was: Answer, now: Answer) -> bool:
    return now.authority > was.authority or (now.authority == was.authority and weaker(was, now))


def is_without_use(table: Table, place: int, cases: list[dict[str, rules.Value]]) -> bool:
    """By definition: in every case of the row, rows that outrank it decide, and together ask all that it asks."""
    row, stops = table.rows[place], table.policy == "first"
    ranks = [(0 if stops else other.then.authority, at) for at, other in enumerate(table.rows)]
    nothing_left = True
    for case in cases:
        if not fits(row, case):
            continue
        above = [other for at, other in enumerate(table.rows) if ranks[at] < ranks[place] and fits(other, case)]
        if not above:
            return False
        if not stops:
            alone = program(Table(table.policy, tuple(above), {})).answer(case)
            both = program(Table(table.policy, (*above, row), {})).answer(case)
            nothing_left = nothing_left and not weaker(both, alone)
    return nothing_left


@pytest.mark.parametrize("policy", ["restrictive", "first", "unique"])
def test_the_static_check_misses_and_invents_nothing(policy: str) -> None:
    random = Random(len(policy))
    seen: dict[str, int] = {}

    for _ in range(TABLES // 3 + 1):
        table = random_table(random, rows=random.randint(1, 6), policy=policy, most_cells=random.choice([1, 2, 3]))
        cases = list(cases_of(table))
        found = analysis.findings(table)
        held = {finding.code for finding in found}
        pairs = {f.rows for f in found if f.code in ("overlap", "conflict")}
        fitting = [[fits(row, case) for row in table.rows] for case in cases]
        codes = [row.code for row in table.rows]

        assert ("gap" in held) == any(not any(row) for row in fitting)
        assert pairs == {
            (codes[a], codes[b])
            for a, b in combinations(range(len(codes)), 2)
            if any(row[a] and row[b] for row in fitting)
        }
        assert {f.rows[0] for f in found if f.code == "unreachable"} == {
            code for place, code in enumerate(codes) if is_without_use(table, place, cases)
        }
        assert_examples(table, found)
        for code in held:
            seen[code] = seen.get(code, 0) + 1

    assert {code: count > TABLES / 50 for code, count in seen.items()} == dict.fromkeys(
        ["gap", "overlap", "conflict", "unreachable"], True
    )


def assert_examples(table: Table, found: list[Finding]) -> None:
    """Each example is a case of its finding, whatever the facts are that it leaves out."""
    rows = {row.code: row for row in table.rows}
    for finding in found:
        left_out = {name: values[0] for name, values in VALUES.items()}
        case = left_out | dict(finding.case)
        if finding.code == "gap":
            assert not any(fits(row, case) for row in table.rows)
        if finding.code in ("overlap", "conflict"):
            first, second = (rows[code] for code in finding.rows)
            assert fits(first, case)
            assert fits(second, case)
            assert (finding.code == "conflict") == (first.then.authority != second.then.authority)


def a_change(random: Random, table: Table) -> Table:
    """The table with a row changed, dropped, added or moved, or with other rows altogether."""
    rows: list[Any] = [dict(row) for row in table.source["rows"]]
    columns = [cell.fact.name for row in table.rows for cell in row.when] or list(SCHEMA)[:2]
    while True:
        kind, place = random.randrange(5), random.randrange(len(rows))
        changed = [dict(row) for row in rows]
        if kind == 0:
            changed[place]["then"] = random_rules.then(random)
        elif kind == 1:
            name = random.choice(columns)
            changed[place]["when"] = {**changed[place]["when"], name: random_rules.cell(random, name)}
        elif kind == 2:
            del changed[place]
        elif kind == 3:
            random.shuffle(changed)
        else:
            changed[place]["when"] = {}
        try:
            return rules.read_table({"hit_policy": table.policy, "rows": changed}, SCHEMA)
        except rules.Wrong:
            continue


def test_loosening_is_found_exactly_where_a_case_shows_it() -> None:
    random = Random(17)
    seen = {True: 0, False: 0}

    for _ in range(TABLES):
        policy = random.choice(["restrictive", "first", "unique"])
        base = random_table(random, rows=random.randint(1, 5), policy=policy)
        candidate = a_change(random, base)
        exception = random_table(random, rows=1) if random.random() < 0.2 else None
        old = program(random.choice([base, base, base, None]), is_shadow=random.random() < 0.1)
        new = program(candidate, exception=exception)
        tables = [table for table in (base, candidate, exception) if table]

        found = analysis.loosening(old, new)

        answers = [(old.answer(case), new.answer(case)) for case in cases_of(*tables)]
        assert bool(found) == any(loosens(was, now) for was, now in answers)
        shown = [{name: values[0] for name, values in VALUES.items()} | dict(finding.case) for finding in found]
        assert all(loosens(old.answer(case), new.answer(case)) for case in shown)
        seen[bool(found)] += 1

    assert min(seen.values()) > TABLES / 10


def domain(key: str) -> tuple[rules.Schema, Table]:
    seeded = next(domain for domain in standard.DOMAINS if domain.key == key)
    schema = rules.read_schema(seeded.facts + standard.common([key]))
    return schema, rules.read_table(seeded.rules, schema)


@pytest.mark.parametrize(
    ("key", "has_gaps", "meetings"),
    [
        ("title_rewrite", True, set()),
        ("content_draft", False, set()),
        (
            "link_outreach",
            True,
            {("overlap", "L1", "L2"), ("conflict", "L1", "L3"), ("conflict", "L2", "L3"), ("conflict", "L2", "L4")},
        ),
        ("internal_links", True, {("conflict", "I1", "I2")}),
        ("bulk_meta", True, set()),
    ],
)
def test_the_five_rule_sets_have_the_findings_of_the_design(
    key: str,
    has_gaps: bool,  # noqa: FBT001  a parameter of the test
    meetings: set[tuple[str, str, str]],
) -> None:
    _schema, table = domain(key)

    found = analysis.findings(table)

    assert any(finding.code == "gap" for finding in found) == has_gaps
    assert {(f.code, *f.rows) for f in found if f.code in ("overlap", "conflict")} == meetings
    assert not [finding for finding in found if finding.code in ("unreachable", "not_proved")]


def test_what_takes_too_many_boxes_is_said_to_be_open(monkeypatch: pytest.MonkeyPatch) -> None:
    table = random_table(Random(4), rows=6, most_cells=3)
    monkeypatch.setattr("decisions.rules.boxes.MOST", 1)
    monkeypatch.setattr("decisions.rules.analysis.MOST", 0)

    found = analysis.findings(table)
    loosened = analysis.loosening(program(None), program(table))

    assert "not_proved" in {finding.code for finding in found}
    assert loosened[-1].code == "not_proved"


def test_a_row_that_no_value_can_fit_is_without_use() -> None:
    rows = [{"code": "T1", "when": {"clicks": {"gt": 3, "lt": 4}}, "then": {"authority": "block", "because": "Never."}}]

    found = analysis.findings(rules.read_table({"rows": rows}, SCHEMA))

    assert [(finding.code, finding.rows) for finding in found if finding.code != "gap"] == [("unreachable", ("T1",))]


def test_a_date_before_all_dates_is_no_case() -> None:
    then = {"authority": "block", "because": "For the test."}
    rows = [{"code": "T1", "when": {"due": {"gte": date.min.isoformat()}}, "then": then}]

    assert analysis.findings(rules.read_table({"rows": rows}, SCHEMA)) == []
