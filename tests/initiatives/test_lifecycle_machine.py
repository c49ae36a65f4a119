"""Random lives of an initiative against a model of ten lines: the database never leaves the path, whoever pushes."""

from dataclasses import dataclass, field

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from initiatives.lifecycle import State, next_states
from initiatives.models import Initiative
from ownership.refusals import NotNow, Stale
from tests.initiatives.rows import AT, an_initiative

ACTS = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(list(State)), st.sampled_from([0, 0, 0, -1, 1])),
    st.tuples(st.just("force state"), st.sampled_from(list(State)), st.just(0)),
    st.tuples(st.just("force pause"), st.sampled_from(list(State)), st.just(0)),
    st.tuples(st.just("forge step"), st.sampled_from(list(State)), st.just(0)),
)


@dataclass
class Life:
    """What must be true of it."""

    state: State = State.DRAFT
    paused_from: State | None = None
    version: int = 1
    steps: list[State] = field(default_factory=list)

    def may(self, to: State) -> bool:
        return to in next_states(self.state, paused_from=self.paused_from)

    def go(self, to: State) -> None:
        self.paused_from = self.state if to is State.PAUSED else None
        self.state, self.version = to, self.version + 1
        self.steps.append(to)


def forced(initiative: Initiative, statement: str, value: str) -> bool:
    """Whether the application got away with it, by the end of its transaction."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [value, initiative.pk])
            cursor.execute("SET CONSTRAINTS transition_was_taken IMMEDIATE")
            cursor.execute("SET CONSTRAINTS transition_was_taken DEFERRED")
    except DatabaseError:
        return False
    return True


FORCE = {
    "force state": "UPDATE initiatives_initiative SET state = %s WHERE id = %s AND state <> 'draft'",
    "force pause": "UPDATE initiatives_initiative SET paused_from = %s WHERE id = %s",
    "forge step": """INSERT INTO initiatives_transition
        (initiative_id, version, from_state, to_state, at, reason, lesson, criteria)
        SELECT id, version, state, %s, now(), 'x', '', '[]' FROM initiatives_initiative WHERE id = %s""",
}


def live(initiative: Initiative, life: Life, act: str, to: State, off: int) -> None:
    if act != "move":
        is_as_it_was = act == "force state" and (to is life.state or life.state is State.DRAFT)
        assert forced(initiative, FORCE[act], to) is False or is_as_it_was
        return
    row = Initiative.objects.get(pk=initiative.pk)
    try:
        with transaction.atomic():
            row.move(to=to, by=None, at=AT, reason="So", expected_version=life.version + off)
    except NotNow:
        assert not life.may(to)
    except Stale:
        assert off != 0
    else:
        assert life.may(to)
        assert off == 0
        life.go(to)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS, max_size=30))
def test_no_sequence_of_acts_leaves_the_path(acts: list[tuple[str, State, int]]) -> None:
    with transaction.atomic():
        initiative, life = an_initiative(), Life()

        for act, to, off in acts:
            live(initiative, life, act, to, off)

            row = Initiative.objects.get(pk=initiative.pk)
            assert (row.state, row.paused_from, row.version) == (life.state, life.paused_from, life.version)
        assert list(initiative.transitions.order_by("version").values_list("to_state", flat=True)) == life.steps
        transaction.set_rollback(True)
