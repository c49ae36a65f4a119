"""What one card of the inbox shows: a request at a gate with all that its decider should see first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from decisions import dossiers, prospects
from decisions.dossiers import Dossier
from decisions.models.cases import Case, read_cases
from decisions.models.gates import GateDecision
from decisions.models.lately import Lately, read_lately
from decisions.moves import advised
from initiatives.lifecycle import Gate
from initiatives.models import CostEntry, KillCriterion, Verdict
from initiatives.readiness import Factor
from initiatives.roi import Value
from initiatives.verdicts import Status

PERIODS = 8  # as many as a baseline wants


@dataclass(frozen=True)
class Card:
    """A request with the case before the decider. Levels are of the main KPI in one judged period."""

    request: GateDecision
    case: Case
    dossier: Dossier
    lately: Lately | None
    today: date
    spent: Decimal
    evidence: list[Verdict]  # that the request is decided on, the main one first; as it stood when it was decided

    @property
    def gate(self) -> Gate:
        return Gate(self.request.gate)

    @property
    def is_edited(self) -> bool:
        return self.request.is_open and self.request.is_edited(self.dossier)

    @property
    def criteria(self) -> list[dict[str, Any]]:
        return dossiers.criteria(self.dossier)

    @property
    def advised(self) -> str | None:
        """What the verdict on the main KPI speaks for."""
        main = next((verdict for verdict in self.evidence if verdict.target.role == "primary"), None)
        return advised(Status(main.status)) if main else None

    @property
    def released(self) -> Decimal | None:
        """What stopping would leave of the budget."""
        budget = self.case.initiative.budget
        return None if budget is None else max(budget - self.spent, Decimal(0))

    @property
    def missing(self) -> list[dict[str, Any]]:
        """Hard criteria that are not met: while there are any, nobody can say yes."""
        return [result for result in self.criteria if result["hard"] and result["met"] is not True]

    @property
    def target_level(self) -> float | None:
        return self._level(self.case.main.goal if self.case.main else None)

    @property
    def smallest_level(self) -> float | None:
        return self._level(self.case.main.smallest_effect if self.case.main else None)

    @property
    def stops_if(self) -> KillCriterion | None:
        """The stop condition that comes first."""
        return min(self.case.kill_criteria, key=lambda stop: (stop.by_on, stop.pk), default=None)

    @property
    def weakest_criterion(self) -> dict[str, Any] | None:
        code = prospects.weakest_criterion(self.gate, self.case.facts)
        return next((result for result in self.criteria if result["code"] == code), None)

    @property
    def weakest_factor(self) -> Factor | None:
        return prospects.weakest_factor(self.case.facts)

    @property
    def weakest_question(self) -> str:
        """Of that factor."""
        return prospects.weakest_question(self.weakest_factor, self.case.facts) if self.weakest_factor else ""

    @property
    def promised(self) -> tuple[float, float] | None:
        """What comes back for each unit of money, low and high; None while something in it is not known."""
        main, row = self.case.main, self.case.initiative
        effects = self._effects()
        if main is None or main.value_likely is None or self.lately is None or effects is None or not row.budget:
            return None
        low, likely, high = (float(value or 0) for value in (main.value_low, main.value_likely, main.value_high))
        return prospects.promised(
            prospects.Plan(
                level=self.lately.mean,
                low=effects[0],
                high=effects[1],
                value=Value(low, likely, high, attribution=main.attribution, cashable=main.cashable),
                periods_a_month=1 if self.lately.is_monthly else prospects.WEEKS_A_MONTH,
                months=row.horizon_months,
                lag_weeks=main.lag_weeks or 0,
                ramp_weeks=main.ramp_weeks or 0,
                cost=float(row.budget),
            )
        )

    def _effects(self) -> tuple[float, float] | None:
        """What was measured, else what was planned; gains are positive whichever way is better."""
        main = self.case.main
        if main is None:
            return None
        if main.verdict is not None and main.verdict.low is not None and main.verdict.high is not None:
            ends = main.verdict.low, main.verdict.high
            return (-ends[1], -ends[0]) if main.kpi.definition.lower_is_better else ends
        return None if main.goal is None or main.smallest_effect is None else (main.smallest_effect, main.goal)

    def _level(self, effect: float | None) -> float | None:
        main = self.case.main
        if main is None or effect is None or self.lately is None:
            return None
        return self.lately.at(-effect if main.kpi.definition.lower_is_better else effect)


def read_cards(requests: Iterable[GateDecision], *, at: datetime) -> list[Card]:
    """In the order given; the number of queries does not depend on how many there are."""
    requests = list(requests)
    cases = read_cases([request.initiative_id for request in requests])
    mains = [case.main for case in cases.values() if case.main]
    today = next(iter(cases.values())).local_day(at) if cases else at.date()
    lately = read_lately(mains, periods=PERIODS, on=today)
    booked = CostEntry.objects.filter(initiative__in=cases).values_list("initiative").annotate(Sum("amount"))
    spent = dict(booked.order_by())
    dossiers = [request.opened(cases[request.initiative_id]) for request in requests]
    verdicts = _evidence(dossiers)
    return [
        _card(request, cases[request.initiative_id], dossier, lately, today, spent, verdicts)
        for request, dossier in zip(requests, dossiers, strict=True)
    ]


def _card(
    request: GateDecision,
    case: Case,
    dossier: Dossier,
    lately: dict[int, Lately],
    today: date,
    spent: dict[int, Decimal],
    verdicts: dict[int, Verdict],
) -> Card:
    known = lately.get(case.main.pk) if case.main else None
    evidence = [verdicts[pk] for pk in _named(dossier)]
    evidence.sort(key=lambda verdict: verdict.target.role != "primary")
    return Card(request, case, dossier, known, today, spent.get(case.initiative.pk, Decimal(0)), evidence)


def _named(dossier: Dossier) -> list[int]:
    """The verdicts in it."""
    return [said["verdict"] for said in dossier.content.get("evidence", [])]


def _evidence(dossiers: Iterable[Dossier]) -> dict[int, Verdict]:
    named = {pk for dossier in dossiers for pk in _named(dossier)}
    return Verdict.objects.select_related("target__kpi").in_bulk(named) if named else {}
