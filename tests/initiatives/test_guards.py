"""What the database refuses by itself, to the application, the owner of the tables and a superuser alike."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from initiatives.lifecycle import PAUSABLE, State, next_states
from initiatives.models import Answer, Baseline, CostEntry, Flag, Flip, Initiative, Transition, Verdict
from metrics.models import Kpi
from tests.initiatives.conftest import Refused
from tests.initiatives.rows import AT, a_kpi, a_person, a_target, an_initiative

ALL = ("application", "owner", "superuser")


def sql(statement: str, *values: str | int) -> None:
    """As the application, with the rules that wait for the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def refused(rule: str) -> Iterator[None]:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
    diagnosis = caught.value.__cause__.diag  # type: ignore[union-attr]  # psycopg's error stands behind Django's
    assert diagnosis.constraint_name == rule


def step(initiative: Initiative, to: State) -> Transition:
    return initiative.move(to=to, by=None, at=AT, reason="Because", expected_version=initiative.version)


@pytest.mark.django_db(transaction=True)
def test_nobody_moves_an_initiative_without_a_transition(refusals_of: Refused) -> None:
    initiative = an_initiative()

    answers = refusals_of("UPDATE initiatives_initiative SET state = 'submitted' WHERE id = %s", initiative.pk)

    assert answers == dict.fromkeys(ALL, "initiative_moves_by_a_transition")


@pytest.mark.django_db(transaction=True)
def test_an_old_transition_moves_nothing_again(refusals_of: Refused) -> None:
    initiative = an_initiative()
    with transaction.atomic():
        step(initiative, State.SUBMITTED)
        step(initiative, State.DRAFT)

    answers = refusals_of(
        "UPDATE initiatives_initiative SET state = 'submitted', version = 2 WHERE id = %s", initiative.pk
    )

    assert answers == dict.fromkeys(ALL, "initiative_moves_by_a_transition")


@pytest.mark.django_db(transaction=True)
def test_nobody_writes_a_transition_that_moves_nothing(refusals_of: Refused) -> None:
    initiative = an_initiative()

    answers = refusals_of(
        """INSERT INTO initiatives_transition
            (initiative_id, version, from_state, to_state, at, reason, lesson, criteria)
            VALUES (%s, 1, 'draft', 'submitted', now(), 'Because', '', '[]')""",
        initiative.pk,
    )

    assert answers == dict.fromkeys(ALL, "transition_was_taken")


@pytest.mark.django_db(transaction=True)
def test_a_transition_starts_where_the_initiative_stands(refusals_of: Refused) -> None:
    initiative = an_initiative()

    answers = refusals_of(
        """INSERT INTO initiatives_transition
            (initiative_id, version, from_state, to_state, at, reason, lesson, criteria)
            VALUES (%s, 1, 'review', 'scaling', now(), 'Because', '', '[]')""",
        initiative.pk,
    )

    assert answers == dict.fromkeys(ALL, "transition_starts_where_the_initiative_stands")


@pytest.mark.django_db(transaction=True)
def test_an_initiative_begins_as_a_draft(refusals_of: Refused) -> None:
    initiative = an_initiative()

    columns = [str(field.column) for field in Initiative._meta.concrete_fields if field.column != "id"]
    values = ["'pilot'" if column == "state" else column for column in columns]
    answers = refusals_of(
        f"INSERT INTO initiatives_initiative ({', '.join(columns)}) SELECT {', '.join(values)}"  # noqa: S608  our columns
        f" FROM initiatives_initiative WHERE id = {initiative.pk}"
    )

    assert answers == dict.fromkeys(ALL, "initiative_begins_as_a_draft")


@pytest.mark.django_db
def test_the_database_knows_the_moves_of_the_lifecycle() -> None:
    asked = [(was, to, paused_from) for was in State for to in State for paused_from in (None, *PAUSABLE)]
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT array_agg(initiatives_may_move(was, becomes, paused_from) ORDER BY n)
               FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS t(was, becomes, paused_from, n)""",
            [list(column) for column in zip(*asked, strict=True)],
        )
        (allowed,) = cursor.fetchone()

    assert allowed == [to in next_states(was, paused_from=paused_from) for was, to, paused_from in asked]


@pytest.mark.django_db
def test_a_move_off_the_lifecycle_is_refused_even_with_a_transition() -> None:
    initiative = an_initiative()

    with refused("initiative_moves_along_the_lifecycle"):
        Transition.objects.create(
            initiative=initiative, version=1, from_state="draft", to_state="pilot", at=AT, reason="Because"
        )
        sql("UPDATE initiatives_initiative SET state = 'pilot' WHERE id = %s", initiative.pk)


@pytest.mark.django_db
def test_a_pause_remembers_where_it_began_and_leads_back_there() -> None:
    initiative = an_initiative()

    with refused("initiative_resumes_where_it_was_paused"):
        for state in (State.SUBMITTED, State.BASELINING, State.PAUSED):
            step(initiative, state)
        assert initiative.paused_from == "baselining"
        sql("UPDATE initiatives_initiative SET paused_from = 'scaling' WHERE id = %s", initiative.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["transition", "verdict", "flip", "answer", "costentry"])
def test_what_is_written_once_stays(table: str, refusals_of: Refused) -> None:
    with transaction.atomic():
        one_of_each()

    changed = refusals_of(f"UPDATE initiatives_{table} SET id = id")  # noqa: S608  our tables
    deleted = refusals_of(f"DELETE FROM initiatives_{table}")  # noqa: S608
    emptied = refusals_of(f"TRUNCATE initiatives_{table} CASCADE")

    expected = {"application": "no right"} | dict.fromkeys(ALL[1:], f"initiatives_{table}_is_append_only")
    assert [changed, deleted, emptied] == [expected] * 3


def one_of_each() -> list[Model]:
    initiative = an_initiative()
    target = a_target(initiative, a_kpi())
    verdict = Verdict.objects.create(
        target=target, week=1, status="behind", inputs_sha256="", code_version=1, judged_at=AT
    )
    flag = Flag.objects.create(
        initiative=initiative, kind="S1", severity="warn", factor="F3", opened_at=AT, due_on=AT.date()
    )
    return [
        step(initiative, State.SUBMITTED),
        verdict,
        Flip.objects.create(target=target, verdict=verdict, new="behind", at=AT),
        Answer.objects.create(flag=flag, reply="done", reason="It is back", by=a_person(), at=AT),
        CostEntry.objects.create(initiative=initiative, category="tool", on=AT.date(), amount=10, booked_at=AT),
    ]


def a_baseline(locked: bool) -> Baseline:  # noqa: FBT001  two cases of one test
    return Baseline.objects.create(
        target=a_target(an_initiative(), a_kpi()),
        number=1,
        starts_on=date(2026, 1, 5),
        ends_on=date(2026, 3, 2),
        value=412,
        sd=16,
        n=8,
        coverage=1,
        computed_at=AT,
        locked_by=a_person() if locked else None,
        locked_at=AT if locked else None,
        sha256="0" * 64,
    )


@pytest.mark.django_db(transaction=True)
def test_a_locked_baseline_never_changes(refusals_of: Refused) -> None:
    a_baseline(locked=True)

    changed = refusals_of("UPDATE initiatives_baseline SET value = value + 1")
    unlocked = refusals_of("UPDATE initiatives_baseline SET locked_by_id = NULL, locked_at = NULL")
    deleted = refusals_of("DELETE FROM initiatives_baseline")

    assert [changed, unlocked, deleted] == [dict.fromkeys(ALL, "baseline_that_is_locked_stays")] * 3


@pytest.mark.django_db
def test_a_baseline_that_is_not_locked_can_be_computed_again() -> None:
    baseline = a_baseline(locked=False)

    sql("UPDATE initiatives_baseline SET value = 400 WHERE id = %s", baseline.pk)

    baseline.refresh_from_db()
    assert baseline.value == 400


@pytest.mark.django_db(transaction=True)
def test_a_main_kpi_cannot_be_turned_into_an_output_metric(refusals_of: Refused) -> None:
    kpi = a_kpi()
    a_target(an_initiative(), kpi)

    answers = refusals_of("UPDATE metrics_kpi SET metric_class = 'V', chain = 'none' WHERE id = %s", kpi.pk)

    assert answers == dict.fromkeys(ALL, "target_main_kpi_is_an_outcome")


@pytest.mark.django_db(transaction=True)
def test_a_target_cannot_claim_another_class_than_its_kpi(refusals_of: Refused) -> None:
    kpi = a_kpi("Articles generated", metric_class="V", chain="none")
    a_target(an_initiative(), kpi, role="activity")

    answers = refusals_of("UPDATE initiatives_target SET metric_class = 'O', role = 'primary'")

    assert answers == dict.fromkeys(ALL, "target_class_and_chain_are_those_of_its_kpi")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "metric_class", "chain", "fields", "rule"),
    [
        ("primary", "V", "none", {}, "target_main_kpi_is_an_outcome"),
        ("primary", "L", "none", {}, "target_main_kpi_is_an_outcome"),
        ("primary", "O*", "Demand", {}, "target_main_kpi_is_an_outcome"),
        ("secondary", "V", "none", {}, "target_output_is_activity_only"),
        ("activity", "O", "Demand", {}, "target_output_is_activity_only"),
        ("guardrail", "G", "none", {}, "target_guardrail_has_a_margin"),
        ("secondary", "L", "none", {"value": 5}, "target_value_only_on_an_outcome"),
        ("secondary", "O", "none", {"value": 5}, "target_value_only_on_an_outcome"),
    ],
)
def test_the_vanity_guard_stands_in_the_database(
    role: str, metric_class: str, chain: str, fields: dict[str, int], rule: str
) -> None:
    kpi = a_kpi(metric_class=metric_class, chain=chain)
    value = fields.get("value")

    with refused(rule):
        a_target(an_initiative(), kpi, role, value_low=value, value_likely=value, value_high=value)


@pytest.mark.django_db
def test_an_initiative_values_one_kpi_per_chain() -> None:
    initiative = an_initiative()
    worth: dict[str, Any] = {"value_low": 1, "value_likely": 1, "value_high": 1}
    a_target(initiative, a_kpi("Leads"), **worth)

    with refused("target_values_one_kpi_per_chain"):
        a_target(initiative, a_kpi("Revenue"), "secondary", **worth)


def submitted(kpi_share: float) -> Initiative:
    """A live initiative that claims a share of the leads."""
    kpi = Kpi.objects.filter(name="Leads").first() or a_kpi("Leads")
    initiative = an_initiative()
    a_target(initiative, kpi, attribution=kpi_share, value_low=1, value_likely=1, value_high=1)
    step(initiative, State.SUBMITTED)
    return initiative


@pytest.mark.django_db
def test_live_initiatives_cannot_claim_more_than_the_whole_of_a_kpi() -> None:
    submitted(0.7)
    submitted(0.3)
    sql("SELECT 1")

    with refused("target_shares_of_a_kpi_add_up_to_one_at_most"):
        submitted(0.1)
        sql("SELECT 1")


@pytest.mark.django_db
def test_a_stopped_initiative_gives_its_share_back() -> None:
    first = submitted(0.7)
    step(first, State.STOPPED)

    submitted(0.7)

    sql("SELECT 1")


@pytest.mark.django_db
def test_a_share_cannot_be_raised_beyond_what_is_left() -> None:
    submitted(0.7)
    second = submitted(0.3)
    sql("SELECT 1")

    with refused("target_shares_of_a_kpi_add_up_to_one_at_most"):
        sql("UPDATE initiatives_target SET attribution = 0.31 WHERE initiative_id = %s", second.pk)


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_claim_a_third_at_once_three_get_it() -> None:
    kpi = a_kpi("Leads")
    initiatives = [an_initiative() for _ in range(8)]
    for initiative in initiatives:
        a_target(initiative, kpi, attribution=1 / 3, value_low=1, value_likely=1, value_high=1)

    def claim(initiative: Initiative) -> bool:
        try:
            with transaction.atomic():
                step(initiative, State.SUBMITTED)
        except IntegrityError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(claim, initiatives))

    assert claimed.count(True) == 3
    assert Initiative.objects.filter(state="submitted").count() == 3
