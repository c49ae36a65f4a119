"""The decision log: gates and recommendations together, newest first, a page of it in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet, Value

from decisions.models.decisions import Decision
from decisions.models.gates import GateDecision
from decisions.models.hindsight import Changed, changed_figures
from initiatives.models import Initiative
from ownership.models import User


@dataclass(frozen=True)
class Entry:
    """One decision: at a gate, or about a recommendation, and who took it."""

    at: datetime
    decision: Decision | None
    gate: GateDecision | None
    people: list[User]
    changed: list[Changed]  # figures that it rested on and that were corrected since

    @property
    def initiative(self) -> Initiative:
        row = self.decision or self.gate
        if row is None:
            raise ValueError("An entry has one of the two.")
        return row.initiative

    @property
    def tone(self) -> str:
        if self.gate:
            return {"approve": "good", "iterate": "info", "return": "warn"}.get(self.gate.choice or "", "none")
        return "good" if self.decision and self.decision.followed_ai else "warn"


class Log:
    """A sequence for a Paginator. `kind`: all, gates, followed or opposed."""

    def __init__(self, decisions: QuerySet[Decision], gates: QuerySet[GateDecision], *, kind: str = "all") -> None:
        if kind in ("followed", "opposed"):
            decisions, gates = decisions.filter(followed_ai=kind == "followed"), gates.none()
        elif kind == "gates":
            decisions = decisions.none()
        self._decisions = decisions
        self._gates = gates.filter(choice__isnull=False)

    def count(self) -> int:
        return self._decisions.count() + self._gates.count()

    __len__ = count

    def __getitem__(self, part: slice) -> list[Entry]:
        keys = [
            queryset.order_by().annotate(kind=Value(kind), at=F("decided_at")).values_list("kind", "pk", "at")
            for kind, queryset in (("decision", self._decisions), ("gate", self._gates))
        ]
        wanted = list(keys[0].union(keys[1], all=True).order_by("-at", "kind", "-pk")[part])
        ids = {kind: [pk for found, pk, _at in wanted if found == kind] for kind in ("decision", "gate")}
        decisions = self._decisions.for_log().in_bulk(ids["decision"])  # type: ignore[attr-defined]  # ours has it
        gates = self._gates.select_related("initiative", "decided_by").in_bulk(ids["gate"])
        changed = changed_figures(gates.values(), decisions.values())
        people = User.objects.in_bulk({pk for row in decisions.values() for pk in row.deciders})
        return [
            Entry(
                at=at,
                decision=decisions[pk] if kind == "decision" else None,
                gate=gates[pk] if kind == "gate" else None,
                people=[people[one] for one in decisions[pk].deciders]
                if kind == "decision"
                else [person for person in [gates[pk].decided_by] if person],
                changed=changed.get((kind, pk), []),
            )
            for kind, pk, at in wanted
        ]
