"""The rule sets that an organisation starts with, and what they answer: the examples people agreed on."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest

from decisions import rules, standard
from decisions.rules import Answer, Authority, Default, Edition, Program

TODAY = date(2026, 9, 14)
UNKNOWN = None
DOMAINS = {domain.key: domain for domain in standard.DOMAINS}
SCHEMAS = {
    key: {
        name: replace(fact, required=False)
        for name, fact in rules.read_schema(domain.facts + standard.common(DOMAINS)).items()
    }
    for key, domain in DOMAINS.items()
}
FLOOR = Edition(rules.read_table(standard.FLOOR, rules.read_schema(standard.floor_facts())))
QUIET: dict[str, Any] = {
    "strategic": False,
    "guardrail_breached": False,
    "in_freeze_window": False,
    "role_vacant": False,
    "on_hold": False,
    "pages_today": 3,
    "changes_today": 0,
}
E1 = {
    "rows": [
        {
            "code": "E1",
            "when": {"page_class": {"in": ["money"]}},
            "then": {"authority": "human_confirms", "because": "Two weeks of sale."},
        }
    ]
}

LONG_TAIL = {"page_class": "long_tail", "clicks_28d": 40, "ai_confidence": 0.86, "track_record_lb": 0.66}
MONEY = {"page_class": "money", "ai_confidence": 0.95, "clicks_28d": 300, "track_record_lb": 0.66}
MANY_CLICKS = MONEY | {"clicks_28d": 5200}
OUTREACH = {
    "toxic_score": 10.0,
    "topical_relevance": 0.8,
    "existing_relation": False,
    "link_exchange": False,
    "paid_link": False,
}
LINKS = {"links_changed": 12, "touches_nav": False, "track_record_lb": 0.71}
BULK = {"pages": 900, "revenue_share": 0.12, "pages_today": 150}
FEW = {"pages": 12, "revenue_share": 0.01}

GOLDEN: list[tuple[str, str, dict[str, Any], str]] = [
    ("1", "title_rewrite", LONG_TAIL, "ai_sampled T3"),
    ("2 no record", "title_rewrite", LONG_TAIL | {"track_record_lb": UNKNOWN}, "human_decides DEFAULT"),
    ("2 expired", "title_rewrite", LONG_TAIL, "human_decides DEFAULT"),
    ("3 open", "title_rewrite", LONG_TAIL | {"guardrail_breached": True}, "human_confirms F3"),
    ("3 unknown", "title_rewrite", LONG_TAIL | {"guardrail_breached": UNKNOWN}, "human_confirms F3"),
    ("4", "title_rewrite", MONEY, "human_confirms T2"),
    ("5", "title_rewrite", MANY_CLICKS, "experiment T1"),
    ("5 unknown", "title_rewrite", MONEY | {"clicks_28d": UNKNOWN}, "experiment T1"),
    ("6 exception", "title_rewrite", MANY_CLICKS, "human_confirms E1"),
    ("7 exception", "title_rewrite", MANY_CLICKS | {"on_hold": True}, "human_decides F6"),
    ("8", "content_draft", {"ymyl": True}, "two_person C1"),
    ("8 unknown", "content_draft", {"ymyl": UNKNOWN}, "two_person C1"),
    ("9", "content_draft", {"ymyl": False}, "human_confirms C2"),
    ("10", "link_outreach", OUTREACH, "ai_notify L4"),
    ("11", "link_outreach", OUTREACH | {"existing_relation": True}, "human_decides L3"),
    ("12", "link_outreach", OUTREACH | {"paid_link": True}, "block F1"),
    ("13", "link_outreach", OUTREACH | {"link_exchange": UNKNOWN}, "block L2"),
    ("14", "internal_links", LINKS, "ai_wins I2"),
    ("15", "internal_links", LINKS | {"touches_nav": True}, "human_decides I1"),
    ("15 unknown", "internal_links", LINKS | {"touches_nav": UNKNOWN}, "human_decides I1"),
    ("16", "internal_links", LINKS | {"in_freeze_window": True}, "human_confirms F5"),
    ("17", "bulk_meta", BULK, "experiment B1"),
    ("18", "bulk_meta", BULK | {"pages_today": 900}, "block F2"),
    ("19", "bulk_meta", FEW, "ai_notify B3"),
    ("20", "bulk_meta", FEW | {"role_vacant": True}, "human_confirms F4"),
    ("21", "bulk_meta", {"pages": 100, "revenue_share": 0.3}, "human_decides DEFAULT"),
    ("strategic", "bulk_meta", FEW | {"strategic": True}, "human_decides F7"),
]


def program(domain: str, *, review_by: date | None = None, is_excepted: bool = False) -> Program:
    schema = SCHEMAS[domain]
    return Program(
        schema=schema,
        floor=FLOOR,
        table=Edition(rules.read_table(DOMAINS[domain].rules, schema), review_by),
        exceptions=[Edition(rules.read_table(E1, schema))] if is_excepted else [],
        default=Default(Authority.HUMAN_DECIDES, DOMAINS[domain].decider, sla_days=5),
        on=TODAY,
    )


@pytest.mark.parametrize(("case", "domain", "facts", "expected"), GOLDEN, ids=[case for case, *_ in GOLDEN])
def test_the_golden_cases_are_answered_as_agreed(case: str, domain: str, facts: dict[str, Any], expected: str) -> None:
    known = {name: v for name, v in ({"domain": domain} | QUIET | facts).items() if v is not UNKNOWN}
    yesterday = date(2026, 9, 13) if "expired" in case else None

    answer = program(domain, review_by=yesterday, is_excepted="exception" in case).evaluate(known)

    assert isinstance(answer, Answer)
    assert f"{answer.authority.key} {answer.code}" == expected


def test_an_answer_carries_decider_time_limit_and_duties() -> None:
    titles = program("title_rewrite").evaluate({"domain": "title_rewrite"} | QUIET | MANY_CLICKS)
    drafts = program("content_draft").evaluate({"domain": "content_draft"} | QUIET | {"ymyl": True})

    assert isinstance(titles, Answer)
    assert (titles.decider, titles.sla_days, titles.on_timeout) == ("SEO lead", 5, "escalate")
    assert titles.duties == rules.Duties(canary_share=0.2, canary_days=28, guardrails=("g_money_cvr",))
    assert isinstance(drafts, Answer)
    assert (drafts.decider, drafts.second, drafts.sla_days, drafts.on_timeout) == (
        "Subject expert",
        "Editor",
        10,
        "hold",
    )
    assert drafts.duties.evidence == ("sources", "fact_check")


def test_a_row_that_may_apply_brings_its_duties_along() -> None:
    unsure = LONG_TAIL | {"track_record_lb": None}
    known = {k: v for k, v in ({"domain": "title_rewrite"} | QUIET | unsure).items() if v is not None}

    answer = program("title_rewrite").evaluate(known)

    assert isinstance(answer, Answer)
    assert (answer.authority, answer.duties.sample, answer.duties.revert_days) == (Authority.HUMAN_DECIDES, 0.1, 14)


def test_required_facts_are_asked_for_before_anything_is_answered() -> None:
    schema = rules.read_schema(standard.common(DOMAINS) + DOMAINS["link_outreach"].facts)
    outreach = Program(
        schema=schema,
        floor=FLOOR,
        table=Edition(rules.read_table(DOMAINS["link_outreach"].rules, schema)),
        default=Default(Authority.HUMAN_DECIDES, "Outreach lead", sla_days=5),
        on=TODAY,
    )

    answer, trace = outreach.explain({"domain": "link_outreach"} | QUIET)

    assert answer == rules.NeedsFacts(("paid_link", "existing_relation"))
    assert {line.hit for line in trace} == {"-"}


def test_the_trace_tells_every_row_and_cell() -> None:
    known = {"domain": "internal_links"} | QUIET | LINKS | {"touches_nav": True}

    _, trace = program("internal_links").explain(known)

    by_code = {line.code: (line.hit, line.cells) for line in trace}
    assert by_code["I1"] == ("T", "T")
    assert by_code["I2"] == ("-", "--"), "the policy is `first`, so nothing is read after I1"
    assert by_code["F1"] == ("F", "F?")
    assert by_code["F2"] == ("F", "F")


def test_a_draw_cannot_be_repeated_and_takes_its_share() -> None:
    def drawn(number: int, key: bytes = b"k" * 32) -> bool:
        return rules.is_drawn(key=key, domain="title_rewrite", target=f"/{number}", proposal={"title": "A"}, share=0.1)

    draws = [drawn(n) for n in range(5000)]

    assert draws == [drawn(n) for n in range(5000)]
    assert draws != [drawn(n, b"other") for n in range(5000)]
    assert 420 < sum(draws) < 580  # 500 expected, sd 21


def complete(domain: str, random: Random) -> dict[str, rules.Value]:
    """Every fact of a domain, around the bounds that its rules have."""

    def value(fact: rules.Fact) -> rules.Value:
        if fact.type is rules.FactType.BOOLEAN:
            return random.random() < 0.15
        if fact.type is rules.FactType.ENUM:
            return random.choice(fact.values)
        if fact.type is rules.FactType.RATIO:
            return random.choice([0.01, 0.05, 0.3, 0.6, 0.7, 0.8, 0.95])
        return random.choice([3, 20, 21, 29, 50, 60, 150, 201, 999, 1000])

    return {name: value(fact) for name, fact in SCHEMAS[domain].items()} | {"domain": domain}


def test_deleting_facts_never_loosens_the_rules_people_agreed_on() -> None:
    random = Random(203)
    programs = {domain: program(domain) for domain in DOMAINS}
    tightened = 0

    for _ in range(20_000):
        domain = random.choice(list(DOMAINS))
        known = complete(domain, random)
        fewer = {name: value for name, value in known.items() if name == "domain" or random.random() < 0.8}
        before, after = programs[domain].evaluate(known), programs[domain].evaluate(fewer)
        assert isinstance(before, Answer)
        assert isinstance(after, Answer)
        assert after.authority <= before.authority
        tightened += after.authority < before.authority

    assert tightened > 2_000
