"""Conditions as a person types them, one a line: `clicks_28d >= 1000`, `page_class in money, ymyl`, `on_hold = yes`."""

import re
from collections.abc import Mapping
from typing import Any, Final

from decisions.rules.faults import Faults

SIGNS: Final = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "in": "in", "not_in": "not in"}
OPERATORS: Final = {sign: name for name, sign in SIGNS.items()}
LINE: Final = re.compile(r"\s*([a-z][a-z0-9_]*)\s*(<=|>=|=|<|>|not\s+in\b|in\b)\s*(\S.*?)\s*")
TRUTHS: Final = {"yes": True, "true": True, "no": False, "false": False}
DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def write(when: Mapping[str, Mapping[str, Any]]) -> str:
    """A row's `when` as lines."""
    return "\n".join(
        f"{name} {SIGNS[operator]} {_write(value)}" for name, cell in when.items() for operator, value in cell.items()
    )


def read(text: str) -> dict[str, dict[str, Any]]:
    """The lines as a row's `when`; two lines about one fact are one interval. Raises `Wrong` with the lines' numbers.

    Whether the facts exist and the values fit is for `read_table` to say.
    """
    when: dict[str, dict[str, Any]] = {}
    faults = Faults()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        found = LINE.fullmatch(line)
        operator, value = _read(found[2], found[3]) if found else ("", None)
        if found is None or operator in when.get(found[1], {}):
            faults.add("not_a_condition", "when", line=number)
        else:
            when.setdefault(found[1], {})[operator] = value
    faults.settle()
    return when


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _read(sign: str, text: str) -> tuple[str, Any]:
    """Operator and value. A word after `=` is membership in a list of one."""
    operator = OPERATORS[" ".join(sign.split())]
    if operator in ("in", "not_in"):
        return operator, [word.strip() for word in text.split(",") if word.strip()]
    if text.lower() in TRUTHS:
        return operator, TRUTHS[text.lower()]
    if DAY.fullmatch(text):
        return operator, text
    number = _number(text)
    if number is not None:
        return operator, number
    return ("in", [text]) if operator == "eq" else (operator, text)


def _number(text: str) -> float | int | None:
    try:
        if text.endswith("%"):
            return round(float(text[:-1]) / 100, 6)
        return int(text) if re.fullmatch(r"-?\d{1,15}", text) else float(text)
    except ValueError:
        return None
