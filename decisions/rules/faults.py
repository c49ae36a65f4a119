"""What is wrong with a rule table, a schema or posted facts: every fault at once, each with its place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """One thing that is wrong, where, and what to do. `decisions.words.fault` turns it into a sentence."""

    code: str
    field: str  # a path: "ai_confidence", "when.clicks_28d.gte"
    row: str = ""
    params: Mapping[str, Any] = {}


class Wrong(ValueError):
    """Input that cannot be used; carries every fault found, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{f.row}{':' if f.row else ''}{f.field}: {f.code}" for f in faults))
        self.faults = faults


@dataclass
class Faults:
    """Collects faults, so that one answer names all of them."""

    row: str = ""
    found: list[Fault] = field(default_factory=list)

    def add(self, code: str, where: str, **params: Any) -> None:
        self.found.append(Fault(code, where, self.row, params))

    def settle(self) -> None:
        if self.found:
            raise Wrong(self.found)
