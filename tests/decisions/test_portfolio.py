"""The portfolio: an answer in a sentence, figures that are the API's, and who acts next."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.template import Context, Template
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from decisions.health import Health, Signs, Step, Todo, health, next_step
from decisions.services import lifecycle
from initiatives.lifecycle import Gate, State
from initiatives.models import CostEntry, Flag, Goal, Initiative, Target, Verdict
from ownership.policy import Role, SeatKind
from tests.cast import MONDAY, Caller, Cast
from tests.decisions.conftest import a_draft, a_seat, fill, submit
from tests.markup import read

TODAY = date(2026, 4, 13)
SOON = date(2026, 4, 20)


def page(caller: Caller, **query: str) -> str:
    with travel(MONDAY + timedelta(days=30), tick=False):
        answer = caller.get("/portfolio/", **query)
    assert answer.status_code == 200
    said: str = answer.content.decode()
    assert read(said).verdict() == []
    return said


def judged(initiative: Initiative, status: str, **money: Any) -> None:
    target = Target.objects.get(initiative=initiative, role="primary")
    verdict = Verdict.objects.create(
        target=target,
        week=4,
        status=status,
        effect=0.13,
        low=0.05,
        high=0.21,
        money=money,
        code_version=1,
        judged_at=MONDAY + timedelta(days=28),
    )
    Target.objects.filter(pk=target.pk).update(status=status, verdict=verdict)


@pytest.mark.parametrize(
    ("signs", "word", "step"),
    [
        (Signs(State.DRAFT, TODAY), Health.DRAFT, Step(Todo.SUBMIT, SeatKind.OWNER)),
        (
            Signs(State.SUBMITTED, TODAY, gate=Gate.G1, gate_due_on=SOON),
            Health.WAITING,
            Step(Todo.DECIDE, SeatKind.SPONSOR, SOON),
        ),
        (
            Signs(State.SUBMITTED, TODAY, gate=Gate.G1, gate_due_on=SOON, is_edited=True),
            Health.WAITING,
            Step(Todo.ASK_ANEW, SeatKind.OWNER),
        ),
        (Signs(State.BASELINING, TODAY), Health.FINE, Step(Todo.START, SeatKind.OWNER)),
        (
            Signs(State.BASELINING, TODAY, gate=Gate.G2, gate_due_on=SOON),
            Health.WAITING,
            Step(Todo.CONFIRM, SeatKind.STEWARD, SOON),
        ),
        (Signs(State.PILOT, TODAY, pilot_ends_on=SOON), Health.FINE, Step(Todo.RUN, None, SOON)),
        (
            Signs(State.PILOT, TODAY, flag_due_on=SOON, flag_seat=SeatKind.OWNER),
            Health.FLAGGED,
            Step(Todo.ANSWER_FLAG, SeatKind.OWNER, SOON),
        ),
        (Signs(State.PILOT, TODAY, flag_due_on=SOON), Health.FLAGGED, Step(Todo.ANSWER_FLAG, Role.LEAD, SOON)),
        (
            Signs(State.PILOT, TODAY, flag_due_on=SOON, vacant=SeatKind.SPONSOR),
            Health.BLOCKED,
            Step(Todo.FILL_SEAT, Role.LEAD),
        ),
        (Signs(State.PILOT, TODAY, is_outdated=True), Health.BLOCKED, Step(Todo.ASK_ANEW, SeatKind.OWNER)),
        (Signs(State.PAUSED, TODAY), Health.PAUSED, Step(Todo.RESUME, SeatKind.SPONSOR)),
        (
            Signs(State.SCALING, TODAY),
            Health.FINE,
            Step(Todo.REVIEW, SeatKind.SPONSOR, TODAY + timedelta(days=365)),
        ),
        (Signs(State.STOPPED, TODAY), Health.ENDED, Step(Todo.NOTHING)),
    ],
)
def test_health_and_the_next_step_follow_from_the_signs(signs: Signs, word: Health, step: Step) -> None:
    assert (health(signs), next_step(signs)) == (word, step)


def test_it_answers_before_the_first_scroll(running: Initiative, cast: Cast) -> None:
    judged(running, "reached", realised={"benefit": 61400.0}, projected={"benefit": 128000.0})
    CostEntry.objects.create(
        initiative=running, category="tool", on=MONDAY.date(), amount=22300, booked_at=MONDAY, booked_by=cast.tom
    )

    said = page(Caller(cast.noor))

    for words in (
        "1 of 1 initiative has reached its target.",
        "€61,400",
        "€128,000 projected",
        "€22,300",
        "of €18,000",
        "Target reached",
        "+13%",
        "+5% to +21%",
        "Pilot ends, review begins",
        "Mon 13 Apr",
    ):
        assert words in said


def test_what_is_not_known_is_no_zero(running: Initiative, cast: Cast) -> None:
    said = page(Caller(cast.noor))

    assert "not known" in said
    assert "too early to tell" in said


def test_what_went_silent_is_not_called_early_and_money_is_whole(running: Initiative, cast: Cast) -> None:
    main = Target.objects.get(initiative=running, role="primary")
    said_of_it = {"status": "data-stale", "money": {"realised": {"benefit": -929.33}}, "judged_at": MONDAY}
    silent = Verdict.objects.create(target=main, week=4, code_version=1, **said_of_it)
    Target.objects.filter(pk=main.pk).update(status="data-stale", verdict=silent)

    said = page(Caller(cast.noor))

    assert "<small>no recent data</small>" in said
    assert "too early to tell" not in said
    assert "−\u2060€929<" in said


def test_a_state_is_chosen_in_the_address(running: Initiative, cast: Cast) -> None:
    submit(fill(a_draft(cast, "Named in AI answers"), cast), cast)

    everything, pilots = page(Caller(cast.noor)), page(Caller(cast.noor), state="pilot")

    assert "Named in AI answers</a>" in everything
    assert "Named in AI answers</a>" not in pilots
    assert "AI-refreshed product pages</a>" in pilots


def test_goals_that_nothing_serves_are_named(draft: Initiative, cast: Cast) -> None:
    assert draft.owner
    Goal.objects.create(statement="Fewer returns", horizon_on=date(2027, 1, 1), unit=cast.marketing, owner=draft.owner)

    said = page(Caller(cast.noor))

    assert "Fewer returns" in said
    assert "Goals that nothing serves" in said


def test_another_unit_sees_nothing_of_it(running: Initiative, cast: Cast) -> None:
    said = page(Caller(cast.lena))

    assert "AI-refreshed" not in said
    assert "Nothing is tried yet." in said


@pytest.mark.parametrize("number", [2, 20])
def test_twenty_rows_take_the_queries_of_two(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    for n in range(number):
        submit(fill(a_draft(cast, f"Try {n:02}"), cast), cast)
    noor = Caller(cast.noor)

    with django_assert_max_num_queries(36):
        said = noor.get("/portfolio/").content.decode()

    assert said.count("Decide at the gate") == number


def test_the_api_says_the_same(running: Initiative, cast: Cast) -> None:
    judged(running, "on-track", realised={"benefit": 61400.0}, projected={"benefit": 128000.0})

    row = Caller(cast.noor).get("/api/v1/portfolio/").json()["results"][0]

    assert (row["ref"], row["state"], row["verdict"], row["health"]) == (running.ref, "pilot", "on-track", "fine")
    assert (row["realised"], row["projected"], row["spent"]) == (61400.0, 128000.0, 0.0)
    assert row["next_step"] == {"todo": "run", "who": None, "by": "2026-04-13"}
    assert Caller(cast.lena).get("/api/v1/portfolio/").json()["results"] == []


@pytest.mark.parametrize("number", [2, 20])
def test_twenty_rows_of_the_api_take_the_queries_of_two(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    for n in range(number):
        submit(fill(a_draft(cast, f"Try {n:02}"), cast), cast)
    noor = Caller(cast.noor)

    with django_assert_max_num_queries(20):
        listed = noor.get("/api/v1/portfolio/").json()["results"]

    assert len(listed) == number


def render(source: str, **context: Any) -> str:
    return Template("{% load decisions %}" + source).render(Context(context))


def test_the_page_of_an_initiative_shows_gates_next_step_and_flags(running: Initiative, cast: Cast) -> None:
    Flag.objects.create(
        initiative=running,
        kind="S6",
        severity="warn",
        factor="F1",
        addressee=running.sponsor,
        opened_at=MONDAY,
        due_on=SOON,
        words={"code": "review-open", "parameters": {"days": 6}},
    )

    said = {
        tag: render(f"{{% {tag} initiative %}}", initiative=running, me=cast.tom)
        for tag in ("gate_list", "next_step", "open_flag")
    }

    assert said["gate_list"].count("Approved") == 2
    assert "Answer the flag" in said["next_step"]
    assert "has waited 6 days" in said["open_flag"]


@pytest.mark.parametrize(("kind", "name"), [("decider", "Decider"), ("tool_owner", "Tool owner")])
def test_a_flag_may_ask_whoever_watches_an_assumption(running: Initiative, cast: Cast, kind: str, name: str) -> None:
    seat = a_seat(cast, kind, cast.sanne)
    said = {"code": "assumption-broken", "parameters": {"text": "The feed is whole", "because": "It is not"}}
    Flag.objects.create(
        initiative=running, kind="S14", subject="assumption:1", severity="warn", factor="F1", addressee=seat,
        opened_at=MONDAY, due_on=SOON, words=said,
    )  # fmt: skip

    step = render("{% next_step initiative %}", initiative=running)

    assert f"<strong>{cast.sanne}</strong>, {name.lower()}" in step
    assert f"Answer the flag {name} Mon 20 Apr" in cells(page(Caller(cast.noor)), running.title)


def stop(running: Initiative, cast: Cast) -> None:
    said: dict[str, Any] = {
        "by": cast.marieke,
        "at": MONDAY + timedelta(days=7),
        "reason": "Enough",
        "lesson": "Ask earlier",
    }
    lifecycle.stop(initiative=running, expected_version=running.version, **said)


def cells(said: str, title: str) -> str:
    """The row of one initiative, as text."""
    row = next(part for part in said.split("<tr>") if title in part and 'data-label="Realised"' in part)
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


def test_before_the_pilot_a_row_says_nothing_and_after_the_end_what_was_measured(
    running: Initiative, cast: Cast
) -> None:
    fill(a_draft(cast, "A draft"), cast)
    stop(running, cast)

    at_once = page(Caller(cast.noor))
    judged(running, "stalled")
    measured = page(Caller(cast.noor))

    assert "Nothing is measured before the pilot" in cells(at_once, "A draft")
    assert "ended before it could be told" in cells(at_once, running.title)
    assert "+13% +5% to +21%" in cells(measured, running.title)
    assert "too early to tell" not in at_once
    assert 'href=""' not in at_once
