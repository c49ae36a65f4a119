"""Steps that no gate guards: aside, back, and the ends. Each is one transaction with one event."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from decisions.dossiers import Dossier
from decisions.models import GateDecision
from decisions.models.cases import Case, lock_case
from decisions.moves import require_decider, require_seat
from initiatives.lifecycle import Gate, State, end_after_pause
from initiatives.models import Initiative, Transition
from ownership.models import Event, User
from ownership.policy import SeatKind
from ownership.refusals import Incomplete, NotNow


@transaction.atomic
def stop(
    *, initiative: Initiative, by: User, at: datetime, reason: str, lesson: str, expected_version: int
) -> Initiative:
    """End it, from any live state and without criteria: a good outcome, for it leaves a lesson.

    Under review, what has reached its target is stopped once a portfolio lead has signed it, too.
    """
    case = lock_case(initiative)
    require_seat(SeatKind.SPONSOR, case.standing(by))
    if not lesson.strip():
        said = _("Say what was learned. That is what stopping leaves to the next initiative.")
        raise Incomplete(said, field="lesson")
    if case.initiative.state == State.REVIEW and (why := GateDecision.objects.wants_second(case, "stop")):
        return _propose_stop(case, why, by, at, reason, lesson, expected_version)
    step = _step(case, State.STOPPED, by, at, reason, expected_version, lesson=lesson)
    requests = GateDecision.objects.filter(initiative=case.initiative)
    for request in requests.open().exclude(excluded__contains=[by.pk]):
        dossier = Dossier.read(request.dossier)
        request.close("stop", by=by, at=at, reason=reason, dossier=dossier, transition=step)
    requests.void(at=at)
    return _told("initiative.stopped", case, step)


@transaction.atomic
def withdraw(*, initiative: Initiative, by: User, at: datetime, reason: str, expected_version: int) -> Initiative:
    """Its owner takes it back before anything was committed."""
    case = lock_case(initiative)
    require_seat(SeatKind.OWNER, case.standing(by))
    step = _step(case, State.WITHDRAWN, by, at, reason, expected_version)
    GateDecision.objects.filter(initiative=case.initiative).void(at=at)
    return _told("initiative.withdrawn", case, step)


@transaction.atomic
def reopen(*, initiative: Initiative, by: User, at: datetime, reason: str, expected_version: int) -> Initiative:
    """Back to the draft while the baseline is being measured: the sponsor wants the case thought over."""
    case = lock_case(initiative)
    require_seat(SeatKind.SPONSOR, case.standing(by))
    if case.initiative.state != State.BASELINING:
        raise NotNow(_("Only before the pilot can a case go back to its draft."))
    step = _step(case, State.DRAFT, by, at, reason, expected_version)
    GateDecision.objects.filter(initiative=case.initiative).void(at=at)
    return _told("initiative.reopened", case, step)


@transaction.atomic
def pause(*, initiative: Initiative, by: User | None, at: datetime, reason: str, expected_version: int) -> Initiative:
    """Stand still for a while; the time-box waits. The clock (`by=None`) does so when a seat stays empty."""
    case = lock_case(initiative)
    if by is not None:
        require_seat(SeatKind.SPONSOR, case.standing(by))
    step = _step(case, State.PAUSED, by, at, reason, expected_version)
    return _told("initiative.paused", case, step)


@transaction.atomic
def resume(*, initiative: Initiative, by: User, at: datetime, reason: str, expected_version: int) -> Initiative:
    """Go on where it was paused; a pilot ends as many days later as it stood still."""
    case = lock_case(initiative)
    require_seat(SeatKind.SPONSOR, case.standing(by))
    row = case.initiative
    if row.paused_from is None:
        raise NotNow(_("%(ref)s is not paused."), ref=row.ref)
    fields: dict[str, Any] = {}
    if row.pilot_ends_on is not None:
        paused_on, today = case.local_day(row.state_since), case.local_day(at)
        fields["pilot_ends_on"] = end_after_pause(row.pilot_ends_on, paused_on=paused_on, resumed_on=today)
    step = _step(case, State(row.paused_from), by, at, reason, expected_version, **fields)
    return _told("initiative.resumed", case, step)


def _propose_stop(
    case: Case, why: str, by: User, at: datetime, reason: str, lesson: str, expected_version: int
) -> Initiative:
    """The stop waits at gate 3, which is asked for it where nobody has asked."""
    if not reason.strip():
        raise Incomplete(_("Say why. The reason is kept."), field="reason")
    dossier = case.dossier(Gate.G3)
    case.initiative.change(expected_version=expected_version)
    request = GateDecision.objects.filter(initiative=case.initiative, gate=Gate.G3).open().first()
    if request is None or request.is_edited(dossier):
        request = GateDecision.objects.ask(case, Gate.G3, by=None, at=at)
    require_decider(Gate.G3, request.standing(by, case))
    request.propose("stop", by=by, reason=reason, dossier=dossier, why=why, lesson=lesson)
    after = {"gate": request.gate, "choice": "stop", "why": why, "sha256": dossier.sha256}
    Event.objects.record("gate.proposed", about=request, by=by, at=at, reason=reason, after=after)
    return case.initiative


def _step(
    case: Case, to: State, by: User | None, at: datetime, reason: str, expected_version: int, **fields: Any
) -> Transition:
    if not reason.strip():
        raise Incomplete(_("Say why. The reason is kept."), field="reason")
    return case.initiative.move(to=to, by=by, at=at, reason=reason, expected_version=expected_version, **fields)


def _told(action: str, case: Case, step: Transition) -> Initiative:
    """The one event of a step."""
    moved = {"before": {"state": step.from_state}, "after": {"state": step.to_state}}
    Event.objects.record(action, about=case.initiative, by=step.by, at=step.at, reason=step.reason, **moved)
    return case.initiative
