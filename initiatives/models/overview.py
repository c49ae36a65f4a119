"""All that the pages of one initiative show, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import Sum

from initiatives.lifecycle import ENDED, State
from initiatives.models.evidence import KillCriterion
from initiatives.models.initiative import Initiative, Transition
from initiatives.models.targets import Baseline, PageSet, Target
from initiatives.models.verdicts import Verdict
from initiatives.readiness import Factor, share
from initiatives.verdicts import Status
from initiatives.worth import Facts, Worth, worth
from metrics.catalogue import Grain
from metrics.models import Annotation
from metrics.periods import Window, closed, next_month, value_of, week_start
from metrics.rollup import Rolled, roll_up
from ownership.models import Organisation

BEFORE, LONGEST = timedelta(weeks=8), timedelta(weeks=60)  # shown before a pilot without a baseline; at most


@dataclass(frozen=True)
class Line:
    """One target over time: what was measured in each judged period, and what was agreed."""

    target: Target
    baseline: Baseline | None
    window: Window
    rolled: Rolled
    happened: list[Annotation]

    @property
    def is_monthly(self) -> bool:
        return self.window.judged is Grain.MONTH

    @cached_property
    def values(self) -> list[float | None]:
        """Every period that is over and due from its source, oldest first; None where too little is known."""
        by_index = {period.index: value_of(period, self.window.kind) for period in self.rolled.periods}
        return [by_index.get(index) for index in range(self.expected)]

    @property
    def expected(self) -> int:
        window = self.window
        return closed(window.from_day, window.until, stored=window.stored, judged=window.judged)

    @property
    def known(self) -> int:
        return sum(value is not None for value in self.values)

    def starts(self, count: int) -> list[date]:
        """The first days of the first `count` periods."""
        days = [self.window.first]
        while len(days) < count:
            days.append(next_month(days[-1]) if self.is_monthly else days[-1] + timedelta(days=7))
        return days[:count]

    @property
    def missing(self) -> list[date]:
        """The first days of the periods that are not known."""
        starts = self.starts(self.expected)
        return [day for day, value in zip(starts, self.values, strict=True) if value is None]

    def level(self, improvement: float) -> float | None:
        """The KPI after an improvement on its baseline; None without one."""
        if self.baseline is None:
            return None
        value = self.baseline.value
        sign = -1 if self.target.kpi.definition.lower_is_better else 1
        return value + sign * improvement * (abs(value) or 1.0)

    def path(self) -> list[tuple[date, float]]:
        """The agreed way: level until the lag is over, up within the ramp, and so until the target is due."""
        target, initiative = self.target, self.target.initiative
        begun, due = initiative.pilot_starts_on, target.due_on or initiative.pilot_ends_on
        goal = None if target.goal is None else self.level(target.goal)
        if begun is None or due is None or goal is None or self.baseline is None or due <= begun:
            return []
        rises_on = min(begun + timedelta(weeks=target.lag_weeks or 0), due)
        full_on = min(rises_on + timedelta(weeks=target.ramp_weeks or 0), due)
        return [(begun, self.baseline.value), (rises_on, self.baseline.value), (full_on, goal), (due, goal)]


@dataclass(frozen=True)
class Overview:
    """One initiative with its parts, as a reader of its page should see them."""

    initiative: Initiative
    lines: list[Line]  # of the targets that hold, the main one first
    verdicts: list[Verdict]  # on the main KPI, the newest week first, each as it was last revised
    kill_criteria: list[KillCriterion]
    page_sets: list[PageSet]
    steps: list[Transition]  # the newest first
    scores: dict[str, int | None]  # of the readiness questions; None: does not apply
    costs: dict[str, Decimal]  # booked, by category
    organisation: Organisation
    today: date

    @property
    def state(self) -> State:
        return State(self.initiative.state)

    @cached_property
    def main_line(self) -> Line | None:
        return next((line for line in self.lines if line.target.role == "primary"), None)

    @property
    def main(self) -> Target | None:
        return self.main_line.target if self.main_line else None

    @property
    def verdict(self) -> Verdict | None:
        return self.main.verdict if self.main else None

    @property
    def spent(self) -> Decimal:
        return sum(self.costs.values(), Decimal(0))

    @property
    def what(self) -> str:
        """What is done, in a sentence."""
        return self.initiative.scope.split(". ")[0].strip().rstrip(".") or self.initiative.title

    @property
    def worth(self) -> Worth:
        row, verdict = self.initiative, self.verdict
        return worth(
            Facts(
                state=self.state,
                has_target=self.main is not None,
                has_baseline=self.main_line is not None and self.main_line.baseline is not None,
                verdict=Status(verdict.status) if verdict else None,
                money=verdict.money if verdict else None,
                budget=None if row.budget is None else float(row.budget),
                spent=float(self.spent),
                currency=row.currency,
            )
        )

    @property
    def factors(self) -> list[tuple[Factor, float | None]]:
        """How well each way of failing was looked at, 0 to 1."""
        return [(factor, share(factor, self.scores)) for factor in Factor]

    @property
    def end(self) -> Transition | None:
        """The step that ended it, with its reason and lesson."""
        return next(iter(self.steps), None) if self.state in ENDED else None

    @property
    def pilot_week(self) -> int | None:
        """Which week of the pilot today lies in, the first being 1."""
        begun = self.initiative.pilot_starts_on
        return (self.today - begun).days // 7 + 1 if begun and begun <= self.today else None


def read_overview(initiative: Initiative, *, on: date, organisation: Organisation) -> Overview:
    """`initiative` comes from `for_page`."""
    targets = list(initiative.targets.for_page())
    for target in targets:
        target.initiative = initiative
    mains = [target for target in targets if target.role == "primary"]
    answers = initiative.answers.values_list("question", "score", "not_applicable_reason")
    history = Verdict.objects.newest_of_weeks(mains)
    return Overview(
        initiative=initiative,
        lines=_lines([target for target in targets if target.superseded_at is None], on, organisation),
        verdicts=sorted(history, key=lambda verdict: (verdict.week, verdict.pk), reverse=True),
        kill_criteria=list(initiative.kill_criteria.filter(withdrawn_at=None).order_by("by_on", "pk")),
        page_sets=list(initiative.page_sets.order_by("is_control", "name", "pk")),
        steps=list(initiative.transitions.select_related("by").order_by("-version")),
        scores={code: None if waived else score for code, score, waived in answers},
        costs=dict(initiative.costs.order_by("category").values_list("category").annotate(Sum("amount"))),
        organisation=organisation,
        today=on,
    )


def _lines(targets: Sequence[Target], on: date, organisation: Organisation) -> list[Line]:
    """Three queries, however many targets."""
    locked = {row.target_id: row for row in Baseline.objects.locked().filter(target__in=targets)}
    windows = [_window(target, locked.get(target.pk), on, organisation) for target in targets]
    rolled, happened = roll_up(windows), Annotation.objects.touching([target.kpi for target in targets])
    return [
        Line(target, locked.get(target.pk), window, known, happened[target.kpi_id])
        for target, window, known in zip(targets, windows, rolled, strict=True)
    ]


def _window(target: Target, baseline: Baseline | None, on: date, organisation: Organisation) -> Window:
    """From the baseline on, in the weeks that the judge counts; before the pilot in calendar weeks."""
    row, kpi = target.initiative, target.kpi
    until = organisation.day(row.state_since) if row.state in ENDED else target.known_by(on)
    anchor = row.pilot_starts_on or week_start(on)
    wanted = max(baseline.starts_on if baseline else anchor - BEFORE, on - LONGEST)
    from_day = anchor - timedelta(weeks=(anchor - wanted).days // 7)
    return Window(kpi.pk, kpi.definition.kind, Grain(kpi.grain), kpi.judged, from_day, max(until, from_day))
