"""The theorem on which the AI's mandate rests: what we do not know never widens it. 20,000 random cases and more."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from decisions import rules
from decisions.rules import Answer, Authority, Edition, NeedsFacts, Program
from tests.decisions.random_rules import SCHEMA, TODAY, Case, facts

CASES = 20_000
PROGRAMS, DRAWS = 5_000, 20  # a hundred thousand deletions


def answer(program: Program, known: rules.Facts) -> Answer:
    found = program.evaluate(known)
    assert isinstance(found, Answer)
    return found


def weaker_duties(before: Answer, after: Answer) -> list[str]:
    """The duties of `before` that `after` asks less of."""
    was, now = before.duties, after.duties
    most_counts = ("sample", "revert_days", "canary_days")
    weaker = [name for name in most_counts if (getattr(now, name) or 0) < (getattr(was, name) or 0)]
    if was.canary_share is not None and (now.canary_share or 1) > was.canary_share:
        weaker.append("canary_share")
    weaker += [name for name, most in was.caps.items() if now.caps.get(name, 10**9) > most]
    weaker += sorted(set(was.guardrails) - set(now.guardrails)) + sorted(set(was.evidence) - set(now.evidence))
    return weaker


def test_deleting_facts_never_loosens_and_drops_no_duty() -> None:
    random = Random(2026)
    tightened = 0

    for program in (Case(random).program() for _ in range(PROGRAMS)):
        for _draw in range(DRAWS):
            known = facts(random, share_known=0.9)
            fewer = {name: value for name, value in known.items() if random.random() < 0.6}
            before, after = answer(program, known), answer(program, fewer)
            assert after.authority <= before.authority
            assert weaker_duties(before, after) == []
            tightened += after.authority < before.authority

    assert tightened > PROGRAMS * DRAWS / 20, "the cases must be ones in which knowing matters"


def test_the_floor_is_never_loosened_by_exceptions_or_tables() -> None:
    random = Random(7)
    nothing = Edition(rules.read_table({"rows": []}, SCHEMA))

    for _ in range(CASES):
        case, known = Case(random), facts(random, share_known=0.8)
        whole = answer(case.program(), known)
        without_floor = answer(case.program(floor=nothing), known)
        floor_alone = [line for line in case.program().explain(known)[1] if line.layer == "floor" and line.hit in "T?"]
        levels = {row.code: row.then.authority for row in case.floor.table.rows}
        expected = min([without_floor.authority, *(levels[line.code] for line in floor_alone)])
        assert whole.authority == expected


def test_equal_hashes_give_equal_answers_and_the_trace_changes_nothing() -> None:
    random = Random(11)
    seen: dict[tuple[str, str], Answer | NeedsFacts] = {}

    for seed in range(CASES // 4):
        case, known = Case(Random(seed % 500)), facts(random)
        first, again = case.program(), case.program()
        key = (again.sha256(), rules.facts_sha256(known))
        assert first.evaluate(known) == again.explain(known)[0] == seen.setdefault(key, first.evaluate(known))

    assert len(seen) < CASES // 4, "some inputs must have come twice"


# --- the definition, written down a second time as plainly as possible ---


def cell_by_definition(fact: str, spec: dict[str, Any], known: rules.Facts) -> str:
    if fact not in known:
        return "?"
    value: Any = known[fact]

    def bound(raw: Any) -> Any:
        if SCHEMA[fact].type == "money":
            return round(raw * 100)
        return date.fromisoformat(raw) if SCHEMA[fact].type == "date" else raw

    holds: dict[str, Callable[[Any], bool]] = {
        "in": lambda b: value in b,
        "not_in": lambda b: value not in b,
        "eq": lambda b: bool(value == bound(b)),
        "gt": lambda b: bool(value > bound(b)),
        "gte": lambda b: bool(value >= bound(b)),
        "lt": lambda b: bool(value < bound(b)),
        "lte": lambda b: bool(value <= bound(b)),
    }
    return "T" if all(holds[operator](b) for operator, b in spec.items()) else "F"


def row_by_definition(row: dict[str, Any], edition: Edition, layer: str, known: rules.Facts) -> str:
    cells = [cell_by_definition(fact, spec, known) for fact, spec in row["when"].items()]
    hit = "F" if "F" in cells else "?" if "?" in cells else "T"
    is_expired = edition.review_by is not None and edition.review_by < TODAY
    is_ai = row["then"]["authority"].startswith("ai_")
    sleeps = (is_ai and (is_expired or edition.is_shadow)) or (layer == "exception" and is_expired)
    return "?" if hit == "T" and sleeps else hit


def answer_by_definition(case: Case, known: rules.Facts) -> tuple[Authority, str, str]:
    def read(editions: list[Edition], layer: str, *, stops: bool) -> list[tuple[Authority, str, str]]:
        rows = [(row, edition) for edition in editions for row in edition.table.source["rows"]]
        hits = [row_by_definition(row, edition, layer, known) for row, edition in rows]
        last = hits.index("T") + 1 if stops and "T" in hits else len(hits)
        return [
            (Authority.of(row["then"]["authority"]), hit, row["code"])
            for (row, _), hit in list(zip(rows, hits, strict=True))[:last]
            if hit != "F"
        ]

    live = read(case.exceptions, "exception", stops=True)
    if "T" not in [hit for _, hit, _ in live]:
        live += read([case.table], "table", stops=case.table.table.policy == "first")
    if "T" not in [hit for _, hit, _ in live]:
        live.append((case.default.authority, "T", "DEFAULT"))
    live += read([case.floor], "floor", stops=False)
    strictest = min(level for level, _, _ in live)
    candidates = [entry for entry in live if entry[0] == strictest]
    return next((entry for entry in candidates if entry[1] == "T"), candidates[0])


def test_the_answer_is_that_of_the_definition_written_down_a_second_time() -> None:
    random = Random(5)

    for _ in range(CASES):
        case, known = Case(random), facts(random, share_known=0.8)
        found = answer(case.program(), known)
        assert (found.authority, found.hit, found.code) == answer_by_definition(case, known)


@pytest.mark.parametrize(("ends", "level"), [(-1, Authority.EXPERIMENT), (0, Authority.HUMAN_CONFIRMS)])
def test_an_exception_loosens_the_table_until_its_last_day_only(ends: int, level: Authority) -> None:
    def one_row(code: str, **then: Any) -> rules.Table:
        return rules.read_table({"rows": [{"code": code, "when": {}, "then": {"because": "Test.", **then}}]}, SCHEMA)

    exception = one_row("E1", authority="human_confirms")
    table = one_row("T1", authority="experiment", canary={"share": 0.1, "days": 7}, guardrails=["g_one"])
    program = Program(
        schema=SCHEMA,
        floor=Edition(rules.read_table({"rows": []}, SCHEMA)),
        table=Edition(table),
        exceptions=[Edition(exception, TODAY + timedelta(days=ends))],
        default=rules.Default(Authority.HUMAN_DECIDES, "lead", 5),
        on=TODAY,
    )

    assert answer(program, {}).authority is level
