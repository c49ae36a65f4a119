"""All that the pages of one initiative show, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from initiatives.lifecycle import ENDED, State
from initiatives.models.evidence import KillCriterion
from initiatives.models.flags import Flag
from initiatives.models.initiative import Initiative, Transition
from initiatives.models.targets import Baseline, PageSet, Target
from initiatives.readiness import Factor, share


@dataclass(frozen=True)
class Overview:
    """One initiative with its parts, as a reader of its page should see them."""

    initiative: Initiative
    targets: list[Target]  # those that hold, the main one first
    baselines: dict[int, Baseline]  # locked ones, by target
    flags: list[Flag]  # open ones, the loudest and then the most urgent first
    kill_criteria: list[KillCriterion]
    page_sets: list[PageSet]
    steps: list[Transition]  # the newest first
    scores: dict[str, int | None]  # of the readiness questions; None: does not apply
    today: date

    @property
    def state(self) -> State:
        return State(self.initiative.state)

    @cached_property
    def main(self) -> Target | None:
        return next((target for target in self.targets if target.role == "primary"), None)

    @property
    def baseline(self) -> Baseline | None:
        return self.baselines.get(self.main.pk) if self.main else None

    @property
    def factors(self) -> list[tuple[Factor, float | None]]:
        """How well each way of failing was looked at, 0 to 1."""
        return [(factor, share(factor, self.scores)) for factor in Factor]

    @property
    def end(self) -> Transition | None:
        """The step that ended it, with its reason and lesson."""
        return next(iter(self.steps), None) if self.state in ENDED else None


def read_overview(initiative: Initiative, *, on: date) -> Overview:
    """`initiative` comes from `for_page`."""
    targets = list(initiative.targets.current().for_page())
    answers = initiative.answers.values_list("question", "score", "not_applicable_reason")
    return Overview(
        initiative=initiative,
        targets=targets,
        baselines={row.target_id: row for row in Baseline.objects.locked().filter(target__in=targets)},
        flags=list(initiative.flags.open().for_page()),
        kill_criteria=list(initiative.kill_criteria.filter(withdrawn_at=None).order_by("by_on", "pk")),
        page_sets=list(initiative.page_sets.order_by("is_control", "name", "pk")),
        steps=list(initiative.transitions.select_related("by").order_by("-version")),
        scores={code: None if waived else score for code, score, waived in answers},
        today=on,
    )
