"""What we decide: gates, decision rules, recommendations and what people made of them."""

from decisions.models.backtests import BackTest
from decisions.models.breakers import Breaker
from decisions.models.decisions import Decision
from decisions.models.evaluations import Evaluation, InForce
from decisions.models.facts import Setting, Situation
from decisions.models.first_choices import FirstChoice
from decisions.models.gates import GateDecision
from decisions.models.recommendations import Recommendation
from decisions.models.reviews import OutcomeReview
from decisions.models.rules import Domain, RuleSet, RuleSetVersion
from decisions.models.timers import Timer

__all__ = [
    "BackTest",
    "Breaker",
    "Decision",
    "Domain",
    "Evaluation",
    "FirstChoice",
    "GateDecision",
    "InForce",
    "OutcomeReview",
    "Recommendation",
    "RuleSet",
    "RuleSetVersion",
    "Setting",
    "Situation",
    "Timer",
]
