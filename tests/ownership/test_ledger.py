"""The ledger is written once, by the database's own rules, and every touch shows."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from ownership import services
from ownership.models import Event, EventText, Stream
from ownership.policy import SeatKind
from tests.cast import MONDAY, Caller, Cast


@pytest.fixture
def three(cast: Cast) -> list[Event]:
    """Three events about one unit."""
    return [
        Event.objects.record("unit.noted", about=cast.marketing, by=cast.eva, at=MONDAY, reason=f"Note {n}")
        for n in (1, 2, 3)
    ]


def test_each_event_follows_from_the_one_before(three: list[Event]) -> None:
    first, second, third = Event.objects.order_by("pk")

    assert [event.seq for event in (first, second, third)] == [1, 2, 3]
    assert bytes(second.prev_hash) == bytes(first.hash)
    assert bytes(third.prev_hash) == bytes(second.hash)
    assert Event.objects.verify() == (3, [])


def test_the_caller_cannot_choose_place_or_author(cast: Cast) -> None:
    Event.objects.create(stream="organisation", seq=900, hash=b"mine", body='{"actor":null}', actor=cast.ruth)

    event = Event.objects.get()

    assert (event.seq, event.actor) == (1, None)
    assert bytes(event.hash) != b"mine"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ownership_event SET body = '{}'",
        "DELETE FROM ownership_event",
        "TRUNCATE ownership_event",
        "UPDATE ownership_stream SET seq = 0",
        "DELETE FROM ownership_stream",
        "ALTER TABLE ownership_event DISABLE TRIGGER ALL",
    ],
)
def test_the_application_cannot_rewrite_it(three: list[Event], statement: str) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        connection.cursor().execute(statement)

    assert Event.objects.verify() == (3, [])


def test_a_blanked_text_leaves_the_chain_whole(three: list[Event]) -> None:
    EventText.objects.update(text="", salt="")

    assert Event.objects.verify() == (3, [])


def test_a_changed_text_is_found(three: list[Event]) -> None:
    EventText.objects.filter(text="Note 2").update(text="Note 22")

    assert Event.objects.verify()[1] == ["organisation 2: its text was changed after it was written."]


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE ownership_event SET body = '{\"actor\":null}' WHERE seq = 2", "was changed after it was written"),
        ("DELETE FROM ownership_event WHERE seq = 2", "1 events are missing before it"),
        ("DELETE FROM ownership_event WHERE seq = 3", "its end was cut off or forged"),
        ("DELETE FROM ownership_stream", "has events and no head"),
    ],
)
def test_the_command_finds_what_a_superuser_did(
    superuser: Callable[[str], None], three: list[Event], tampering: str, found: str
) -> None:
    superuser(tampering)
    said = StringIO()

    with pytest.raises(SystemExit) as stopped:
        call_command("verify_ledger", stdout=said)

    assert stopped.value.code == 1
    assert found in said.getvalue()


def test_the_command_is_content_with_an_untouched_ledger(three: list[Event]) -> None:
    said = StringIO()

    call_command("verify_ledger", stdout=said)

    assert "3 events checked, 0 faults." in said.getvalue()


def test_an_auditor_reads_what_another_unit_cannot(cast: Cast) -> None:
    Stream.objects.create(name="initiative:14", unit=cast.marketing)
    Event.objects.create(stream="initiative:14", body='{"actor":null,"action":"initiative.drafted"}')

    seen = {
        name: len(Caller(user).get("/api/v1/events/", stream="initiative:14").json()["results"])
        for name, user in (("ruth", cast.ruth), ("tom", cast.tom), ("lena", cast.lena))
    }

    assert seen == {"ruth": 1, "tom": 1, "lena": 0}


def test_what_happens_to_a_seat_is_read_in_its_unit_only(cast: Cast) -> None:
    seat = services.create_seat(
        kind=SeatKind.DECIDER, title="Routes", unit=cast.logistics, by=cast.noor, at=MONDAY, reason="Needed"
    )

    events = Event.objects.about(seat)

    assert events.visible_to(cast.lena).count() == 1
    assert events.visible_to(cast.tom).count() == 0
    assert Stream.objects.get().unit == cast.logistics
