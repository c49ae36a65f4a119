"""What we try: initiatives, what they promise, what came of it."""

from initiatives.models.evidence import CostEntry, KillCriterion, ReadinessAnswer
from initiatives.models.flags import Answer, Flag, Flip
from initiatives.models.initiative import Goal, Initiative, Transition
from initiatives.models.scenarios import Assumption, Scenario, ScenarioSet
from initiatives.models.targets import Baseline, PageSet, Target
from initiatives.models.verdicts import Parameters, Publication, Verdict, Watch

__all__ = [
    "Answer",
    "Assumption",
    "Baseline",
    "CostEntry",
    "Flag",
    "Flip",
    "Goal",
    "Initiative",
    "KillCriterion",
    "PageSet",
    "Parameters",
    "Publication",
    "ReadinessAnswer",
    "Scenario",
    "ScenarioSet",
    "Target",
    "Transition",
    "Verdict",
    "Watch",
]
