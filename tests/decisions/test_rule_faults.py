"""What rules, schemas and posted facts are refused for: every fault at once, each with its row and field."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions import fault_words, rules
from decisions.rules import FactSource, Fault, Wrong
from decisions.services import rules as services

NOW = datetime(2026, 9, 14, 9, 12, tzinfo=UTC)
SCHEMA = rules.read_schema(
    [
        {"name": "clicks", "type": "number", "source": "tool", "integer": True, "min": 0},
        {"name": "confidence", "type": "ratio", "source": "tool", "max_age_days": 7},
        {"name": "budget", "type": "money", "source": "tool", "unit": "EUR"},
        {"name": "is_ymyl", "type": "boolean", "source": "mandate"},
        {"name": "is_paid", "type": "boolean", "source": "tool"},
        {"name": "page_class", "type": "enum", "source": "tool", "values": ["money", "support"]},
        {"name": "live_on", "type": "date", "source": "tool"},
    ]
)


def faults(found: pytest.ExceptionInfo[Wrong]) -> set[tuple[str, str, str]]:
    return {(fault.row, fault.field, fault.code) for fault in found.value.faults}


def row(code: Any = "T1", *, when: Any = None, **then: Any) -> dict[str, Any]:
    return {"code": code, "when": when or {}, "then": {"authority": "human_decides", "because": "A reason."} | then}


# --- posted facts ---


@pytest.mark.parametrize(
    ("name", "posted", "code"),
    [
        ("clicks", "40", "not_a_number"),
        ("clicks", True, "not_a_number"),
        ("clicks", [40], "not_a_number"),
        ("clicks", 40.5, "not_whole"),
        ("clicks", -1, "out_of_range"),
        ("clicks", 10**400, "out_of_range"),
        ("confidence", float("nan"), "not_finite"),
        ("confidence", float("inf"), "not_finite"),
        ("confidence", 80, "out_of_range"),
        ("budget", 12.5, "not_money"),
        ("budget", {"amount": 12.5, "currency": "USD"}, "other_currency"),
        ("budget", {"amount": "12.50", "currency": "EUR"}, "not_a_number"),
        ("budget", {"amount": 12.505, "currency": "EUR"}, "not_cents"),
        ("is_paid", 1, "not_boolean"),
        ("is_paid", "true", "not_boolean"),
        ("page_class", "ymyl", "not_a_value"),
        ("page_class", {}, "not_a_value"),
        ("live_on", "1 December", "not_a_date"),
        ("live_on", 20261201, "not_a_date"),
        ("is_ymyl", False, "not_yours_to_say"),
        ("wishes", 1, "undeclared"),
    ],
)
def test_a_posted_fact_is_refused_by_name_and_reason(name: str, posted: Any, code: str) -> None:
    with pytest.raises(Wrong) as refused:
        rules.read_posted({name: posted}, SCHEMA, sources={FactSource.TOOL}, at=NOW)

    assert faults(refused) == {("", f"facts.{name}", code)}


@pytest.mark.parametrize(
    ("as_of", "code"),
    [
        ("yesterday", "not_an_instant"),
        ("2026-09-14T09:12:00", "not_an_instant"),
        ("2026-09-14T09:13:00Z", "in_the_future"),
    ],
)
def test_the_time_of_a_fact_must_be_an_instant_that_has_been(as_of: str, code: str) -> None:
    with pytest.raises(Wrong) as refused:
        rules.read_posted({"clicks": {"value": 3, "as_of": as_of}}, SCHEMA, sources={FactSource.TOOL}, at=NOW)

    assert faults(refused) == {("", "facts.clicks.as_of", code)}


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(Wrong) as refused:
        rules.read_posted({"clicks": "x", "wishes": 1, "confidence": 3}, SCHEMA, sources={FactSource.TOOL}, at=NOW)

    assert [fault.field for fault in refused.value.faults] == ["facts.clicks", "facts.wishes", "facts.confidence"]


def test_posted_facts_are_kept_in_normal_form() -> None:
    posted = {
        "clicks": 40.0,
        "confidence": {"value": 1, "as_of": "2026-09-10T09:12:00+02:00"},
        "budget": {"amount": 0.3, "currency": "EUR"},
        "live_on": "2026-12-01",
        "page_class": None,
    }

    readings = rules.read_posted(posted, SCHEMA, sources={FactSource.TOOL}, at=NOW)

    known = rules.known(readings, SCHEMA, at=NOW)
    assert known == {"clicks": 40, "confidence": 1.0, "budget": 30, "live_on": date(2026, 12, 1)}
    assert type(known["clicks"]) is int
    assert rules.load_readings(rules.dump_readings(readings), SCHEMA) == readings


def test_a_fact_older_than_its_schema_allows_is_unknown() -> None:
    readings = rules.read_posted({"confidence": 0.9}, SCHEMA, sources={FactSource.TOOL}, at=NOW)

    assert "confidence" in rules.known(readings, SCHEMA, at=NOW + timedelta(days=7))
    assert "confidence" not in rules.known(readings, SCHEMA, at=NOW + timedelta(days=7, seconds=1))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def refused_without_place(read: Callable[[], object]) -> list[Fault]:
    """The faults that name no place, of which there must be none. Reading may succeed, but raise nothing else."""
    try:
        read()
    except Wrong as wrong:
        return [fault for fault in wrong.faults if not (fault.row or fault.field)]
    return []


@given(posted=JSON | st.dictionaries(st.sampled_from(list(SCHEMA)), JSON))
def test_any_json_gives_facts_that_can_be_hashed_or_faults_with_a_place(posted: Any) -> None:
    def read() -> str:
        readings = rules.read_posted(posted, SCHEMA, sources={FactSource.TOOL}, at=NOW)
        return rules.facts_sha256(rules.known(readings, SCHEMA, at=NOW))

    assert refused_without_place(read) == []


# --- tables ---


@pytest.mark.parametrize(
    ("when", "field", "code"),
    [
        ({"wishes": {"eq": 1}}, "when.wishes", "undeclared"),
        ({"clicks": 5}, "when.clicks", "not_a_cell"),
        ({"clicks": {}}, "when.clicks", "not_a_cell"),
        ({"clicks": {"missing": True}}, "when.clicks", "not_a_cell"),
        ({"clicks": {"gt": 1, "gte": 2}}, "when.clicks", "not_a_cell"),
        ({"clicks": {"eq": 1, "lt": 2}}, "when.clicks", "not_a_cell"),
        ({"clicks": {"gte": "1"}}, "when.clicks.gte", "not_a_number"),
        ({"clicks": {"gt": 5, "lt": 5}}, "when.clicks", "never_true"),
        ({"clicks": {"gte": 6, "lte": 5}}, "when.clicks", "never_true"),
        ({"confidence": {"gte": 80}}, "when.confidence.gte", "out_of_range"),
        ({"confidence": {"gte": float("nan")}}, "when.confidence.gte", "not_finite"),
        ({"budget": {"lt": 0.001}}, "when.budget.lt", "not_cents"),
        ({"is_paid": {"eq": "yes"}}, "when.is_paid.eq", "not_boolean"),
        ({"is_paid": {"in": [True]}}, "when.is_paid", "not_a_cell"),
        ({"page_class": {"in": []}}, "when.page_class", "not_a_cell"),
        ({"page_class": {"in": ["ymyl"]}}, "when.page_class.in", "not_a_value"),
        ({"page_class": {"eq": "money"}}, "when.page_class", "not_a_cell"),
        ({"page_class": {"not_in": ["money", "support"]}}, "when.page_class", "never_true"),
        ({"live_on": {"gt": "soon"}}, "when.live_on.gt", "not_a_date"),
        ([], "when", "not_an_object"),
    ],
)
def test_a_cell_is_refused_with_row_and_path(when: Any, field: str, code: str) -> None:
    with pytest.raises(Wrong) as refused:
        rules.read_table({"rows": [{**row(), "when": when}]}, SCHEMA)

    assert ("T1", field, code) in faults(refused)


@pytest.mark.parametrize(
    ("then", "field", "code"),
    [
        ({"authority": "robot"}, "then.authority", "not_a_value"),
        ({"authority": []}, "then.authority", "not_a_value"),
        ({"because": ""}, "then.because", "needed"),
        ({"because": "Two\nlines."}, "then.because", "not_a_sentence"),
        ({"because": 5}, "then.because", "not_a_sentence"),
        ({"authority": "two_person"}, "then.second", "needed"),
        ({"second": "Editor"}, "then.second", "not_for_authority"),
        ({"authority": "two_person", "decider": "Editor", "second": "Editor"}, "then.second", "same_seat"),
        ({"sla": 0}, "then.sla", "not_days"),
        ({"sla": True}, "then.sla", "not_days"),
        ({"on_timeout": "approve"}, "then.on_timeout", "not_a_value"),
        ({"authority": "ai_sampled", "revert": 7}, "then.sample", "needed"),
        ({"authority": "ai_sampled", "sample": 0.1}, "then.revert", "needed"),
        ({"authority": "ai_sampled", "sample": 10, "revert": 7}, "then.sample", "not_a_share"),
        ({"authority": "ai_notify"}, "then.revert", "needed"),
        ({"revert": 7}, "then.revert", "not_for_authority"),
        ({"caps": {"changes_per_day": 5}}, "then.caps", "not_for_authority"),
        ({"authority": "ai_wins", "caps": {"changes_per_year": 5}}, "then.caps.changes_per_year", "unknown_key"),
        ({"authority": "ai_wins", "caps": {"changes_per_day": 0}}, "then.caps.changes_per_day", "not_a_count"),
        ({"authority": "ai_wins", "caps": {"revenue_share": 5}}, "then.caps.revenue_share", "not_a_share"),
        ({"authority": "experiment", "guardrails": ["g_one"]}, "then.canary", "needed"),
        ({"authority": "experiment", "canary": {"share": 0.1, "days": 7}}, "then.guardrails", "needed"),
        ({"authority": "experiment", "canary": 0.1}, "then.canary", "not_a_canary"),
        ({"authority": "experiment", "canary": {"share": 2, "days": 7}}, "then.canary.share", "not_a_share"),
        ({"guardrails": "g_one"}, "then.guardrails", "not_names"),
        ({"evidence": [1]}, "then.evidence", "not_names"),
        ({"review_by": "spring"}, "then.review_by", "not_a_date"),
        ({"review_by": "2027-01-01"}, "then.review_by", "after_version"),
        ({"wish": 1}, "then.wish", "unknown_key"),
    ],
)
def test_a_right_hand_side_is_refused_with_row_and_path(then: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(Wrong) as refused:
        rules.read_table({"rows": [row(**then)]}, SCHEMA, review_by=date(2026, 12, 1))

    assert ("T1", field, code) in faults(refused)


@pytest.mark.parametrize(
    ("table", "place", "code"),
    [
        (None, ("", "rows"), "not_a_table"),
        ({"rows": {}}, ("", "rows"), "not_a_table"),
        ({"rows": [], "hit_policy": "collect"}, ("", "hit_policy"), "not_a_value"),
        ({"rows": [], "wish": 1}, ("", "table.wish"), "unknown_key"),
        ({"rows": [row() for _ in range(201)]}, ("", "rows"), "too_many_rows"),
        ({"rows": [row("T1"), row("T1")]}, ("T1", "code"), "twice"),
        ({"rows": [row("t 1")]}, ("#1", "code"), "not_a_code"),
        ({"rows": [row(7)]}, ("#1", "code"), "not_a_code"),
        ({"rows": [row("DEFAULT")]}, ("DEFAULT", "code"), "not_a_code"),
        ({"rows": [5]}, ("#1", "row"), "not_an_object"),
        ({"rows": [{**row(), "else": {}}]}, ("T1", "else"), "unknown_key"),
        ({"rows": [{"code": "T1", "when": {}}]}, ("T1", "then"), "not_an_object"),
    ],
)
def test_a_table_is_refused_with_its_place(table: Any, place: tuple[str, str], code: str) -> None:
    with pytest.raises(Wrong) as refused:
        rules.read_table(table, SCHEMA)

    assert (*place, code) in faults(refused)


def test_every_row_is_checked_before_the_table_is_refused() -> None:
    with pytest.raises(Wrong) as refused:
        rules.read_table({"rows": [row("T1", sla=0), row("T2"), row("T3", when={"clicks": {"gt": "x"}})]}, SCHEMA)

    assert {(fault.row, fault.field) for fault in refused.value.faults} == {
        ("T1", "then.sla"),
        ("T3", "when.clicks.gt"),
    }


@given(data=JSON | st.builds(lambda when, then: {"rows": [{"code": "T1", "when": when, "then": then}]}, JSON, JSON))
def test_any_json_is_a_table_or_refused(data: Any) -> None:
    assert refused_without_place(lambda: rules.read_table(data, SCHEMA)) == []


# --- schemas ---


@pytest.mark.parametrize(
    ("fact", "field", "code"),
    [
        ({"name": "Clicks"}, "name", "not_a_name"),
        ({"type": "text"}, "type", "not_a_value"),
        ({"source": "vendor"}, "source", "not_a_value"),
        ({"required": 1}, "required", "not_boolean"),
        ({"type": "money"}, "unit", "not_a_currency"),
        ({"unit": 5}, "unit", "not_text"),
        ({"type": "enum"}, "values", "values_for_enum"),
        ({"values": ["money"]}, "values", "values_for_enum"),
        ({"type": "enum", "values": ["money", "money"]}, "values", "values_for_enum"),
        ({"type": "enum", "values": ["Money page"]}, "values", "not_names"),
        ({"min": "0"}, "min", "not_a_number"),
        ({"min": 3, "max": 2}, "min", "empty_range"),
        ({"max_age_days": -1}, "max_age_days", "not_days"),
        ({"window_days": 0}, "window_days", "not_days"),
        ({"kpi": "organic_leads"}, "kpi", "kpi_for_source"),
        ({"wish": 1}, "wish", "unknown_key"),
    ],
)
def test_a_schema_is_refused_with_fact_and_field(fact: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(Wrong) as refused:
        rules.read_schema([{"name": "clicks", "type": "number", "source": "tool"} | fact])

    assert (field, code) in {(found.field, found.code) for found in refused.value.faults}


@given(
    data=JSON
    | st.lists(st.dictionaries(st.sampled_from(["name", "type", "source", "values", "min"]), JSON), max_size=2)
)
def test_any_json_is_a_schema_or_refused(data: Any) -> None:
    assert refused_without_place(lambda: rules.read_schema(data)) == []


def test_every_fault_has_its_words() -> None:
    judges = [*Path(rules.__file__).parent.glob("*.py"), Path(services.__file__)]
    source = "".join(path.read_text() for path in judges)
    codes = set(re.findall(r'(?:add|Fault|_Unfit)\(\s*"(\w+)"', source))

    assert len(codes) > 30
    assert codes == set(fault_words.FAULTS)
