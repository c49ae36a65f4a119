"""Gate decisions: what was asked, exactly what was shown, and who said what."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from decisions.dossiers import Dossier
from decisions.models.cases import Case
from decisions.moves import DUE_DAYS, Standing, wants_second
from initiatives.lifecycle import PAUSABLE, Gate, State
from initiatives.models import Initiative, Target, Transition
from ownership.models import Governed, User
from ownership.policy import Role

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

    def waiting_for(self, user: User) -> GateDecisionQuerySet:
        """Open requests that this person is to decide, the most urgent first."""
        stewarded = Target.objects.filter(role="primary", superseded_at=None, kpi__steward__holder=user)
        mine = Q(gate__in=["G1", "G3"], initiative__sponsor__holder=user)
        mine |= Q(gate="G2", initiative__in=stewarded.values("initiative"))
        mine &= Q(proposal__isnull=True)
        if user.role == Role.LEAD:
            mine |= Q(proposal__isnull=False) & ~Q(initiative__sponsor__holder=user)
        return self.open().filter(mine).exclude(excluded__contains=[user.pk]).order_by("due_on", "pk")

    def void(self, *, at: datetime) -> None:
        """Something came between: what was asked cannot be decided any more."""
        self.open().update(voided_at=at, version=F("version") + 1)

    def ask(self, case: Case, gate: Gate, *, by: User | None, at: datetime) -> GateDecision:
        """Ask the one who decides at this gate, about the case as it stands. There is one open question at a time."""
        self.filter(initiative=case.initiative).void(at=at)
        dossier = case.dossier(gate)
        asked = self.create(
            initiative=case.initiative,
            gate=gate,
            dossier=dossier.text,
            sha256=dossier.sha256,
            requested_by=by,
            requested_at=at,
            due_on=case.local_day(at) + timedelta(days=DUE_DAYS[gate]),
        )
        asked.refresh_from_db(fields=["excluded"])
        return asked

    def wants_second(self, case: Case, choice: str) -> str:
        """Why this answer at gate 3 needs a second signature; "": it does not."""
        iterations = self.filter(initiative=case.initiative, choice="iterate").count()
        return wants_second(choice, verdict=case.facts.verdict, iterations=iterations)

    def approvals(self) -> GateDecisionQuerySet:
        """The sponsor's newest yes for each initiative: what it may now be."""
        given = self.filter(gate__in=["G1", "G3"], choice__in=["approve", "iterate"])
        return given.order_by("initiative", "-pk").distinct("initiative")

    def outdated(self, cases: Collection[Case]) -> set[int]:
        """Ids of the initiatives that go on though what their sponsor approved was changed since: no gate opens, and
        no AI input is applied, until the sponsor decides anew."""
        running = {case.initiative.pk: case for case in cases if case.initiative.state in PAUSABLE | {State.PAUSED}}
        approved = self.approvals().filter(initiative__in=running)
        return {
            row.initiative_id
            for row in approved
            if not running[row.initiative_id].dossier(Gate.G1).stands_by(Dossier.read(row.dossier))
        }


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
    proposal = models.JSONField(null=True)  # waits for a second signature: choice, by, reason, lesson, why, sha256
    second_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
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
            models.CheckConstraint(
                name="gate_second_signature_is_of_somebody_else",
                condition=Q(second_by=None)
                | (
                    Q(decided_by__isnull=False)
                    & ~Q(second_by=F("decided_by"))
                    & ~Q(excluded__contains=[F("second_by_id")])
                ),
            ),
            models.CheckConstraint(name="gate_decision_is_not_void", condition=Q(choice=None) | Q(voided_at=None)),
            models.UniqueConstraint(
                "initiative", "gate", condition=Q(choice=None, voided_at=None), name="gate_request_is_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gate} of {self.initiative}"

    @property
    def is_open(self) -> bool:
        return self.choice is None and self.voided_at is None

    def opened(self, case: Case) -> Dossier:
        """What somebody who opens it has before them: the case as it stands, or as it stood when it was closed."""
        return case.dossier(Gate(self.gate)) if self.is_open else Dossier.read(self.dossier)

    def is_edited(self, seen: Dossier) -> bool:
        """Whether the case was edited after this was asked; then its owner must ask again."""
        return seen.is_edited_since(Dossier.read(self.dossier))

    def standing(self, user: User, case: Case) -> Standing:
        """How this person stands to the request. The database computed who edited when it was made; an edit since then
        voids it."""
        standing = case.standing(user)
        editors = frozenset(self.excluded) - standing.owners - {self.requested_by_id}
        return replace(standing, requester=self.requested_by_id, editors=editors)

    def propose(self, choice: str, *, by: User, reason: str, dossier: Dossier, why: str, lesson: str = "") -> None:
        """Keep the sponsor's answer until somebody else has signed it, too."""
        proposal = {"choice": choice, "by": by.pk, "reason": reason, "lesson": lesson, "why": why}
        self.change(expected_version=self.version, proposal=proposal | {"sha256": dossier.sha256})

    def close(
        self,
        choice: str,
        *,
        by: User,
        at: datetime,
        reason: str,
        dossier: Dossier,
        transition: Transition | None,
        second: User | None = None,
    ) -> None:
        """Record the answer, with the dossier as it was seen."""
        self.change(
            expected_version=self.version,
            choice=choice,
            decided_by=by,
            decided_at=at,
            reason=reason,
            dossier=dossier.text,
            sha256=dossier.sha256,
            transition=transition,
            proposal=self.proposal if second else None,
            second_by=second,
        )

    @property
    def stream(self) -> str:
        return self.initiative.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id
