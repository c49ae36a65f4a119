"""Figures that a decision rested on and that were corrected afterwards: derived from what it kept and from revisions.

At a gate people saw the last eight weeks or months of every KPI that is promised; about a recommendation the figures
that Mandate summed for the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from decisions.dossiers import Dossier
from decisions.models.cards import PERIODS
from decisions.models.decisions import Decision
from decisions.models.gates import GateDecision
from metrics.catalogue import Grain
from metrics.hindsight import Seen, look_back
from metrics.models import Kpi
from metrics.periods import MEANS, last_periods
from ownership import words
from ownership.models import Organisation

DAYS = {Grain.DAY: 1.0, Grain.WEEK: 7.0, Grain.MONTH: 365.25 / 12}
Key = tuple[Literal["gate", "decision"], int]


@dataclass(frozen=True)
class Changed:
    """A figure of one KPI as it was decided on, and as it is now; per week or month at a gate, else the sum."""

    kpi: Kpi
    then: float | None
    now: float | None
    since: datetime


@dataclass(frozen=True)
class _Shown:
    """What one decision saw of one KPI: a sum, or the level of an average week or month."""

    key: Key
    kpi: Kpi
    seen: Seen
    is_sum: bool = False

    def level(self, num: float, den: float | None, values: int) -> float | None:
        """From sums over so many values. None: nothing is known."""
        if den is not None:
            return num / den if den else None
        if self.is_sum or not values:
            return num if values else None
        return num / values * DAYS[self.kpi.judged] / DAYS[Grain(self.kpi.grain)]


def changed_figures(gates: Iterable[GateDecision], decisions: Iterable[Decision]) -> dict[Key, list[Changed]]:
    """By decision, the figures that now read differently; four queries however many there are. Of `decisions` the
    evaluation, the recommendation and the initiative are loaded."""
    gates, decisions = [gate for gate in gates if gate.decided_at], list(decisions)
    if not gates and not decisions:
        return {}
    tz = Organisation.the().tz
    shown = [*_at_gates(gates, tz), *_about_advice(decisions, tz)]
    found: dict[Key, list[Changed]] = {}
    for n, back in sorted(look_back([one.seen for one in shown]).items()):
        one = shown[n]
        then = one.level(back.num, back.den, back.values)
        now = one.level(back.num_now, back.den_now, back.values_now)
        if words.number(then) != words.number(now):
            found.setdefault(one.key, []).append(Changed(one.kpi, then, now, back.corrected_at))
    return found


def _at_gates(gates: list[GateDecision], tz: ZoneInfo) -> Iterator[_Shown]:
    promised = {gate.pk: _promised(gate) for gate in gates}
    kpis = Kpi.objects.in_bulk({pk for ids in promised.values() for pk in ids})
    for gate in gates:
        for kpi in (kpis[pk] for pk in promised[gate.pk] if pk in kpis):
            if gate.decided_at:
                known_by = gate.decided_at.astimezone(tz).date() - timedelta(days=kpi.definition.lag_days)
                first, until = last_periods(known_by, PERIODS, kpi.judged)
                yield _Shown(("gate", gate.pk), kpi, _seen(kpi, first, until, gate.decided_at))


def _promised(gate: GateDecision) -> list[int]:
    """The KPIs in the dossier on which something is judged, the main one first."""
    targets = [row for row in Dossier.read(gate.dossier).content["targets"] if row["role"] != "activity"]
    ordered = sorted(targets, key=lambda row: row["role"] != "primary")
    return list(dict.fromkeys(row["kpi_id"] for row in ordered))


def _about_advice(decisions: list[Decision], tz: ZoneInfo) -> Iterator[_Shown]:
    """The sums over days that the rules were given, by the page that the advice is about."""
    wanted = {row.recommendation.subject for row in decisions}
    pages = Kpi.objects.filter(scope__page__in=sorted(wanted)).order_by("-pk") if wanted else []
    of_page = {(kpi.unit_id, kpi.type, kpi.scope["page"]): kpi for kpi in pages}  # of several, the oldest
    for row in decisions:
        readings = row.evaluation.readings()
        for name, fact in row.evaluation.schema.items():
            kpi = of_page.get((row.initiative.unit_id, fact.kpi or "", row.recommendation.subject))
            if kpi and name in readings and fact.window_days:
                last = (readings[name].as_of - timedelta(microseconds=1)).astimezone(tz).date()
                first = last - timedelta(days=fact.window_days - 1)
                seen = _seen(kpi, first, last + timedelta(days=1), row.evaluation.at)
                yield _Shown(("decision", row.pk), kpi, seen, is_sum=True)


def _seen(kpi: Kpi, first: date, until: date, at: datetime) -> Seen:
    return Seen(kpi.pk, first, until, at, kpi.definition.kind in MEANS)
