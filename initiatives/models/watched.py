"""One initiative with all that the judge reads about it, and what it makes of that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from initiatives import flags, guardrails, pilot_weeks, verdicts
from initiatives.exhibits import Scene
from initiatives.lifecycle import RUNNING, State
from initiatives.models.evidence import CostEntry, KillCriterion
from initiatives.models.initiative import Initiative
from initiatives.models.targets import Baseline, Target
from initiatives.models.verdicts import Verdict
from initiatives.outlook import Cost, Gain, Units, outlook
from initiatives.pilot_weeks import PilotWeek
from initiatives.roi import Value
from metrics.catalogue import Grain
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
    pilot: dict[int, Rolled]  # by any other target: its periods since the start
    before: dict[int, Rolled]  # of these, by target without a locked baseline: the weeks before the start
    earlier: dict[int, list[Verdict]]  # by target: the newest of each of the last weeks, newest first
    final: dict[int, list[tuple[float | None, float | None]]]  # by target: intervals at its deadlines, newest first
    costs: list[CostEntry]
    kill_criteria: list[KillCriterion]
    is_resolution_signed: bool
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
        plan, (weeks, known_until) = self._plan(target), self.weekly[target.pk]
        due = plan.known_by(on)
        newest = PilotWeek(plan, self.initiative.alarm_policy, 0, weeks)
        control = self.controls.get(target.pk)
        if control and target.control:
            newest = replace(newest, control=control, control_kind=target.control.definition.kind)
        current = min(plan.periods(due), newest.length)
        is_over = due >= plan.due_on
        is_stale = not is_over and verdicts.is_stale(plan, known_until=known_until, as_of=on)
        memory = self._memory(target, plan, current)
        first = current if memory.week == current else max(memory.week + 1, min(current, 1))
        return [
            replace(
                newest,
                k=week,
                weeks=weeks.until(week),
                control=control and control.until(week),
                is_stale=is_stale and week == current,
                stale_since=known_until if is_stale and week == current else None,
                counters=tuple(memory.counters),
            )
            for week in range(first, current + 1)
        ]

    def _memory(self, target: Target, plan: verdicts.Plan, current: int) -> Memory:
        """What the newest verdict of the same pilot remembers; of the current week what it began with, so that judging
        twice is never "twice"."""
        for verdict in self.earlier.get(target.pk, []):
            stored = verdict.inputs
            if verdict.week > current or not verdict.counters or _began(stored) != verdicts.plain(plan.starts_on):
                continue
            return Memory(verdict.week, stored["counters"] if verdict.week == current else verdict.counters)
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
        plan, baseline = self._plan(target), self._baseline(target)
        if baseline is None:
            return None
        seen, week = self.pilot[target.pk], plan.periods(target.known_by(on))
        if target.role == "guardrail":
            facts: dict[str, Any] = {"baseline": baseline, "pilot": seen.periods, "known_until": seen.known_until}
            plan = guardrails.endless(plan, as_of=on)
            limit: dict[str, Any] = {"direction": target.kpi.definition.direction, "margin": target.margin or 0.0}
            said = guardrails.watch(plan, as_of=on, **limit, **facts)
            return Ruling(target, said, verdicts.inputs(plan, **facts) | limit, week)
        length = plan.periods(plan.due_on)
        pilot = [period for period in seen.periods if period.index < length]  # later values change no verdict
        known_until = seen.known_until and min(seen.known_until, plan.due_on)
        facts = {"baseline": baseline, "pilot": pilot, "known_until": known_until}
        said = verdicts.judge(plan, as_of=on, **facts)
        return Ruling(target, said, verdicts.inputs(plan, **facts), min(week, length))

    def _plan(self, target: Target) -> verdicts.Plan:
        starts_on, ends_on = self.initiative.pilot_starts_on, self.initiative.pilot_ends_on
        if starts_on is None or ends_on is None:
            raise ValueError(f"{self.initiative.ref} runs without its pilot's days.")
        due_on = ends_on if target.role == "guardrail" else target.due_on or ends_on
        return target.plan(starts_on=starts_on, due_on=max(due_on, starts_on + timedelta(weeks=1)))

    def _baseline(self, target: Target) -> list[Period] | None:
        """What was locked. Beside the main KPI the weeks before the pilot will do."""
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
            return Gain(value, *self._gained(ruling, on))
        plan, baseline, seen = self._plan(target), self._baseline(target) or [], self.pilot[target.pk].periods
        settled = [period for period in seen if period.index >= plan.lag_weeks + plan.ramp_weeks]
        per_period = verdicts.gained(plan, baseline, settled, periods=1)
        share = 12 / 52 if plan.judged is Grain.MONTH else 1.0
        to_date = verdicts.gained(plan, baseline, seen, periods=plan.periods(target.known_by(on)))
        return Gain(value, to_date, (per_period[0] * share, per_period[1] * share))

    def _gained(self, ruling: Ruling, on: date) -> tuple[Units, Units]:
        """Units to date, and in a week at present. After the deadline the difference to the baseline is added up."""
        said, plan = ruling.said, self._plan(ruling.target)
        chances = said.chances
        if chances is None or said.units is None or said.units_sd is None:
            raise ValueError(f"{ruling.target} has no units to value.")
        later = plan.periods(ruling.target.known_by(on)) - ruling.week
        periods = self.weekly[ruling.target.pk][0].periods()
        before, after = ([p for p in periods if p.index < 0], [p for p in periods if p.index >= ruling.week])
        more = verdicts.gained(plan, before, after, periods=later) if later > 0 else (0.0, 0.0)
        return (said.units + more[0], said.units_sd + more[1]), (chances.rate, chances.rate_sd)

    def facts(self, rulings: list[Ruling], money: dict[str, Any], *, at: datetime) -> flags.Facts:
        """What the flags look at."""
        row, on = self.initiative, self.organisation.day(at)
        main = self._main_of(rulings)
        said = main.said if main else None
        earlier = [v for v in self.earlier.get(self.main.pk, []) if main and v.week < main.week] if self.main else []
        known = [money, *(verdict.money for verdict in earlier)]
        baseline = self.locked.get(self.main.pk) if self.main else None
        seats = {"sponsor": row.sponsor, "owner": row.owner}
        return flags.Facts(
            state=self.state,
            target=f"target:{self.main.pk}" if self.main else "",
            verdict=said.status if said else None,
            verdict_words=said.words if said else None,
            badges=said.badges if said else (),
            is_resolution_signed=self.is_resolution_signed,
            goal=self.main.goal if self.main else None,
            detectable=baseline.detectable_effect if baseline else None,
            pilot_weeks=row.timebox_weeks,
            undecided=self._undecided(),
            chances=tuple(seen["chance"] for seen in known if seen),
            payback=money.get("payback"),
            is_payback_known="payback" in money,
            horizon=row.horizon_months,
            days_in_review=(on - self.organisation.day(row.state_since)).days if row.state == State.REVIEW else None,
            vacant_days={
                kind: (on - self.organisation.day(seat.vacant_since)).days
                for kind, seat in seats.items()
                if seat and seat.vacant_since
            },
            days_since_sponsor_act=(on - self.organisation.day(self.sponsor_acted_at)).days
            if self.sponsor_acted_at
            else None,
        )

    def asked(self, kind: flags.FlagKind, *, rung: int) -> Seat | None:
        """The seat that must answer after so many silences; None: the portfolio leads. Without a steward the owner."""
        asked, row = flags.RULES[kind].asked(rung), self.initiative
        if flags.Asked.STEWARD in asked:
            return (self.main.kpi.steward if self.main else None) or row.owner
        if flags.Asked.OWNER in asked:
            return row.owner
        return row.sponsor if flags.Asked.SPONSOR in asked else None

    def scene(self, finding: flags.Finding, rulings: list[Ruling]) -> Scene:
        """What stands around a flag."""
        row, main = self.initiative, self._main_of(rulings)
        kind = self.main.kpi.definition.kind if self.main else None
        periods, known_until = self._measured(self.main)
        values = [verdicts.value_of(period, kind) for period in periods] if kind else []
        kill = self.kill_criteria[0] if self.kill_criteria else None
        return Scene(
            kpi=self.main.kpi.name if self.main else "",
            lately=[value for value in values if value is not None][-3:],
            effect=main.said.effect if main else None,
            low=main.said.low if main else None,
            high=main.said.high if main else None,
            goal=self._goal_change(),
            known_until=known_until,
            week=main.week if main else None,
            weeks=row.timebox_weeks,
            spent=float(sum(cost.amount for cost in self.costs)),
            budget=None if row.budget is None else float(row.budget),
            currency=row.currency,
            kill=kill.text if kill else "",
            kill_by=kill.by_on if kill else None,
            since=self._since(finding),
        )

    def _main_of(self, rulings: Iterable[Ruling]) -> Ruling | None:
        """The newest on the main KPI."""
        return next((ruling for ruling in reversed([*rulings]) if ruling.target == self.main), None)

    def _measured(self, target: Target | None) -> tuple[list[Period], date | None]:
        """The pilot's whole periods, and the first day after the newest value."""
        if target and target.pk in self.weekly:
            weeks, known_until = self.weekly[target.pk]
            return [period for period in weeks.periods() if period.index >= 0], known_until
        rolled = self.pilot.get(target.pk) if target else None
        return (rolled.periods, rolled.known_until) if rolled else ([], None)

    def _since(self, finding: flags.Finding) -> date | None:
        seat = {"sponsor": self.initiative.sponsor, "owner": self.initiative.owner}.get(finding.subject)
        at = seat.vacant_since if seat else self.sponsor_acted_at
        if finding.kind is flags.FlagKind.TIME_BOX:
            at = self.initiative.state_since
        return self.organisation.day(at) if at else None

    def _goal_change(self) -> float | None:
        """The goal as a change of the KPI itself: downwards where lower is better."""
        if self.main is None or self.main.goal is None:
            return None
        return -self.main.goal if self.main.kpi.definition.lower_is_better else self.main.goal

    def _undecided(self) -> int:
        """The newest reviews in a row of which the interval held both no effect and the goal."""
        goal, count = self._goal_change(), 0
        for low, high in self.final.get(self.main.pk, []) if self.main else []:
            if goal is None or low is None or high is None or not (low <= 0 <= high and low <= goal <= high):
                break
            count += 1
        return count


def _began(stored: verdicts.Inputs) -> str | None:
    plan = stored.get("plan")
    return plan["starts_on"] if plan else None
