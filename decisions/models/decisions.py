"""What people decided about recommendations, kept as it was said."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from decisions.models.evaluations import Evaluation
from decisions.models.recommendations import Recommendation
from decisions.models.rules import AUTHORITIES
from initiatives.models import Initiative
from ownership.models import AppendOnly, User

CHOICES = [("accept", _("Followed the AI")), ("modify", _("Changed it")), ("reject", _("Decided against it"))]


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Questions about decisions."""

    def visible_to(self, user: User) -> DecisionQuerySet:
        return self.filter(initiative__in=Initiative.objects.visible_to(user))

    def for_log(self) -> DecisionQuerySet:
        """All that a row of the decision log shows, newest first."""
        about = ["evaluation", "recommendation__domain", "recommendation__decider", "recommendation__review"]
        return self.select_related("initiative", *about).order_by("-pk")


class Decision(AppendOnly):
    """What a person decided about a recommendation. Nothing in it can be changed afterwards."""

    prefix: ClassVar[str] = "D"

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="decisions")
    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="decisions")
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=300)
    options = models.JSONField(default=list)
    chosen = models.CharField(max_length=10, choices=CHOICES)
    modification = models.JSONField(default=dict)
    authority = models.CharField(max_length=14, choices=AUTHORITIES)
    deciders = ArrayField(models.BigIntegerField())
    followed_ai = models.BooleanField()
    was_changed = models.BooleanField(null=True)  # from what was chosen before the AI's was seen; null: it was seen
    reason_code = models.CharField(max_length=20, blank=True)
    rationale = models.TextField(blank=True)
    trade_off = models.TextField(blank=True)
    probability = models.FloatField(null=True)
    review_on = models.DateField()
    minutes = models.PositiveSmallIntegerField(null=True)
    decided_at = models.DateTimeField()

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="decision_choice_is_known", condition=Q(chosen__in=["accept", "modify", "reject"])
            ),
            models.CheckConstraint(
                name="decision_against_the_ai_has_a_reason",
                condition=Q(followed_ai=True, chosen="accept")
                | (Q(followed_ai=False, chosen__in=["modify", "reject"]) & ~Q(reason_code="") & ~Q(rationale="")),
            ),
            models.CheckConstraint(
                name="decision_by_people_states_the_trade_off",
                condition=~Q(authority__in=["two_person", "experiment", "human_decides"]) | ~Q(trade_off=""),
            ),
            models.CheckConstraint(
                name="decision_probability_is_a_share",
                condition=Q(probability=None) | Q(probability__gte=0, probability__lte=1),
            ),
            models.CheckConstraint(name="decision_has_a_decider", condition=Q(deciders__len__gte=1)),
            models.CheckConstraint(
                name="decision_of_two_people_has_two",
                condition=~Q(authority="two_person")
                | Q(chosen="reject")
                | (Q(deciders__len=2) & ~Q(deciders__0=F("deciders__1"))),
            ),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def ref(self) -> str:
        return f"{self.prefix}-{self.pk}"
