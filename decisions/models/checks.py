"""The static check of one version: what its table does with all cases, and what it would loosen in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias, cast

from decisions import rules, standard
from decisions.models.rules import Domain, RuleSet, RuleSetVersion
from decisions.rules import Edition, HitPolicy, analysis, comparing
from decisions.rules.analysis import Finding
from decisions.rules.comparing import Compared
from decisions.rules.guardrails import bound, is_less, is_unseen

Layers: TypeAlias = dict[str, Edition]  # the tables of one domain and initiative, by layer

NO_FLOOR = Edition(rules.Table(HitPolicy.RESTRICTIVE, (), {}))  # it sits in every answer, so it never tells two apart


@dataclass(frozen=True)
class Check:
    """What is known without a single recommendation. `loosened` is empty for what is, or was, in force."""

    findings: list[Finding]
    loosened: list[Finding]


@dataclass(frozen=True)
class Comparison:
    """One version against another of the same set: what differs in the text, and what that does to all cases."""

    text: Compared
    loosened: list[Finding]
    tightened: list[Finding]


def check(version: RuleSetVersion, *, on: date) -> Check:
    """Floors and exceptions leave cases to others, so their gaps are none."""
    layer, table = version.rule_set.layer, version.read()
    found = analysis.findings(table, stops=layer == "exception")
    kept = [finding for finding in found if finding.code != "gap" or layer == "table"]
    return Check(kept, loosened(version, on=on) if version.state in ("draft", "in_review") else [])


def loosened(version: RuleSetVersion, *, on: date) -> list[Finding]:
    """What a candidate would loosen in force. A floor loosens nothing: publishing it sees to that."""
    if version.rule_set.layer == "floor":
        return []
    stages = _stages(version.rule_set, *_layers(version), on)
    return _distinct(found for old, new in stages for found in _loosening(old, new))


@dataclass(frozen=True)
class Sent:
    """Rules that wait to be put in force: what they change in those that they replace, and what they loosen."""

    version: RuleSetVersion
    text: Compared
    is_first: bool
    loosened: list[Finding]


def read_sent(version: RuleSetVersion, *, on: date) -> Sent:
    """A first floor replaces that of the start, the first rules of an initiative replace nothing."""
    current, is_floor = version.rule_set.current(), version.rule_set.layer == "floor"
    start = rules.read_table(standard.FLOOR, version.rule_set.schema()) if is_floor else NO_FLOOR.table
    found = comparing.compare(current.read() if current else start, version.read())
    return Sent(version, found, not (current or is_floor), loosened(version, on=on))


def programs(version: RuleSetVersion, *, on: date, floor: Edition = NO_FLOOR) -> tuple[rules.Program, rules.Program]:
    """The rules of the version's scope as they are in force, and as they would be with it; both on this floor."""
    before, after = _layers(version)
    return _program(version.rule_set, before, on, floor), _program(version.rule_set, after, on, floor)


def compare(before: RuleSetVersion, after: RuleSetVersion, *, on: date) -> Comparison:
    """As if both still counted: a version that is over is compared for what it said. A floor answers no case alone."""
    text, rule_set = comparing.compare(before.read(), after.read()), after.rule_set
    if rule_set.layer == "floor":
        return Comparison(text, [], [])
    layers = _in_force(rule_set)
    old_layers, new_layers = (
        layers | {rule_set.layer: replace(version.edition(rule_set.schema()), review_by=None)}
        for version in (before, after)
    )
    stages = _stages(rule_set, old_layers, new_layers, on)
    return Comparison(
        text,
        _distinct(found for old, new in stages for found in _loosening(old, new)),
        _distinct(found for old, new in stages for found in analysis.tightening(old, new)),
    )


def _stages(rule_set: RuleSet, before: Layers, after: Layers, on: date) -> list[tuple[rules.Program, rules.Program]]:
    """The programs to compare. A table is read beneath its exceptions, and again as it counts once they have ended:
    a month at most, while the table stays."""
    stages = [(before, after)]
    if rule_set.layer == "table" and "exception" in before:
        stages.append(({"table": before["table"]} if "table" in before else {}, {"table": after["table"]}))
    return [(_program(rule_set, old, on, NO_FLOOR), _program(rule_set, new, on, NO_FLOOR)) for old, new in stages]


def _distinct(found: Iterable[Finding]) -> list[Finding]:
    """Each said once, with the first case that shows it."""
    kept: dict[tuple[str, tuple[str, ...]], Finding] = {}
    for finding in found:
        kept.setdefault((finding.code, finding.rows), finding)
    return list(kept.values())


def _loosening(old: rules.Program, new: rules.Program) -> list[Finding]:
    """Where the AI gets more say, and whether fewer guardrails would stop it."""
    return analysis.loosening(old, new) + ([Finding("guards_less")] if _guards_less(old, new) else [])


def _guards_less(old: rules.Program, new: rules.Program) -> bool:
    """Whether fewer guardrails would stop what happens unseen. Where nothing did, or will, none is missed: a row asleep
    lets nothing happen, though what it names opens the breaker."""
    sides = [program.lines() for program in (new, old)]
    if not all(any(is_unseen(line.row.then.authority) and not line.is_asleep for line in side) for side in sides):
        return False
    now, before = (bound((line.row.then.authority, line.row.then.guardrails) for line in side) for side in sides)
    return is_less(now, before)


def _layers(version: RuleSetVersion) -> tuple[Layers, Layers]:
    """The tables of the version's scope as they are in force, and as they would be with it."""
    layers, rule_set = _in_force(version.rule_set), version.rule_set
    return layers, layers | {rule_set.layer: version.edition(rule_set.schema())}


def _in_force(rule_set: RuleSet) -> Layers:
    """The published tables of the scope, by layer."""
    schema = rule_set.schema()
    return {layer: found.edition(schema) for layer, found in RuleSetVersion.objects.in_scope(rule_set).items()}


def _program(rule_set: RuleSet, layers: Layers, on: date, floor: Edition) -> rules.Program:
    domain = cast(Domain, rule_set.domain)  # only the floor has none
    return rules.Program(
        schema=domain.schema(),
        floor=floor,
        table=layers.get("table"),
        exceptions=[layers["exception"]] if "exception" in layers else [],
        default=domain.default(),
        on=on,
    )
