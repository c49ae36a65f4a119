"""A dossier is one text with one hash, replays years later, and tells an edit from a measurement."""

import json
from typing import Any

import pytest
from django.utils import translation

from decisions import dossiers, gate_words
from decisions.dossiers import Dossier
from decisions.gates import Facts
from decisions.models import GateDecision
from decisions.models.cases import read_case
from decisions.services import rules
from initiatives.lifecycle import Gate
from initiatives.verdicts import Status
from ownership import canonical
from tests.decisions.desk import NOW, Desk

FACTS = Facts(
    scores={"F1.1": 2, "F3.6": None, "F2.1": 3},
    has_goal=True,
    is_owner_accepted=False,
    goal=0.12,
    budget=18000.0,
    baseline_coverage=1.0,
    verdict=Status.STALLED,
    domains_without_rules=("Titles",),
    is_payback_known=True,
    payback=11.3,
    horizon_months=12,
)
WRITTEN: dict[str, Any] = {
    "initiative": {"title": "Titles at scale", "budget": 18000},
    "targets": [{"id": 1, "role": "primary", "goal": 0.12}],
    "page_sets": [],
    "kill_criteria": [{"id": 4, "text": "fewer than 19"}],
}


def dossier(facts: Facts = FACTS, gate: Gate = Gate.G3, **parts: Any) -> Dossier:
    return Dossier.of(gate, facts, WRITTEN | parts)


@pytest.mark.parametrize("gate", [Gate.G0, Gate.G1, Gate.G2, Gate.G3])
def test_the_stored_text_gives_its_hash_and_the_same_criteria_again(gate: Gate) -> None:
    made = dossier(gate=gate)

    read = Dossier.read(made.text)

    assert (read, canonical.sha256(read.content)) == (made, made.sha256)
    assert json.loads(canonical.render(dossiers.criteria(read))) == read.content["criteria"]


def test_a_decided_case_replays_from_the_database(asked: GateDecision) -> None:
    stored = Dossier.read(GateDecision.objects.get().dossier)

    assert stored.sha256 == asked.sha256
    assert json.loads(canonical.render(dossiers.criteria(stored))) == stored.content["criteria"]


def test_a_case_has_one_hash_in_all_languages(desk: Desk) -> None:
    with translation.override("nl"):
        rules.draft_rules(
            layer="table",
            domain=desk.domains["bulk_meta"],
            initiative=desk.initiative,
            by=desk.cast.tom,
            at=NOW,
            reason="Begin",
        )
        dutch = read_case(desk.initiative).dossier(Gate.G2)
        wanted = [gate_words.sentence(result) for result in dutch.content["criteria"] if result["code"] == "G2.rules"]
    english = read_case(desk.initiative).dossier(Gate.G2)

    assert dutch.sha256 == english.sha256
    assert wanted == ["Publiceer beslisregels voor elk gebruikt domein: Metadata in bulk."]


def test_measuring_and_accepting_move_the_hash_and_are_no_edit() -> None:
    asked = dossier()

    now = dossier(facts=Facts(is_owner_accepted=True, verdict=Status.REACHED), baselines={"1": "ab"})

    assert now.sha256 != asked.sha256
    assert not now.is_edited_since(asked)


@pytest.mark.parametrize("part", ["initiative", "targets", "page_sets", "kill_criteria"])
def test_writing_is_an_edit(part: str) -> None:
    changed: Any = {"title": "Other"} if part == "initiative" else [{"id": 9}]

    assert dossier(**{part: changed}).is_edited_since(dossier())


def test_more_care_takes_nothing_back() -> None:
    more = dossier(
        targets=[*WRITTEN["targets"], {"id": 2, "role": "guardrail"}],
        kill_criteria=[*WRITTEN["kill_criteria"], {"id": 5, "text": "more than 2 complaints"}],
    )

    assert more.stands_by(dossier())
    assert more.is_edited_since(dossier())


@pytest.mark.parametrize(
    "changed",
    [
        {"initiative": {"title": "Titles at scale", "budget": 25000}},
        {"targets": [{"id": 1, "role": "primary", "goal": 0.06}]},
        {"kill_criteria": []},
    ],
)
def test_other_money_another_goal_or_no_stop_condition_wants_a_new_approval(changed: dict[str, Any]) -> None:
    assert not dossier(**changed).stands_by(dossier())
