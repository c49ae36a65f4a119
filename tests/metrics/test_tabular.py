"""Files as people bring them: Dutch and English, clear and doubtful, well-meant and hostile."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.environment import ROOT
from metrics.tabular import Mapping, Measure, Proposal, Reading, Row, cells, propose, read
from metrics.tabular.cells import BadCell
from metrics.words import ROW_ERROR

TODAY = date(2026, 6, 1)
SHARED = ROOT.parent / "shared" / "data"
LEADS = Mapping(decimal=",", order="dmy", date="date", measures=(Measure("leads", "leads"),))


def real(name: str) -> bytes:
    path: Path = SHARED / name
    if not path.exists():
        pytest.skip(f"needs {name} beside the checkout, in ../shared/data")
    return path.read_bytes()


def reading(text: str, mapping: Mapping = LEADS) -> Reading:
    return read(text.encode(), mapping, today=TODAY)


def codes(found: Reading) -> list[tuple[int, str, str]]:
    return [(error.line, error.column, error.code) for error in found.errors]


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1234", "", 1234.0),
        ("-12", "", -12.0),
        ("\N{MINUS SIGN}12", "", -12.0),
        ("1,5", "", 1.5),
        ("1.5", "", 1.5),
        ("0.125", "", 0.125),
        ("1234.567", "", 1234.567),
        ("1.234,56", "", 1234.56),
        ("1,234.56", "", 1234.56),
        ("1.234.567", "", 1234567.0),
        ("1.234", ",", 1234.0),
        ("1.234", ".", 1.234),
        ("1,234", ".", 1234.0),
        ("1 234,5", ",", 1234.5),
        ("1\N{NO-BREAK SPACE}234", "", 1234.0),
        ("1'234.5", ".", 1234.5),
        ("€ 1.234,50", ",", 1234.5),
        ("12,50 EUR", ",", 12.5),
        ("+7", "", 7.0),
        (",5", ",", 0.5),
    ],
)
def test_numbers_in_dutch_and_english(text: str, decimal: str, value: float) -> None:
    assert cells.number(text, decimal=decimal) == value


@pytest.mark.parametrize(
    ("text", "decimal", "code"),
    [
        ("1.234", "", "ambiguous_number"),
        ("12,345", "", "ambiguous_number"),
        ("1,5", ".", "not_a_number"),
        ("1.23.4", ",", "not_a_number"),
        ("12.", ".", "not_a_number"),
        ("+31 6 1234", "", "not_a_number"),
        ("1 2", "", "not_a_number"),
        ("nan", "", "not_a_number"),
        ("inf", "", "not_a_number"),
        ("1e400", "", "not_a_number"),
        ("1_000", "", "not_a_number"),
        ("٣", "", "not_a_number"),
        ("\N{FULLWIDTH DIGIT THREE}", "", "not_a_number"),
        ("--5", "", "not_a_number"),
        ("", "", "not_a_number"),
        (".", ".", "not_a_number"),
        ("=1+1", "", "formula"),
        ("@SUM(A1)", "", "formula"),
        ("-1+cmd|' /C calc'!A0", "", "not_a_number"),
        ("2.54%", "", "bare_percentage"),
        ("9" * 17, "", "number_too_large"),
        ("9" * 100_000, "", "not_a_number"),
    ],
)
def test_what_is_no_number_says_why(text: str, decimal: str, code: str) -> None:
    with pytest.raises(BadCell) as bad:
        cells.number(text, decimal=decimal)

    assert bad.value.code == code


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2026-02-01", "", date(2026, 2, 1)),
        ("2026/02/01", "", date(2026, 2, 1)),
        ("20260201", "", date(2026, 2, 1)),
        ("2026-02-01 21:42:53", "", date(2026, 2, 1)),
        ("2026-02-01T23:59:59.5Z", "", date(2026, 2, 1)),
        ("2026-02-01T00:00:00+01:00", "", date(2026, 2, 1)),
        ("13-02-2026", "", date(2026, 2, 13)),
        ("02/13/2026", "", date(2026, 2, 13)),
        ("2/2/2026", "", date(2026, 2, 2)),
        ("01-02-2026", "dmy", date(2026, 2, 1)),
        ("01-02-2026", "mdy", date(2026, 1, 2)),
        ("1.2.2026 08:00", "dmy", date(2026, 2, 1)),
        ("1 mei 2026", "", date(2026, 5, 1)),
        ("1 May 2026", "", date(2026, 5, 1)),
        ("May 1, 2026", "", date(2026, 5, 1)),
        ("1 mrt. 2026", "", date(2026, 3, 1)),
        ("oktober 2025", "", date(2025, 10, 1)),
        ("2026-03", "", date(2026, 3, 1)),
        ("2026-W07", "", date(2026, 2, 9)),
        ("2020-W53", "", date(2020, 12, 28)),
        ("Week 7, 2026", "", date(2026, 2, 9)),
    ],
)
def test_days_in_dutch_and_english(text: str, order: str, expected: date) -> None:
    assert cells.day(text, order=order) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("01-02-2026", "ambiguous_date"),
        ("31-02-2026", "no_such_day"),
        ("2026-13-01", "no_such_day"),
        ("2021-W53", "no_such_day"),
        ("1899-12-30", "no_such_day"),
        ("1 foo 2026", "not_a_date"),
        ("01-02-26", "not_a_date"),
        ("45321", "not_a_date"),
        ("=TODAY()", "formula"),
        ("", "not_a_date"),
        ("2" * 100_000, "not_a_date"),
    ],
)
def test_what_is_no_day_says_why(text: str, code: str) -> None:
    with pytest.raises(BadCell) as bad:
        cells.day(text, order="")

    assert bad.value.code == code


def test_a_column_per_kpi_gives_a_row_per_cell_and_a_blank_is_missing_not_zero() -> None:
    mapping = Mapping(date="date", measures=(Measure("leads", "leads"), Measure("cvr", "sales", "visits")))

    found = reading("date,leads,sales,visits\n2026-05-01,5,2,100\n2026-05-02,,3,\n", mapping)

    assert found.rows == [Row(2, "leads", date(2026, 5, 1), 5.0), Row(2, "cvr", date(2026, 5, 1), 2.0, 100.0)]
    assert (found.errors, found.blanks) == ([], 2)


def test_the_long_layout_names_the_kpi_in_each_row() -> None:
    mapping = Mapping(delimiter=";", decimal=",", order="dmy", date="Datum", kpi="KPI", num="Waarde")

    found = reading("Datum;KPI;Waarde\n1-5-2026;omzet;1.234,50\n1-5-2026;leads;7\n2-5-2026;;7\n", mapping)

    assert [(row.kpi, row.num) for row in found.rows] == [("omzet", 1234.5), ("leads", 7.0)]
    assert codes(found) == [(4, "KPI", "no_kpi")]


def test_every_error_names_its_line_column_and_value() -> None:
    found = reading("date,leads\n1-5-2026,x\n31-2-2026,1\n2-5-2026\n2-6-2026,1\n3-5-2026,1\n3-5-2026,2\n")

    assert codes(found) == [
        (2, "leads", "not_a_number"),
        (3, "date", "no_such_day"),
        (4, "", "wrong_number_of_cells"),
        (5, "date", "future"),
        (7, "date", "period_twice"),
    ]
    assert found.errors[0].value == "x"
    assert found.errors[4].value == "2026-05-03, line 6"


def test_parts_of_a_day_add_up_when_the_mapping_says_so() -> None:
    mapping = Mapping(date="t", measures=(Measure("m", "value"),), adds_up=True)

    found = reading("t,value\n2026-05-01 10:00:00,5\n2026-05-01 10:05:00,6\n", mapping)

    assert found.rows == [Row(2, "m", date(2026, 5, 1), 11.0)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n  \n", "empty_file"),
        (b"date,leads\n\0,1\n", "not_text"),
        (b"date,leads\n\xff\xfe,1\n", "wrong_encoding"),
        (b"date,date\n", "heading_twice"),
        (b"day,leads\n", "no_such_column"),
        (b'date,leads\n"1-5-2026,1\n', "broken_table"),
        (b"date,leads\n1-5-2026," + b"x" * 200_000, "broken_table"),
        (b"," * 200 + b"date,leads", "too_many_columns"),
        (b"x" * (25 * 1024 * 1024 + 1), "file_too_large"),
    ],
)
def test_a_hostile_file_is_one_error(data: bytes, code: str) -> None:
    found = read(data, LEADS, today=TODAY)

    assert [error.code for error in found.errors] == [code]
    assert found.rows == []


def test_a_mapping_without_columns_reads_nothing() -> None:
    assert [error.code for error in reading("date,leads\n", Mapping(date="date")).errors] == ["nothing_mapped"]


def test_too_many_rows_are_refused() -> None:
    days = "\n".join(f"{1 + at % 28}-{1 + at // 28 % 12}-{1991 + at // 336 % 30},{at}" for at in range(100_001))

    assert reading("date,leads\n" + days).errors[-1].code in ("too_many_rows", "too_many_errors")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("utf-8-sig", "datum;cafébezoek"), ("utf-16", "datum;cafébezoek"), ("cp1252", "datum;cafébezoek")],
)
def test_encodings_are_recognised(encoding: str, text: str) -> None:
    proposal = propose(f"{text}\n2026-05-01;5\n".encode(encoding))

    assert proposal.mapping.encoding == encoding
    assert proposal.headings == ("datum", "cafébezoek")


def test_a_dutch_file_is_proposed_as_it_is_meant() -> None:
    found = propose(b"Datum;Kliks;Omzet\n13-4-2026;1.234;1.234,50\n1-5-2026;12;8,25\n")

    assert found.mapping == Mapping(
        delimiter=";", decimal=",", order="dmy", date="Datum", measures=(Measure("", "Kliks"), Measure("", "Omzet"))
    )
    assert found.questions == ()
    assert found.sample == (("13-4-2026", "1.234", "1.234,50"), ("1-5-2026", "12", "8,25"))


def test_what_can_be_read_two_ways_is_asked_and_until_then_an_error() -> None:
    data = b"date,leads\n01-02-2026,1.234\n02-02-2026,5.678\n"

    found = propose(data)
    unsaid = read(data, Mapping.of(found.mapping.plain() | {"measures": [{"kpi": "k", "num": "leads"}]}), today=TODAY)

    assert [(question.code, question.example) for question in found.questions] == [
        ("ambiguous_number", "1.234"),
        ("ambiguous_date", "01-02-2026"),
    ]
    assert codes(unsaid) == [(2, "date", "ambiguous_date"), (3, "leads", "ambiguous_number")]


def test_marks_that_contradict_each_other_are_asked_about() -> None:
    assert [question.code for question in propose(b"date;a;b\n2026-05-01;1.5;1,5\n").questions] == ["ambiguous_number"]


def test_the_long_layout_is_recognised() -> None:
    found = propose(b"kpi,date,num,den\nKPI-1,2026-05-01,1,2\n")

    assert (found.mapping.kpi, found.mapping.num, found.mapping.den) == ("kpi", "num", "den")


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty_file"), (b"hello\nworld", "one_column"), (b"a,b\n\0", "not_text")]
)
def test_a_file_that_is_no_table_is_proposed_as_an_error(data: bytes, code: str) -> None:
    error = propose(data).error

    assert error is not None
    assert error.code == code


def search_console() -> tuple[bytes, Proposal]:
    data = real("search_console_dates.csv")
    return data, propose(data)


def test_a_search_console_export_works_as_it_is() -> None:
    data, found = search_console()
    clicks, impressions, ctr, position = found.mapping.measures
    chosen = (
        Measure("clicks", clicks.num),
        Measure("ctr", ctr.num, ctr.den),
        Measure("position", position.num, position.den, is_mean=True),
    )

    rows = read(data, Mapping.of(found.mapping.plain() | {"measures": chosen}), today=TODAY)

    assert found.questions == ()
    assert dict(found.refused) == {"CTR": "bare_percentage"}
    assert (impressions, ctr.den) == (Measure("", "Impressions"), "Impressions")
    assert rows.errors == []
    assert len(rows.rows) == 3 * (data.count(b"\n") - (0 if not data.endswith(b"\n") else 1))
    first = {row.kpi: row for row in rows.rows[:3]}
    assert first["clicks"] == Row(2, "clicks", date(2023, 5, 11), 33.0)
    assert (first["ctr"].num, first["ctr"].den) == (33.0, 1300.0)
    assert (first["position"].num, first["position"].den) == (27.05 * 1300, 1300.0)


def test_its_ctr_column_is_refused_because_percentages_do_not_add_up() -> None:
    data, found = search_console()

    rows = read(data, Mapping.of(found.mapping.plain() | {"measures": [Measure("ctr", "CTR")]}), today=TODAY)

    assert {error.code for error in rows.errors} == {"bare_percentage"}
    assert rows.rows == []


def test_five_minute_figures_become_days() -> None:
    data = real("brand_mentions_goog_5min.csv")
    found = propose(data)
    measures = [Measure("mentions", found.mapping.measures[0].num)]

    rows = read(data, Mapping.of(found.mapping.plain() | {"measures": measures}), today=TODAY)

    assert found.mapping.adds_up
    assert rows.errors == []
    assert {row.starts_on: row.num for row in rows.rows}[date(2015, 2, 27)] == 9276.0


@pytest.mark.parametrize(
    "plain",
    [
        {"encoding": "utf-7"},
        {"delimiter": ""},
        {"decimal": "x"},
        {"order": ["dmy"]},
        {"date": 5},
        {"adds_up": 1},
        {"secret": "x"},
        {"measures": "all"},
        {"measures": [{"num": "x"}]},
        {"measures": [{"kpi": "k", "num": 5}]},
        {"measures": [{"kpi": "k", "num": "x", "is_mean": True}]},
    ],
)
def test_a_mapping_of_the_wrong_shape_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Mapping.of(plain)


def test_a_mapping_survives_json() -> None:
    mapping = Mapping(date="d", measures=(Measure("k", "n", "d", is_mean=True),))

    assert Mapping.of(mapping.plain()) == mapping


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_ever_raise(data: bytes) -> None:
    found = propose(data)

    for mapping in (found.mapping, LEADS):
        assert {error.code for error in read(data, mapping, today=TODAY).errors} <= set(ROW_ERROR)


@settings(max_examples=300)
@given(st.text(max_size=30))
def test_no_cell_ever_raises_anything_but_a_known_code(text: str) -> None:
    for parse in (lambda: cells.number(text, decimal=""), lambda: cells.day(text, order="")):
        code = ""
        try:
            parse()
        except BadCell as bad:
            code = bad.code

        assert code in {"", *ROW_ERROR}
