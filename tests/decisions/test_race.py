"""Sixteen people press "approve" at once: one decision, every time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from decisions.models import GateDecision
from decisions.services import gates, lifecycle
from initiatives.models import Initiative, Transition
from ownership.models import Event
from ownership.refusals import Refusal
from tests.cast import MONDAY, Cast, assemble
from tests.decisions.conftest import a_draft, fill, seen, submit

THREADS, ROUNDS = 16, 200


def press(request: GateDecision, cast: Cast, sha256: str, together: Barrier) -> str:
    """What one of them is told."""
    together.wait()
    try:
        gates.approve(request=request, by=cast.marieke, at=MONDAY, reason="Clear baseline", seen_sha256=sha256)
    except Refusal as refusal:
        return refusal.slug
    return "approved"


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_approvals_at_once_one_is_the_decision() -> None:
    cast = assemble()
    initiative = fill(a_draft(cast), cast)
    together = Barrier(THREADS)
    told = []

    with ThreadPoolExecutor(THREADS) as people:
        for _round in range(ROUNDS):
            request = submit(initiative, cast)
            sha256 = seen(request)
            pressed = [people.submit(press, request, cast, sha256, together) for _ in range(THREADS)]
            told.append(sorted(answer.result() for answer in pressed))
            initiative = back_to_the_draft(initiative, cast)
        for leaving in [people.submit(hang_up, together) for _ in range(THREADS)]:
            leaving.result()

    assert told == [["already-answered"] * (THREADS - 1) + ["approved"]] * ROUNDS
    assert GateDecision.objects.filter(choice="approve").count() == ROUNDS
    assert Transition.objects.filter(to_state="baselining").count() == ROUNDS
    assert Event.objects.filter(data__action="gate.approved").count() == ROUNDS


def back_to_the_draft(initiative: Initiative, cast: Cast) -> Initiative:
    """So that the same case can be asked anew: building 200 of them would take most of the time."""
    initiative.refresh_from_db()
    return lifecycle.reopen(
        initiative=initiative,
        by=cast.marieke,
        at=MONDAY,
        reason="Another round",
        expected_version=initiative.version,
    )


def hang_up(together: Barrier) -> None:
    """Each thread closes its own connection."""
    together.wait()
    connection.close()
