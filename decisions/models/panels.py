"""“When does AI win?”: the rules in force for an initiative, with how often each row decided lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from decisions.models.breakers import Breaker
from decisions.models.evaluations import Evaluation
from decisions.models.rules import Domain, RuleSetVersion
from decisions.rules import Authority, Row
from initiatives.models import Initiative

LATELY = timedelta(days=90)


@dataclass(frozen=True)
class Line:
    """One row, or the default where `row` is None; `cases` were decided by it."""

    row: Row | None
    authority: Authority
    cases: int


@dataclass(frozen=True)
class Panel:
    """The table of one domain, exceptions in front of it, the default last."""

    domain: Domain
    version: RuleSetVersion | None
    lines: list[Line]
    breaker: Breaker | None  # open


def panels(initiative: Initiative, *, at: datetime) -> list[Panel]:
    """One for each domain in which AI tools give this initiative input."""
    published = RuleSetVersion.objects.filter(rule_set__initiative=initiative, state="published")
    versions = {
        (v.rule_set.domain_id, v.rule_set.layer): v for v in published.select_related("rule_set__domain__decider")
    }
    evaluations = Evaluation.objects.filter(recommendation__initiative=initiative, at__gte=at - LATELY)
    counted = evaluations.values("recommendation__domain", "decisive").annotate(
        n=Count("recommendation", distinct=True)
    )
    open_breakers = Breaker.objects.open().filter(initiative=initiative).for_page()
    breakers = {breaker.domain_id: breaker for breaker in open_breakers}
    cases = {(line["recommendation__domain"], line["decisive"]): line["n"] for line in counted.order_by()}
    used = Domain.objects.used_by(initiative) | Domain.objects.filter(recommendations__initiative=initiative)
    found = []
    for domain in used.select_related("decider").order_by("name", "pk").distinct():
        lines = []
        for layer in ("exception", "table"):
            if version := versions.get((domain.pk, layer)):
                rows = version.read(domain.schema()).rows
                lines += [
                    Line(row, row.then.authority, cases.get((domain.pk, f"{layer}:{row.code}"), 0)) for row in rows
                ]
        default = Authority.of(domain.default_authority)
        lines.append(Line(None, default, cases.get((domain.pk, "default:DEFAULT"), 0)))
        found.append(Panel(domain, versions.get((domain.pk, "table")), lines, breakers.get(domain.pk)))
    return found
