"""Cells as S-FEEL unary tests, the text of decision tables everywhere: `>= 0.8`, `[20..50)`, `"money", "ymyl"`, `-`.

The subset of DMN 1.1 to 1.5 (chapter 9) that a cell can mean. A list of numbers or `not(5)` is several cells, a row
each.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

from decisions.rules.schema import Fact, FactType

Spec: TypeAlias = dict[str, Any]  # a cell as JSON; empty: any

ANY: Final = "-"
SIGNS: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
KEYS: Final = {sign: key for key, sign in SIGNS.items()} | {"=": "eq"}
NUMBER: Final = re.compile(r"[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})")
DATE: Final = re.compile(r'(?:date\s*\(\s*"([^"]*)"\s*\)|@\s*"(\d{4}-\d{2}-\d{2})")')
RANGE: Final = re.compile(r"([\[\](])\s*(.+?)\s*\.\.\s*(.+?)\s*([\[\])])", re.DOTALL)
COMPARED: Final = re.compile(r"(<=|>=|<|>|=)\s*(.+)", re.DOTALL)
NEGATED: Final = re.compile(r"not\s*\((.*)\)", re.DOTALL)
PART: Final = re.compile(r'\s*((?:"[^"]*"|[^",])+)\s*(?:,|$)', re.DOTALL)
LONGEST: Final = 10_000  # characters of a cell


class NotRead(ValueError):
    """This is no test of the subset; the message is the text in question."""


# --- writing ---


def write(fact: Fact, spec: Mapping[str, Any]) -> str:
    """A cell's JSON as a unary test."""
    if "in" in spec:
        return ", ".join(literal(fact, value) for value in spec["in"])
    if "not_in" in spec:
        return f"not({', '.join(literal(fact, value) for value in spec['not_in'])})"
    if "eq" in spec:
        return literal(fact, spec["eq"])
    ends = {key: literal(fact, value) for key, value in spec.items()}
    if len(ends) == 1:
        ((key, end),) = ends.items()
        return f"{SIGNS[key]} {end}"
    low, high = ends.get("gte") or ends.get("gt"), ends.get("lte") or ends.get("lt")
    return f"{'[' if 'gte' in ends else '('}{low}..{high}{']' if 'lte' in ends else ')'}"


def literal(fact: Fact, value: Any) -> str:
    if fact.type is FactType.ENUM:
        return f'"{value}"'
    if fact.type is FactType.DATE:
        return f'date("{value}")'
    return numeral(value)


def numeral(value: Any) -> str:
    """A number without an exponent, so that it reads back as the same; true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = format(Decimal(repr(value)), "f")
    return text if isinstance(value, int) or "." in text else f"{text}.0"


# --- reading ---


def read(fact: Fact, text: str) -> list[Spec]:
    """The cells that a unary test stands for: one of them must hold. `[{}]` is any. Raises `NotRead`."""
    text = text.strip()
    if text in ("", ANY):
        return [{}]
    if len(text) > LONGEST:
        raise NotRead(text[:80])
    negated = NEGATED.fullmatch(text)
    parts = _parts(negated[1] if negated else text)
    if fact.type is FactType.ENUM:
        return [{"not_in" if negated else "in": [_literal(fact, part) for part in parts]}]
    if fact.type is FactType.BOOLEAN:
        return _truths([_literal(fact, part) for part in parts], is_negated=bool(negated))
    cells = [_interval(fact, part) for part in parts]
    return _outside(cells, text) if negated else cells


def number(text: str) -> float | int:
    """A numeral; whole ones without a point are int. Raises `NotRead`."""
    if not NUMBER.fullmatch(text):
        raise NotRead(text)
    return float(text) if "." in text else int(text)


def _parts(text: str) -> list[str]:
    """What stands between the commas, of which those inside of quotes do not count."""
    parts, at = [], 0
    while at < len(text):
        found = PART.match(text, at)
        if found is None:
            raise NotRead(text)
        parts.append(found[1].strip())
        at = found.end()
    if not parts or not all(parts) or text.rstrip().endswith(","):
        raise NotRead(text)
    return parts


def _literal(fact: Fact, text: str) -> Any:
    text = text.strip()
    if fact.type is FactType.ENUM:
        if len(text) < 2 or text[0] != '"' or text[-1] != '"' or '"' in text[1:-1] or "\\" in text:
            raise NotRead(text)
        return text[1:-1]
    if fact.type is FactType.BOOLEAN:
        if text not in ("true", "false"):
            raise NotRead(text)
        return text == "true"
    if fact.type is FactType.DATE:
        found = DATE.fullmatch(text)
        if found is None:
            raise NotRead(text)
        return found[1] or found[2]
    return number(text)


def _truths(values: list[bool], *, is_negated: bool) -> list[Spec]:
    wanted = {True, False} - set(values) if is_negated else set(values)
    if not wanted:
        raise NotRead("not(true, false)")
    return [{}] if len(wanted) == 2 else [{"eq": wanted.pop()}]


def _interval(fact: Fact, text: str) -> Spec:
    if found := RANGE.fullmatch(text):
        lower = "gte" if found[1] == "[" else "gt"
        upper = "lte" if found[4] == "]" else "lt"
        return {lower: _literal(fact, found[2]), upper: _literal(fact, found[3])}
    if found := COMPARED.fullmatch(text):
        return {KEYS[found[1]]: _literal(fact, found[2])}
    return {"eq": _literal(fact, text)}


def _outside(cells: list[Spec], text: str) -> list[Spec]:
    """All but one interval: what lies below it and what lies above."""
    if len(cells) > 1:
        raise NotRead(text)
    cell = cells[0]
    if "eq" in cell:
        return [{"lt": cell["eq"]}, {"gt": cell["eq"]}]
    opposite = {"gt": "lte", "gte": "lt", "lt": "gte", "lte": "gt"}
    return [{opposite[key]: end} for key, end in cell.items()]
