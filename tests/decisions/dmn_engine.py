"""A second engine for DMN decision tables: lxml reads the file, pySFeel (an S-FEEL interpreter) answers every test.

Nothing of Mandate is used. Interpreting takes most of a millisecond, so each test is asked once for each value.
"""

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pySFeel
from lxml import etree

DMN = {"d": "https://www.omg.org/spec/DMN/20230324/MODEL/"}
SCHEMA = Path(__file__).parent / "omg" / "DMN15.xsd"
PARSER = pySFeel.SFeelParser()


def is_valid(data: bytes) -> bool:
    """Whether the OMG's own schema accepts the file."""
    etree.XMLSchema(etree.parse(SCHEMA)).assertValid(etree.fromstring(data))
    return True


def literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return f'date("{value.isoformat()}")'
    return f'"{value}"' if isinstance(value, str) else format(value, ".12f")


@cache
def holds(test: str, value: str) -> bool:
    """Whether a value, written in FEEL, fits a unary test."""
    if test == "-":
        return True
    if negated := re.fullmatch(r"not\((.*)\)", test):
        return not holds(negated[1], value)
    listed = test if ".." in test else f"({test})"  # pySFeel reads no interval in parentheses
    status, answer = PARSER.sFeelParse(f"{value} in {listed}")
    assert "errors" not in status, (test, value, status)
    assert isinstance(answer, bool), (test, value, answer)
    return answer


class Engine:
    """One decision table of a DMN file. Hit policies as DMN 1.5, chapter 8.2.8, has them."""

    def __init__(self, data: bytes) -> None:
        root = etree.fromstring(data)
        (table,) = root.findall(".//d:decisionTable", DMN)
        self.policy = table.get("hitPolicy", "UNIQUE")
        self.inputs = [text.text or "" for text in table.findall("d:input/d:inputExpression/d:text", DMN)]
        values = table.findtext("d:output/d:outputValues/d:text", "", DMN)
        self.order = [value.strip() for value in values.split(",")]
        self.default = table.findtext("d:output/d:defaultOutputEntry/d:text", None, DMN)
        self.rules = [
            (
                [entry.findtext("d:text", "", DMN) for entry in rule.findall("d:inputEntry", DMN)],
                rule.findtext("d:outputEntry/d:text", "", DMN),
            )
            for rule in table.findall("d:rule", DMN)
        ]

    def decide(self, facts: dict[str, Any]) -> str | None:
        """The output, or the default; None where there is neither."""
        written = [literal(facts[name]) for name in self.inputs]
        hits = [out for tests, out in self.rules if all(map(holds, tests, written))]
        if not hits:
            return self.default
        if self.policy == "PRIORITY":
            return min(hits, key=self.order.index)
        assert self.policy == "FIRST" or len(hits) == 1, "rows of a table that says UNIQUE meet"
        return hits[0]
