"""Sixteen people press "approve" at once: one decision, every time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from decisions.models import GateDecision
from decisions.models.cases import Case, read_case
from decisions.services import gates
from initiatives.lifecycle import Gate, State
from initiatives.models import Transition
from ownership.models import Event
from ownership.refusals import Refusal
from tests.cast import MONDAY, Cast, assemble
from tests.decisions.conftest import a_draft, fill

THREADS, ROUNDS = 16, 200


def press(pk: int, cast: Cast, sha256: str, together: Barrier) -> str:
    """What one of them is told."""
    request = GateDecision.objects.select_related("initiative").get(pk=pk)
    together.wait()
    try:
        gates.approve(request=request, by=cast.marieke, at=MONDAY, reason="Clear baseline", seen_sha256=sha256)
    except Refusal as refusal:
        return refusal.slug
    return "approved"


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_approvals_at_once_one_is_the_decision() -> None:
    cast = assemble()
    case = read_case(fill(a_draft(cast), cast))
    together = Barrier(THREADS)
    told = []

    with ThreadPoolExecutor(THREADS) as people:
        for _round in range(ROUNDS):
            request = asked_anew(case, cast)
            pressed = [people.submit(press, request.pk, cast, request.sha256, together) for _ in range(THREADS)]
            told.append(sorted(answer.result() for answer in pressed))
        for leaving in [people.submit(hang_up, together) for _ in range(THREADS)]:
            leaving.result()

    assert told == [["already-answered"] * (THREADS - 1) + ["approved"]] * ROUNDS
    assert GateDecision.objects.filter(choice="approve").count() == ROUNDS
    assert Transition.objects.filter(to_state="baselining").count() == ROUNDS
    assert Event.objects.filter(data__action="gate.approved").count() == ROUNDS


@transaction.atomic
def asked_anew(case: Case, cast: Cast) -> GateDecision:
    """Back to the draft where it was approved, and before its sponsor again: row by row, for building two hundred cases
    would take most of the time."""
    row = case.initiative
    row.refresh_from_db()
    for to in (State.DRAFT, State.SUBMITTED):
        if row.state != to:
            row.move(to=to, by=cast.tom, at=MONDAY, reason="Another round", expected_version=row.version)
    return GateDecision.objects.ask(case, Gate.G1, by=cast.tom, at=MONDAY)


def hang_up(together: Barrier) -> None:
    """Each thread closes its own connection."""
    together.wait()
    connection.close()
