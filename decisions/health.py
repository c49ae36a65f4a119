"""How an initiative fares and who acts next, by when: derived from its state, requests, flags and seats."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from decisions.moves import DECIDERS
from initiatives.lifecycle import ENDED, PAUSABLE, REVIEW_EVERY_DAYS, Gate, State
from ownership.policy import Role, SeatKind


class Health(StrEnum):
    """What a glance should tell. The first that fits, in this order."""

    ENDED = "ended"
    DRAFT = "draft"
    BLOCKED = "blocked"  # no gate opens and no AI input is applied until somebody acts
    PAUSED = "paused"
    FLAGGED = "flagged"
    WAITING = "waiting"
    FINE = "fine"


class Todo(StrEnum):
    """What must happen next."""

    SUBMIT = "submit"
    FILL_SEAT = "fill_seat"
    ASK_ANEW = "ask_anew"
    RESUME = "resume"
    ANSWER_FLAG = "answer_flag"
    DECIDE = "decide"
    CONFIRM = "confirm"
    COUNTERSIGN = "countersign"
    START = "start"
    RUN = "run"
    REVIEW = "review"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Signs:
    """What health is read from. A request counts as `is_edited` when the case was edited after it was asked."""

    state: State
    since: date
    pilot_ends_on: date | None = None
    gate: Gate | None = None  # of the open request
    gate_due_on: date | None = None
    is_edited: bool = False
    is_proposed: bool = False  # the sponsor's answer waits for a second signature
    is_outdated: bool = False  # what the sponsor approved was changed since
    vacant: SeatKind | None = None  # the sponsor's or the owner's seat
    flag_due_on: date | None = None  # of the most urgent flag that nobody has answered
    flag_seat: SeatKind | None = None  # whom it asks; None: the portfolio leads


@dataclass(frozen=True, slots=True)
class Step:
    """What next, who does it, by when. `who` is a seat, the role of lead, or None: it happens by itself."""

    todo: Todo
    who: SeatKind | Role | None = None
    by: date | None = None


def health(signs: Signs) -> Health:
    """In one word."""
    answers = (
        (signs.state in ENDED, Health.ENDED),
        (signs.state is State.DRAFT, Health.DRAFT),
        (signs.is_outdated or (signs.vacant is not None and signs.state in PAUSABLE), Health.BLOCKED),
        (signs.state is State.PAUSED, Health.PAUSED),
        (signs.flag_due_on is not None, Health.FLAGGED),
        (signs.gate is not None, Health.WAITING),
    )
    return next((word for is_so, word in answers if is_so), Health.FINE)


def next_step(signs: Signs) -> Step:
    """The one thing that moves it on."""
    match health(signs):
        case Health.ENDED:
            return Step(Todo.NOTHING)
        case Health.DRAFT:
            return Step(Todo.SUBMIT, SeatKind.OWNER)
        case Health.PAUSED:
            return Step(Todo.RESUME, SeatKind.SPONSOR)
        case Health.BLOCKED if signs.vacant is not None:
            return Step(Todo.FILL_SEAT, Role.LEAD)
        case Health.FLAGGED:
            return Step(Todo.ANSWER_FLAG, signs.flag_seat or Role.LEAD, signs.flag_due_on)
    return _at_gate(signs)


def _at_gate(signs: Signs) -> Step:
    is_asked = signs.gate is not None and not signs.is_edited
    if signs.gate is not None and is_asked:
        if signs.is_proposed:
            return Step(Todo.COUNTERSIGN, Role.LEAD, signs.gate_due_on)
        todo = Todo.CONFIRM if signs.gate is Gate.G2 else Todo.DECIDE
        return Step(todo, DECIDERS[signs.gate], signs.gate_due_on)
    if signs.is_outdated or signs.state in {State.SUBMITTED, State.REVIEW}:
        return Step(Todo.ASK_ANEW, SeatKind.OWNER)
    if signs.state is State.BASELINING:
        return Step(Todo.START, SeatKind.OWNER)
    if signs.state is State.PILOT:
        return Step(Todo.RUN, None, signs.pilot_ends_on)
    return Step(Todo.REVIEW, SeatKind.SPONSOR, signs.since + timedelta(days=REVIEW_EVERY_DAYS))
