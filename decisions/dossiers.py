"""The dossier: everything a gate looks at, as one canonical text whose hash a decision must name."""

import json
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Any

from decisions.gates import Facts, results
from initiatives.lifecycle import Gate
from initiatives.verdicts import Status
from ownership import canonical

VERSION = 1
LISTS = ("targets", "page_sets", "kill_criteria")
WRITTEN = ("initiative", *LISTS)  # what people write; the rest follows from measuring, verifying, accepting a seat
_FLOATS = frozenset(field.name for field in fields(Facts) if field.type == float | None)


@dataclass(frozen=True, slots=True)
class Dossier:
    """`content` is what the text says, hence with numbers as canonical JSON writes them."""

    content: dict[str, Any]
    text: str
    sha256: str

    @classmethod
    def of(cls, gate: Gate, facts: Facts, parts: dict[str, Any]) -> "Dossier":
        """From what was written and measured: `parts` by name, the facts and what each criterion says of them."""
        asked = {"version": VERSION, "gate": gate, "facts": _plain(facts), "criteria": results(gate, facts)}
        return cls.read(canonical.render(parts | asked))

    @classmethod
    def read(cls, text: str) -> "Dossier":
        """As it was stored."""
        return cls(json.loads(text), text, sha256(text.encode()).hexdigest())

    def is_edited_since(self, asked: "Dossier") -> bool:
        """Whether somebody wrote after it was asked for; then it must be asked for again."""
        return any(self.content[part] != asked.content[part] for part in WRITTEN)

    def stands_by(self, approved: "Dossier") -> bool:
        """Whether all that was approved still holds unchanged. More guardrails or stop conditions take nothing back."""
        kept = all(row in self.content[part] for part in LISTS for row in approved.content[part])
        return kept and self.content["initiative"] == approved.content["initiative"]


def criteria(dossier: Dossier) -> list[dict[str, Any]]:
    """What the criteria say today of the facts in it. Rendered, it equals what the dossier itself holds, or the
    criteria have changed since."""
    return results(Gate(dossier.content["gate"]), _facts(dossier))


def _plain(facts: Facts) -> dict[str, Any]:
    """By field name. Scores are pairs: canonical objects drop nulls, and null there says "does not apply"."""
    plain = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return plain | {"scores": sorted(facts.scores.items())}


def _facts(dossier: Dossier) -> Facts:
    """The inverse."""
    stored = dict(dossier.content["facts"])
    given: dict[str, Any] = {name: float(value) if name in _FLOATS else value for name, value in stored.items()}
    given["scores"] = dict(stored["scores"])
    given["waived"] = frozenset(stored["waived"])
    given |= {
        name: tuple(stored[name]) for name in ("domains_without_rules", "domains_without_decider") if name in stored
    }
    return Facts(**given | ({"verdict": Status(stored["verdict"])} if "verdict" in stored else {}))
