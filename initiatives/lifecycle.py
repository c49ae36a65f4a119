"""The states of an initiative, the moves between them and the gate that guards each move."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum


class State(StrEnum):
    """Where an initiative stands. Health is derived from other facts, never a state."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    BASELINING = "baselining"
    PILOT = "pilot"
    REVIEW = "review"
    SCALING = "scaling"
    EMBEDDED = "embedded"
    PAUSED = "paused"
    REJECTED = "rejected"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"


class Gate(StrEnum):
    """The five questions on the way. G0 is answered by its criteria alone, the others also by a person."""

    G0 = "G0"
    G1 = "G1"
    G2 = "G2"
    G3 = "G3"
    G4 = "G4"


PAUSABLE = frozenset({State.BASELINING, State.PILOT, State.REVIEW, State.SCALING, State.EMBEDDED})
LIVE = PAUSABLE | {State.SUBMITTED, State.PAUSED}
ENDED = frozenset({State.REJECTED, State.STOPPED, State.WITHDRAWN})
RUNNING = frozenset({State.PILOT, State.REVIEW, State.SCALING, State.EMBEDDED})  # work is done and numbers are judged

_ASIDE = frozenset({State.PAUSED, State.STOPPED})

MOVES: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SUBMITTED, State.WITHDRAWN}),
    State.SUBMITTED: frozenset({State.BASELINING, State.DRAFT, State.REJECTED, State.STOPPED, State.WITHDRAWN}),
    State.BASELINING: _ASIDE | {State.PILOT, State.DRAFT},
    State.PILOT: _ASIDE | {State.REVIEW},
    State.REVIEW: _ASIDE | {State.SCALING, State.PILOT},
    State.SCALING: _ASIDE | {State.EMBEDDED, State.REVIEW},
    State.EMBEDDED: _ASIDE | {State.REVIEW},
    State.PAUSED: PAUSABLE | {State.STOPPED},
    State.REJECTED: frozenset(),
    State.STOPPED: frozenset(),
    State.WITHDRAWN: frozenset(),
}

_GATES: dict[tuple[State, State], Gate] = {
    (State.DRAFT, State.SUBMITTED): Gate.G0,
    (State.SUBMITTED, State.BASELINING): Gate.G1,
    (State.BASELINING, State.PILOT): Gate.G2,
    (State.REVIEW, State.SCALING): Gate.G3,
    (State.REVIEW, State.PILOT): Gate.G3,  # iterate: the same question, answered "once more, differently"
    (State.SCALING, State.EMBEDDED): Gate.G4,
}

PAUSE_LIMIT_DAYS = 90  # then resume or stop: a quarter of standing still is an answer
VACANCY_LIMIT_DAYS = 30  # then an empty sponsor or owner seat stops the clock
REVIEW_EVERY_DAYS = 365  # scaled and embedded work is decided anew each year
LIGHT_BUDGET, LIGHT_WEEKS = 2500, 4


def gate_for(from_state: State, to_state: State) -> Gate | None:
    """The gate that guards the move; None for a move that only needs the right person and a reason."""
    return _GATES.get((from_state, to_state))


def next_states(state: State, *, paused_from: State | None = None) -> frozenset[State]:
    """Where the initiative can go from here. A paused one only returns to where it was, or stops."""
    if state is State.PAUSED:
        return frozenset({State.STOPPED} | ({paused_from} if paused_from else set()))
    return MOVES[state]


def fits_light_track(*, budget: Decimal | None, timebox_weeks: int, has_personal_data: bool) -> bool:
    """Whether so little is at stake that the hard criteria are enough. `budget` in the organisation's currency."""
    return budget is not None and budget <= LIGHT_BUDGET and timebox_weeks <= LIGHT_WEEKS and not has_personal_data


def pilot_end(starts_on: date, *, timebox_weeks: int) -> date:
    """The first local day after the pilot; on it the review is due."""
    return starts_on + timedelta(weeks=timebox_weeks)


def end_after_pause(ends_on: date, *, paused_on: date, resumed_on: date) -> date:
    """The time-box moves along with a pause, day by day; a pause after the end moves nothing."""
    return ends_on + (resumed_on - paused_on) if paused_on < ends_on else ends_on


def pause_is_over(paused_on: date, *, on: date) -> bool:
    """Whether somebody must now resume or stop."""
    return (on - paused_on).days >= PAUSE_LIMIT_DAYS


def vacancy_pauses(vacant_since: date, *, on: date) -> bool:
    """Whether an empty sponsor or owner seat has been empty for so long that the clock stops."""
    return (on - vacant_since).days >= VACANCY_LIMIT_DAYS
