"""Who takes which step in the life of an initiative. Pure: people are ids, seats and roles are words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from initiatives.lifecycle import PAUSABLE, REVIEW_EVERY_DAYS, Gate, State, gate_for, next_states, vacancy_pauses
from initiatives.verdicts import Status
from ownership import policy
from ownership.policy import Role, SeatKind
from ownership.refusals import NotNow, NotYours
from ownership.refusals import gettext_noop as _


class Act(StrEnum):
    """What people call the step."""

    SUBMIT = "submit"
    REQUEST = "request"
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    REVIEW = "review"
    ITERATE = "iterate"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Move:
    """One step: the act, the seat whose holder takes it, and where it leads."""

    act: Act
    seat: SeatKind
    from_state: State
    to_state: State

    @property
    def gate(self) -> Gate | None:
        return gate_for(self.from_state, self.to_state)

    @property
    def answers(self) -> Gate | None:
        """The gate at which somebody must have asked for this; four eyes decide it."""
        is_answer = self.act in (Act.APPROVE, Act.ITERATE, Act.REJECT)
        is_answer |= self.act is Act.RETURN and self.from_state is State.SUBMITTED
        return _WAITS_AT[self.from_state] if is_answer else None

    @property
    def asks(self) -> Gate | None:
        """The gate whose criteria must hold."""
        return self.gate if self.act in (Act.SUBMIT, Act.APPROVE) or (self.act, self.gate) in _ASKED_WHEN_MET else None


_WAITS_AT = {State.SUBMITTED: Gate.G1, State.BASELINING: Gate.G2, State.REVIEW: Gate.G3}
_ASKED_WHEN_MET = {(Act.REQUEST, Gate.G2)}  # a steward confirms what is ready; a sponsor may be asked early

DECIDERS: Mapping[Gate, SeatKind] = MappingProxyType(
    {Gate.G1: SeatKind.SPONSOR, Gate.G2: SeatKind.STEWARD, Gate.G3: SeatKind.SPONSOR}
)
APPROVED: Mapping[Gate, State] = MappingProxyType(
    {Gate.G1: State.BASELINING, Gate.G2: State.PILOT, Gate.G3: State.SCALING}
)
ASKED_IN: Mapping[Gate, frozenset[State]] = MappingProxyType(
    {
        Gate.G1: frozenset({State.SUBMITTED}),
        Gate.G2: frozenset({State.BASELINING}),
        Gate.G3: frozenset({State.PILOT, State.REVIEW, State.SCALING, State.EMBEDDED}),
    }
)
# A running case that was changed since its approval goes before the sponsor at gate 1 again.
DECIDED_IN: Mapping[Gate, frozenset[State]] = MappingProxyType(
    {
        Gate.G1: frozenset({State.SUBMITTED}) | PAUSABLE,
        Gate.G2: frozenset({State.BASELINING}),
        Gate.G3: frozenset({State.REVIEW}),
    }
)
LAST_ALONE = 2  # iterations that a sponsor decides alone
FAILING = frozenset({Status.STALLED, Status.REGRESSING, Status.MISSED})
DUE_DAYS: Mapping[Gate, int] = MappingProxyType({Gate.G1: 10, Gate.G2: 5, Gate.G3: 5})

_STEPS: Mapping[tuple[State, State], tuple[Act, SeatKind]] = MappingProxyType(
    {
        (State.DRAFT, State.SUBMITTED): (Act.SUBMIT, SeatKind.OWNER),
        (State.SUBMITTED, State.BASELINING): (Act.APPROVE, SeatKind.SPONSOR),
        (State.SUBMITTED, State.DRAFT): (Act.RETURN, SeatKind.SPONSOR),
        (State.SUBMITTED, State.REJECTED): (Act.REJECT, SeatKind.SPONSOR),
        (State.BASELINING, State.PILOT): (Act.APPROVE, SeatKind.STEWARD),
        (State.BASELINING, State.DRAFT): (Act.RETURN, SeatKind.SPONSOR),
        (State.PILOT, State.REVIEW): (Act.REVIEW, SeatKind.OWNER),
        (State.REVIEW, State.SCALING): (Act.APPROVE, SeatKind.SPONSOR),
        (State.REVIEW, State.PILOT): (Act.ITERATE, SeatKind.SPONSOR),
        (State.SCALING, State.REVIEW): (Act.REVIEW, SeatKind.OWNER),
        (State.EMBEDDED, State.REVIEW): (Act.REVIEW, SeatKind.OWNER),
    }
)
_ANYWHERE: Mapping[State, tuple[Act, SeatKind]] = MappingProxyType(
    {
        State.PAUSED: (Act.PAUSE, SeatKind.SPONSOR),
        State.STOPPED: (Act.STOP, SeatKind.SPONSOR),
        State.WITHDRAWN: (Act.WITHDRAW, SeatKind.OWNER),
    }
)


def moves_from(state: State, *, paused_from: State | None = None, is_asked: bool = False) -> list[Move]:
    """Every step that somebody can take from here. What nobody asked the decider yet, the owner first asks.

    The last gate, to embedded, opens when its criteria exist.
    """
    targets = [to for to in State if to in next_states(state, paused_from=paused_from)]
    return [Move(*step, state, to) for to in targets if (step := _step(state, to, is_asked=is_asked))]


def _step(state: State, to: State, *, is_asked: bool) -> tuple[Act, SeatKind] | None:
    if state is State.PAUSED and to is not State.STOPPED:
        return Act.RESUME, SeatKind.SPONSOR
    step = _STEPS.get((state, to)) or _ANYWHERE.get(to)
    return (Act.REQUEST, SeatKind.OWNER) if step and step[0] is Act.APPROVE and not is_asked else step


@dataclass(frozen=True, slots=True)
class Hands:
    """Where the clock stands for one initiative on one local day. `is_harmful`: judged since it entered its state, and
    worse than before the pilot."""

    on: date
    state: State
    since: date
    pilot_ends_on: date | None = None
    vacant_since: date | None = None  # the sponsor's or the owner's seat, whichever has been empty for longer
    is_harmful: bool = False


def due_act(hands: Hands) -> tuple[Act, str] | None:
    """What the clock does by itself today, with its reason; None: nothing."""
    if hands.state in PAUSABLE and hands.vacant_since and vacancy_pauses(hands.vacant_since, on=hands.on):
        return Act.PAUSE, _("A seat that somebody must hold has been empty for too long.")
    if hands.state not in ASKED_IN[Gate.G3] - {State.REVIEW}:
        return None
    if hands.is_harmful:
        return Act.REVIEW, _("It does harm: the verdict is worse than before the pilot.")
    if hands.state is State.PILOT:
        has_ended = hands.pilot_ends_on is not None and hands.pilot_ends_on <= hands.on
        return (Act.REVIEW, _("The time-box has ended.")) if has_ended else None
    is_year = (hands.on - hands.since).days >= REVIEW_EVERY_DAYS
    return (Act.REVIEW, _("A year has passed since the last decision.")) if is_year else None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one person stands to one initiative and to the request at its gate. People are ids."""

    person: int
    role: str
    seats: frozenset[SeatKind]
    requester: int | None = None
    owners: frozenset[int] = frozenset()  # whoever held the seat, now or before
    editors: frozenset[int] = frozenset()  # since the last yes


def require_seat(seat: SeatKind, standing: Standing) -> None:
    """The holder of the seat, and nobody by rank or role."""
    if seat in standing.seats:
        return
    if standing.role in {Role.ADMIN, Role.LEAD, Role.AUDITOR}:
        said = _("A role gives no say here. Only the %(seat)s can do this.")
        raise NotYours(said, code="no_gate_authority", seat=seat)
    raise NotYours(_("Only the %(seat)s can do this."), code=f"not_{seat}", seat=seat)


def require_decider(gate: Gate, standing: Standing) -> None:
    """The holder of the deciding seat, with other eyes than those that asked, own or wrote."""
    policy.require_unrelated(
        standing.person, requester=standing.requester, owners=standing.owners, editors=standing.editors
    )
    require_seat(DECIDERS[gate], standing)


def advised(verdict: Status | None) -> str | None:
    """What the verdict at the end of a time-box speaks for; None: it cannot tell."""
    if verdict in (Status.REACHED, Status.ON_TRACK):
        return "approve"
    if verdict in FAILING | {Status.UNLIKELY}:
        return "stop"
    return "iterate" if verdict is Status.BEHIND else None


def wants_second(choice: str, *, verdict: Status | None, iterations: int) -> str:
    """Why an answer of the sponsor at gate 3 needs a portfolio lead beside them; "": it does not.

    `iterations` counts the earlier ones. Against what the verdict advises, nobody decides alone.
    """
    if choice == "iterate" and iterations >= LAST_ALONE:
        return "third_iteration"
    if choice == "approve" and verdict in FAILING:
        return "scale_although_failing"
    return "stop_although_reached" if choice == "stop" and verdict is Status.REACHED else ""


def require_second(standing: Standing, *, first: int) -> None:
    """A portfolio lead with other eyes than those of the first and of all who asked, own or wrote."""
    policy.require_role(standing.role, Role.LEAD)
    policy.require_unrelated(
        standing.person, requester=standing.requester, owners=standing.owners, editors=standing.editors
    )
    if standing.person == first:
        raise NotYours(_("You have signed already; now it is for somebody else."), code="same_person")


def require_mover(move: Move, standing: Standing, *, is_asked: bool) -> None:
    """The right person at the right moment. What it takes beside that are the criteria of `move.asks`."""
    if move.answers is None:
        require_seat(move.seat, standing)
        return
    require_decider(move.answers, standing)
    if not is_asked:
        raise NotNow(_("Nobody has asked for this yet, or the case was edited since."), code="not_asked")
