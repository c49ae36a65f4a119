"""The case of an initiative: all that gates and inbox read about it, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef

from decisions import gates
from decisions.dossiers import Dossier
from decisions.gates import Facts
from decisions.models.rules import RuleSet, RuleSetVersion
from decisions.moves import Hands, Standing
from initiatives.flags import RULES, Asked, FlagKind
from initiatives.lifecycle import Gate, State
from initiatives.models import Baseline, Flag, Initiative, KillCriterion, PageSet, ReadinessAnswer, Target, Verdict
from initiatives.verdicts import Status
from metrics.models import Kpi, Snapshot
from ownership import policy
from ownership.models import Appointment, Organisation, User
from ownership.policy import Role, SeatKind

HARM = frozenset({Status.REGRESSING})  # of a main KPI: worse than before; of a guardrail: further than tolerated

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Case:
    """An initiative with what belongs to it: current targets, their locked baselines, standing kill criteria."""

    initiative: Initiative
    targets: list[Target]
    baselines: dict[int, Baseline]  # the newest locked one, by target
    kill_criteria: list[KillCriterion]
    page_sets: list[PageSet]
    answers: list[ReadinessAnswer]
    tables: list[RuleSet]  # one per domain in use
    published: list[RuleSetVersion]  # of those and of the exceptions to them
    delivered: frozenset[int]  # KPIs whose source of record has given a value, these and perhaps others
    sponsor: User | None  # who holds the seat, else who is asked to
    organisation: Organisation

    @cached_property
    def main(self) -> Target | None:
        return next((target for target in self.targets if target.role == "primary"), None)

    @property
    def guardrails(self) -> list[Target]:
        return [target for target in self.targets if target.role == "guardrail"]

    @property
    def baseline(self) -> Baseline | None:
        """The locked one of the main KPI."""
        return self.baselines.get(self.main.pk) if self.main else None

    def holder(self, kind: SeatKind) -> User | None:
        """The sponsor, the owner, the change lead, or the steward of the main KPI."""
        seats = {
            SeatKind.SPONSOR: self.initiative.sponsor,
            SeatKind.OWNER: self.initiative.owner,
            SeatKind.STEWARD: self.main.kpi.steward if self.main else None,
            SeatKind.CHANGE_LEAD: self.initiative.change_lead,
        }
        seat = seats[kind]
        return seat.holder if seat else None

    @cached_property
    def facts(self) -> Facts:
        row, sponsor = self.initiative, self.sponsor
        with_rules = {version.rule_set_id for version in self.published}
        return Facts(
            track=row.track,
            scores={a.question: None if a.not_applicable_reason else a.score for a in self.answers},
            has_goal=row.goal_id is not None,
            is_owner_accepted=self.holder(SeatKind.OWNER) is not None,
            is_sponsor_named=sponsor is not None,
            has_sponsor_rank=policy.ranks_at_least(sponsor.rank, self.organisation.sponsor_rank) if sponsor else None,
            is_sponsor_accepted=self.holder(SeatKind.SPONSOR) is not None,
            kill_criteria=len(self.kill_criteria),
            budget=None if row.budget is None else float(row.budget),
            guardrails=len(self.guardrails),
            guardrails_broken=self._broken(),
            domains_without_rules=_domains(table for table in self.tables if table.pk not in with_rules),
            domains_without_decider=_domains(table for table in self.tables if not _has_decider(table)),
            has_control=any(pages.is_control for pages in self.page_sets) or any(t.control_id for t in self.targets),
            horizon_months=row.horizon_months,
            **self._main_facts(),
        )

    def _main_facts(self) -> dict[str, Any]:
        main, baseline = self.main, self.baseline
        if main is None:
            return {"primary_is_outcome": False}
        facts = {
            "primary_is_outcome": True,  # the database lets nothing else be a main KPI
            "goal": main.goal,
            "smallest_effect": main.smallest_effect,
            "lag_weeks": main.lag_weeks,
            "ramp_weeks": main.ramp_weeks,
            "has_source_delivered": main.kpi_id in self.delivered,
            "is_baseline_locked": baseline is not None,
            "verdict": Status(main.status) if main.status else None,
        }
        if main.verdict is not None and "conservative_payback" in main.verdict.money:
            facts |= {"is_payback_known": True, "payback": main.verdict.money["conservative_payback"]}
        if baseline is not None:
            facts |= {
                "baseline_periods": baseline.n,
                "baseline_coverage": baseline.coverage,
                "detectable_effect": baseline.detectable_effect,
            }
            if self.initiative.state == State.BASELINING:  # the plan may have changed since; later it no longer matters
                main.initiative = self.initiative
                prospect = main.prospect(baseline.periods, starts_on=baseline.ends_on)
                facts |= {"detectable_effect": prospect.detectable, "first_telling_week": prospect.tells_from}
        return facts

    def standing(self, user: User) -> Standing:
        """How this person stands to it; a request adds who asked and who edited."""
        seats = (SeatKind.SPONSOR, SeatKind.OWNER, SeatKind.STEWARD)
        owner = self.initiative.owner
        return Standing(
            person=user.pk,
            role=user.role,
            seats=frozenset(kind for kind in seats if self.holder(kind) == user),
            owners=frozenset(Appointment.objects.ever_held(owner) if owner else ()),
        )

    def asked_as(self, user: User) -> frozenset[Asked]:
        """As what a flag of this initiative can ask this person."""
        seats = {Asked.OWNER: SeatKind.OWNER, Asked.SPONSOR: SeatKind.SPONSOR, Asked.STEWARD: SeatKind.STEWARD}
        held = {asked for asked, seat in seats.items() if self.holder(seat) == user}
        return frozenset(held | ({Asked.LEAD} if user.role == Role.LEAD else set()))

    def may_answer(self, flag: Flag, user: User) -> bool:
        """Whether the flag asks this person, or somebody below them on its ladder."""
        is_addressee = flag.addressee is not None and flag.addressee.holder_id == user.pk
        return is_addressee or bool(self.asked_as(user) & RULES[FlagKind(flag.kind)].asked_from(flag.rung))

    def local_day(self, at: datetime) -> date:
        """The organisation's."""
        return self.organisation.day(at)

    def hands(self, at: datetime) -> Hands:
        """Where the clock stands for it."""
        row = self.initiative
        empty = [seat.vacant_since for seat in (row.sponsor, row.owner) if seat and seat.vacant_since]
        return Hands(
            on=self.local_day(at),
            state=State(row.state),
            since=self.local_day(row.state_since),
            pilot_ends_on=row.pilot_ends_on,
            vacant_since=self.local_day(min(empty)) if empty else None,
            is_harmful=any(_harms(target, since=row.state_since) for target in self.targets),
        )

    def _broken(self) -> int | None:
        """Guardrails that fell further than tolerated; None while one of them was never judged."""
        statuses = [Status(target.status) if target.status else None for target in self.guardrails]
        return None if None in statuses else sum(status in HARM for status in statuses)

    def results(self, gate: Gate) -> list[dict[str, Any]]:
        return gates.results(gate, self.facts)

    def dossier(self, gate: Gate) -> Dossier:
        """What somebody who decides at this gate judges."""
        seats = (SeatKind.SPONSOR, SeatKind.OWNER, SeatKind.STEWARD)
        parts = {
            "initiative": _written(self.initiative),
            "people": {kind: holder.pk for kind in seats if (holder := self.holder(kind))},
            "targets": [_written(target) for target in self.targets],
            "page_sets": [_written(pages) for pages in self.page_sets],
            "kill_criteria": [_written(criterion) for criterion in self.kill_criteria],
            "baselines": {target: baseline.sha256 for target, baseline in self.baselines.items()},
            "readiness": [_written(answer) for answer in self.answers],
            "rules": {version.rule_set_id: version.sha256 for version in self.published},
        }
        if gate is Gate.G3:
            parts["evidence"] = [_said(target.verdict) for target in self.targets if target.verdict]
        return Dossier.of(gate, self.facts, parts)


def read_case(initiative: Initiative) -> Case:
    return read_cases([initiative.pk])[initiative.pk]


def lock_case(initiative: Initiative) -> Case:
    """The same, and nobody else changes the initiative or decides about it before this transaction ends."""
    initiative.hold()
    return read_case(initiative)


def read_cases(ids: Collection[int]) -> dict[int, Case]:
    """By id of the initiative; the number of queries does not depend on how many there are."""
    seats = ["goal", "unit", "sponsor__holder", "owner__holder", "change_lead__holder"]
    rows = list(Initiative.objects.filter(pk__in=ids).select_related(*seats).order_by("pk"))
    targets = Target.objects.filter(initiative__in=ids, superseded_at=None)
    baselines = Baseline.objects.filter(target__initiative__in=ids, locked_at__isnull=False).order_by("number")
    published = RuleSetVersion.objects.filter(rule_set__initiative__in=ids, state="published")
    tables = RuleSet.objects.filter(initiative__in=ids, layer="table").select_related("domain__decider")
    of_record = Snapshot.objects.of_record().filter(kpi=OuterRef("pk"))
    delivered = Kpi.objects.filter(Exists(of_record), pk__in=targets.values("kpi")).values_list("pk", flat=True)
    sponsors = _asked_to_sponsor(rows)
    organisation = Organisation.the()

    targets_of = _grouped(targets.select_related("kpi__steward__holder", "verdict").order_by("pk"))
    delivered_kpis = frozenset(delivered)
    baselines_of = {baseline.target_id: baseline for baseline in baselines}
    kill_criteria_of = _grouped(KillCriterion.objects.filter(initiative__in=ids, withdrawn_at=None).order_by("pk"))
    page_sets_of = _grouped(PageSet.objects.filter(initiative__in=ids).order_by("pk"))
    answers_of = _grouped(ReadinessAnswer.objects.filter(initiative__in=ids).order_by("question"))
    tables_of = _grouped(tables.order_by("pk"))
    published_of = _grouped(published.select_related("rule_set").order_by("rule_set"), "rule_set.initiative_id")
    return {
        row.pk: Case(
            initiative=row,
            targets=targets_of[row.pk],
            baselines={t.pk: baselines_of[t.pk] for t in targets_of[row.pk] if t.pk in baselines_of},
            kill_criteria=kill_criteria_of[row.pk],
            page_sets=page_sets_of[row.pk],
            answers=answers_of[row.pk],
            tables=tables_of[row.pk],
            published=published_of[row.pk],
            delivered=delivered_kpis,
            sponsor=row.sponsor.holder or sponsors.get(row.sponsor.pk) if row.sponsor else None,
            organisation=organisation,
        )
        for row in rows
    }


def _grouped(rows: Iterable[M], key: str = "initiative_id") -> dict[int, list[M]]:
    value_of, groups = attrgetter(key), defaultdict(list)
    for row in rows:
        groups[value_of(row)].append(row)
    return groups


def _asked_to_sponsor(rows: Iterable[Initiative]) -> dict[int, User]:
    """By seat: whom an open offer asks to take it."""
    seats = [row.sponsor_id for row in rows if row.sponsor_id]
    offers = Appointment.objects.open_offers().filter(seat__in=seats).select_related("person").order_by("pk")
    return {offer.seat_id: offer.person for offer in offers}


def _has_decider(table: RuleSet) -> bool:
    return table.domain is not None and table.domain.decider.holder_id is not None


def _domains(tables: Iterable[RuleSet]) -> tuple[str, ...]:
    """By name as stored: what a dossier holds is the same in every language."""
    return tuple(table.domain.name for table in tables if table.domain)


def _harms(target: Target, *, since: datetime) -> bool:
    """Whether the newest verdict says that the main KPI or a guardrail is worse than before the pilot."""
    if target.role not in ("primary", "guardrail") or target.verdict is None:
        return False
    return target.status in HARM and target.verdict.judged_at > since


def _said(verdict: Verdict) -> dict[str, Any]:
    """Names the verdict that stands; the row itself never changes."""
    return {"verdict": verdict.pk, "status": verdict.status, "inputs_sha256": verdict.inputs_sha256}


def _written(row: Model) -> dict[str, Any]:
    """What people write in a row: its editable fields. The rest, as state and status, follows from acts and figures."""
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.editable}
    return {"id": row.pk} | fields
