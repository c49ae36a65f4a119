"""What supports an initiative and what it costs: answers, kill criteria, costs."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

from initiatives.models.initiative import MONEY_LIMIT, Initiative, PartQuerySet
from initiatives.models.targets import Target
from initiatives.readiness import OF_A_DAY
from ownership.models import AppendOnly, Governed, User

CATEGORIES = [
    ("hours", _("hours")),
    ("tool", _("tool")),
    ("vendor", _("vendor")),
    ("training", _("training")),
    ("review", _("review of AI output")),
    ("remediation", _("mending errors")),
    ("one_off", _("one-off")),
]


class AnswerQuerySet(PartQuerySet["ReadinessAnswer"]):
    """Questions about, and changes of, the answers of an initiative."""

    def growing_old(self) -> AnswerQuerySet:
        """Those that were true on the day they were given, and say less with every month."""
        return self.filter(question__in=OF_A_DAY, score__gt=0, not_applicable_reason="")

    def say(
        self, initiative: Initiative, question: str, *, text: str, number: float | None, by: User, at: datetime
    ) -> None:
        """Answer with what was said elsewhere; an answer that says the same stays, with its verification."""
        known = self.filter(initiative=initiative, question=question).first()
        if known is None:
            self.create(
                initiative=initiative, question=question, text=text, number=number, answered_by=by, answered_at=at
            )
        elif (known.text, known.number) != (text, number):
            said = {"text": text, "number": number, "answered_by": by, "answered_at": at, "verified_by": None}
            known.change(expected_version=known.version, **said)


class ReadinessAnswer(Governed):
    """One of the thirty questions, answered: an empty one scores 0, a claim 1, a figure or evidence 2, verified 3."""

    prefix: ClassVar[str] = "RA"

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="answers")
    question = models.CharField(max_length=4)  # F1.1 … F5.6
    text = models.TextField(_("answer"), blank=True)
    number = models.FloatField(_("figure"), null=True, blank=True)
    evidence = models.TextField(_("evidence"), blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()
    verified_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    not_applicable_reason = models.TextField(_("why this does not apply"), blank=True)
    score = models.GeneratedField(
        expression=Case(
            When(text="", then=Value(0)),
            When(verified_by__isnull=False, then=Value(3)),
            When(Q(number__isnull=False) | ~Q(evidence=""), then=Value(2)),
            default=Value(1),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("initiative", "question", name="readiness_question_is_answered_once"),
            models.CheckConstraint(name="readiness_question_is_known", condition=Q(question__regex=r"^F[1-5]\.[1-6]$")),
            models.CheckConstraint(
                name="readiness_verifier_is_another_person",
                condition=Q(verified_by=None) | ~Q(verified_by=F("answered_by")),
            ),
            models.CheckConstraint(
                name="readiness_number_is_finite", condition=Q(number=None) | Q(number__gte=-1e15, number__lte=1e15)
            ),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def stream(self) -> str:
        return self.initiative.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id


class KillQuerySet(PartQuerySet["KillCriterion"]):
    """Questions about what makes initiatives stop."""

    def standing(self) -> KillQuerySet:
        """Agreed and not withdrawn."""
        return self.filter(withdrawn_at=None)


class KillCriterion(Governed):
    """What makes us stop, agreed beforehand: in words, or the KPI below a figure by a date."""

    prefix: ClassVar[str] = "KC"

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="kill_criteria")
    text = models.CharField(_("we stop if"), max_length=200)
    target = models.ForeignKey(Target, on_delete=models.PROTECT, null=True, blank=True, related_name="kill_criteria")
    threshold = models.FloatField(_("below, a week"), null=True, blank=True)
    by_on = models.DateField(_("by"))
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    agreed_at = models.DateTimeField(editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = KillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="kill_criterion_threshold_has_its_target", condition=Q(threshold=None) | Q(target__isnull=False)
            ),
            models.CheckConstraint(
                name="kill_criterion_threshold_is_finite",
                condition=Q(threshold=None) | Q(threshold__gte=-1e15, threshold__lte=1e15),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def stream(self) -> str:
        return self.initiative.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id


class CostEntry(AppendOnly):
    """Money or hours spent. Never changed: a mistake is booked back with a negative entry."""

    prefix: ClassVar[str] = "C"

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="costs")
    category = models.CharField(
        _("category"),
        max_length=11,
        choices=CATEGORIES,
    )
    on = models.DateField(_("on"))
    hours = models.DecimalField(_("hours"), max_digits=8, decimal_places=2, null=True, blank=True)
    rate = models.DecimalField(_("rate"), max_digits=14, decimal_places=2, null=True, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    note = models.CharField(_("note"), max_length=200, blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by")
    booked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    booked_at = models.DateTimeField(editable=False)

    objects = PartQuerySet["CostEntry"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="cost_amount_is_hours_times_rate",
                condition=Q(hours=None, rate=None) | Q(amount=Round(F("hours") * F("rate"), 2)),
            ),
            models.CheckConstraint(
                name="cost_amount_is_finite", condition=Q(amount__gt=-MONEY_LIMIT, amount__lt=MONEY_LIMIT)
            ),
            models.CheckConstraint(
                name="cost_negative_only_as_a_reversal", condition=Q(amount__gte=0) | Q(reverses__isnull=False)
            ),
            models.CheckConstraint(
                name="cost_category_is_known",
                condition=Q(category__in=["hours", "tool", "vendor", "training", "review", "remediation", "one_off"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.amount}"
