"""What the flags look at in one initiative, and what stands around each of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from initiatives import flags, pilot_weeks, scenarios, stop_conditions, verdicts
from initiatives.exhibits import Scene
from initiatives.lifecycle import State
from initiatives.models.evidence import KillCriterion
from initiatives.models.scenarios import Assumption
from initiatives.models.targets import Target
from initiatives.models.watched import Ruling, Watched
from initiatives.pilot_weeks import PilotWeek
from initiatives.scenarios import Standing
from initiatives.stop_conditions import Condition, Outcome
from initiatives.verdicts import Words
from metrics.periods import value_of

ADOPTION = "adoption_rate"  # of the catalogue


@dataclass(frozen=True)
class Signs:
    """An initiative as it was judged on a day."""

    watched: Watched
    rulings: list[Ruling]
    money: dict[str, Any]
    on: date

    @cached_property
    def main(self) -> Ruling | None:
        """The newest on the main KPI."""
        return next((ruling for ruling in reversed(self.rulings) if ruling.target == self.watched.main), None)

    @cached_property
    def chances(self) -> tuple[float, ...]:
        """That it pays for itself, by the newest verdict and those before."""
        if self.main is None:
            return ()
        now, week = self.money.get("chance"), self.main.week
        before = [said.chance for said in self.watched.earlier.get(self.main.target.pk, []) if said.week < week]
        return tuple(chance for chance in (now, *before) if chance is not None)

    def facts(self) -> flags.Facts:
        """For the rules."""
        seen, row = self.watched, self.watched.initiative
        said, money = self.main.said if self.main else None, self.money
        baseline = seen.locked.get(seen.main.pk) if seen.main else None
        seats = {"sponsor": row.sponsor, "owner": row.owner}
        return flags.Facts(
            state=seen.state,
            target=seen.main.flag_subject if seen.main else "",
            verdict=said.status if said else None,
            verdict_words=said.words if said else None,
            badges=said.badges if said else (),
            is_resolution_signed=seen.is_resolution_signed,
            goal=seen.main.goal if seen.main else None,
            detectable=baseline.detectable_effect if baseline else None,
            pilot_weeks=row.timebox_weeks,
            undecided=self._undecided(),
            chances=self.chances,
            payback=money.get("payback"),
            is_payback_known="payback" in money,
            horizon=row.horizon_months,
            days_in_review=self._days_since(row.state_since) if row.state == State.REVIEW else None,
            vacant_days={
                kind: self._days_since(seat.vacant_since) for kind, seat in seats.items() if seat and seat.vacant_since
            },
            days_since_sponsor_act=self._days_since(seen.sponsor_acted_at) if seen.sponsor_acted_at else None,
            kills=self._met(),
            spent=seen.spent,
            budget=None if row.budget is None else float(row.budget),
            currency=row.currency,
            earned=money["realised"]["benefit"] if money else None,
            planned=money.get("planned"),
            adoption=self._adoption(),
            broken=self._broken(),
            doubts=self._doubts(),
            lost={one.flag_subject: lost for one in seen.assumptions if (lost := self._lost(one))},
            outdated={code: (self.on - day).days for code, day in seen.answered_on.items()},
        )

    def scene(self, finding: flags.Finding) -> Scene:
        """What stands around a flag."""
        seen, row, ruling = self.watched, self.watched.initiative, self.main
        kind = seen.main.kpi.definition.kind if seen.main else None
        periods, known_until = seen.measured(seen.main)
        values = [value_of(period, kind) for period in periods] if kind else []
        kill = seen.kill_criteria[0] if seen.kill_criteria else None
        met = self._met() if finding.words.code != "kill-met" else ()
        return Scene(
            kpi=seen.main.kpi.name if seen.main else "",
            lately=[value for value in values if value is not None][-3:],
            effect=ruling.said.effect if ruling else None,
            low=ruling.said.low if ruling else None,
            high=ruling.said.high if ruling else None,
            goal=self._goal_change(),
            known_until=known_until,
            week=ruling.week if ruling else None,
            weeks=row.timebox_weeks,
            spent=seen.spent,
            budget=None if row.budget is None else float(row.budget),
            currency=row.currency,
            kill=kill.text if kill else "",
            kill_by=kill.by_on if kill else None,
            kill_met=met[0] if met else None,
            since=self._since(finding),
        )

    @cached_property
    def stops(self) -> list[tuple[Condition, Outcome]]:
        """What was agreed to make us stop, and whether it has come true."""
        found = [self._condition(agreed) for agreed in self.watched.kill_criteria]
        return [(condition, stop_conditions.outcome(condition, on=self.on)) for condition in found]

    def _condition(self, agreed: KillCriterion) -> Condition:
        seen = self.watched
        target = next((target for target in seen.targets if target.pk == agreed.target_id), None)
        is_running = target is not None and seen.initiative.pilot_starts_on is not None
        return Condition(
            text=agreed.text,
            by_on=agreed.by_on,
            author=agreed.agreed_by.name,
            agreed_on=seen.organisation.day(agreed.agreed_at),
            threshold=agreed.threshold,
            plan=seen.plan_of(target) if target and is_running else None,
            periods=seen.measured(target)[0],
        )

    def _met(self) -> tuple[Words, ...]:
        return tuple(
            stop_conditions.met(condition, outcome.value) for condition, outcome in self.stops if outcome.is_met
        )

    @property
    def _weekly(self) -> list[Target]:
        return [target for target in self.watched.targets if target.pk in self.watched.weekly]

    def _adoption(self) -> tuple[float, float] | None:
        """The share of people who work the new way: in the last four weeks, and in the four before."""
        target = next((target for target in self._weekly if target.kpi.type == ADOPTION), None)
        if target is None:
            return None
        plan, periods = self.watched.plan_of(target), self.watched.measured(target)[0]
        weeks = plan.periods(target.known_by(self.on))
        ends = [plan.starts_on + timedelta(weeks=until) for until in (weeks, weeks - 4)]
        now, before = (verdicts.value_before(plan, periods, end) for end in ends)
        is_early = weeks < flags.ADOPTED_FROM_WEEK
        return None if is_early or now is None or before is None else (now, before)

    def _broken(self) -> dict[str, Words]:
        """By subject: what is said of the guardrails that went further than tolerated."""
        return {
            ruling.target.flag_subject: Words(
                ruling.said.words.code, {"kpi": ruling.target.kpi.name, **ruling.said.words.parameters}
            )
            for ruling in self.rulings
            if ruling.target.role == "guardrail" and ruling.said.status is verdicts.Status.REGRESSING
        }

    def _doubts(self) -> dict[str, Words]:
        """By subject: what is said of the targets whose weeks say nothing happened where that cannot be."""
        found: dict[str, Words] = {}
        for target in self._weekly:
            plan, weeks = self.watched.plan_of(target), self.watched.weekly[target.pk][0]
            confirmed = self.watched.confirmed(target, plan, weeks)
            case = PilotWeek(plan, self.watched.initiative.alarm_policy, 0, weeks, confirmed=confirmed)
            if zeros := pilot_weeks.zeros_in_doubt(case):
                since = plan.starts_on + timedelta(weeks=zeros[0])
                said: dict[str, float | int | str | None] = {"kpi": target.kpi.name, "since": since.isoformat()}
                found[target.flag_subject] = Words("zero-weeks", said | {"count": len(zeros)})
        return found

    def _lost(self, one: Assumption) -> Words | None:
        """What is said of an assumption that no longer stands; None while it does, or nothing tells."""
        seen = self.watched
        target = next((target for target in seen.targets if target.kpi_id == one.kpi_id), None)
        value = None
        if target is not None and seen.initiative.pilot_starts_on is not None:
            value = verdicts.value_before(seen.plan_of(target), seen.measured(target)[0], target.known_by(self.on))
        found = scenarios.standing(
            valid_until=one.valid_until,
            on=self.on,
            is_broken=one.broken_at is not None,
            value=value,
            threshold=one.threshold,
            is_floor=one.side == "floor",
        )
        if found is Standing.EXPIRED:
            return Words("assumption-expired", {"text": one.text, "since": one.valid_until.isoformat()})
        if found is not Standing.BROKEN:
            return None
        if one.broken_at is not None or one.kpi is None:
            return Words("assumption-broken", {"text": one.text, "because": one.broken_because})
        figures = {"value": value, "threshold": one.threshold}
        return Words("assumption-missed", {"text": one.text, "kpi": one.kpi.name, **figures})

    def _days_since(self, at: datetime) -> int:
        return (self.on - self.watched.organisation.day(at)).days

    def _since(self, finding: flags.Finding) -> date | None:
        row = self.watched.initiative
        seat = {"sponsor": row.sponsor, "owner": row.owner}.get(finding.subject)
        at = seat.vacant_since if seat else self.watched.sponsor_acted_at
        if finding.kind is flags.FlagKind.TIME_BOX:
            at = row.state_since
        return self.watched.organisation.day(at) if at else None

    def _goal_change(self) -> float | None:
        """The goal as a change of the KPI itself: downwards where lower is better."""
        main = self.watched.main
        if main is None or main.goal is None:
            return None
        return -main.goal if main.kpi.definition.lower_is_better else main.goal

    def _undecided(self) -> int:
        """The newest reviews in a row of which the interval held both no effect and the goal."""
        main, goal, count = self.watched.main, self._goal_change(), 0
        for low, high in self.watched.final.get(main.pk, []) if main else []:
            if goal is None or low is None or high is None or not (low <= 0 <= high and low <= goal <= high):
                break
            count += 1
        return count
