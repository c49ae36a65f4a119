"""What holds for the rules holds for what an AI tool is answered."""

from random import Random
from typing import Any

from decisions.rules import Authority
from tests.cast import Caller
from tests.decisions.desk import Desk

FACTS: dict[str, dict[str, list[Any]]] = {
    "title_rewrite": {
        "page_class": ["money", "long_tail", "support"],
        "clicks_28d": [40, 999, 1000, 5200],
        "ai_confidence": [0.5, 0.8, 0.95],
        "track_record_lb": [0.3, 0.6, 0.8],
    },
    "link_outreach": {
        "toxic_score": [10, 30, 60],
        "link_exchange": [True, False, False],
        "paid_link": [True, False, False, False],
        "existing_relation": [True, False],
        "topical_relevance": [0.5, 0.7, 0.9],
    },
}
KEPT: dict[str, list[Any]] = {
    "guardrail_breached": [True, False, False],
    "on_hold": [True, False, False],
    "in_freeze_window": [True, False, False],
    "role_vacant": [True, False, False],
    "pages_today": [3, 200, 201],
}


def test_a_fact_that_becomes_unknown_never_widens_the_ai_s_mandate(desk: Desk) -> None:
    random, tom = Random(7), Caller(desk.cast.tom)
    for domain in FACTS:
        desk.publish(domain)

    def authority(domain: str, facts: dict[str, Any]) -> Authority | None:
        body: dict[str, Any] = {"initiative": desk.initiative.pk, "subject": "/p/sofa", "facts": facts}
        answer = tom.post(f"/api/v1/domains/{domain}/try/", **body)
        assert answer.status_code == 200, answer.content
        said = answer.json()["authority"]
        return Authority.of(said) if said else None

    tightened = 0
    for _ in range(40):
        domain = random.choice(list(FACTS))
        known = {name: random.choice(values) for name, values in (FACTS[domain] | KEPT).items()}
        fewer = {name: None if random.random() < 0.4 else value for name, value in known.items()}
        before, after = authority(domain, known), authority(domain, fewer)
        assert before is not None
        assert after is None or after <= before
        tightened += after is None or after < before

    assert tightened > 5
