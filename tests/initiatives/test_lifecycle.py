"""Which moves exist, and which of them a gate guards."""

from datetime import date

import pytest

from initiatives.lifecycle import (
    ENDED,
    LIVE,
    MOVES,
    PAUSABLE,
    Gate,
    State,
    end_after_pause,
    gate_for,
    next_states,
    pause_is_over,
    pilot_end,
    vacancy_pauses,
)


def test_every_state_is_exactly_one_of_draft_live_or_ended() -> None:
    assert {State.DRAFT} | LIVE | ENDED == set(State)
    assert not LIVE & ENDED


def test_stopping_is_one_act_away_from_every_live_state() -> None:
    assert all(State.STOPPED in MOVES[state] for state in LIVE)


def test_an_ended_initiative_stays_ended() -> None:
    assert all(not MOVES[state] for state in ENDED)


def test_every_state_can_be_reached() -> None:
    assert {to for ways in MOVES.values() for to in ways} == set(State)


@pytest.mark.parametrize(
    ("from_state", "to_state", "gate"),
    [
        (State.DRAFT, State.SUBMITTED, Gate.G0),
        (State.SUBMITTED, State.BASELINING, Gate.G1),
        (State.BASELINING, State.PILOT, Gate.G2),
        (State.REVIEW, State.SCALING, Gate.G3),
        (State.REVIEW, State.PILOT, Gate.G3),
        (State.SCALING, State.EMBEDDED, Gate.G4),
        (State.PILOT, State.REVIEW, None),
        (State.REVIEW, State.STOPPED, None),
        (State.PAUSED, State.PILOT, None),
    ],
)
def test_the_gate_of_a_move(from_state: State, to_state: State, gate: Gate | None) -> None:
    assert to_state in MOVES[from_state]
    assert gate_for(from_state, to_state) is gate


def test_a_gate_guards_only_moves_that_exist() -> None:
    guarded = [(a, b) for a in State for b in State if gate_for(a, b)]

    assert all(b in MOVES[a] for a, b in guarded)


def test_only_what_is_under_way_can_pause_and_it_returns_to_where_it_was() -> None:
    assert {state for state in State if State.PAUSED in MOVES[state]} == PAUSABLE
    assert next_states(State.PAUSED, paused_from=State.PILOT) == {State.PILOT, State.STOPPED}
    assert next_states(State.PAUSED) == {State.STOPPED}
    assert next_states(State.PILOT) == MOVES[State.PILOT]


def test_the_time_box_counts_local_days_and_moves_with_a_pause() -> None:
    ends_on = pilot_end(date(2026, 3, 9), timebox_weeks=6)

    assert ends_on == date(2026, 4, 20)
    assert end_after_pause(ends_on, paused_on=date(2026, 4, 1), resumed_on=date(2026, 4, 11)) == date(2026, 4, 30)
    assert end_after_pause(ends_on, paused_on=date(2026, 4, 20), resumed_on=date(2026, 5, 1)) == ends_on


def test_a_pause_ends_after_ninety_days_and_a_vacancy_pauses_after_thirty() -> None:
    assert not pause_is_over(date(2026, 1, 1), on=date(2026, 3, 31))
    assert pause_is_over(date(2026, 1, 1), on=date(2026, 4, 1))
    assert not vacancy_pauses(date(2026, 1, 1), on=date(2026, 1, 30))
    assert vacancy_pauses(date(2026, 1, 1), on=date(2026, 1, 31))
