"""What Mandate itself knows about a recommendation: a provider per fact. None, or no provider, is "not known".

Facts that nothing here can answer yet stay unknown: `track_record_lb` waits for outcome reviews.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from django.db.models import Count, Sum

from decisions import rules
from decisions.models.cases import HARM, read_case
from decisions.models.gates import GateDecision
from decisions.models.rules import Domain, RuleSetVersion, named_seat
from initiatives.lifecycle import RUNNING
from initiatives.models import Initiative
from initiatives.verdicts import Status
from metrics.models import Kpi, Snapshot
from ownership.models import Organisation

if TYPE_CHECKING:
    from decisions.models.recommendations import Recommendation

PERIOD_DAYS: Final = {"day": 1, "week": 7}
BLIND: Final = frozenset({"", Status.INSUFFICIENT, Status.DATA_STALE})  # verdicts that say nothing about today


@dataclass(frozen=True)
class Situation:
    """One recommendation at one instant."""

    recommendation: Recommendation
    at: datetime

    @property
    def domain(self) -> Domain:
        return self.recommendation.domain

    @property
    def initiative(self) -> Initiative:
        return self.recommendation.initiative

    @cached_property
    def organisation(self) -> Organisation:
        return Organisation.the()

    @cached_property
    def today(self) -> date:
        return self.at.astimezone(self.organisation.tz).date()

    @cached_property
    def in_force(self) -> dict[str, RuleSetVersion]:
        """The rules that count for it, by layer."""
        return RuleSetVersion.objects.in_force(domain=self.domain, initiative=self.initiative, on=self.today)

    def midnight(self, on: date) -> datetime:
        """When the local day begins."""
        return datetime.combine(on, time(), tzinfo=self.organisation.tz)

    def end_of(self, on: date) -> datetime:
        """When the local day is over."""
        return self.midnight(on + timedelta(days=1))

    @cached_property
    def granted_today(self) -> tuple[int, int]:
        """Changes and pages that were granted in this initiative since local midnight, this one aside."""
        return self.granted_since(self.today)

    def granted_since(self, day: date, *, domain: Domain | None = None) -> tuple[int, int]:
        """Changes and pages. What was undone counts too: a revert gives nothing back."""
        granted = self.initiative.recommendations.filter(granted_at__gte=self.midnight(day), granted_at__lte=self.at)
        if domain:
            granted = granted.filter(domain=domain)
        sums = granted.exclude(pk=self.recommendation.pk).aggregate(changes=Count("pk"), pages=Sum("pages"))
        return sums["changes"], sums["pages"] or 0

    @cached_property
    def page_class(self) -> str | None:
        """The class of the page sets that hold the page; unknown if none does, or several that differ."""
        sets = self.initiative.page_sets.order_by("pk")
        classes = {pages.page_class for pages in sets if pages.holds(self.recommendation.subject)}
        return classes.pop() if len(classes) == 1 else None


def _is_ymyl(now: Situation) -> bool | None:
    return None if now.page_class is None else now.page_class == "ymyl"


def _guardrail_breached(now: Situation) -> bool | None:
    """Broken if any guardrail is; unbroken only if there is one and every one is known to be."""
    guardrails = now.initiative.targets.filter(role="guardrail", superseded_at=None)
    statuses = set(guardrails.values_list("status", flat=True))
    if statuses & HARM:
        return True
    return None if not statuses or statuses & BLIND else False


def _on_hold(now: Situation) -> bool:
    """Not running, or running on an approval that its own edits have overtaken."""
    if now.initiative.state not in RUNNING:
        return True
    return now.initiative.pk in GateDecision.objects.outdated([read_case(now.initiative)])


def _pages_today(now: Situation) -> int:
    """With this one, at the pace that it states."""
    return now.granted_today[1] + now.recommendation.pages


def _role_vacant(now: Situation) -> bool:
    """Whether sponsor, owner or a seat that decides in this domain is empty."""
    table = now.in_force.get("table")
    titles = {row["then"].get("decider", "") for row in table.table} - {""} if table else set()
    named = [named_seat(title, now.initiative) for title in sorted(titles)]
    return any(
        seat is None or seat.holder_id is None
        for seat in (now.initiative.sponsor, now.initiative.owner, now.domain.decider, *named)
    )


PROVIDERS: Final[dict[str, Callable[[Situation], rules.Value | None]]] = {
    "domain": lambda now: now.domain.key,
    "strategic": lambda now: now.domain.is_strategic,
    "changes_today": lambda now: now.granted_today[0],
    "pages_today": _pages_today,
    "guardrail_breached": _guardrail_breached,
    # A freeze is an annotation marked so, and there are none yet: no window is open.
    "in_freeze_window": lambda now: False,
    "role_vacant": _role_vacant,
    "on_hold": _on_hold,
    "page_class": lambda now: now.page_class,
    "ymyl": _is_ymyl,
}


def known_to_mandate(now: Situation, schema: rules.Schema) -> dict[str, rules.Reading]:
    """Every fact of the schema that is Mandate's or a KPI's own to give, as far as it is known."""
    readings: dict[str, rules.Reading] = {}
    for fact in schema.values():
        if fact.source is rules.FactSource.MANDATE and fact.name in PROVIDERS:
            value = PROVIDERS[fact.name](now)
            if value is not None and (fact.type is not rules.FactType.ENUM or value in fact.values):
                readings[fact.name] = rules.Reading(value, now.at, fact.source)
        elif fact.source is rules.FactSource.KPI and fact.kpi and (reading := measured(now, fact)):
            readings[fact.name] = reading
    return readings


def measured(now: Situation, fact: rules.Fact) -> rules.Reading | None:
    """The KPI of the page, summed over its last closed days. A missing day makes the sum unknown, not smaller."""
    kpis = Kpi.objects.filter(unit=now.initiative.unit, type=fact.kpi, scope__page=now.recommendation.subject)
    kpi = kpis.filter(grain__in=PERIOD_DAYS).select_related("source_of_record").order_by("pk").first()
    if kpi is None or kpi.source_of_record is None:
        return None
    last = kpi.source_of_record.watermark or now.today - timedelta(days=1)
    first = last - timedelta(days=fact.window_days - 1)
    values = Snapshot.objects.of_record().filter(kpi=kpi, period_start__gte=first, period_start__lte=last)
    found = values.aggregate(periods=Count("period_start"), total=Sum("num"))
    if found["periods"] * PERIOD_DAYS[kpi.grain] < fact.window_days:
        return None
    total = round(found["total"]) if fact.integer else found["total"]
    return rules.Reading(total, min(now.at, now.midnight(last + timedelta(days=1))), fact.source)
