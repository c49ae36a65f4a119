"""Sixteen tools post at once: one key is one recommendation, and no cap is overrun."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.db import connection

from decisions.models import Evaluation, Recommendation, RuleSetVersion
from decisions.services import intake
from tests import cluster
from tests.cast import assemble
from tests.decisions.desk import NOW, Desk, set_up

THREADS, CAP = 16, 5
PROPOSAL = {"title": "Internal links for the guides"}


@pytest.fixture
def desk(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("ownership.clock.now", lambda: NOW)
    return set_up(assemble())


def capped(desk: Desk) -> None:
    """Rules under which AI wins five times a day and no oftener."""
    then = {"authority": "ai_wins", "because": "Easily undone.", "caps": {"changes_per_day": CAP}}
    desk.publish("title_rewrite", table=[{"code": "T1", "when": {}, "then": then}])


def at_once(desk: Desk, keys: list[str]) -> list[str]:
    """The state of each recommendation, posted by as many threads in the same moment."""
    together = Barrier(len(keys))

    def post(key: str) -> str:
        together.wait()
        try:
            posted: dict[str, Any] = {"source": "linker", "key": key, "subject": "/guide/a", "proposal": PROPOSAL}
            row, _is_new = intake.recommend(
                domain=desk.domains["title_rewrite"],
                initiative=desk.initiative,
                facts={},
                by=desk.cast.eva,
                at=NOW,
                **posted,
            )
            return row.state
        finally:
            connection.close()

    with ThreadPoolExecutor(len(keys)) as tools:
        return list(tools.map(post, keys))


@pytest.mark.django_db(transaction=True)
def test_one_key_from_sixteen_threads_is_one_grant(desk: Desk) -> None:
    capped(desk)

    states = at_once(desk, ["the same"] * THREADS)

    assert states == ["granted"] * THREADS
    assert Recommendation.objects.count() == Evaluation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_cap_is_not_overrun_by_sixteen_threads(desk: Desk) -> None:
    capped(desk)

    states = [state for round_ in range(3) for state in at_once(desk, [f"{round_}-{n}" for n in range(THREADS)])]

    assert sorted(states) == ["granted"] * CAP + ["waiting"] * (3 * THREADS - CAP)


@pytest.mark.django_db(transaction=True)
def test_a_superuser_cannot_change_published_rules_either(desk: Desk, request: pytest.FixtureRequest) -> None:
    capped(desk)
    databases, name = request.config.stash[cluster.DATABASES], str(connection.settings_dict["NAME"])
    before = RuleSetVersion.objects.values_list("table", "sha256", "state").get()

    for statement in (
        "UPDATE decisions_rulesetversion SET \"table\" = '[]', state = 'retired'",
        "UPDATE decisions_rulesetversion SET author_id = publisher_id",
        "UPDATE decisions_rulesetversion SET state = 'draft', publisher_id = NULL, published_at = NULL",
    ):
        with pytest.raises(psycopg.errors.CheckViolation):
            databases.execute(statement, dbname=name)

    assert RuleSetVersion.objects.values_list("table", "sha256", "state").get() == before
