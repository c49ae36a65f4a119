"""A made-up case, put to rules that are in force or still being written. Nothing of it is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from decisions import cell_words, rules, words
from decisions.models.evaluations import Evaluation, InForce
from decisions.models.facts import Setting, Situation, known_to_mandate
from decisions.models.recommendations import Recommendation
from decisions.models.rules import Domain, RuleSetVersion
from decisions.rules import Authority, Layer
from initiatives.models import Initiative


@dataclass(frozen=True, eq=False)
class Trial:
    """Where a case is tried: `candidate` stands in place of what is in force in its layer."""

    domain: Domain
    initiative: Initiative
    at: datetime
    subject: str = ""
    candidate: RuleSetVersion | None = None

    @cached_property
    def _now(self) -> Situation:
        case = Recommendation(domain=self.domain, initiative=self.initiative, subject=self.subject)
        return Situation(case, Setting(self.domain, self.initiative, self.at, [self.subject], candidate=self.candidate))

    @cached_property
    def in_force(self) -> InForce:
        """The rules that answer."""
        return InForce.in_setting(self._now.setting)

    @property
    def schema(self) -> rules.Schema:
        return self.in_force.schema

    @property
    def looked_at(self) -> set[str]:
        """The facts that exceptions and table ask about; the floor asks about some of the others."""
        rows = self.in_force.program.rows().items()
        return {cell.fact.name for (layer, _code), row in rows if layer is not Layer.FLOOR for cell in row.when}

    def known(self) -> rules.Readings:
        """What Mandate would fill in by itself."""
        return known_to_mandate(self._now)

    def ask(self, readings: rules.Readings) -> Evaluation:
        """What the rules say of these facts and no others."""
        return Evaluation.weigh(self._now, readings, self.in_force)

    def ask_in_force(self, readings: rules.Readings) -> Evaluation:
        """What the rules that count now say of the same facts."""
        return replace(self, candidate=None).ask(readings)


@dataclass(frozen=True, eq=False)
class FloorTrial:
    """A floor by itself, in force or being written: what it leaves to the rules of any domain, and what it does not.

    Where none of its rows may apply, the loosest level stands for "whatever the rules say".
    """

    version: RuleSetVersion
    at: datetime

    @cached_property
    def schema(self) -> rules.Schema:
        """The facts that this floor or the one in force asks about. None is insisted on: no tool posts here."""
        schema = self.version.rule_set.schema()
        rows = (*self.version.read(schema).rows, *RuleSetVersion.objects.floor_rows())
        asked = {cell.fact.name for row in rows for cell in row.when}
        return {name: replace(fact, required=False) for name, fact in schema.items() if name in asked}

    @property
    def looked_at(self) -> set[str]:
        return set(self.schema)

    def known(self) -> rules.Readings:
        """A quiet day, to begin with: nothing is broken, empty, frozen or on hold."""
        states = set(words.STATES) & set(self.schema)
        return {name: rules.Reading(False, self.at, self.schema[name].source) for name in states}  # noqa: FBT003  a value

    def ask(self, readings: rules.Readings) -> Evaluation:
        return self._weigh(self.version.read().rows, readings)

    def ask_in_force(self, readings: rules.Readings) -> Evaluation:
        """What the floor that counts now says of the same facts."""
        return self._weigh(RuleSetVersion.objects.floor_rows(), readings)

    def _weigh(self, rows: Iterable[rules.Row], readings: rules.Readings) -> Evaluation:
        table = rules.Table(rules.HitPolicy.RESTRICTIVE, tuple(rows), {})
        default = rules.Default(Authority.AI_WINS, "", 1)
        program = rules.Program(
            schema=self.schema, floor=rules.Edition(table), table=None, default=default, on=self.at.date()
        )
        rule, domain, initiative = InForce({}, {}, self.schema, program, ""), Domain(), Initiative()
        case = Recommendation(domain=domain, initiative=initiative)
        return Evaluation.weigh(Situation(case, Setting(domain, initiative, self.at)), readings, rule)


@dataclass(frozen=True)
class Tried:
    """An answer for a reader: `now` is what the rules in force say of the same facts, where others were tried."""

    said: Evaluation
    now: Evaluation | None = None
    is_floor: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether a floor leaves the case to the rules of its domain."""
        return self.is_floor and self.said.decisive.startswith(Layer.DEFAULT)

    @property
    def missing(self) -> list[str]:
        return [cell_words.fact_name(name) for name in self.said.duties.get("missing", [])]

    @property
    def row(self) -> rules.Row | None:
        """The row that decides; None for the default, or where facts are missing."""
        decided = self.said.decided()
        return self.said.program.rows().get((decided.layer, decided.code)) if decided else None

    @cached_property
    def _steps(self) -> list[words.Step]:
        return self.said.steps()

    @property
    def decisive(self) -> words.Step | None:
        """How the row that decides was read."""
        return next((step for step in self._steps if self.decides(step.layer, step.code)), None)

    @property
    def others(self) -> list[words.Step]:
        """Why each of the others did not decide, the floor last."""
        others = [step for step in self._steps if not self.decides(step.layer, step.code)]
        return sorted(others, key=lambda step: step.layer is Layer.FLOOR)

    def decides(self, layer: str, code: str) -> bool:
        return self.said.decisive == f"{layer}:{code}"

    def without(self) -> list[tuple[str, Authority]]:
        """What the answer would be if one of the facts that a table asks about were not known, where it differs."""
        program, known = self.said.program, self.said.known()
        answer = program.evaluate(known)
        asked = {
            cell.fact.name
            for (layer, _code), row in program.rows().items()
            if layer is not Layer.FLOOR
            for cell in row.when
        }
        found = []
        for name in sorted(asked & set(known), key=list(self.said.schema).index):
            fewer = program.evaluate({key: value for key, value in known.items() if key != name})
            if isinstance(answer, rules.Answer) and isinstance(fewer, rules.Answer):
                found += [(cell_words.fact_name(name), fewer.authority)] if fewer.authority != answer.authority else []
        return found
