"""What an initiative may bring, what that rests on, and the flag when it no longer stands."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from initiatives.models import Assumption, Flag, Initiative, ScenarioSet
from initiatives.scenarios import Future, Standing, prospect, standing
from initiatives.services.scenarios import state_assumption
from ownership.models import Event
from tests.cast import MONDAY, Caller, Cast
from tests.initiatives import build
from tests.initiatives.test_judging import tick
from tests.markup import read

GOLDEN = [
    {"name": "As expected", "probability": 0.5, "benefit": 20_000, "cost": 11_000},
    {"name": "Better", "probability": 0.2, "benefit": 40_000, "cost": 14_000},
    {"name": "It goes wrong", "probability": 0.3, "benefit": 0, "cost": 11_000},
]


def test_the_golden_example() -> None:
    told = prospect([Future(0.5, 20_000, 11_000), Future(0.2, 40_000, 14_000), Future(0.3, 0, 11_000)])

    assert (round(told.expected), round(told.sd), told.p_loss) == (6_400, 13_078, 0.3)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Standing.HOLDS),
        ({"value": 399}, Standing.BROKEN),
        ({"value": 399, "is_floor": False}, Standing.HOLDS),
        ({"value": 401, "is_floor": False}, Standing.BROKEN),
        ({"on": date(2026, 4, 2)}, Standing.EXPIRED),
        ({"value": None}, Standing.OPEN),
        ({"value": None, "threshold": None}, Standing.OPEN),
        ({"is_broken": True}, Standing.BROKEN),
        ({"is_broken": True, "on": date(2026, 4, 2)}, Standing.BROKEN),
    ],
)
def test_an_assumption_stands_until_its_day_or_its_figure_says_otherwise(
    change: dict[str, Any], expected: Standing
) -> None:
    given: dict[str, Any] = {"valid_until": date(2026, 4, 1), "on": date(2026, 4, 1), "is_broken": False}
    given |= {"value": 400.0, "threshold": 400.0, "is_floor": True}

    assert standing(**given | change) is expected


@pytest.fixture
def draft(cast: Cast) -> Initiative:
    return build.a_draft(cast)


def agree(row: Initiative, by: Caller, **change: Any) -> Any:
    return by.post(f"/api/v1/initiatives/{row.pk}/scenarios/", **{"scenarios": GOLDEN, "reason": "So far"} | change)


def assume(row: Initiative, by: Caller, **change: Any) -> Any:
    said = {"text": "Editors keep up", "owner": row.owner_id, "valid_until": "2026-12-31", "reason": "So far"}
    return by.post(f"/api/v1/initiatives/{row.pk}/assumptions/", **said | change)


def test_the_owner_agrees_on_three_futures(draft: Initiative, cast: Cast) -> None:
    answer = agree(draft, Caller(cast.tom))

    said = answer.json()
    assert (answer.status_code, said["number"], said["expected"], said["p_loss"]) == (201, 1, 6_400, 0.3)
    assert Event.objects.filter(data__action="scenarios.agreed").count() == 1


def test_a_change_keeps_the_earlier_ones(draft: Initiative, cast: Cast) -> None:
    tom = Caller(cast.tom)
    agree(draft, tom)

    stale, changed = agree(draft, tom), agree(draft, tom, replaces=1)

    assert (stale.status_code, changed.status_code, changed.json()["number"]) == (412, 201, 2)
    first, second = ScenarioSet.objects.order_by("number")
    assert (first.superseded_at is not None, second.superseded_at, first.scenarios.count()) == (True, None, 3)


@pytest.mark.parametrize(
    ("scenarios", "code"),
    [
        (GOLDEN[:2], "too_few"),
        ([*GOLDEN, {**GOLDEN[0], "name": "Fourth", "probability": 0.01}], "sum"),
        ([*GOLDEN[:2], {**GOLDEN[2], "name": "Better"}], "same_name"),
    ],
)
def test_what_is_not_whole_is_refused(draft: Initiative, cast: Cast, scenarios: Any, code: str) -> None:
    answer = agree(draft, Caller(cast.tom), scenarios=scenarios)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not ScenarioSet.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("aisha", 403), ("eva", 403), ("lena", 404)])
def test_nobody_else_writes_them(draft: Initiative, cast: Cast, who: str, status: int) -> None:
    other = Caller(getattr(cast, who))

    assert (agree(draft, other).status_code, assume(draft, other).status_code) == (status, status)


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_chances_that_do_not_add_up(draft: Initiative, cast: Cast) -> None:
    agree(draft, Caller(cast.tom))
    insert = "INSERT INTO initiatives_scenario (of_id, name, probability, benefit, cost) VALUES (%s, 'More', 0.2, 0, 0)"

    with pytest.raises(DatabaseError, match="chances that make"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(insert, [ScenarioSet.objects.get().pk])


def test_an_assumption_needs_a_kpi_that_is_watched_and_a_day_ahead(draft: Initiative, cast: Cast) -> None:
    tom, kpi = Caller(cast.tom), build.a_kpi(cast)

    refused = [
        assume(draft, tom, valid_until="2026-01-01"),
        assume(draft, tom, kpi=kpi.pk),
        assume(draft, tom, kpi=kpi.pk, threshold=400),
    ]

    assert [answer.json()["code"] for answer in refused] == ["past", "signal", "foreign_kpi"]


def test_who_watches_it_says_that_it_is_broken_and_a_flag_asks_them(cast: Cast) -> None:
    pilot = build.a_pilot(cast)
    made = assume(pilot, Caller(cast.tom)).json()
    address = f"/api/v1/assumptions/{made['id']}/break/"

    other = Caller(cast.aisha).post(address, seen=1, reason="I heard so")
    broken = Caller(cast.tom).post(address, seen=1, reason="Two of five editors left")
    again = Caller(cast.tom).post(address, seen=2, reason="Really")
    tick(days=8)

    assert [answer.status_code for answer in (other, broken, again)] == [403, 200, 409]
    flag = Flag.objects.get(kind="S14")
    assert (flag.subject, flag.addressee) == (f"assumption:{made['id']}", pilot.owner)
    assert flag.words["code"] == "assumption-broken"


def test_past_its_day_it_raises_a_flag_and_withdrawn_it_closes(cast: Cast) -> None:
    pilot, tom = build.a_pilot(cast), Caller(cast.tom)
    assert pilot.owner
    made = state_assumption(
        initiative=pilot, text="Editors keep up", owner=pilot.owner, valid_until=date(2026, 3, 5), by=cast.tom,
        at=MONDAY, reason="So far",
    )  # fmt: skip
    tick(days=8)
    raised = Flag.objects.open().filter(kind="S14").values_list("words__code", flat=True)

    assert list(raised) == ["assumption-expired"]
    assert tom.post(f"/api/v1/assumptions/{made.pk}/withdraw/", seen=1, reason="Changed").status_code == 200
    tick(days=9)
    assert not Flag.objects.open().filter(kind="S14").exists()


def text(answer: Any, status: int = 200) -> str:
    said: str = answer.content.decode()
    assert (answer.status_code, read(said).verdict()) == (status, [])
    return " ".join(said.split())


def test_on_pages_the_owner_writes_them_and_everybody_reads_them(draft: Initiative, cast: Cast) -> None:
    tom, address = Caller(cast.tom), f"/initiatives/{draft.ref}/scenarios/"
    empty = text(tom.get(address))
    prefilled = text(tom.get(f"{address}edit/"))
    fields: dict[str, Any] = {"replaces": 0}
    for n, one in enumerate(GOLDEN):
        fields |= {f"name_{n}": one["name"], f"probability_{n}": one["probability"] * 100}  # type: ignore[operator]
        fields |= {f"benefit_{n}": one["benefit"], f"cost_{n}": one["cost"]}

    refused = text(tom.form(f"{address}edit/", **fields | {"probability_0": 40}), 422)
    sent = tom.form(f"{address}edit/", **fields)
    assumed = tom.form(
        f"/initiatives/{draft.ref}/assumptions/new/",
        text="Editors keep up", owner=draft.owner_id, valid_until="2026-12-31", side="floor",
    )  # fmt: skip

    assert "Nobody has said yet what may come of it" in empty
    assert "It goes wrong" in prefilled
    assert "these make 90" in refused
    assert (sent.status_code, assumed.status_code) == (303, 303)
    shown = text(Caller(cast.marieke).get(f"/initiatives/{draft.ref}/"))
    assert "On average €6,400 projected." in shown
    assert "The chance of losing money is 3 in 10." in shown
    assert "Editors keep up" in shown
    assert Assumption.objects.get().owner == draft.owner


def test_a_refused_page_says_who_may(draft: Initiative, cast: Cast) -> None:
    fields = {"replaces": 0, **{f"name_{n}": "" for n in range(6)}}

    assert "Only the owner" in text(Caller(cast.aisha).form(f"/initiatives/{draft.ref}/scenarios/edit/", **fields), 403)


def test_only_who_may_say_so_is_offered_to_break_an_assumption(cast: Cast) -> None:
    pilot = build.a_pilot(cast)
    assume(pilot, Caller(cast.tom))

    offered = {
        who: f"/assumptions/{Assumption.objects.get().ref}/break/"
        in text(Caller(getattr(cast, who)).get(f"/initiatives/{pilot.ref}/scenarios/"))
        for who in ("tom", "marieke", "joris")
    }

    assert offered == {"tom": True, "marieke": True, "joris": False}
