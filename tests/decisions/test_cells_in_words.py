"""Conditions as people type them: what is shown can be typed back, in both languages."""

from random import Random
from typing import Any

import pytest
from django.utils import translation

from decisions import cell_words, fact_fields, rules, standard
from decisions.rules import read_cell
from tests.decisions.random_rules import SCHEMA, cell

DOMAINS = {domain.key: rules.read_schema(domain.facts + standard.common([domain.key])) for domain in standard.DOMAINS}
FLOOR = rules.read_schema(standard.floor_facts())
FACTS = {**SCHEMA, **DOMAINS["title_rewrite"]}
STANDARD = [
    (schema[name], spec)
    for schema, table in [(FLOOR, standard.FLOOR), *((DOMAINS[one.key], one.rules) for one in standard.DOMAINS)]
    for row in table["rows"]
    for name, spec in row["when"].items()
    if schema[name].type != "boolean"  # which is chosen, not typed
]
MONEY = rules.read_schema([{"name": "margin", "type": "money", "unit": "EUR", "source": "kpi"}])["margin"]
TYPED = [name for name, fact in SCHEMA.items() if fact.type != "boolean"]


def meaning(fact: rules.Fact, spec: dict[str, Any]) -> tuple[Any, ...] | None:
    """What must be the same; None where no value can fit."""
    try:
        read = read_cell(fact, spec)
    except rules.Wrong:
        return None
    return read.members, read.low, read.low_included, read.high, read.high_included


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_cell_of_the_standard_rules_is_read_as_it_is_shown(language: str) -> None:
    with translation.override(language):
        wrong = [
            (said, found, spec)
            for fact, spec in STANDARD
            if meaning(fact, found := cell_words.read(fact, said := cell_words.cell(read_cell(fact, spec))))
            != meaning(fact, spec)
        ]

    assert len(STANDARD) > 15
    assert wrong == []


@pytest.mark.parametrize("language", ["en", "nl"])
def test_any_cell_is_read_as_it_is_shown(language: str) -> None:
    random, wrong = Random(14), []
    with translation.override(language):
        for _case in range(500):
            fact, scale = SCHEMA[random.choice(TYPED)], random.choice([1, 0.12345678, 0.04936, 1e-7])
            spec = cell(random, fact.name)
            if fact.type == "ratio":  # as precise as a tool may have written it
                spec = {key: end * scale for key, end in spec.items()}
            if meaning(fact, spec) is None:
                continue
            said = cell_words.cell(read_cell(fact, spec))
            if meaning(fact, found := cell_words.read(fact, said)) != meaning(fact, spec):
                wrong.append((said, found, spec))

    assert wrong == []


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_example_works(language: str) -> None:
    with translation.override(language):
        for fact in (fact for schema in (FLOOR, SCHEMA) for fact in schema.values() if fact.type != "boolean"):
            for example in cell_words.examples(fact):
                assert read_cell(fact, cell_words.read(fact, example)), example


@pytest.mark.parametrize(
    ("language", "fact", "typed", "expected"),
    [
        ("en", "clicks_28d", "Clicks, 28 days: 1,000 or more", {"gte": 1000}),
        ("en", "clicks_28d", "at least 1000", {"gte": 1000}),
        ("en", "clicks_28d", "clicks_28d >= 1000", {"gte": 1000}),
        ("en", "clicks_28d", "≤ 50", {"lte": 50}),
        ("en", "clicks_28d", "between 20 and 1,000", {"gte": 20, "lte": 1000}),
        ("en", "clicks_28d", "more than 20 and less than 50", {"gt": 20, "lt": 50}),
        ("en", "clicks_28d", "minstens 20", {"gte": 20}),
        ("nl", "clicks_28d", "Kliks, 28 dagen: 1.000 of meer", {"gte": 1000}),
        ("nl", "clicks_28d", "tussen 20 en 1.000", {"gte": 20, "lte": 1000}),
        ("nl", "clicks_28d", "20 tot en met 1.000", {"gte": 20, "lte": 1000}),
        ("nl", "clicks_28d", "20 t/m 50", {"gte": 20, "lte": 50}),
        ("nl", "clicks_28d", "20 to 50", {"gte": 20, "lte": 50}),
        ("en", "clicks_28d", "20 to 50", {"gte": 20, "lte": 50}),
        ("nl", "clicks_28d", "meer dan 20", {"gt": 20}),
        ("nl", "clicks_28d", "20 or more", {"gte": 20}),
        ("en", "ai_confidence", "AI confidence 80% or more", {"gte": 0.8}),
        ("en", "ai_confidence", "between 20 and 80%", {"gte": 0.2, "lte": 0.8}),
        ("en", "ai_confidence", ">= 0.8", {"gte": 0.8}),
        ("nl", "ai_confidence", ">= 0.8", {"gte": 0.8}),
        ("nl", "ai_confidence", "minder dan 2,5 %", {"lt": 0.025}),
        ("en", "page_class", "is one of money, support", {"in": ["money", "support"]}),
        ("en", "page_class", "Money or long_tail", {"in": ["money", "long_tail"]}),
        ("en", "page_class", "health or money advice or money", {"in": ["ymyl", "money"]}),
        ("en", "page_class", "not in support, ymyl", {"not_in": ["support", "ymyl"]}),
        ("nl", "page_class", "geen van geld, support", {"not_in": ["money", "support"]}),
        ("en", "value", "€2.50 or more", {"gte": 2.5}),
        ("en", "value", "under 2.50 EUR", {"lt": 2.5}),
        ("nl", "value", "€ 2,50 of meer", {"gte": 2.5}),
        ("en", "due", "after Friday 18 December 2026", {"gt": "2026-12-18"}),
        ("en", "due", "December 18, 2026 or later", {"gte": "2026-12-18"}),
        ("en", "due", "vanaf 2027-01-01", {"gte": "2027-01-01"}),
        ("en", "due", "na ma. 4 januari 2027", {"gt": "2027-01-04"}),
        ("nl", "due", "18-12-2026 of later", {"gte": "2026-12-18"}),
        ("nl", "due", "vrijdag 18-12-2026 of later", {"gte": "2026-12-18"}),
        ("nl", "due", "before 2027-01-01", {"lt": "2027-01-01"}),
        ("nl", "due", "voor 1 februari 2027", {"lt": "2027-02-01"}),
    ],
)
def test_people_write_it_their_own_way(language: str, fact: str, typed: str, expected: dict[str, Any]) -> None:
    with translation.override(language):
        assert cell_words.read(FACTS[fact], typed) == expected


@pytest.mark.parametrize(
    ("fact", "typed"),
    [
        ("clicks_28d", "about 1000"),
        ("clicks_28d", "1.000 of meer"),  # in English: one, or a Dutch thousand
        ("clicks_28d", "1.000 or more"),
        ("clicks_28d", "20 or more and 30 or more"),
        ("clicks_28d", "€20 or more"),
        ("ai_confidence", "0.8 or more"),  # nearly nothing, or 80%
        ("value", "$2.50 or more"),
        ("page_class", "money and gold"),
        ("page_class", "not known"),
        ("due", "01-02-2027 or later"),  # in English: either
        ("due", "tomorrow"),
        ("due", "after December 2026"),  # its first day, or its last
        ("due", "before week 7 2026"),
        ("due", "not 18-12-2026"),
        ("due", "until 2027-01-01"),  # with that day, or without
        ("due", "except 2027-01-01"),
        ("due", "no 18-12-2026 or later"),
        ("due", "after Monday 18 December 2026"),  # which is a Friday
        ("value", "2€50 or more"),
        ("clicks_28d", "20 tot 50"),  # with 50, or without
    ],
)
def test_what_could_mean_two_things_or_nothing_is_not_guessed(fact: str, typed: str) -> None:
    with translation.override("en"), pytest.raises(cell_words.Unreadable):
        cell_words.read(FACTS[fact], typed)


@pytest.mark.parametrize(
    ("fact", "typed"), [("due", "after 01/02/2027"), ("due", "tot 1-2-2027"), ("clicks_28d", "20 tot 50")]
)
def test_nor_is_it_in_dutch(fact: str, typed: str) -> None:
    with translation.override("nl"), pytest.raises(cell_words.Unreadable):
        cell_words.read(FACTS[fact], typed)


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("spec", [{"gte": -20}, {"lt": -2.5}, {"gte": -20, "lte": 1000}, {"gt": -20, "lt": 20}])
def test_a_loss_is_read_as_it_is_shown(language: str, spec: dict[str, Any]) -> None:
    with translation.override(language):
        assert cell_words.read(MONEY, cell_words.cell(read_cell(MONEY, spec))) == spec


@pytest.mark.parametrize("typed", ["-€20 or more", "€-20 or more", "-20 EUR or more", "-20 or more"])
def test_a_loss_is_typed_with_its_sign_at_either_end(typed: str) -> None:
    with translation.override("en"):
        assert cell_words.read(MONEY, typed) == {"gte": -20}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"type": "ratio", "min": 0.011, "max": 0.014}, "1.34% or more"),
        ({"type": "ratio", "min": 0.012, "max": 0.012}, "1.2% or more"),
        ({"type": "number", "max": 100}, "80 or more"),
        ({"type": "number", "max": -5}, "−25 or more"),
        ({"type": "number", "min": 5000}, "6,000 or more"),
        ({"type": "number", "min": 0}, "1,000 or more"),
        ({"type": "number", "min": 0, "max": 1, "integer": True}, "1 or more"),
        ({"type": "money", "unit": "EUR", "max": 0}, "−€20 or more"),
        ({"type": "money", "unit": "EUR", "min": 0.015, "max": 0.03}, "€0.03 or more"),
    ],
)
def test_examples_lie_within_what_the_fact_can_be(limits: dict[str, Any], expected: str) -> None:
    fact = rules.read_schema([{"name": "figure", "source": "tool", **limits}])["figure"]

    with translation.override("en"):
        examples = cell_words.examples(fact)
        read = [read_cell(fact, cell_words.read(fact, example)) for example in examples]

    assert examples[0].replace("\N{WORD JOINER}", "") == expected
    assert len(read) == 3


def test_what_no_value_can_be_has_no_examples() -> None:
    raw = {"name": "figure", "type": "number", "source": "tool", "integer": True, "min": 0.2, "max": 0.8}

    assert cell_words.examples(rules.read_schema([raw])["figure"]) == []


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"type": "number", "integer": True, "min": 0.5, "max": 7}, "between 0.5 and 7"),
        ({"type": "money", "unit": "EUR", "min": 0.015}, "€0.02 or more"),
        ({"type": "ratio"}, "between 0% and 100%"),
    ],
)
def test_limits_that_no_value_can_meet_are_said_all_the_same(limits: dict[str, Any], expected: str) -> None:
    fact = rules.read_schema([{"name": "figure", "source": "tool", **limits}])["figure"]

    with translation.override("en"):
        assert cell_words.reach(fact) == expected


def states(*values: str) -> rules.Fact:
    raw = {"name": "state", "type": "enum", "values": list(values), "source": "tool"}
    return rules.read_schema([raw])["state"]


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    ("values", "typed"),
    [
        (["indexed", "not_indexed", "blocked"], "not indexed"),
        (["money", "support", "money_or_support"], "money or support"),
        (["title_rewrite", "page_titles"], "page titles"),
        (["any", "some"], "any"),
    ],
)
def test_one_text_for_two_cells_is_not_guessed_and_each_is_shown_so_that_it_can_be_typed(
    language: str, values: list[str], typed: str
) -> None:
    fact = states(*values)
    cells = [{key: members} for key in ("in", "not_in") for members in ([values[0]], [values[1]], values[:2])]
    with translation.override("en"), pytest.raises(cell_words.Unreadable):
        cell_words.read(fact, typed)

    with translation.override(language):
        for spec in cells:
            if (meant := meaning(fact, spec)) is not None:
                assert meaning(fact, cell_words.read(fact, cell_words.cell(read_cell(fact, spec)))) == meant


def test_dutch_says_that_both_ends_belong_to_it() -> None:
    with translation.override("nl"):
        assert cell_words.cell(read_cell(FACTS["clicks_28d"], {"gte": 20, "lte": 50})) == "20 tot en met 50"


@pytest.mark.parametrize("typed", ["any", "Any", " alles ", "Alle", "Clicks, 28 days: any"])
def test_any_is_typed_as_it_is_shown(typed: str) -> None:
    with translation.override("en"):
        assert cell_words.read(FACTS["clicks_28d"], typed) == {}


def test_every_tenth_of_a_percent_is_the_share_that_a_cell_means() -> None:
    fact = FLOOR["revenue_share"]
    with translation.override("en"):
        tenths = [f"{tenth / 10:.1f}" for tenth in range(1, 1000)]
        wrong = [
            tenth
            for tenth in tenths
            if {"gte": fact_fields.field(fact).clean(tenth)} != cell_words.read(fact, f"{tenth}% or more")
        ]

    assert wrong == []


def test_a_share_may_be_what_its_limits_say() -> None:
    limits = {"name": "share", "type": "ratio", "source": "tool", "min": 0.07, "max": 0.57}
    field = fact_fields.field(rules.read_schema([limits])["share"])

    assert [field.clean(typed) for typed in ("7", "57")] == [0.07, 0.57]
