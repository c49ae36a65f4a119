"""All that the judge reads about many initiatives, in a fixed number of queries, and what it makes of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

from django.db.models import Model

from initiatives import flags, guardrails, verdicts
from initiatives.exhibits import Scene
from initiatives.lifecycle import RUNNING, State
from initiatives.models.evidence import CostEntry, KillCriterion
from initiatives.models.flags import Answer
from initiatives.models.initiative import Initiative
from initiatives.models.targets import Baseline, Target
from initiatives.models.verdicts import Verdict
from initiatives.outlook import Cost, Gain, outlook
from initiatives.roi import Value
from metrics.catalogue import Grain
from metrics.periods import Period, Window
from metrics.rollup import Rolled, roll_up
from ownership import canonical
from ownership.models import Appointment, Event, Organisation, Seat

MEMORY = timedelta(weeks=9)  # verdicts looked back on: the longest run that a flag asks about, and pauses
BASELINE_WEEKS = 8  # before the pilot, for a guardrail or side target whose baseline nobody locked

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Ruling:
    """One target judged on one day: the verdict, the inputs it rests on, and the pilot week it is about."""

    target: Target
    said: verdicts.Verdict
    inputs: verdicts.Inputs
    week: int

    @cached_property
    def sha256(self) -> str:
        return canonical.sha256(self.inputs)


@dataclass(frozen=True)
class Watched:
    """One initiative with everything that its verdicts and flags depend on."""

    initiative: Initiative
    targets: list[Target]  # current ones that are judged
    locked: dict[int, Baseline]  # by target
    pilot: dict[int, Rolled]  # by target: its periods since the start
    before: dict[int, Rolled]  # by target without a locked baseline: the weeks before the start
    earlier: dict[int, list[Verdict]]  # by target: the newest of each of the last weeks, newest first
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

    def rulings(self, on: date) -> list[Ruling]:
        """Verdicts for all targets that can be judged, the main one first."""
        if self.state not in RUNNING or self.initiative.pilot_starts_on is None:
            return []
        return [ruling for target in self.targets if (ruling := self._judged(target, on))]

    def _judged(self, target: Target, on: date) -> Ruling | None:
        plan, baseline = self._plan(target), self._baseline(target)
        if baseline is None or (target.goal is None and target.role != "guardrail"):
            return None
        seen, week = self.pilot[target.pk], plan.periods(target.known_by(on))
        if target.role == "guardrail":
            facts: dict[str, Any] = {"baseline": baseline, "pilot": seen.periods, "known_until": seen.known_until}
            plan = guardrails.endless(plan, as_of=on)
            direction, margin = target.kpi.definition.direction, target.margin or 0.0
            said = guardrails.watch(plan, direction=direction, margin=margin, as_of=on, **facts)
            return Ruling(target, said, verdicts.inputs(plan, **facts), week)
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
        told = [
            ruling for ruling in rulings if ruling.target.value_likely is not None and ruling.said.units is not None
        ]
        silent = {verdicts.Status.DATA_STALE, verdicts.Status.INSUFFICIENT}
        main = next((ruling for ruling in told if ruling.target == self.main), None)
        if main is None or main.said.status in silent or self.initiative.pilot_starts_on is None:
            return {}
        return outlook(
            gains=[self._gain(ruling.target, on) for ruling in told],
            costs=[Cost(cost.on, float(cost.amount), cost.category == "one_off") for cost in self.costs],
            starts_on=self.initiative.pilot_starts_on,
            weeks=(main.target.known_by(on) - self.initiative.pilot_starts_on).days // 7,
            horizon_months=self.initiative.horizon_months,
            discount_rate=float(self.organisation.discount_rate),
        )

    def _gain(self, target: Target, on: date) -> Gain:
        plan, baseline, seen = self._plan(target), self._baseline(target) or [], self.pilot[target.pk].periods
        low, likely, high = (float(value or 0) for value in (target.value_low, target.value_likely, target.value_high))
        settled = [period for period in seen if period.index >= plan.lag_weeks + plan.ramp_weeks]
        per_period = verdicts.gained(plan, baseline, settled, periods=1)
        share = 12 / 52 if plan.judged is Grain.MONTH else 1.0
        return Gain(
            value=Value(low, likely, high, attribution=target.attribution, cashable=target.cashable),
            to_date=verdicts.gained(plan, baseline, seen, periods=plan.periods(target.known_by(on))),
            a_week=(per_period[0] * share, per_period[1] * share),
        )

    def facts(self, rulings: list[Ruling], money: dict[str, Any], *, at: datetime) -> flags.Facts:
        """What the flags look at."""
        row, on = self.initiative, self.organisation.day(at)
        main = next((ruling for ruling in rulings if ruling.target == self.main), None)
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
            undecided=self._undecided(main, earlier),
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
        row = self.initiative
        main = next((ruling for ruling in rulings if ruling.target == self.main), None)
        rolled = self.pilot.get(self.main.pk) if self.main else None
        kind = self.main.kpi.definition.kind if self.main else None
        values = [verdicts.value_of(period, kind) for period in rolled.periods] if rolled and kind else []
        kill = self.kill_criteria[0] if self.kill_criteria else None
        return Scene(
            kpi=self.main.kpi.name if self.main else "",
            lately=[value for value in values if value is not None][-3:],
            effect=main.said.effect if main else None,
            low=main.said.low if main else None,
            high=main.said.high if main else None,
            goal=self._goal_change(),
            known_until=rolled.known_until if rolled else None,
            week=main.week if main else None,
            weeks=row.timebox_weeks,
            spent=float(sum(cost.amount for cost in self.costs)),
            budget=None if row.budget is None else float(row.budget),
            currency=row.currency,
            kill=kill.text if kill else "",
            kill_by=kill.by_on if kill else None,
            since=self._since(finding),
        )

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

    def _undecided(self, main: Ruling | None, earlier: list[Verdict]) -> int:
        """The newest weekly verdicts in a row whose interval holds both no effect and the goal."""
        if main is None or main.target.goal is None:
            return 0
        goal, count = self._goal_change() or 0.0, 0
        for low, high in [(main.said.low, main.said.high), *((verdict.low, verdict.high) for verdict in earlier)]:
            if low is None or high is None or not (low <= 0 <= high and low <= goal <= high):
                break
            count += 1
        return count


def read_watched(ids: Collection[int], *, at: datetime) -> dict[int, Watched]:
    """By id of the initiative; the number of queries does not depend on how many there are."""
    organisation = Organisation.the()
    on = organisation.day(at)
    seats = ["sponsor__holder", "owner__holder"]
    rows = list(Initiative.objects.filter(pk__in=ids).select_related(*seats).order_by("pk"))
    judged = Target.objects.current().filter(initiative__in=ids).exclude(role="activity")
    targets = list(judged.select_related("kpi__steward", "verdict").order_by("pk"))
    by_initiative = {row.pk: row for row in rows}
    for target in targets:
        target.initiative = by_initiative[target.initiative_id]
    locked = {baseline.target_id: baseline for baseline in Baseline.objects.locked().filter(target__in=targets)}
    pilot, before = _rolled(targets, locked, on)
    recent = Verdict.objects.newest_of_weeks(targets, since=at - MEMORY)
    acted = _sponsor_acts(rows)
    signed = set(
        Answer.objects.filter(flag__initiative__in=ids, flag__kind="S3").values_list("flag__initiative", flat=True)
    )

    targets_of, costs_of = _grouped(targets), _grouped(CostEntry.objects.filter(initiative__in=ids).order_by("pk"))
    kills_of = _grouped(KillCriterion.objects.standing().filter(initiative__in=ids).order_by("by_on", "pk"))
    earlier_of = _grouped(recent, "target_id")
    return {
        row.pk: Watched(
            initiative=row,
            targets=sorted(targets_of[row.pk], key=lambda target: target.role != "primary"),
            locked=locked,
            pilot=pilot,
            before=before,
            earlier=earlier_of,
            costs=costs_of[row.pk],
            kill_criteria=kills_of[row.pk],
            is_resolution_signed=row.pk in signed,
            sponsor_acted_at=acted.get(row.pk),
            organisation=organisation,
        )
        for row in rows
    }


def _rolled(
    targets: list[Target], locked: dict[int, Baseline], on: date
) -> tuple[dict[int, Rolled], dict[int, Rolled]]:
    """Periods of all pilots, and of the weeks before where nothing was locked, in one query."""
    running = [target for target in targets if target.initiative.pilot_starts_on is not None]
    bare = [target for target in running if target.pk not in locked and target.role != "primary"]
    windows = [_window(target, target.initiative.pilot_starts_on, on) for target in running]
    for target in bare:
        starts_on = target.initiative.pilot_starts_on
        windows.append(_window(target, starts_on and starts_on - timedelta(weeks=BASELINE_WEEKS), starts_on))
    answers = iter(roll_up(windows))
    return {target.pk: next(answers) for target in running}, {target.pk: next(answers) for target in bare}


def _window(target: Target, from_day: date | None, until: date | None) -> Window:
    if from_day is None or until is None:
        raise ValueError(f"{target.initiative.ref} has no pilot to look at.")
    kpi = target.kpi
    return Window(kpi.pk, kpi.definition.kind, Grain(kpi.grain), kpi.judged, from_day, until)


def _sponsor_acts(rows: list[Initiative]) -> dict[int, datetime]:
    """When each sponsor last acted on the initiative, by the ledger; taking the seat is an act."""
    sponsors = {row.pk: row.sponsor for row in rows if row.sponsor and row.sponsor.holder_id}
    accepted = Appointment.objects.filter(seat__in=sponsors.values(), closed_at=None, accepted_at__isnull=False)
    taken = dict(accepted.values_list("seat_id", "accepted_at"))
    last = Event.objects.last_acts_in([row.stream for row in rows])
    found: dict[int, datetime] = {}
    for row in rows:
        if (seat := sponsors.get(row.pk)) and seat.holder_id:
            acts = [taken.get(seat.pk), last.get((row.stream, seat.holder_id))]
            if known := [act for act in acts if act is not None]:
                found[row.pk] = max(known)
    return found


def _grouped(rows: Iterable[M], key: str = "initiative_id") -> dict[int, list[M]]:
    value_of, groups = attrgetter(key), defaultdict(list)
    for row in rows:
        groups[value_of(row)].append(row)
    return groups
