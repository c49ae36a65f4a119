"""What AI tools advised, what the rules said about it, and what people decided."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from decisions.models.rules import AUTHORITIES, Domain, RuleSetVersion
from initiatives.models import Initiative
from ownership.models import AppendOnly, Governed, Seat, Token, User

STATES = ["needs_facts", "waiting", "testing", "granted", "applied", "blocked", "rejected", "expired", "reverted"]


class RecommendationQuerySet(models.QuerySet["Recommendation"]):
    """Questions about recommendations."""

    def visible_to(self, user: User) -> RecommendationQuerySet:
        """Those of visible initiatives, and those one is to decide."""
        return self.filter(Q(initiative__in=Initiative.objects.visible_to(user)) | Q(decider__holder=user))


class Recommendation(Governed):
    """One piece of advice by an AI tool about one target (a page, a link, a batch of pages)."""

    prefix: ClassVar[str] = "R"

    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="recommendations")
    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="recommendations")
    source = models.CharField(max_length=80)  # the tool
    model = models.CharField(max_length=80, blank=True)
    key = models.CharField(max_length=120)  # the tool's own id
    body_sha256 = models.CharField(max_length=64)
    subject = models.CharField(max_length=300)  # what it is about: /sofa/covers
    proposal = models.JSONField(default=dict)  # title, before, after, argument
    facts = models.JSONField(default=dict)  # as claimed by the tool
    confidence = models.FloatField(null=True)  # 0–1, as claimed
    expected_effect = models.FloatField(null=True)  # relative change, as claimed
    state = models.CharField(max_length=11)
    authority = models.CharField(max_length=14, choices=AUTHORITIES, null=True)  # noqa: DJ001  null until facts suffice
    decider = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="recommendations")
    second = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)
    apply_by = models.DateField(null=True)
    revert_until = models.DateField(null=True)
    applied_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(Token, on_delete=models.PROTECT, null=True, related_name="+")

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("source", "key", name="recommendation_key_is_used_once_per_source"),
            models.CheckConstraint(name="recommendation_state_is_known", condition=Q(state__in=STATES)),
            models.CheckConstraint(
                name="recommendation_confidence_is_a_share",
                condition=Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1),
            ),
            models.CheckConstraint(
                name="recommendation_has_an_authority_once_facts_suffice",
                condition=Q(state__in=["needs_facts", "expired"]) | Q(authority__isnull=False),
            ),
            models.CheckConstraint(
                name="recommendation_blocked_is_never_granted",
                condition=~Q(authority="block") | Q(state__in=["blocked", "expired"]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.proposal.get("title") or self.subject)

    @property
    def stream(self) -> str:
        return self.initiative.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id


class Evaluation(AppendOnly):
    """What the rules said about a recommendation at one moment, replayable from what it holds."""

    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="evaluations")
    floor = models.ForeignKey(RuleSetVersion, on_delete=models.PROTECT, null=True, related_name="+")
    table = models.ForeignKey(RuleSetVersion, on_delete=models.PROTECT, null=True, related_name="+")
    exceptions = models.ForeignKey(RuleSetVersion, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    facts = models.JSONField()  # normalised values with source and age; absent is unknown
    facts_sha256 = models.CharField(max_length=64)
    rules_sha256 = models.CharField(max_length=64)
    engine = models.PositiveSmallIntegerField()
    authority = models.CharField(max_length=14, choices=AUTHORITIES, null=True)  # noqa: DJ001  null: facts missing
    decisive = models.CharField(max_length=20)
    trace = models.JSONField()  # hits per row and cell
    duties = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.recommendation} by {self.decisive}"


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Questions about decisions."""

    def visible_to(self, user: User) -> DecisionQuerySet:
        return self.filter(initiative__in=Initiative.objects.visible_to(user))


class Decision(AppendOnly):
    """What a person decided about a recommendation. Nothing in it can be changed afterwards."""

    prefix: ClassVar[str] = "D"

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="decisions")
    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="decisions")
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=300)
    options = models.JSONField(default=list)
    chosen = models.CharField(max_length=10, choices=[("accept", ""), ("modify", ""), ("reject", "")])
    modification = models.JSONField(default=dict)
    authority = models.CharField(max_length=14, choices=AUTHORITIES)
    deciders = ArrayField(models.BigIntegerField())
    followed_ai = models.BooleanField()
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
        ]

    def __str__(self) -> str:
        return self.question
