"""What Mandate itself knows about a recommendation: a provider per fact. None, or no provider, is "not known"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from django.db.models import Count, Sum

from decisions import rules
from decisions.learning import RECORD_LENGTH, Rate
from decisions.models.breakers import Breaker
from decisions.models.cases import HARM, read_case
from decisions.models.gates import GateDecision
from decisions.models.records import FACT, counts, record
from decisions.models.rules import Domain, RuleSetVersion, named_seat
from decisions.rules.guardrails import bound
from initiatives.lifecycle import RUNNING
from initiatives.models import Initiative, PageSet
from initiatives.verdicts import Status
from metrics.models import Annotation, Kpi, Snapshot
from ownership.models import Organisation, Seat

if TYPE_CHECKING:
    from decisions.models.recommendations import Recommendation

PERIOD_DAYS: Final = {"day": 1, "week": 7}
BLIND: Final = frozenset({"", Status.INSUFFICIENT, Status.DATA_STALE})  # verdicts that say nothing about today


@dataclass(frozen=True, eq=False)
class Setting:
    """One domain in one initiative at one instant: what all advice there shares, read at most once.

    `subjects` is what the advice is about. `granted` is what this act grants and the database does not hold yet: by
    domain, in the whole initiative, changes and pages. `candidate` is tried in place of what is in force in its layer.
    """

    domain: Domain
    initiative: Initiative
    at: datetime
    subjects: Collection[str] = ()
    granted: dict[int, tuple[int, int]] = field(default_factory=dict)
    candidate: RuleSetVersion | None = None
    _sums: dict[tuple[date, int | None, int | None], tuple[int, int]] = field(default_factory=dict)
    _measured: dict[str, dict[str, rules.Reading]] = field(default_factory=dict)
    _chains: dict[str, list[Seat]] = field(default_factory=dict)
    _records: dict[tuple[str, str], Rate] = field(default_factory=dict)

    @cached_property
    def organisation(self) -> Organisation:
        return Organisation.the()

    @cached_property
    def today(self) -> date:
        return self.at.astimezone(self.organisation.tz).date()

    @cached_property
    def schema(self) -> rules.Schema:
        return self.domain.schema()

    @cached_property
    def in_force(self) -> dict[str, RuleSetVersion]:
        """The rules that count for it, by layer."""
        found = RuleSetVersion.objects.in_force(domain=self.domain, initiative=self.initiative, on=self.today)
        return found | ({self.candidate.rule_set.layer: self.candidate} if self.candidate else {})

    @cached_property
    def page_sets(self) -> list[PageSet]:
        return list(self.initiative.page_sets.order_by("pk"))

    @cached_property
    def bound(self) -> frozenset[str] | None:
        """The KPI types of the guardrails that count here, as the rules in force name them; None: all."""
        tables = [version.table for layer, version in self.in_force.items() if layer != "floor"]
        thens = [row["then"] for table in tables for row in table]
        return bound((rules.Authority.of(then["authority"]), then.get("guardrails", [])) for then in thens)

    @cached_property
    def guardrails(self) -> set[str]:
        """How those guardrails stand, each status once."""
        of_today = self.initiative.targets.filter(role="guardrail", superseded_at=None)
        counting = of_today if self.bound is None else of_today.filter(kpi__type__in=self.bound)
        return set(counting.values_list("status", flat=True))

    @property
    def is_harmed(self) -> bool:
        """Whether a guardrail is broken now."""
        return bool(self.guardrails & HARM)

    @cached_property
    def guardrail_breached(self) -> bool | None:
        """Broken while one that counts is or the breaker is open; unbroken only if every one, and there is one, is
        known to hold."""
        if self.is_harmed or Breaker.objects.open().filter(initiative=self.initiative, domain=self.domain).exists():
            return True
        return None if not self.guardrails or self.guardrails & BLIND else False

    @cached_property
    def on_hold(self) -> bool:
        """Not running, or running on an approval that its own edits have overtaken."""
        if self.initiative.state not in RUNNING:
            return True
        return self.initiative.pk in GateDecision.objects.outdated([read_case(self.initiative)])

    def track_record(self, tool: str, model: str) -> Rate:
        """What it has shown in this domain of the initiative; a new model starts with nothing."""
        if (tool, model) not in self._records:
            peers = self.initiative.recommendations.filter(domain=self.domain, source=tool, model=model)
            newest = peers.filter(counts(self.today, "review__")).order_by("-review__agreed_on", "-review__pk")
            self._records[tool, model] = record(newest.values_list("review__result", flat=True)[:RECORD_LENGTH])
        return self._records[tool, model]

    @cached_property
    def in_freeze_window(self) -> bool:
        """Whether somebody annotated that nothing should change today."""
        return Annotation.objects.is_frozen(self.initiative.unit, on=self.today)

    @cached_property
    def role_vacant(self) -> bool:
        """Whether sponsor, owner or a seat that decides in this domain is empty."""
        table = self.in_force.get("table")
        titles = {row["then"].get("decider", "") for row in table.table} - {""} if table else set()
        named = [named_seat(title, self.initiative) for title in sorted(titles)]
        return any(
            seat is None or seat.holder_id is None
            for seat in (self.initiative.sponsor, self.initiative.owner, self.domain.decider, *named)
        )

    def chain(self, title: str) -> list[Seat]:
        """Who decides, and who does when they cannot: the named seat, the domain's, the owner's, the sponsor's. Empty
        seats are left out."""
        if title not in self._chains:
            named = named_seat(title, self.initiative) if title else None
            seats = (named, self.domain.decider, self.initiative.owner, self.initiative.sponsor)
            self._chains[title] = [seat for seat in seats if seat and seat.holder_id]
        return self._chains[title]

    def midnight(self, on: date) -> datetime:
        """When the local day begins."""
        return datetime.combine(on, time(), tzinfo=self.organisation.tz)

    def end_of(self, on: date) -> datetime:
        """When the local day is over."""
        return self.midnight(on + timedelta(days=1))

    def granted_since(self, day: date, *, domain: Domain | None = None, but: int | None = None) -> tuple[int, int]:
        """Changes and pages, `but` one aside. What was undone counts too: a revert gives nothing back."""
        key = (day, domain.pk if domain else None, but)
        if key not in self._sums:
            found = self.initiative.recommendations.filter(granted_at__gte=self.midnight(day), granted_at__lte=self.at)
            found = found.filter(domain=domain) if domain else found
            sums = found.exclude(pk=but or 0).aggregate(changes=Count("pk"), pages=Sum("pages"))
            self._sums[key] = sums["changes"], sums["pages"] or 0
        now = [sums for pk, sums in self.granted.items() if domain is None or pk == domain.pk]
        changes, pages = zip(self._sums[key], *now, strict=True)
        return sum(changes), sum(pages)

    def count(self, recommendation: Recommendation) -> None:
        """It is granted, and will be stored with the others of this act."""
        changes, pages = self.granted.get(self.domain.pk, (0, 0))
        self.granted[self.domain.pk] = changes + 1, pages + recommendation.pages

    def measured(self, fact: rules.Fact) -> dict[str, rules.Reading]:
        """By page: its KPI summed over the last closed days. A missing day makes the sum unknown, not smaller."""
        if fact.name not in self._measured:
            self._measured[fact.name] = dict(self._measure(fact))
        return self._measured[fact.name]

    def _measure(self, fact: rules.Fact) -> Iterator[tuple[str, rules.Reading]]:
        kpis = Kpi.objects.filter(unit=self.initiative.unit, type=fact.kpi, scope__page__in=list(self.subjects))
        kpis = kpis.filter(grain__in=PERIOD_DAYS).select_related("source_of_record").order_by("-pk")
        of_page = {kpi.scope["page"]: kpi for kpi in kpis}  # of several, the oldest
        ending: dict[date, list[Kpi]] = defaultdict(list)
        for kpi in of_page.values():
            if source := kpi.source_of_record:
                ending[source.watermark or self.today - timedelta(days=1)].append(kpi)
        for last, group in ending.items():
            days = (last - timedelta(days=fact.window_days - 1), last)
            values = Snapshot.objects.of_record().filter(kpi__in=group, period_start__range=days)
            sums = values.values("kpi").annotate(periods=Count("period_start"), total=Sum("num")).order_by("kpi")
            found = {row["kpi"]: row for row in sums}
            for kpi in group:
                row = found.get(kpi.pk)
                if row and row["periods"] * PERIOD_DAYS[kpi.grain] >= fact.window_days:
                    total = round(row["total"]) if fact.integer else row["total"]
                    as_of = min(self.at, self.midnight(last + timedelta(days=1)))
                    yield kpi.scope["page"], rules.Reading(total, as_of, fact.source)


@dataclass(frozen=True, eq=False)
class Situation:
    """One recommendation in its setting."""

    recommendation: Recommendation
    setting: Setting

    @property
    def at(self) -> datetime:
        return self.setting.at

    @property
    def today(self) -> date:
        return self.setting.today

    def end_of(self, on: date) -> datetime:
        return self.setting.end_of(on)

    def granted_since(self, day: date, *, domain: Domain | None = None) -> tuple[int, int]:
        """Changes and pages that were granted in this initiative since that local midnight, this one aside."""
        return self.setting.granted_since(day, domain=domain, but=self.recommendation.pk)

    @property
    def track_record(self) -> Rate:
        """Of its tool and model."""
        return self.setting.track_record(self.recommendation.source, self.recommendation.model)

    @cached_property
    def page_class(self) -> str | None:
        """The class of the page sets that hold the page; unknown if none does, or several that differ."""
        sets = self.setting.page_sets
        classes = {pages.page_class for pages in sets if pages.holds(self.recommendation.subject)}
        return classes.pop() if len(classes) == 1 else None


def _is_ymyl(now: Situation) -> bool | None:
    return None if now.page_class is None else now.page_class == "ymyl"


def _pages_today(now: Situation) -> int:
    """With this one, at the pace that it states."""
    return now.granted_since(now.today)[1] + now.recommendation.pages


PROVIDERS: Final[dict[str, Callable[[Situation], rules.Value | None]]] = {
    "domain": lambda now: now.setting.domain.key,
    "strategic": lambda now: now.setting.domain.is_strategic,
    "changes_today": lambda now: now.granted_since(now.today)[0],
    "pages_today": _pages_today,
    "guardrail_breached": lambda now: now.setting.guardrail_breached,
    "in_freeze_window": lambda now: now.setting.in_freeze_window,
    "role_vacant": lambda now: now.setting.role_vacant,
    "on_hold": lambda now: now.setting.on_hold,
    FACT: lambda now: now.track_record.low if now.track_record.of else None,
    "page_class": lambda now: now.page_class,
    "ymyl": _is_ymyl,
}


def known_to_mandate(now: Situation) -> dict[str, rules.Reading]:
    """Every fact of the domain that is Mandate's or a KPI's own to give, as far as it is known."""
    readings: dict[str, rules.Reading] = {}
    for fact in now.setting.schema.values():
        if fact.source is rules.FactSource.MANDATE and fact.name in PROVIDERS:
            value = PROVIDERS[fact.name](now)
            if value is not None and (fact.type is not rules.FactType.ENUM or value in fact.values):
                readings[fact.name] = rules.Reading(value, now.at, fact.source)
        elif fact.source is rules.FactSource.KPI and fact.kpi:
            reading = now.setting.measured(fact).get(now.recommendation.subject)
            readings |= {fact.name: reading} if reading else {}
    return readings
