"""Gate decisions: what was asked, exactly what was shown, and who said what."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from initiatives.models import Initiative, Transition
from ownership.models import Governed, User

CHOICES = [
    ("approve", _("Approve")),
    ("return", _("Ask for more")),
    ("reject", _("Decline")),
    ("iterate", _("Iterate")),
    ("stop", _("Stop")),
]


class GateDecisionQuerySet(models.QuerySet["GateDecision"]):
    """Questions about gate decisions."""

    def visible_to(self, user: User) -> GateDecisionQuerySet:
        return self.filter(initiative__in=Initiative.objects.visible_to(user))

    def open(self) -> GateDecisionQuerySet:
        return self.filter(choice=None, voided_at=None)


class GateDecision(Governed):
    """One request to pass a gate, and its answer.

    `dossier` is the canonical JSON of all that was to be judged, `sha256` its hash: a decision must name the hash that
    the decider saw. `excluded` are the people who may not decide; the database computes it anew and does not trust the
    caller. An edit voids the request.
    """

    prefix: ClassVar[str] = "GD"

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="gate_decisions")
    gate = models.CharField(max_length=2)
    dossier = models.TextField()
    sha256 = models.CharField(max_length=64)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    due_on = models.DateField()
    excluded = ArrayField(models.BigIntegerField(), default=list)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    choice = models.CharField(max_length=8, null=True, choices=CHOICES)  # noqa: DJ001  null is "not decided"
    reason = models.TextField(blank=True)
    voided_at = models.DateTimeField(null=True)  # an edit or a newer request came between
    transition = models.OneToOneField(Transition, on_delete=models.PROTECT, null=True, related_name="gate_decision")

    objects = GateDecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="gate_is_known", condition=Q(gate__in=["G1", "G2", "G3", "G4"])),
            models.CheckConstraint(
                name="gate_choice_is_known",
                condition=Q(choice=None) | Q(choice__in=[key for key, _label in CHOICES]),
            ),
            models.CheckConstraint(
                name="gate_decision_has_decider_and_reason",
                condition=Q(choice=None, decided_by=None, decided_at=None)
                | (Q(choice__isnull=False, decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="gate_decider_is_not_excluded",
                condition=Q(decided_by=None) | ~Q(excluded__contains=[F("decided_by_id")]),
            ),
            models.CheckConstraint(name="gate_decision_is_not_void", condition=Q(choice=None) | Q(voided_at=None)),
            models.UniqueConstraint(
                "initiative", "gate", condition=Q(choice=None, voided_at=None), name="gate_request_is_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gate} of {self.initiative}"

    @property
    def stream(self) -> str:
        return self.initiative.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id
