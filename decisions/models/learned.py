"""What the record teaches those who may see it, in a fixed number of queries however much is recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any, NamedTuple

from django.db.models import DateField, Exists, OuterRef, Q
from django.db.models.functions import TruncMonth

from decisions.learning import USUALLY_ASKED, Standing, Taken, standing
from decisions.models.decisions import Decision
from decisions.models.recommendations import Recommendation
from decisions.models.records import asked, counts, record
from decisions.models.reviews import OutcomeReview
from decisions.models.rules import Domain, RuleSetVersion
from initiatives.models import Initiative
from ownership.models import User


class Whose(NamedTuple):
    """Whose track record: each has its own."""

    initiative: int
    domain: str
    tool: str
    model: str


class Line(NamedTuple):
    """A track record against what the rules in force ask for; `rules` are the rows that ask for one."""

    whose: Whose
    standing: Standing
    rules: list[str]


@dataclass(frozen=True)
class Scope:
    """What is looked at; empty is all that one may see."""

    domain: str = ""
    tool: str = ""
    initiative: Initiative | None = None

    def of(self, way: str = "") -> Q:
        """The condition on recommendations, `way` leading to them: for instance "recommendation__"."""
        asked = {"domain__key": self.domain, "source": self.tool, "initiative": self.initiative}
        return Q(**{way + name: value for name, value in asked.items() if value})


@dataclass(frozen=True)
class Learned:
    """Everything that the page and the API say, and the names of what it is about."""

    taken: list[Taken]
    lines: list[Line]
    domains: dict[str, str]
    tools: list[str]
    initiatives: dict[int, Initiative]
    people: dict[int, User]


def read_learned(user: User, scope: Scope, *, on: date, zone: tzinfo) -> Learned:
    taken = [*_decided(user, scope, zone), *_let_pass(user, scope)]
    lines = list(_lines(user, scope, {Whose(one.initiative, one.domain, one.tool, one.model) for one in taken}, on))
    return Learned(
        taken=taken,
        lines=lines,
        domains=dict(Domain.objects.visible_to(user).order_by("name", "pk").values_list("key", "name")),
        tools=list(
            Recommendation.objects.visible_to(user).order_by("source").values_list("source", flat=True).distinct()
        ),
        initiatives=Initiative.objects.in_bulk({line.whose.initiative for line in lines}),
        people=User.objects.in_bulk({pk for one in taken for pk in one.deciders}),
    )


def _decided(user: User, scope: Scope, zone: tzinfo) -> Iterable[Taken]:
    """What people decided. What came of it is of the last decision: a breaker may have taken back an earlier one."""
    row = "recommendation__"
    found = Decision.objects.visible_to(user).filter(scope.of(row)).order_by("pk")
    names = [f"{row}domain__key", f"{row}source", f"{row}model", "evaluation__decisive", "initiative", "followed_ai"]
    more = ["deciders", f"{row}confidence", "probability", f"{row}review__result", f"{row}review__process"]
    later = Decision.objects.filter(recommendation=OuterRef("recommendation"), pk__gt=OuterRef("pk"))
    month = TruncMonth("decided_at", output_field=DateField(), tzinfo=zone)
    for (
        domain,
        tool,
        model,
        rule,
        initiative,
        followed,
        deciders,
        sure,
        probability,
        result,
        process,
        stands,
        *rest,
    ) in found.values_list(*names, *more, ~Exists(later), "was_changed", "chosen", month).iterator():
        asked = (domain, tool, model, rule, initiative, followed, tuple(deciders), sure, probability)
        outcome = (result or "", process, True) if stands else ("", None, False)
        yield Taken(*asked, *outcome, *rest)


def _let_pass(user: User, scope: Scope) -> Iterable[Taken]:
    """What a rule let pass without a person."""
    found = Recommendation.objects.visible_to(user).filter(scope.of(), granted_at__isnull=False, decisions=None)
    names = ["domain__key", "source", "model", "initiative", "confidence", "review__result", "review__process"]
    for domain, tool, model, initiative, sure, result, process in found.order_by("pk").values_list(*names).iterator():
        yield Taken(domain, tool, model, "", initiative, None, confidence=sure, result=result or "", process=process)


def _lines(user: User, scope: Scope, whose: Iterable[Whose], on: date) -> Iterable[Line]:
    row = "recommendation__"
    counted = OutcomeReview.objects.visible_to(user).filter(scope.of(row), counts(on)).order_by("-agreed_on", "-pk")
    results: dict[Whose, list[str]] = defaultdict(list, {one: [] for one in whose})
    names = [f"{row}initiative", f"{row}domain__key", f"{row}source", f"{row}model"]
    for *key, result in counted.values_list(*names, "result"):
        results[Whose(*key)].append(result)
    rules = _asking(user)
    for one in sorted(results):
        asking = rules.get((one.initiative, one.domain), {})
        least = min(asking.values(), default=USUALLY_ASKED)
        yield Line(one, standing(record(results[one]), asked=least), sorted(asking))


def _asking(user: User) -> dict[tuple[int, str], dict[str, float]]:
    """By initiative and domain, the rows in force that ask for a track record, and for how good a one."""
    published = RuleSetVersion.objects.visible_to(user).filter(state="published").exclude(rule_set__layer="floor")
    found: dict[tuple[int, str], dict[str, float]] = defaultdict(dict)
    names = ["rule_set__initiative", "rule_set__domain__key", "table"]
    for initiative, domain, table in published.order_by("pk").values_list(*names):
        found[initiative, domain] |= asked(table)
    return found


def as_row(line: Line) -> dict[str, Any]:
    """As JSON."""
    return {
        **line.whose._asdict(),
        "good": line.standing.record.hits,
        "reviewed": line.standing.record.of,
        "track_record_lb": line.standing.record.low if line.standing.record.of else None,
        "high": line.standing.record.high if line.standing.record.of else None,
        "asked": line.standing.asked,
        "rules": line.rules,
        "answer": line.standing.code,
        "good_needed": line.standing.good_needed,
    }
