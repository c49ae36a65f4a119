"""What an organisation starts with: the floor, five domains with their facts, and a rule set for each.

Plain JSON values, as they are stored: names and reasons in English, which each reader gets in their own language until
somebody writes others. An organisation edits copies; of the floor it may only make rows stricter.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from ownership.refusals import gettext_noop as _

Json = dict[str, Any]


class Domain(NamedTuple):
    """A kind of proposal that AI tools make: what may be asked about it, and the rules it starts with."""

    key: str
    name: str
    decider: str  # a decider seat, by title
    facts: list[Json]  # beside those common to all
    rules: Json
    is_strategic: bool = False


def _fact(name: str, kind: str, source: str, **rest: Any) -> Json:
    return {"name": name, "type": kind, "source": source, **rest}


PAGE_CLASSES: Final = ["money", "ymyl", "long_tail", "support"]


def common(domain_keys: Iterable[str]) -> list[Json]:
    """What Mandate itself knows about every recommendation; `domain` is always known."""
    return [
        _fact("domain", "enum", "mandate", values=list(domain_keys)),
        _fact("strategic", "boolean", "mandate"),
        _fact("track_record_lb", "ratio", "mandate"),
        _fact("changes_today", "number", "mandate", integer=True, min=0),
        _fact("pages_today", "number", "mandate", integer=True, min=0),
        _fact("guardrail_breached", "boolean", "mandate"),
        _fact("in_freeze_window", "boolean", "mandate"),
        _fact("role_vacant", "boolean", "mandate"),
        _fact("on_hold", "boolean", "mandate"),
    ]


def _row(code: str, when: Json, authority: str, because: str, **then: Any) -> Json:
    return {"code": code, "when": when, "then": {"authority": authority, "because": because, **then}}


_FLOOR_1: Final[Json] = {
    "hit_policy": "restrictive",
    "rows": [
        _row(
            "F1",
            {"domain": {"in": ["link_outreach"]}, "paid_link": {"eq": True}},
            "block",
            _("Bought links break the search engines' rules."),
        ),
        _row("F2", {"pages_today": {"gt": 200}}, "block", _("More than 200 pages a day is more than anyone can undo.")),
        _row("F3", {"guardrail_breached": {"eq": True}}, "human_confirms", _("A guardrail is broken.")),
        _row("F4", {"role_vacant": {"eq": True}}, "human_confirms", _("A seat that answers for this is empty.")),
        _row(
            "F5", {"in_freeze_window": {"eq": True}}, "human_confirms", _("Nothing changes unseen in a freeze window.")
        ),
        _row("F6", {"on_hold": {"eq": True}}, "human_decides", _("The initiative is on hold.")),
        _row(
            "F7",
            {"strategic": {"eq": True}},
            "human_decides",
            _("Positioning, brand, price and markets are for people."),
        ),
    ],
}

# Counts until the organisation publishes a stricter one. A changed floor gets a new number and the old one stays:
# stored evaluations are replayed on it.
FLOORS: Final[dict[int, Json]] = {1: _FLOOR_1}
FLOOR_NUMBER: Final = 1
FLOOR: Final = FLOORS[FLOOR_NUMBER]

_TITLES: Final[Json] = {
    "hit_policy": "restrictive",
    "rows": [
        _row(
            "T1",
            {"page_class": {"in": ["money"]}, "clicks_28d": {"gte": 1000}},
            "experiment",
            _("Pages that earn much are tested, not argued about."),
            decider="SEO lead",
            canary={"share": 0.2, "days": 28},
            guardrails=["g_money_cvr"],
        ),
        _row(
            "T2",
            {"page_class": {"in": ["money"]}, "clicks_28d": {"lt": 1000}},
            "human_confirms",
            _("Too few clicks for a test, too much money for a guess."),
            decider="Page owner",
        ),
        _row(
            "T3",
            {"page_class": {"in": ["long_tail"]}, "ai_confidence": {"gte": 0.8}, "track_record_lb": {"gte": 0.6}},
            "ai_sampled",
            _("Small stakes, a sure tool and a good record."),
            sample=0.1,
            revert=14,
        ),
    ],
}

_DRAFTS: Final[Json] = {
    "hit_policy": "unique",
    "rows": [
        _row(
            "C1",
            {"ymyl": {"eq": True}},
            "two_person",
            _("Wrong advice on health or money harms readers."),
            decider="Subject expert",
            second="Editor",
            evidence=["sources", "fact_check"],
            sla=10,
            on_timeout="hold",
        ),
        _row("C2", {"ymyl": {"eq": False}}, "human_confirms", _("An editor reads what we publish."), decider="Editor"),
    ],
}

_OUTREACH: Final[Json] = {
    "hit_policy": "restrictive",
    "rows": [
        _row("L1", {"toxic_score": {"gte": 60}}, "block", _("A link from a toxic site does harm.")),
        _row("L2", {"link_exchange": {"eq": True}}, "block", _("Exchanged links break the search engines' rules.")),
        _row(
            "L3",
            {"existing_relation": {"eq": True}},
            "human_decides",
            _("Whoever knows them writes to them."),
            decider="Relation owner",
        ),
        _row(
            "L4",
            {"existing_relation": {"eq": False}, "topical_relevance": {"gte": 0.7}, "toxic_score": {"lt": 30}},
            "ai_notify",
            _("A relevant, clean site that nobody knows yet."),
            revert=7,
            caps={"changes_per_day": 15},
        ),
    ],
}

_LINKS: Final[Json] = {
    "hit_policy": "first",
    "rows": [
        _row(
            "I1",
            {"touches_nav": {"eq": True}},
            "human_decides",
            _("The navigation is on every page."),
            decider="Technical SEO",
        ),
        _row(
            "I2",
            {"links_changed": {"lte": 50}, "track_record_lb": {"gte": 0.6}},
            "ai_wins",
            _("Easily undone, and the tool has a good record."),
            revert=30,
        ),
    ],
}

_META: Final[Json] = {
    "hit_policy": "unique",
    "rows": [
        _row(
            "B1",
            {"pages": {"gt": 200}, "revenue_share": {"gte": 0.05}},
            "experiment",
            _("So many pages with so much revenue are tried on a few first."),
            decider="Sponsor",
            canary={"share": 0.05, "days": 14},
            guardrails=["organic_revenue"],
        ),
        _row(
            "B2",
            {"pages": {"gt": 20}, "revenue_share": {"lt": 0.05}},
            "human_confirms",
            _("Many pages, little revenue: one look is enough."),
            decider="SEO lead",
        ),
        _row(
            "B3",
            {"pages": {"lte": 20}, "revenue_share": {"lt": 0.05}},
            "ai_notify",
            _("Few pages, little revenue, easily undone."),
            revert=14,
        ),
    ],
}

DOMAINS: Final = [
    Domain(
        "title_rewrite",
        _("Page titles"),
        "SEO lead",
        [
            _fact("page_class", "enum", "mandate", values=PAGE_CLASSES),
            _fact("clicks_28d", "number", "kpi", integer=True, min=0, max_age_days=7, kpi="money_page_clicks"),
            _fact("ai_confidence", "ratio", "tool"),
        ],
        _TITLES,
    ),
    Domain("content_draft", _("Content drafts"), "Editor", [_fact("ymyl", "boolean", "mandate")], _DRAFTS),
    Domain(
        "link_outreach",
        _("Link outreach"),
        "Outreach lead",
        [
            _fact("paid_link", "boolean", "tool", required=True),
            _fact("link_exchange", "boolean", "tool"),
            _fact("existing_relation", "boolean", "person", required=True),
            _fact("toxic_score", "number", "tool", min=0, max=100),
            _fact("topical_relevance", "ratio", "tool"),
        ],
        _OUTREACH,
    ),
    Domain(
        "internal_links",
        _("Internal links"),
        "Technical SEO",
        [_fact("touches_nav", "boolean", "tool"), _fact("links_changed", "number", "tool", integer=True, min=0)],
        _LINKS,
    ),
    Domain(
        "bulk_meta",
        _("Meta data in bulk"),
        "SEO lead",
        [
            _fact("pages", "number", "tool", integer=True, min=1, required=True),
            _fact("revenue_share", "ratio", "person", required=True),
        ],
        _META,
    ),
]


REASON_CODES: Final = ["brand", "facts_wrong", "legal", "strategy", "timing", "better_idea"]


def floor_facts(domain_keys: Iterable[str] = ()) -> list[Json]:
    """The schema that the floor is read against: what every domain has, and what those of the start add."""
    keys = dict.fromkeys([*(domain.key for domain in DOMAINS), *domain_keys])
    return common(keys) + list({fact["name"]: fact for domain in DOMAINS for fact in domain.facts}.values())
