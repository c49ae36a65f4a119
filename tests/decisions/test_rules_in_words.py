"""Rules, answers and traces as a reader gets them."""

from typing import Any

import pytest
from django.utils import translation

from decisions import cell_words, rules, standard, words
from decisions.rules import Answer, Authority
from tests.decisions.test_golden_cases import DOMAINS, LONG_TAIL, MONEY, QUIET, SCHEMAS, program


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def table(domain: str) -> rules.Table:
    return rules.read_table(DOMAINS[domain].rules, SCHEMAS[domain])


FLOOR = rules.read_table(standard.FLOOR, rules.read_schema(standard.floor_facts()))


def told(domain: str, facts: dict[str, Any], **options: Any) -> dict[str, str]:
    """The trace of a case in words, by row."""
    known = {name: value for name, value in ({"domain": domain} | QUIET | facts).items() if value is not None}
    answer, trace = program(domain, **options).explain(known)
    rows = {row.code: row for row in (*table(domain).rows, *FLOOR.rows)}
    assert isinstance(answer, Answer)
    decided = words.Decided(answer.layer, answer.code, answer.authority)
    steps = words.trace([(line, rows[line.code]) for line in trace], known, decided)
    return {step.code: str(step) for step in steps}


@pytest.mark.parametrize(
    ("fact", "cell", "expected"),
    [
        ("ai_confidence", {"gte": 0.8}, "80% or more"),
        ("ai_confidence", {"gt": 0.025}, "over 2.5%"),
        ("clicks_28d", {"lt": 1000}, "under 1,000"),
        ("clicks_28d", {"lte": 50}, "50 or less"),
        ("clicks_28d", {"gte": 20, "lt": 50}, "20 or more and under 50"),
        ("clicks_28d", {"eq": 7}, "7"),
        ("page_class", {"in": ["long_tail", "money"]}, "money or long tail"),
        ("page_class", {"not_in": ["support"]}, "not support"),
        ("on_hold", {"eq": True}, "yes"),
    ],
)
def test_a_cell_reads_as_in_the_table(fact: str, cell: dict[str, Any], expected: str) -> None:
    row = {"code": "T1", "when": {fact: cell}, "then": {"authority": "block", "because": "Test."}}

    read = rules.read_table({"rows": [row]}, SCHEMAS["title_rewrite"])

    assert cell_words.cell(read.rows[0].when[0]) == expected


def test_a_row_reads_as_a_sentence_and_its_duties() -> None:
    t1, _, t3 = table("title_rewrite").rows

    assert words.conditions(t3) == "Long tail, AI confidence 80% or more, Track record 60% or more"
    assert words.duties(t3.then) == ["1 in 10 waits for a person", "can be undone for 14 days"]
    assert words.duties(t1.then) == ["20% of pages for 28 days", "guarded: money-page conversion"]
    assert words.duties(table("link_outreach").rows[3].then) == ["at most 15 changes a day", "can be undone for 7 days"]


def test_the_trace_says_why_each_row_did_or_did_not_decide() -> None:
    lines = told("title_rewrite", LONG_TAIL | {"track_record_lb": None})

    assert lines["T3"] == "T3 did not decide: no track record yet (needs 60% or more)."
    assert lines["T1"] == (
        "T1 did not apply: the page is long tail, not money; clicks, 28 days: 40 (needs 1,000 or more)."
    )
    assert lines["F6"] == "F6 did not apply: the initiative is not on hold."
    assert lines["DEFAULT"] == "No rule is known to fit, so the default counts: person decides."


def test_the_trace_says_when_an_unknown_fact_decides() -> None:
    lines = told("title_rewrite", MONEY | {"clicks_28d": None})

    assert lines["T1"] == "T1 may apply, so it decides: clicks, 28 days: not known (needs 1,000 or more)."


def test_every_level_fact_and_value_of_the_standard_has_its_words() -> None:
    names = {fact["name"] for fact in standard.floor_facts()}
    values = {value for fact in standard.floor_facts() for value in fact.get("values", [])}

    assert set(words.AUTHORITIES) == set(words.MEANINGS) == set(Authority)
    assert names == set(cell_words.FACTS)
    assert values == set(cell_words.VALUES)
