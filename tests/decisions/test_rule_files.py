"""Rules leave as DMN, Excel and CSV, other engines read them alike, and they come back as they were."""

from datetime import date
from random import Random
from typing import Any

import pytest

from decisions import rules, standard
from decisions.models import RuleSetVersion
from decisions.models.files import KINDS, read_file
from decisions.rules import Authority, Edition, Fact, FactType, Program, Schema, Table, Wrong, dmn, sheet
from ownership import canonical
from tests.cast import Caller
from tests.decisions import dmn_engine, random_rules
from tests.decisions.desk import Desk

CASES = 10_000
DEFAULT = Authority.HUMAN_DECIDES
SETS = [domain.key for domain in standard.DOMAINS]


def seeded(key: str) -> tuple[Schema, Table, Authority | None]:
    """A rule set of the start, or the floor, with its schema and default."""
    if key == "floor":
        schema = rules.read_schema(standard.floor_facts())
        return schema, rules.read_table(standard.FLOOR, schema), None
    domain = next(domain for domain in standard.DOMAINS if domain.key == key)
    schema = rules.read_schema(domain.facts + standard.common([key]))
    return schema, rules.read_table(domain.rules, schema), DEFAULT


def written(table: Table, schema: Schema, default: Authority | None = DEFAULT) -> bytes:
    return dmn.write(table, schema, name="For the test", default=default, facets={"number": "1"})


def program(table: Table, default: Authority | None = DEFAULT) -> Program:
    nothing = Edition(Table(rules.HitPolicy.RESTRICTIVE, (), {}))
    return Program(
        schema={},
        floor=nothing,
        table=Edition(table),
        default=rules.Default(default or DEFAULT, "lead", 5),
        on=date(2026, 3, 9),
    )


def value(fact: Fact, table: Table, random: Random) -> rules.Value:
    """At the bounds of the table, beside them, or anywhere."""
    if fact.type is FactType.BOOLEAN:
        return random.random() < 0.5
    if fact.type is FactType.ENUM:
        return random.choice(fact.values)
    ends: list[Any] = [
        end for row in table.rows for c in row.when if c.fact.name == fact.name for end in (c.low, c.high)
    ]
    end: Any = random.choice([end for end in ends if end is not None])
    if fact.type is FactType.DATE:
        return date.fromordinal(end.toordinal() + random.randint(-2, 2))
    if fact.integer or fact.type is FactType.MONEY:
        return int(end) + random.choice([-1, 0, 0, 1, random.randint(-20, 20) * 10])
    return float(end + random.choice([0, 0.0001, -0.0001, random.randint(-50, 50) / 100]))


def complete(table: Table, schema: Schema, random: Random) -> dict[str, rules.Value]:
    return {name: value(schema[name], table, random) for name in sheet.columns(table, schema)}


@pytest.mark.parametrize("key", [*SETS, "floor"])
def test_the_schema_of_the_omg_accepts_every_rule_set(key: str) -> None:
    schema, table, default = seeded(key)

    assert dmn_engine.is_valid(written(table, schema, default))


@pytest.mark.parametrize("key", SETS)
def test_another_engine_answers_ten_thousand_cases_alike(key: str) -> None:
    schema, table, _default = seeded(key)
    data = written(table, schema)
    again = program(rules.read_table(dmn.read(data, schema, default=DEFAULT, because="-"), schema))
    engine, ours, random = dmn_engine.Engine(data), program(table), Random(key)
    seen = set()

    for _ in range(CASES):
        facts = complete(table, schema, random)
        answer = ours.answer(facts)
        assert engine.decide(facts) == f'"{answer.authority.key}"', facts
        assert again.answer(facts) == answer
        seen.add(answer.code)

    assert seen >= {row.code for row in table.rows}, "every row must have decided some case"


def test_another_engine_answers_random_tables_alike() -> None:
    random = Random(8)

    for _ in range(40):
        table = random_rules.edition(random, "T", most=5, policy=random.choice(["restrictive", "first"])).table
        schema = {n: f for n, f in random_rules.SCHEMA.items() if f.type is not FactType.MONEY}  # in cents here
        if not set(sheet.columns(table, random_rules.SCHEMA)) <= set(schema) or not table.rows:
            continue
        data, ours = written(table, schema), program(table)
        engine = dmn_engine.Engine(data)
        assert dmn_engine.is_valid(data)
        for _case in range(50):
            facts = complete(table, schema, random)
            assert engine.decide(facts) == f'"{ours.answer(facts).authority.key}"', (facts, table.source)


def test_every_format_brings_back_the_same_bytes() -> None:
    random = Random(21)
    tables = [seeded(key) for key in [*SETS, "floor"]]
    for _ in range(150):
        policy = random.choice(list(rules.HitPolicy))
        tables.append((random_rules.SCHEMA, random_rules.edition(random, "T", most=8, policy=policy).table, DEFAULT))

    for schema, table, default in tables:
        before = canonical.render(table.source)
        lines = sheet.write(table, schema)
        assert (
            canonical.render(dmn.read(written(table, schema, default), schema, default=default, because="-")) == before
        )
        assert canonical.render(sheet.read(sheet.from_csv(sheet.to_csv(lines)), schema)) == before
    for schema, table, _default in tables[:20]:
        assert canonical.render(
            sheet.read(sheet.from_xlsx(sheet.to_xlsx(sheet.write(table, schema))), schema)
        ) == canonical.render(table.source)


# --- files made elsewhere ---

VERSIONS = [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
]
BLOCKS = '<output id="o1" name="Dish"><defaultOutputEntry><text>"block"</text></defaultOutputEntry></output>'
FOREIGN: Schema = rules.read_schema(
    [
        {"name": "risk", "type": "enum", "source": "tool", "values": ["low", "medium", "high"]},
        {"name": "amount", "type": "number", "source": "tool", "min": 0, "max": 10_000},
        {"name": "member", "type": "boolean", "source": "tool"},
        {"name": "since", "type": "date", "source": "tool"},
    ]
)


def foreign(
    *rows: tuple[str, ...],
    policy: str = 'hitPolicy="UNIQUE"',
    names: tuple[str, ...] = ("risk", "amount", "member", "since"),
    outputs: str = '<output id="o1" name="authority" typeRef="string"/>',
    version: str = VERSIONS[2],
) -> bytes:
    """A file as modelling tools save it: the last cell of a row is its output (or outputs)."""
    inputs = "".join(
        f'<input id="i_{name}"><inputExpression id="x_{name}"><text>{name}</text></inputExpression></input>'
        for name in names
    )
    body = ""
    for number, row in enumerate(rows, start=1):
        tests = "".join(
            f'<inputEntry id="r{number}_{at}"><text>{cell}</text></inputEntry>'
            for at, cell in enumerate(row[: len(names)])
        )
        out = "".join(
            f'<outputEntry id="r{number}_o{at}"><text>{cell}</text></outputEntry>'
            for at, cell in enumerate(row[len(names) :])
        )
        body += f'<rule id="rule_{number}"><description>Made elsewhere</description>{tests}{out}</rule>'
    table = f'<decisionTable id="t" {policy}>{inputs}{outputs}{body}</decisionTable>'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="{version}" id="d" name="n" namespace="urn:n">'
        f'<decision id="dec" name="Dish">{table}</decision></definitions>'
    ).encode()


def taken(data: bytes, default: Authority = DEFAULT) -> Table:
    return rules.read_table(dmn.read(data, FOREIGN, default=default, because="Taken over."), FOREIGN)


def decided(table: Table, **facts: Any) -> str:
    return program(table).answer({"since": date(2026, 1, 1), **facts}).authority.key


@pytest.mark.parametrize("version", VERSIONS)
def test_a_unique_table_of_every_version_decides_as_its_author_expects(version: str) -> None:
    table = taken(
        foreign(
            ('"low","medium"', "[0..500)", "true", "-", '"human_confirms"'),
            ('not("high")', "&gt;= 500", "-", "-", '"human_decides"'),
            ('"high"', "", "-", '&lt; date("2026-01-01")', '"block"'),
            version=version,
        )
    )

    assert table.policy == "unique"
    assert decided(table, risk="low", amount=499.0, member=True) == "human_confirms"
    assert decided(table, risk="medium", amount=500.0, member=False) == "human_decides"
    assert decided(table, risk="high", amount=1.0, member=True, since=date(2025, 12, 31)) == "block"
    assert decided(table, risk="high", amount=1.0, member=True) == "human_decides", "the domain's default"
    assert {row.then.because for row in table.rows} == {"Made elsewhere"}


def test_under_first_the_order_counts_and_a_default_becomes_the_last_row() -> None:
    table = taken(
        foreign(
            ("-", "&lt;= 10", "-", "-", '"human_confirms"'),
            ('"high"', "-", "-", "-", '"human_decides"'),
            policy='hitPolicy="FIRST"',
            outputs=BLOCKS,
        )
    )

    assert table.policy == "first"
    assert decided(table, risk="high", amount=5.0, member=True) == "human_confirms"
    assert decided(table, risk="high", amount=50.0, member=True) == "human_decides"
    assert decided(table, risk="low", amount=50.0, member=True) == "block"


def test_under_priority_the_order_of_the_values_must_be_ours() -> None:
    rows = [("-", "&gt; 5", "-", "-", '"human_confirms"'), ('"high"', "-", "-", "-", '"block"')]
    ours = (
        '<output id="o1" name="authority"><outputValues><text>"block", "human_confirms"</text></outputValues></output>'
    )
    other = ours.replace('"block", "human_confirms"', '"human_confirms", "block"')

    table = taken(foreign(*rows, policy='hitPolicy="PRIORITY"', outputs=ours))

    assert decided(table, risk="high", amount=50.0, member=True) == "block"
    assert faults(foreign(*rows, policy='hitPolicy="PRIORITY"', outputs=other)) == {("", "o1", "dmn_order")}


def test_under_any_rows_that_meet_must_agree() -> None:
    agreed = [("-", "&gt; 5", "-", "-", '"block"'), ('"high"', "-", "-", "-", '"block"')]
    apart = [agreed[0], ('"high"', "-", "-", "-", '"human_confirms"')]

    assert decided(taken(foreign(*agreed, policy='hitPolicy="ANY"')), risk="high", amount=9.0, member=True) == "block"
    assert faults(foreign(*apart, policy='hitPolicy="ANY"')) == {("", "rule_2", "dmn_any")}


def test_several_outputs_become_parts_of_the_answer() -> None:
    outputs = '<output id="o1" name="authority"/><output id="o2" name="decider"/><output id="o3" name="sla"/>'

    table = taken(foreign(("-", "-", "-", "-", '"human_decides"', '"Editor"', "3"), outputs=outputs))

    then = table.rows[0].then
    assert (then.authority, then.decider, then.sla_days) == (Authority.HUMAN_DECIDES, "Editor", 3)


def test_a_list_of_numbers_becomes_rows() -> None:
    table = taken(
        foreign(("-", "1, 2, [10..20]", "-", "-", '"block"'), ("-", "not(5)", "true", "-", '"block"'), policy="")
    )

    assert [row.code for row in table.rows] == ["R1AA", "R1AB", "R1AC", "R2AA", "R2AB"]
    answers = [decided(table, risk="low", amount=float(amount), member=False) for amount in (1, 2, 3, 15, 21)]
    assert answers == ["block", "block", "human_decides", "block", "human_decides"]
    assert [decided(table, risk="low", amount=a, member=True) for a in (4.9, 5.0, 5.1)] == [
        "block",
        "human_decides",
        "block",
    ]


def faults(data: bytes, **given: Any) -> set[tuple[str, str, str]]:
    with pytest.raises(Wrong) as wrong:
        taken(data, **given)
    return {(fault.row, fault.field, fault.code) for fault in wrong.value.faults}


TWO = '<output id="o1" name="{}"/><output id="o2" name="{}"/>'
ROW = ("-", "-", "-", "-", '"block"')


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (foreign(ROW, policy='hitPolicy="RULE ORDER"'), ("", "t", "dmn_policy")),
        (foreign(ROW, policy='hitPolicy="OUTPUT ORDER"'), ("", "t", "dmn_policy")),
        (foreign(ROW, policy='hitPolicy="COLLECT" aggregation="SUM"'), ("", "t", "dmn_policy")),
        (foreign(ROW, names=("risk", "amount", "member", "age")), ("", "x_age", "dmn_input")),
        (foreign(ROW, names=("risk", "amount", "member", "since + 1")), ("", "x_since + 1", "dmn_input")),
        (foreign((*ROW[:4], '"yes"')), ("rule_1", "r1_o0", "dmn_level")),
        (foreign(("-", "amount &gt; 5", "-", "-", '"block"')), ("rule_1", "r1_1", "not_feel")),
        (foreign(("-", "if true then 1 else 2", "-", "-", '"block"')), ("rule_1", "r1_1", "not_feel")),
        (foreign(("low", "-", "-", "-", '"block"')), ("rule_1", "r1_0", "not_feel")),
        (foreign(('"purple"', "-", "-", "-", '"block"')), ("rule_1", "when.risk.in", "not_a_value")),
        (foreign(("-", "-1", "-", "-", '"block"')), ("rule_1", "when.amount.eq", "out_of_range")),
        (foreign(("-", "1, 2", "-", "31-12-2026", '"block"')), ("rule_1", "r1_3", "not_feel")),
        (foreign(("-", "-", "-", '"block"')), ("rule_1", "rule_1", "dmn_width")),
        (foreign((*ROW, '"x"'), outputs=TWO.format("authority", "dish")), ("", "o2", "dmn_output")),
        (foreign((*ROW, '"x"'), outputs=TWO.format("decider", "second")), ("", "t", "dmn_authority")),
        (foreign(ROW, outputs=BLOCKS), ("", "o1", "dmn_default")),
        (foreign(ROW).replace(b"decisionTable", b"literalExpression"), ("", "d", "dmn_tables")),
        (foreign(ROW, version="urn:other"), ("", "definitions", "not_dmn")),
        (b"<definitions", ("", "file", "not_xml")),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', ("", "file", "xml_entities")),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', ("", "file", "not_xml")),
        (b"<a>" * 200_000, ("", "file", "not_xml")),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_the_element_that_says_it(data: bytes, fault: tuple[str, str, str]) -> None:
    assert fault in faults(data)


# --- pages and API ---


def begun(desk: Desk) -> RuleSetVersion:
    form = {"layer": "table", "initiative": desk.initiative.pk, "domain": desk.domains["title_rewrite"].pk}
    Caller(desk.cast.tom).form("/rules/new/", **form, reason="We begin")
    return RuleSetVersion.objects.get()


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_version_is_saved_and_brought_back_over_page_and_api(desk: Desk, kind: str) -> None:
    version, tom = begun(desk), Caller(desk.cast.tom)
    before = version.sha256

    page = tom.get(f"/rules/{version.ref}/{kind}/")
    api = tom.get(f"/api/v1/rule-versions/{version.ref}/export/{kind}/")
    tom.put(
        f"/api/v1/rule-versions/{version.pk}/",
        seen=1,
        hit_policy="first",
        table=[],
        review_by="2026-06-01",
        reason="Empty",
    )
    brought = tom.upload(f"/rules/{version.ref}/file/", page.content, version=2, reason="From the file")
    version.refresh_from_db()

    assert page["Content-Disposition"] == f'attachment; filename="{version.ref}-page-titles.{kind}"'
    assert (api.status_code, api["Content-Type"]) == (200, KINDS[kind].media_type)
    assert read_file(api.content, version) == read_file(page.content, version)
    assert brought.status_code == 303
    assert (version.sha256, version.review_by) == (before, date(2026, 6, 1))


def test_a_file_with_faults_changes_nothing_and_names_them(desk: Desk) -> None:
    version, tom = begun(desk), Caller(desk.cast.tom)
    lines = b"hit_policy,first\r\ncode,clicks_28d,authority\r\nT1,about 5,block\r\n"

    page = tom.upload(f"/rules/{version.ref}/file/", lines, version=1, reason="Please")
    api = tom.upload(f"/api/v1/rule-versions/{version.ref}/import/", lines, seen=1, reason="Please")
    other = Caller(desk.cast.aisha).upload(f"/rules/{version.ref}/file/", lines, version=1, reason="Please")

    assert page.status_code == 422
    assert "“about 5” is no condition" in page.content.decode()
    assert (api.status_code, api.json()["items"][0]["field"]) == (422, "when.clicks_28d")
    assert other.status_code == 403
    version.refresh_from_db()
    assert version.version == 1
