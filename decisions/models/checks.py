"""The static check of one version: what its table does with all cases, and what it would loosen in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import cast

from decisions import rules
from decisions.models.rules import Domain, RuleSetVersion
from decisions.rules import Edition, HitPolicy, analysis
from decisions.rules.analysis import Finding

NO_FLOOR = Edition(rules.Table(HitPolicy.RESTRICTIVE, (), {}))  # it sits in every answer, so it never tells two apart


@dataclass(frozen=True)
class Check:
    """What is known without a single recommendation. `loosened` is empty for what is, or was, in force."""

    findings: list[Finding]
    loosened: list[Finding]


def check(version: RuleSetVersion, *, on: date) -> Check:
    """Floors and exceptions leave cases to others, so their gaps are none."""
    layer, table = version.rule_set.layer, version.read()
    found = analysis.findings(table, stops=layer == "exception")
    kept = [finding for finding in found if finding.code != "gap" or layer == "table"]
    is_candidate = layer != "floor" and version.state in ("draft", "in_review")
    return Check(kept, analysis.loosening(*programs(version, on=on)) if is_candidate else [])


def programs(version: RuleSetVersion, *, on: date, floor: Edition = NO_FLOOR) -> tuple[rules.Program, rules.Program]:
    """The rules of the version's scope as they are in force, and as they would be with it; both on this floor."""
    rule_set = version.rule_set
    domain = cast(Domain, rule_set.domain)  # only the floor has none
    schema, default = domain.schema(), domain.default()
    published = RuleSetVersion.objects.in_scope(rule_set)
    layers = {layer: found.edition(schema) for layer, found in published.items()}

    def program(editions: dict[str, Edition]) -> rules.Program:
        exceptions = [editions["exception"]] if "exception" in editions else []
        table = editions.get("table")
        return rules.Program(schema=schema, floor=floor, table=table, exceptions=exceptions, default=default, on=on)

    return program(layers), program(layers | {rule_set.layer: version.edition(schema)})
