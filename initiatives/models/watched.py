"""One initiative with all that the judge reads about it, and what it makes of that."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from initiatives import flags, guardrails, pilot_weeks, verdicts
from initiatives.lifecycle import RUNNING, State
from initiatives.models.evidence import CostEntry, KillCriterion
from initiatives.models.initiative import Initiative
from initiatives.models.scenarios import Assumption
from initiatives.models.targets import Baseline, Target
from initiatives.models.verdicts import Said
from initiatives.outlook import Cost, Gain, Units, outlook, planned_units
from initiatives.pilot_weeks import PilotWeek
from initiatives.roi import Value
from metrics.catalogue import Direction, Grain
from metrics.periods import Period, Weekly
from metrics.rollup import Rolled
from ownership.models import Organisation, Seat


@dataclass(frozen=True, slots=True)
class Memory:
    """What the verdict on `week` hands on."""

    week: int
    counters: list[int]


Told = list[tuple[PilotWeek, verdicts.Verdict]]  # the weeks of one target, oldest first


@dataclass(frozen=True)
class Ruling:
    """One target judged on one day: the verdict, the inputs it rests on, and the pilot week it is about."""

    target: Target
    said: verdicts.Verdict
    inputs: verdicts.Inputs
    week: int

    @cached_property
    def sha256(self) -> str:
        return verdicts.sha256(self.inputs)


@dataclass(frozen=True)
class Watched:
    """One initiative with everything that its verdicts and flags depend on."""

    initiative: Initiative
    targets: list[Target]  # current ones that are judged
    locked: dict[int, Baseline]  # by target
    weekly: dict[int, tuple[Weekly, date | None]]  # by target of the story filter: its weeks, and the day known until
    controls: dict[int, Weekly]  # by those of them that are compared with an untreated series: its weeks
    shocks: dict[int, list[int]]  # by target of the story filter: weeks of known core updates, counted from week 0
    pilot: dict[int, Rolled]  # by any other target: its periods since the start
    before: dict[int, Rolled]  # of these, by target without a locked baseline: the weeks before the start
    earlier: dict[int, list[Said]]  # by target: what was said of the last weeks, the newest first
    final: dict[int, list[tuple[float | None, float | None]]]  # by target: intervals at its deadlines, newest first
    costs: list[CostEntry]
    kill_criteria: list[KillCriterion]
    assumptions: list[Assumption]
    is_resolution_signed: bool
    confirmed_on: dict[str, date]  # by subject of a flag about doubtful values: when somebody last confirmed them
    answered_on: dict[str, date]  # by code: when each question was answered whose answer grows old
    sponsor_acted_at: datetime | None
    organisation: Organisation

    @property
    def state(self) -> State:
        return State(self.initiative.state)

    @cached_property
    def main(self) -> Target | None:
        return next((target for target in self.targets if target.role == "primary"), None)

    @property
    def _judged_targets(self) -> list[Target]:
        if self.state not in RUNNING or self.initiative.pilot_starts_on is None:
            return []
        return [target for target in self.targets if target.role == "guardrail" or target.goal is not None]

    def pilot_weeks(self, on: date) -> dict[int, list[PilotWeek]]:
        """By target of the story filter, the weeks to judge, oldest first: the current one, after those left out."""
        return {
            target.pk: self._weeks_to_judge(target, on) for target in self._judged_targets if target.pk in self.weekly
        }

    def _weeks_to_judge(self, target: Target, on: date) -> list[PilotWeek]:
        plan, (weeks, known_until) = self.plan_of(target), self.weekly[target.pk]
        due = plan.known_by(on)
        control = self.controls.get(target.pk)
        newest = PilotWeek(
            plan,
            self.initiative.alarm_policy,
            0,
            weeks,
            control_kind=target.control.definition.kind if control and target.control else None,
            confirmed=self.confirmed(target, plan, weeks),
            margin=self._margin(target, plan, weeks),
        )
        is_endless = newest.margin is not None
        current = plan.periods(due) if is_endless else min(plan.periods(due), newest.length)
        is_over = due >= plan.due_on and not is_endless
        is_stale = not is_over and verdicts.is_stale(plan, known_until=known_until, as_of=on)
        memory = self._memory(target, current)
        first = current if is_endless else max(memory.week + 1, min(current, 1))
        return [
            replace(
                newest,
                k=week,
                weeks=weeks.until(week),
                shocks=tuple(shock for shock in self.shocks.get(target.pk, []) if shock < week),
                control=control and control.until(week),
                is_stale=is_stale and week == current,
                stale_since=known_until if is_stale and week == current else None,
                counters=tuple(memory.counters),
            )
            for week in range(first, current + 1)
        ]

    def _margin(self, target: Target, plan: verdicts.Plan, weeks: Weekly) -> float | None:
        if target.role != "guardrail":
            return None
        direction = target.kpi.definition.direction
        before = weeks.until(0).periods() if direction is Direction.NOT_BELOW_POINTS else []
        return guardrails.tolerated(plan, direction, target.margin or 0.0, before)

    def confirmed(self, target: Target, plan: verdicts.Plan, weeks: Weekly) -> tuple[int, ...]:
        """The weeks of zeros that were over when somebody said that the values are right."""
        on = self.confirmed_on.get(target.flag_subject)
        if on is None:
            return ()
        zeros = [week for week, num in zip(weeks.weeks, weeks.num, strict=True) if num <= 0]
        return tuple(week for week in zeros if plan.starts_on + timedelta(weeks=week + 1) <= on)

    def _memory(self, target: Target, current: int) -> Memory:
        """What the newest verdict on an earlier week of the same pilot remembers, so that judging twice is never
        "twice"."""
        for said in self.earlier.get(target.pk, []):
            counters = json.loads(said.counters)
            if said.week < current and counters:
                return Memory(said.week, counters)
        return Memory(-1 if current == 0 else 0, [0] * pilot_weeks.MEMORY)

    def rulings(self, on: date, told: Mapping[int, Told]) -> list[Ruling]:
        """Verdicts for all targets that can be judged, the main one first, a target's newest week last."""
        found: list[Ruling] = []
        for target in self._judged_targets:
            if target.pk in told:
                found += [Ruling(target, said, week.stored(), week.k) for week, said in told[target.pk]]
            elif target.pk in self.pilot and (ruling := self._judged(target, on)):
                found.append(ruling)
        return found

    def _judged(self, target: Target, on: date) -> Ruling | None:
        plan, baseline = self.plan_of(target), self._baseline(target)
        if baseline is None:
            return None
        seen, week = self.pilot[target.pk], plan.periods(target.known_by(on))
        if target.role == "guardrail":
            facts: dict[str, Any] = {"baseline": baseline, "pilot": seen.periods, "known_until": seen.known_until}
            plan = guardrails.endless(plan, as_of=on)
            limit: dict[str, Any] = {"direction": target.kpi.definition.direction, "margin": target.margin or 0.0}
            said = guardrails.watch(plan, as_of=on, **limit, **facts)
            return Ruling(target, said, verdicts.inputs(plan, as_of=on, **facts) | limit, week)
        length = plan.periods(plan.due_on)
        pilot = [period for period in seen.periods if period.index < length]  # later values change no verdict
        known_until = seen.known_until and min(seen.known_until, plan.due_on)
        facts = {"baseline": baseline, "pilot": pilot, "known_until": known_until}
        said = verdicts.judge(plan, as_of=on, **facts)
        return Ruling(target, said, verdicts.inputs(plan, as_of=on, **facts), min(week, length))

    def plan_of(self, target: Target) -> verdicts.Plan:
        return self._plans.get(target.pk) or self._plans.setdefault(target.pk, self._plan_of(target))

    @cached_property
    def _plans(self) -> dict[int, verdicts.Plan]:
        return {}

    def _plan_of(self, target: Target) -> verdicts.Plan:
        starts_on, ends_on = self.initiative.pilot_starts_on, self.initiative.pilot_ends_on
        if starts_on is None or ends_on is None:
            raise ValueError(f"{self.initiative.ref} runs without its pilot's days.")
        due_on = ends_on if target.role == "guardrail" else target.due_on or ends_on
        return target.plan(starts_on=starts_on, due_on=max(due_on, starts_on + timedelta(weeks=1)))

    def _baseline(self, target: Target) -> list[Period] | None:
        """What was locked. Beside the main KPI the weeks before the pilot will do."""
        if target.pk in self.weekly:
            return self.weekly[target.pk][0].until(0).periods()
        if target.pk in self.locked:
            return self.locked[target.pk].periods
        return self.before[target.pk].periods if target.pk in self.before else None

    def money(self, rulings: Iterable[Ruling], on: date) -> dict[str, Any]:
        """What all valued targets earn, once the main verdict can tell; else nothing is said. A verdict ends with its
        deadline, money does not: what was scaled goes on earning and costing."""
        newest = {ruling.target.pk: ruling for ruling in rulings}.values()
        told = [ruling for ruling in newest if ruling.target.value_likely is not None and ruling.said.units is not None]
        silent = {verdicts.Status.DATA_STALE, verdicts.Status.INSUFFICIENT}
        main = next((ruling for ruling in told if ruling.target == self.main), None)
        if main is None or main.said.status in silent or self.initiative.pilot_starts_on is None:
            return {}
        return outlook(
            gains=[self._gain(ruling, on) for ruling in told],
            costs=[Cost(cost.on, float(cost.amount), cost.category == "one_off") for cost in self.costs],
            starts_on=self.initiative.pilot_starts_on,
            weeks=(main.target.known_by(on) - self.initiative.pilot_starts_on).days // 7,
            horizon_months=self.initiative.horizon_months,
            discount_rate=float(self.organisation.discount_rate),
        )

    def _gain(self, ruling: Ruling, on: date) -> Gain:
        target = ruling.target
        low, likely, high = (float(value or 0) for value in (target.value_low, target.value_likely, target.value_high))
        value = Value(low, likely, high, attribution=target.attribution, cashable=target.cashable)
        if ruling.said.chances:
            return Gain(value, *self._gained(ruling, on), planned=self._promised(target, on))
        plan, baseline, seen = self.plan_of(target), self._baseline(target) or [], self.measured(target)[0]
        settled = [period for period in seen if period.index >= plan.lag_weeks + plan.ramp_weeks]
        per_period = verdicts.gained(plan, baseline, settled, periods=1)
        share = 12 / 52 if plan.judged is Grain.MONTH else 1.0
        to_date = verdicts.gained(plan, baseline, seen, periods=plan.periods(target.known_by(on)))
        return Gain(value, to_date, (per_period[0] * share, per_period[1] * share))

    def _gained(self, ruling: Ruling, on: date) -> tuple[Units, Units]:
        """Units to date, and in a week at present. After the deadline the difference to the baseline is added up."""
        said, plan = ruling.said, self.plan_of(ruling.target)
        chances = said.chances
        if chances is None or said.units is None or said.units_sd is None:
            raise ValueError(f"{ruling.target} has no units to value.")
        gained = (said.units, said.units_sd)
        if (later := plan.periods(ruling.target.known_by(on)) - ruling.week) > 0:
            periods = self.weekly[ruling.target.pk][0].periods()
            before, after = ([p for p in periods if p.index < 0], [p for p in periods if p.index >= ruling.week])
            more = verdicts.gained(plan, before, after, periods=later)
            gained = (said.units + more[0], said.units_sd + more[1])
        return gained, (chances.rate, chances.rate_sd)

    def _promised(self, target: Target, on: date) -> float:
        """Units that the plan promised by now, on the baseline's weeks."""
        plan = self.plan_of(target)
        a_week = plan.goal * self.weekly[target.pk][0].mean_before()
        weeks = plan.periods(target.known_by(on))
        return planned_units(a_week=a_week, lag_weeks=plan.lag_weeks, ramp_weeks=plan.ramp_weeks, weeks=weeks)

    def asked(self, kind: flags.FlagKind, *, rung: int, subject: str) -> Seat | None:
        """The seat that must answer after so many silences; None: the portfolio leads. Without a steward of what the
        flag is about, or a change lead, the owner."""
        asked, row = flags.RULES[kind].asked(rung), self.initiative
        if kind is flags.FlagKind.ASSUMPTION and rung == 0:
            return next((one.owner for one in self.assumptions if one.flag_subject == subject), row.owner)
        if flags.Asked.STEWARD in asked:
            target = next((target for target in self.targets if target.flag_subject == subject), self.main)
            return (target.kpi.steward if target else None) or row.owner
        if flags.Asked.CHANGE_LEAD in asked:
            return row.change_lead or row.owner
        if flags.Asked.OWNER in asked:
            return row.owner
        return row.sponsor if flags.Asked.SPONSOR in asked else None

    @property
    def spent(self) -> float:
        return float(sum(cost.amount for cost in self.costs))

    def measured(self, target: Target | None) -> tuple[list[Period], date | None]:
        """The pilot's whole periods, and the first day after the newest value."""
        if target and target.pk in self.weekly:
            weeks, known_until = self.weekly[target.pk]
            return [period for period in weeks.periods() if period.index >= 0], known_until
        rolled = self.pilot.get(target.pk) if target else None
        return (rolled.periods, rolled.known_until) if rolled else ([], None)
