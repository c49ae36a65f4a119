"""Where a day begins, and how things are found."""

import pytest

from config.home import door
from ownership import services
from ownership.policy import SeatKind
from tests.cast import MONDAY, Caller, Cast


@pytest.mark.parametrize(
    ("role", "seats", "is_waiting", "page"),
    [
        ("member", ["sponsor"], False, "inbox"),
        ("member", ["tool_owner"], False, "log_metrics"),
        ("member", ["tool_owner"], True, "inbox"),
        ("member", [], False, "log_metrics"),
        ("lead", ["decider"], False, "portfolio"),
        ("lead", ["decider"], True, "inbox"),
        ("auditor", [], False, "audit"),
        ("admin", [], False, "settings"),
        ("admin", ["steward"], False, "inbox"),
    ],
)
def test_the_day_begins_where_others_wait(role: str, seats: list[str], is_waiting: bool, page: str) -> None:  # noqa: FBT001  a parameter
    assert door(role, seats, is_fresh=False, is_waiting=is_waiting) == page


def test_a_fresh_installation_begins_with_its_four_steps_except_for_the_auditor() -> None:
    assert [door(role, [], is_fresh=True, is_waiting=False) for role in ("member", "lead", "admin", "auditor")] == [
        "start",
        "start",
        "start",
        "audit",
    ]


def test_a_number_jumps_and_a_name_lists(cast: Cast) -> None:
    seat = services.create_seat(
        kind=SeatKind.STEWARD, title="Data of the CRM", unit=cast.marketing, by=cast.noor, at=MONDAY, reason="Needed."
    )
    tom = Caller(cast.tom)

    jump, listed = tom.get("/search/", q=f" {seat.ref.lower()} "), tom.get("/search/", q="crm")

    assert (jump.status_code, jump.headers["Location"]) == (302, f"/seats/{seat.ref}/")
    assert seat.ref in listed.content.decode()


def test_a_search_for_nothing_or_for_nonsense_says_so(cast: Cast) -> None:
    tom = Caller(cast.tom)

    for asked in ("", "   ", "S-99999999999999999999", "\x00", "<script>", "INI-1"):
        answer = tom.get("/search/", q=asked)

        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()


def test_the_rail_marks_where_one_is(cast: Cast) -> None:
    page = Caller(cast.tom).get("/people/").content.decode()

    assert page.count('href="/people/" aria-current="page"') == 1


def test_the_style_guide_shows_every_component(cast: Cast) -> None:
    assert Caller(cast.tom).get("/styleguide/").status_code == 200


def test_an_address_that_does_not_exist_helps_on(cast: Cast) -> None:
    answer = Caller(cast.tom).get("/nowhere/")

    assert answer.status_code == 404
    assert "Both look the same on purpose" in answer.content.decode()
