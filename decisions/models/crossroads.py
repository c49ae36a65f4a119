"""Where an initiative can go from here, as one person sees it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from decisions import gates
from decisions.models.cases import Case, read_case
from decisions.models.gates import GateDecision
from decisions.moves import Move, Standing, moves_from, require_mover
from initiatives.lifecycle import State
from initiatives.models import Initiative
from ownership.models import User
from ownership.refusals import Incomplete, Refusal


@dataclass(frozen=True)
class Crossroads:
    """An initiative, the request that waits at its gate, and how the person stands to both.

    A request after which the case was edited waits for nobody but its owner: it counts as none.
    """

    case: Case
    request: GateDecision | None
    standing: Standing

    @classmethod
    def of(cls, initiative: Initiative, user: User) -> Crossroads:
        case = read_case(initiative)
        request = GateDecision.objects.filter(initiative=initiative).open().first()
        if request is None or request.is_edited(request.opened(case)):
            return cls(case, None, case.standing(user))
        return cls(case, request, request.standing(user, case))

    @property
    def moves(self) -> list[Move]:
        row = self.case.initiative
        paused_from = State(row.paused_from) if row.paused_from else None
        return moves_from(State(row.state), paused_from=paused_from, is_asked=self.request is not None)

    def seen(self, move: Move) -> str:
        """What tells the step that nothing moved meanwhile: the hash of the dossier for an answer at a gate, else the
        version of the initiative."""
        if move.answers and self.request:
            return self.request.opened(self.case).sha256
        return str(self.case.initiative.version)

    def refusal(self, move: Move) -> Refusal | None:
        """Why this person cannot take the step now; None: they can."""
        try:
            require_mover(move, self.standing, is_asked=self.request is not None)
        except Refusal as refusal:
            return refusal
        if move.asks and gates.unmet(move.asks, self.case.facts):
            return Incomplete(_("Some criteria of the gate are not met."), code="gate-not-met")
        return None
