"""A decision table: rules as data, held as JSON and checked against a domain's schema before anything is stored.

Every row is "all of its cells", so every row is a box: a second row says "any", `not_in` says "not". There is no
operator for "missing" (it would reward absence) and there are no expressions (no analysis of them is exact).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from decisions.rules.facts import Value, read_bound
from decisions.rules.faults import Fault, Faults, Wrong
from decisions.rules.schema import Fact, FactType, Schema
from decisions.rules.then import Then, read_then

MOST_ROWS: Final = 200
MOST_COLUMNS: Final = 20
CODE: Final = re.compile(r"[A-Z][A-Z0-9]{0,7}")
BOUNDS: Final = {"eq", "gt", "gte", "lt", "lte"}


class HitPolicy(StrEnum):
    """Which hits count: all of them (the strictest wins), the first, or the only one (rows proved disjoint)."""

    RESTRICTIVE = "restrictive"
    FIRST = "first"
    UNIQUE = "unique"


class Layer(StrEnum):
    """Where a row stands, in the order in which equal rows decide."""

    EXCEPTION = "exception"
    TABLE = "table"
    DEFAULT = "default"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Cell:
    """One condition: membership (`members`), or an interval whose ends are None where open-ended."""

    fact: Fact
    spec: Mapping[str, Any] = field(hash=False)  # as written, for the words
    members: frozenset[Value] | None = None
    low: Any = None
    low_included: bool = True
    high: Any = None
    high_included: bool = True

    def test(self) -> Callable[[Any], bool]:
        """A function of the known value. Closures, so that evaluating costs no look-up of operators."""
        low, high = self.low, self.high
        if self.members is not None:
            return self.members.__contains__
        if high is None:
            return (lambda v: v >= low) if self.low_included else (lambda v: v > low)
        if low is None:
            return (lambda v: v <= high) if self.high_included else (lambda v: v < high)
        if self.low_included:
            return (lambda v: low <= v <= high) if self.high_included else (lambda v: low <= v < high)
        return (lambda v: low < v <= high) if self.high_included else (lambda v: low < v < high)


@dataclass(frozen=True, slots=True)
class Row:
    code: str
    when: tuple[Cell, ...]
    then: Then


@dataclass(frozen=True, slots=True)
class Table:
    """A valid table; `source` is the JSON it was read from, whose canonical form is hashed."""

    policy: HitPolicy
    rows: tuple[Row, ...]
    source: Mapping[str, Any]


def read_table(data: Any, schema: Schema, *, review_by: date | None = None) -> Table:
    """A table from its JSON. Raises `Wrong` with every fault, each with the row's code and the field's path."""
    if not isinstance(data, Mapping) or not isinstance(data.get("rows"), list):
        raise Wrong([Fault("not_a_table", "rows")])
    if len(data["rows"]) > MOST_ROWS:
        raise Wrong([Fault("too_many_rows", "rows", params={"most": MOST_ROWS})])
    faults = Faults()
    for key in sorted(set(data) - {"hit_policy", "rows"}):
        faults.add("unknown_key", f"table.{key}", known=["hit_policy", "rows"])
    policy = data.get("hit_policy", HitPolicy.RESTRICTIVE)
    if policy not in list(HitPolicy):
        faults.add("not_a_value", "hit_policy", values=list(HitPolicy))
    rows = _rows(data["rows"], schema, review_by, faults)
    if len({cell.fact.name for row in rows for cell in row.when}) > MOST_COLUMNS:
        faults.add("too_many_columns", "rows", most=MOST_COLUMNS)
    faults.settle()
    return Table(HitPolicy(policy), tuple(rows), data)


def _rows(raws: list[Any], schema: Schema, review_by: date | None, faults: Faults) -> list[Row]:
    rows: dict[str, Row] = {}
    for number, raw in enumerate(raws, start=1):
        here = Faults(row=_code(raw, number))
        if row := _row(raw, schema, review_by, here):
            if row.code in rows:
                here.add("twice", "code")
            rows[row.code] = row
        faults.found += here.found
    return list(rows.values())


def _code(raw: Any, number: int) -> str:
    """How a fault names the row: by its code, or by its place where the code is unusable."""
    code = raw.get("code") if isinstance(raw, Mapping) else None
    return code if isinstance(code, str) and CODE.fullmatch(code) else f"#{number}"


def _row(raw: Any, schema: Schema, review_by: date | None, faults: Faults) -> Row | None:
    if not isinstance(raw, Mapping):
        faults.add("not_an_object", "row")
        return None
    for key in sorted(set(raw) - {"code", "when", "then"}):
        faults.add("unknown_key", key, known=["code", "when", "then"])
    if faults.row.startswith("#") or faults.row == "DEFAULT":
        faults.add("not_a_code", "code")
    when, then = raw.get("when", {}), raw.get("then")
    if not isinstance(when, Mapping):
        faults.add("not_an_object", "when")
        when = {}
    cells = [_cell(name, spec, schema, faults) for name, spec in when.items()]
    result = read_then(then, review_by, faults)
    if faults.found or result is None:
        return None
    order = list(schema)
    found = sorted((c for c in cells if c), key=lambda c: order.index(c.fact.name))
    return Row(faults.row, tuple(found), result)


def read_cell(fact: Fact, spec: Mapping[str, Any]) -> Cell:
    """One cell by itself. Raises `Wrong` with every fault."""
    faults = Faults()
    cell = _cell(fact.name, spec, {fact.name: fact}, faults)
    if cell is None:
        raise Wrong(faults.found)
    return cell


def _cell(name: Any, spec: Any, schema: Schema, faults: Faults) -> Cell | None:
    where = f"when.{name}"
    if name not in schema:
        faults.add("undeclared", where, known=list(schema))
        return None
    fact = schema[name]
    if not isinstance(spec, Mapping) or not spec:
        faults.add("not_a_cell", where, type=fact.type.value)
        return None
    if fact.type is FactType.ENUM:
        return _membership(fact, spec, where, faults)
    if fact.type is FactType.BOOLEAN:
        return _truth(fact, spec, where, faults)
    return _interval(fact, spec, where, faults)


def _membership(fact: Fact, spec: Mapping[str, Any], where: str, faults: Faults) -> Cell | None:
    key = next(iter(spec))
    raw = spec[key]
    if len(spec) != 1 or key not in ("in", "not_in") or not isinstance(raw, list) or not raw:
        faults.add("not_a_cell", where, type=fact.type.value)
        return None
    listed = {read_bound(fact, value, f"{where}.{key}", faults) for value in raw}
    members = frozenset(listed if key == "in" else set(fact.values) - listed)
    if not members:
        faults.add("never_true", where)
    return None if faults.found else Cell(fact, spec, members=frozenset(m for m in members if m is not None))


def _truth(fact: Fact, spec: Mapping[str, Any], where: str, faults: Faults) -> Cell | None:
    if set(spec) != {"eq"}:
        faults.add("not_a_cell", where, type=fact.type.value)
        return None
    value = read_bound(fact, spec["eq"], f"{where}.eq", faults)
    return None if value is None else Cell(fact, spec, members=frozenset({value}))


def _interval(fact: Fact, spec: Mapping[str, Any], where: str, faults: Faults) -> Cell | None:
    keys = set(spec)
    if keys - BOUNDS or ("eq" in keys and len(keys) > 1) or {"gt", "gte"} <= keys or {"lt", "lte"} <= keys:
        faults.add("not_a_cell", where, type=fact.type.value)
        return None
    ends = {key: read_bound(fact, raw, f"{where}.{key}", faults) for key, raw in spec.items()}
    if None in ends.values():
        return None
    low: Any = ends.get("eq", ends.get("gt", ends.get("gte")))
    high: Any = ends.get("eq", ends.get("lt", ends.get("lte")))
    is_open = bool(keys & {"gt", "lt"})
    if low is not None and high is not None and (low > high or (low == high and is_open)):
        faults.add("never_true", where)
        return None
    return Cell(fact, spec, low=low, low_included="gt" not in keys, high=high, high_included="lt" not in keys)
