"""What we try: initiatives, what they promise, what came of it."""

from initiatives.models.evidence import CostEntry, KillCriterion, ReadinessAnswer
from initiatives.models.flags import Answer, Flag, Flip
from initiatives.models.initiative import Goal, Initiative, Transition
from initiatives.models.targets import Baseline, PageSet, Target
from initiatives.models.verdicts import Parameters, Publication, Verdict, Watch

__all__ = [
    "Answer",
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
    "Target",
    "Transition",
    "Verdict",
    "Watch",
]
