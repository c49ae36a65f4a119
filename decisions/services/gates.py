"""Asking at a gate and answering there. Each act is one transaction with one event."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from decisions import gate_words, gates
from decisions.dossiers import Dossier
from decisions.models import GateDecision, Timer
from decisions.models.cases import Case, lock_case, read_case
from decisions.moves import APPROVED, ASKED_IN, DECIDED_IN, require_decider, require_seat, require_second
from initiatives.lifecycle import Gate, State, pilot_end
from initiatives.models import Initiative
from ownership.models import Event, User
from ownership.policy import SeatKind
from ownership.refusals import Incomplete, NotNow, Stale

EVENTS = {
    "approve": "gate.approved",
    "iterate": "gate.iterated",
    "return": "gate.returned",
    "reject": "gate.rejected",
    "stop": "initiative.stopped",
}


class GateNotMet(Incomplete):
    """Hard criteria are not shown to be met; `items` lists every one of them."""

    slug, title = "gate-not-met", _("The gate is not passed yet")


class AlreadyAnswered(NotNow):
    """Somebody decided, or asked anew."""

    slug = "already-answered"


class ApprovalOutdated(NotNow):
    """What the sponsor approved was changed since."""

    slug = "approval-outdated"


class DossierMoved(Stale):
    """What is to be decided is no longer what was asked, or not what was shown."""

    slug = "dossier-moved"


@transaction.atomic
def submit(*, initiative: Initiative, by: User, at: datetime, reason: str, expected_version: int) -> GateDecision:
    """Put a draft before its sponsor. Gate 0 answers by its criteria alone; gate 1 waits for the sponsor."""
    case = lock_case(initiative)
    require_seat(SeatKind.OWNER, case.standing(by))
    criteria = _require_met(Gate.G0, case)
    case.initiative.move(
        to=State.SUBMITTED, by=by, at=at, reason=reason, expected_version=expected_version, criteria=criteria
    )
    request = GateDecision.objects.ask(case, Gate.G1, by=by, at=at)
    Timer.objects.start(case.initiative, at=at)
    after = {"state": State.SUBMITTED, "request": request.pk, "sha256": request.sha256}
    Event.objects.record("initiative.submitted", about=case.initiative, by=by, at=at, reason=reason, after=after)
    return request


@transaction.atomic
def request_gate(
    *, initiative: Initiative, gate: Gate, by: User | None, at: datetime, reason: str, expected_version: int
) -> GateDecision:
    """Ask for a gate; what was asked before is void. The clock (`by=None`) asks when a time-box has ended.

    Gate 3 is asked from the review, which begins with it. Gate 1 is also asked anew for a running case that was
    changed since the sponsor approved it.
    """
    case = lock_case(initiative)
    row = case.initiative
    if by is not None:
        require_seat(SeatKind.OWNER, case.standing(by))
    is_outdated = bool(GateDecision.objects.outdated([case]))
    is_renewal = gate is Gate.G1 and is_outdated
    _require_place(case, gate, DECIDED_IN[gate] if is_renewal else ASKED_IN[gate])
    if gate is Gate.G2:
        _require_met(gate, case)
        _require_current_approval(is_outdated=is_outdated)
    if gate is Gate.G3 and row.state != State.REVIEW:
        row.move(to=State.REVIEW, by=by, at=at, reason=reason, expected_version=expected_version)
    else:
        row.change(expected_version=expected_version)
    request = GateDecision.objects.ask(case, gate, by=by, at=at)
    after = {"gate": gate, "state": row.state, "sha256": request.sha256}
    Event.objects.record("gate.requested", about=request, by=by, at=at, reason=reason, after=after)
    return request


@transaction.atomic
def approve(*, request: GateDecision, by: User, at: datetime, reason: str, seen_sha256: str) -> GateDecision:
    """Say yes and take the step, together or not at all.

    Gate 1 commits the budget (sponsor), gate 2 starts the pilot (steward of the main KPI), gate 3 scales (sponsor).
    """
    request, case, dossier = _facing(request, by=by, reason=reason, seen_sha256=seen_sha256)
    gate = Gate(request.gate)
    criteria = _require_met(gate, case)
    if gate is Gate.G3 and (why := GateDecision.objects.wants_second(case, "approve")):
        return _propose(request, case, dossier, "approve", why, by=by, at=at, reason=reason)
    fields: dict[str, Any] = {}
    if gate is Gate.G2:
        _require_current_approval(is_outdated=bool(GateDecision.objects.outdated([case])))
        starts_on = case.local_day(at)
        ends_on = pilot_end(starts_on, timebox_weeks=case.initiative.timebox_weeks)
        fields = {"pilot_starts_on": starts_on, "pilot_ends_on": ends_on}
    is_renewal = gate is Gate.G1 and case.initiative.state != State.SUBMITTED
    to = None if is_renewal else APPROVED[gate]
    return _answer(request, case, dossier, "approve", to, by=by, at=at, reason=reason, criteria=criteria, **fields)


@transaction.atomic
def iterate(*, request: GateDecision, by: User, at: datetime, reason: str, seen_sha256: str) -> GateDecision:
    """Once more, differently: back to the pilot for another time-box. The reason names the changed hypothesis."""
    request, case, dossier = _facing(request, by=by, reason=reason, seen_sha256=seen_sha256)
    _require_place(case, Gate(request.gate), {State.REVIEW})
    if why := GateDecision.objects.wants_second(case, "iterate"):
        return _propose(request, case, dossier, "iterate", why, by=by, at=at, reason=reason)
    fields = _step_of("iterate", case, at=at)
    return _answer(request, case, dossier, "iterate", State.PILOT, by=by, at=at, reason=reason, **fields)


@transaction.atomic
def countersign(*, request: GateDecision, by: User, at: datetime, reason: str, seen_sha256: str) -> GateDecision:
    """A portfolio lead signs what the sponsor decided against the verdict, or for the third time. Now it is done."""
    request, case, dossier, first = _facing_second(request, by=by, reason=reason, seen_sha256=seen_sha256)
    choice, sponsor = first["choice"], case.holder(SeatKind.SPONSOR)
    if sponsor is None or sponsor.pk != first["by"]:
        raise NotNow(_("Somebody else sponsors it now. They decide anew."), code="sponsor_changed")
    if first["sha256"] != dossier.sha256:
        raise DossierMoved(_("The case has changed since the sponsor decided. The sponsor decides anew."), code="moved")
    fields = _step_of(choice, case, at=at, lesson=first["lesson"])
    to = {"approve": State.SCALING, "iterate": State.PILOT, "stop": State.STOPPED}[choice]
    said = f"{first['reason']}\n{reason}"
    return _answer(request, case, dossier, choice, to, by=sponsor, second=by, at=at, reason=said, **fields)


@transaction.atomic
def refuse_second(*, request: GateDecision, by: User, at: datetime, reason: str, seen_sha256: str) -> GateDecision:
    """A portfolio lead does not sign. The sponsor decides anew."""
    request, _case, _dossier, first = _facing_second(request, by=by, reason=reason, seen_sha256=seen_sha256)
    request.change(expected_version=request.version, proposal=None)
    Event.objects.record("gate.not_countersigned", about=request, by=by, at=at, reason=reason, before=first)
    return request


@transaction.atomic
def send_back(*, request: GateDecision, by: User, at: datetime, reason: str, seen_sha256: str) -> GateDecision:
    """Ask for more: the owner answers and asks again. At gate 1 the initiative is a draft until then."""
    request, case, dossier = _facing(request, by=by, reason=reason, seen_sha256=seen_sha256)
    to = State.DRAFT if case.initiative.state == State.SUBMITTED else None
    return _answer(request, case, dossier, "return", to, by=by, at=at, reason=reason)


@transaction.atomic
def reject(*, request: GateDecision, by: User, at: datetime, reason: str, seen_sha256: str) -> GateDecision:
    """Say no before it begins. The initiative ends, and the reason stays."""
    request, case, dossier = _facing(request, by=by, reason=reason, seen_sha256=seen_sha256)
    return _answer(request, case, dossier, "reject", State.REJECTED, by=by, at=at, reason=reason)


def _step_of(choice: str, case: Case, *, at: datetime, lesson: str = "") -> dict[str, Any]:
    """What goes with the step of an answer at gate 3."""
    if choice == "stop":
        return {"lesson": lesson}
    if choice == "approve":
        return {"criteria": _require_met(Gate.G3, case)}
    ends_on = pilot_end(case.local_day(at), timebox_weeks=case.initiative.timebox_weeks)
    return {"criteria": case.results(Gate.G3), "pilot_ends_on": ends_on}


def _propose(
    request: GateDecision, case: Case, dossier: Dossier, choice: str, why: str, *, by: User, at: datetime, reason: str
) -> GateDecision:
    """The answer waits for a portfolio lead; nothing moves yet."""
    request.propose(choice, by=by, reason=reason, dossier=dossier, why=why)
    after = {"gate": request.gate, "choice": choice, "why": why, "sha256": dossier.sha256}
    Event.objects.record("gate.proposed", about=request, by=by, at=at, reason=reason, after=after)
    return request


def _facing_second(
    request: GateDecision, *, by: User, reason: str, seen_sha256: str
) -> tuple[GateDecision, Case, Dossier, dict[str, Any]]:
    """The same before a portfolio lead, with the sponsor's answer that waits."""
    request, case = _under_lock(request)
    if request.proposal is None:
        raise NotNow(_("%(ref)s waits for no second signature."), ref=request.ref, code="not_proposed")
    require_second(request.standing(by, case), first=request.proposal["by"])
    dossier = _require_seen(request, case, reason=reason, seen_sha256=seen_sha256)
    return request, case, dossier, request.proposal


def _facing(request: GateDecision, *, by: User, reason: str, seen_sha256: str) -> tuple[GateDecision, Case, Dossier]:
    """The request, its case and the dossier as they stand under the lock, before somebody who may decide and saw
    exactly this."""
    request, case = _under_lock(request)
    gate = Gate(request.gate)
    require_decider(gate, request.standing(by, case))
    _require_place(case, gate, DECIDED_IN[gate])
    return request, case, _require_seen(request, case, reason=reason, seen_sha256=seen_sha256)


def _under_lock(request: GateDecision) -> tuple[GateDecision, Case]:
    """The open request and its case; nobody else decides before this transaction ends."""
    request.initiative.hold()
    request = GateDecision.objects.get(pk=request.pk)
    if not request.is_open:
        raise AlreadyAnswered(_("%(ref)s was answered, or asked anew, in the meantime."), ref=request.ref)
    case = read_case(request.initiative)
    request.initiative = case.initiative
    return request, case


def _require_seen(request: GateDecision, case: Case, *, reason: str, seen_sha256: str) -> Dossier:
    """A reason, and the dossier as it stands: as it was asked, and as it was shown."""
    if not reason.strip():
        raise Incomplete(_("Say why. The reason is kept with the decision."), field="reason")
    dossier = case.dossier(Gate(request.gate))
    if request.is_edited(dossier):
        raise DossierMoved(_("The case was edited after you were asked. Its owner must ask again."), code="edited")
    if seen_sha256 != dossier.sha256:
        raise DossierMoved(_("The case has changed since you opened it. Read it again; what you typed is kept."))
    return dossier


def _require_place(case: Case, gate: Gate, states: Collection[State]) -> None:
    if case.initiative.state not in states:
        said = _("%(ref)s is %(state)s; %(gate)s does not belong there.")
        raise NotNow(said, ref=case.initiative.ref, state=case.initiative.state, gate=gate)


def _require_met(gate: Gate, case: Case) -> list[dict[str, Any]]:
    """What every criterion of the gate says. GateNotMet: with all hard ones that are not met."""
    results = case.results(gate)
    if missing := gates.unmet(gate, case.facts):
        items = [gate_words.said(result) for result in results if result["code"] in missing]
        raise GateNotMet(_("%(gate)s needs %(count)s more things."), gate=gate, count=len(items), items=items)
    return results


def _require_current_approval(*, is_outdated: bool) -> None:
    if is_outdated:
        raise ApprovalOutdated(_("The case was changed since the sponsor approved it. Ask for gate 1 again first."))


def _answer(
    request: GateDecision,
    case: Case,
    dossier: Dossier,
    choice: str,
    to: State | None,
    *,
    by: User,
    at: datetime,
    reason: str,
    second: User | None = None,
    **fields: Any,
) -> GateDecision:
    """The step, the answer, the event. Without a step the initiative still gets a new version: one answer wins."""
    row, step = case.initiative, None
    if to is None:
        row.change(expected_version=row.version)
    else:
        step = row.move(to=to, by=by, at=at, reason=reason, expected_version=row.version, **fields)
    request.close(choice, by=by, at=at, reason=reason, dossier=dossier, transition=step, second=second)
    after: dict[str, Any] = {"gate": request.gate, "state": row.state, "sha256": request.sha256}
    if second:
        after["decided_by"] = by.pk
    Event.objects.record(EVENTS[choice], about=request, by=second or by, at=at, reason=reason, after=after)
    return request
