"""The database refuses, whatever the code above it does: raw SQL as the application role."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from decisions.models import GateDecision
from initiatives.lifecycle import State
from initiatives.models import Initiative
from ownership import canonical
from ownership.models import Appointment, Event, User
from tests.cast import MONDAY, Cast
from tests.decisions.conftest import a_draft

DECIDE = """UPDATE decisions_gatedecision SET choice = 'return', reason = 'More', decided_at = now(),
    decided_by_id = %s, version = version + 1 WHERE id = %s"""


@contextmanager
def committed() -> Iterator[None]:
    """A savepoint that ends as a commit does: deferred triggers speak."""
    with transaction.atomic():
        yield
        run("SET CONSTRAINTS ALL IMMEDIATE")


@contextmanager
def refused_by(rule: str) -> Iterator[None]:
    with pytest.raises(IntegrityError) as refusal, committed():
        yield
    assert isinstance(refusal.value.__cause__, psycopg.Error)
    assert refusal.value.__cause__.diag.constraint_name == rule


def run(sql: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


DOSSIER = canonical.render({"title": "Titles at scale"})
SHA256 = canonical.sha256({"title": "Titles at scale"})


@pytest.fixture
def submitted(cast: Cast) -> Initiative:
    initiative = a_draft(cast)
    initiative.move(to=State.SUBMITTED, by=cast.tom, at=MONDAY, reason="Ready", expected_version=1)
    return initiative


def ask(initiative: Initiative, by: User | None, **fields: object) -> GateDecision:
    asked = {
        "gate": "G1",
        "dossier": DOSSIER,
        "sha256": SHA256,
        "requested_at": MONDAY,
        "due_on": MONDAY.date(),
    } | fields
    return GateDecision.objects.create(initiative=initiative, requested_by=by, **asked)


@pytest.fixture
def asked(submitted: Initiative, cast: Cast) -> GateDecision:
    return ask(submitted, cast.tom)


def test_the_application_role_runs_these(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")

        assert cursor.fetchone() == ("mandate_app", False)


def test_who_asked_cannot_decide(asked: GateDecision, cast: Cast) -> None:
    with refused_by("gate_decider_is_not_excluded"):
        run(DECIDE, cast.tom.pk, asked.pk)


def test_who_asked_cannot_decide_by_claiming_that_nobody_is_excluded(submitted: Initiative, cast: Cast) -> None:
    asked = ask(submitted, cast.joris, excluded=[])

    with refused_by("gate_decider_is_not_excluded"):
        run(DECIDE.replace("SET", "SET excluded = '{}',"), cast.joris.pk, asked.pk)


def test_who_edited_cannot_decide(asked: GateDecision, cast: Cast) -> None:
    with refused_by("gate_decider_is_not_excluded"):
        run(DECIDE, cast.aisha.pk, asked.pk)


def test_who_once_owned_cannot_decide(asked: GateDecision, cast: Cast) -> None:
    owner = asked.initiative.owner
    assert owner
    Appointment.objects.create(
        seat=owner, person=cast.joris, proposed_by=cast.noor, proposed_at=MONDAY.replace(year=2025),
        accepted_at=MONDAY.replace(year=2025), closed_at=MONDAY.replace(month=1),
    )  # fmt: skip

    with refused_by("gate_decider_is_not_excluded"):
        run(DECIDE, cast.joris.pk, asked.pk)


def test_an_edit_after_the_request_excludes_too(asked: GateDecision, cast: Cast) -> None:
    Event.objects.record("kill_criterion.added", about=asked.initiative, by=cast.marieke, at=MONDAY)

    with refused_by("gate_decider_is_not_excluded"):
        run(DECIDE, cast.marieke.pk, asked.pk)


def test_the_sponsor_can_decide(asked: GateDecision, cast: Cast) -> None:
    run(DECIDE, cast.marieke.pk, asked.pk)

    asked.refresh_from_db()
    assert (asked.choice, asked.excluded) == ("return", sorted([cast.tom.pk, cast.aisha.pk]))


def test_a_forged_event_does_not_clear_the_editors(asked: GateDecision, cast: Cast) -> None:
    Event.objects.record("gate.approved", about=asked, by=cast.marieke, at=MONDAY)

    with refused_by("gate_decider_is_not_excluded"):
        run(DECIDE, cast.aisha.pk, asked.pk)


def test_a_decided_request_never_changes(asked: GateDecision, cast: Cast) -> None:
    run(DECIDE, cast.marieke.pk, asked.pk)

    for change in ["reason = 'Other'", "dossier = dossier", "choice = NULL", "voided_at = now()"]:
        with refused_by("gate_decision_is_made_once"):
            run(f"UPDATE decisions_gatedecision SET {change} WHERE id = %s", asked.pk)  # noqa: S608  our own words


def test_no_request_disappears(asked: GateDecision) -> None:
    with refused_by("gate_request_is_kept"):
        run("DELETE FROM decisions_gatedecision WHERE id = %s", asked.pk)


def test_a_void_request_is_not_decided(asked: GateDecision, cast: Cast) -> None:
    run("UPDATE decisions_gatedecision SET voided_at = now() WHERE id = %s", asked.pk)

    with refused_by("gate_decision_is_made_once"):
        run(DECIDE, cast.marieke.pk, asked.pk)


def test_an_older_request_is_not_decided(asked: GateDecision, cast: Cast) -> None:
    ask(asked.initiative, cast.tom, gate="G2")

    with refused_by("gate_decision_is_on_the_newest_request"):
        run(DECIDE, cast.marieke.pk, asked.pk)


def test_a_request_is_not_born_decided(submitted: Initiative, cast: Cast) -> None:
    with refused_by("gate_is_asked_before_it_is_decided"):
        ask(submitted, cast.tom, choice="approve", decided_by=cast.marieke, decided_at=MONDAY, reason="Fine")


def test_what_was_asked_stays(asked: GateDecision) -> None:
    for change in ["gate = 'G3'", "requested_by_id = NULL", "sha256 = repeat('0', 64)"]:
        with refused_by("gate_request_stays_as_it_was_asked"):
            run(f"UPDATE decisions_gatedecision SET {change} WHERE id = %s", asked.pk)  # noqa: S608  our own words


def test_the_hash_is_of_the_dossier(submitted: Initiative, cast: Cast) -> None:
    with refused_by("gate_sha256_is_of_its_dossier"):
        ask(submitted, cast.tom, sha256="0" * 64)


def test_no_move_through_a_gate_without_its_decision(submitted: Initiative, cast: Cast) -> None:
    with refused_by("transition_through_a_gate_has_its_decision"):
        submitted.move(
            to=State.BASELINING, by=cast.eva, at=MONDAY, reason="Just do it", expected_version=submitted.version
        )
