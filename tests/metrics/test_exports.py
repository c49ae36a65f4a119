"""Exports of the tools that SEO teams live in, as they come, and lists in which every row is one thing."""

import csv
import io
from datetime import date, timedelta
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from metrics.tabular import Mapping, Measure, Reading, Row, Unreadable, propose, read
from metrics.unpacking import unpack
from tests.metrics.test_tabular import real

TODAY = date(2026, 6, 1)


def chosen(data: bytes, **kpis: str) -> Reading:
    """The file read as it is proposed, with these columns as KPIs."""
    found = propose(data).mapping
    measures = [
        Measure(kpi, m.num, m.den, m.is_mean, m.counted)
        for m in found.measures
        for kpi, num in kpis.items()
        if (num if ":" in num else f":{num}") == f"{m.counted}:{m.num}" and (not m.den or m.is_mean)
    ]
    return read(data, Mapping.of(found.plain() | {"measures": measures}), today=TODAY)


def archive(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        for name, data in files:
            packed.writestr(name, data)
    return out.getvalue()


CONSOLE = {
    "en": b"Date,Clicks,Impressions,CTR,Position\n2026-02-28,33,1300,2.54%,27.05\n2026-02-27,32,1318,2.43%,27.63\n",
    "nl": b'Datum,Klikken,Vertoningen,CTR,Positie\n2026-02-28,33,1300,"2,54%","27,05"\n'
    b'2026-02-27,32,1318,"2,43%","27,63"\n',
    "de": b"Datum;Klicks;Impressionen;CTR;Position\n2026-02-28;33;1300;2,54 %;27,05\n2026-02-27;32;1318;2,43 %;27,63\n",
    "fr": b'Date,Clics,Impressions,CTR,Position\n2026-02-28,33,1300,"2,54 %","27,05"\n'
    b'2026-02-27,32,1318,"2,43 %","27,63"\n',
}


@pytest.mark.parametrize("language", CONSOLE)
def test_search_console_is_recognised_in_four_languages_newest_day_first(language: str) -> None:
    found = propose(CONSOLE[language])
    clicks, _impressions, ctr, position = found.mapping.measures

    measures = [Measure("clicks", clicks.num), Measure("ctr", ctr.num, ctr.den)]
    measures.append(Measure("position", position.num, position.den, is_mean=True))
    rows = read(CONSOLE[language], Mapping.of(found.mapping.plain() | {"measures": measures}), today=TODAY)

    assert (found.preset, found.questions, rows.errors) == ("searchconsole", (), [])
    assert dict(found.refused) == {"CTR": "bare_percentage"}
    assert rows.rows[:3] == [
        Row(2, "clicks", date(2026, 2, 28), 33.0),
        Row(2, "ctr", date(2026, 2, 28), 33.0, 1300.0),
        Row(2, "position", date(2026, 2, 28), 27.05 * 1300, 1300.0),
    ]


@pytest.mark.parametrize("name", ["Chart.csv", "Dates.csv", "Diagramm.csv", "Graphique.csv"])
def test_of_its_archive_the_table_of_days_is_taken_whatever_it_is_called(name: str) -> None:
    data = archive(
        ("Filters.csv", b"Filter,Value\nSearch type,Web\nDate,Last 28 days\n"),
        ("Queries.csv", b"Top queries,Clicks,Impressions,CTR,Position\nsofa,9,90,10%,3\nbank,1,20,5%,7\n"),
        (name, CONSOLE["en"]),
        ("Devices.csv", b"Device,Clicks,Impressions,CTR,Position\nMobile,40,2000,2%,20\n"),
    )

    assert unpack(data) == (name, CONSOLE["en"])


GA4_REPORT = b"""# ----------------------------------------
# Reports snapshot
# Account: Sofa & Co, web
# Property: sofa.example
# ----------------------------------------
#
# All Users
# Start date: 20260227
# End date: 20260301
Nth day,Active users,New users
0000,120,80
0001,95,60
0002,101,70

#
# Start date: 20260227
# End date: 20260301
Country,Active users
Netherlands,300
"""
GA4_EXPLORATION = b"""# ----------------------------------------
# Free form 1
# sofa.example
# 20260227-20260301
# ----------------------------------------

Date,Sessions,Key events
,1000,12,Grand total
20260227,400,5
20260228,600,7
Totals,1000,12
"""


def test_ga4_counts_days_from_the_date_in_its_comments() -> None:
    found = chosen(GA4_REPORT, users="Active users")

    assert found.errors == []
    assert [(row.starts_on, row.num) for row in found.rows] == [
        (date(2026, 2, 27), 120.0),
        (date(2026, 2, 28), 95.0),
        (date(2026, 3, 1), 101.0),
    ]


def test_the_totals_of_an_exploration_are_no_days() -> None:
    found = chosen(GA4_EXPLORATION, sessions="Sessions")

    assert ([(row.starts_on.day, row.num) for row in found.rows], found.totals, found.errors) == (
        [(27, 400.0), (28, 600.0)],
        2,
        [],
    )


def test_a_tab_separated_export_in_utf_16_is_read() -> None:
    data = "Day\tClicks\tCost\n2026-02-28\t1.234\t12,50\n2026-02-27\t12\t8,25\n".encode("utf-16")

    found = chosen(data, cost="Cost", clicks="Clicks")

    assert [row.num for row in found.rows] == [1234.0, 12.5, 12.0, 8.25]


def test_titles_above_the_table_and_empty_columns_beside_it_are_left_out() -> None:
    found = chosen(b"Report of the web shop;;;\n;;;\nDatum;Leads;;\n28-2-2026;5;;\n1-3-2026;6;;\n", leads="Leads")

    assert ([row.num for row in found.rows], found.errors) == ([5.0, 6.0], [])


AHREFS = (
    "#\tReferring page title\tReferring page URL\tDomain rating\tTarget URL\tFirst seen\tLast seen\n"
    "1\tGood sofas\thttps://www.home.example/sofas\t70\thttps://sofa.example/\t2026-02-10 10:11:12\t2026-03-01\n"
    "2\tMore sofas\thttps://home.example/more\t70\thttps://sofa.example/\t2026-01-20 10:11:12\t2026-03-01\n"
    "3\tBlog\thttps://blog.example/x\t20\thttps://sofa.example/\t2026-02-11 00:00:00\t2026-03-01\n"
).encode("utf-16")


def test_a_backlink_export_of_ahrefs_counts_each_site_on_the_day_it_was_first_seen() -> None:
    found = chosen(AHREFS, domains="sites:Referring page URL", pages="things:Referring page URL")

    assert propose(AHREFS).preset == "ahrefs"
    assert sorted((row.kpi, row.starts_on.isoformat(), row.num) for row in found.rows) == [
        ("domains", "2026-01-20", 1.0),
        ("domains", "2026-02-11", 1.0),
        ("pages", "2026-01-20", 1.0),
        ("pages", "2026-02-10", 1.0),
        ("pages", "2026-02-11", 1.0),
    ]


def test_a_list_of_moz_has_no_days_so_somebody_says_which_day_it_is_of() -> None:
    data = b"Root Domain,DA,Linking Domains,Spam Score\nhome.example,70,900,1%\nblog.example,20,3,2%\n"
    found = propose(data)
    measures = [Measure("domains", "Root Domain", counted="sites")]

    unsaid = read(data, Mapping.of(found.mapping.plain() | {"measures": measures}), today=TODAY)
    said = read(data, Mapping.of(found.mapping.plain() | {"measures": measures, "on": "2026-03-01"}), today=TODAY)

    assert (found.preset, found.mapping.date) == ("moz", "")
    assert [error.code for error in unsaid.errors] == ["nothing_mapped"]
    assert [(row.starts_on, row.num) for row in said.rows] == [(date(2026, 3, 1), 2.0)]


RUNS = b"""run_at,engine,model,prompt,mentioned,cited,correct
2026-02-27T09:00:00Z,chat,x-1,best sofa,yes,no,
2026-02-27T09:05:00Z,chat,x-1,sofa in Utrecht,true,yes,yes
2026-02-27T09:10:00Z,chat,x-1,cheap sofa,no,0,maybe
2026-02-28T09:00:00Z,chat,x-1,best sofa,ja,nee,1
"""


def test_prompt_runs_become_hits_of_runs_and_what_was_not_noted_counts_neither_way() -> None:
    found = chosen(RUNS, seen="yes:mentioned", right="yes:correct")

    assert propose(RUNS).preset == "prompts"
    assert [(row.kpi, row.starts_on.day, row.num, row.den) for row in found.rows] == [
        ("seen", 27, 2.0, 3.0),
        ("right", 27, 1.0, 1.0),
        ("seen", 28, 1.0, 1.0),
        ("right", 28, 1.0, 1.0),
    ]
    assert [(error.line, error.column, error.code) for error in found.errors] == [(4, "correct", "not_yes_or_no")]


def test_the_real_export_of_search_console_is_the_same_out_of_its_archive() -> None:
    data = real("search_console_dates.csv")

    assert unpack(archive(("Dates.csv", data), ("Queries.csv", b"Query,Clicks\nsofa,3\n"))) == ("Dates.csv", data)


def test_a_file_of_sixteen_months_in_any_order_gives_the_same_rows() -> None:
    days = [(date(2024, 11, 1) + timedelta(days=at), at) for at in range(485)]
    newest_first, oldest_first = io.StringIO(), io.StringIO()
    csv.writer(oldest_first).writerows([("Date", "Clicks"), *days])
    csv.writer(newest_first).writerows([("Date", "Clicks"), *days[::-1]])

    there = chosen(newest_first.getvalue().encode(), clicks="Clicks").rows
    back = chosen(oldest_first.getvalue().encode(), clicks="Clicks").rows

    assert {(row.starts_on, row.num) for row in there} == {(row.starts_on, row.num) for row in back} == set(days)


TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
STYLES = f'<styleSheet {MAIN}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'


def workbook(*sheets: tuple[str, str]) -> bytes:
    """A workbook as Excel writes it, as far as anybody reads it: names of sheets and their rows. Style 1 is a date."""
    listed = "".join(f'<sheet name="{name}" sheetId="{at}" r:id="r{at}"/>' for at, (name, _) in enumerate(sheets, 1))
    related = "".join(
        f'<Relationship Id="r{at}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(sheets) + 1)
    )
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    root = f'<Relationship Id="r0" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    files = [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", f'<Relationships xmlns="{relations}">{root}</Relationships>'),
        ("xl/workbook.xml", f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'),
        ("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{relations}">{related}</Relationships>'),
        ("xl/styles.xml", STYLES),
        ("xl/theme/theme1.xml", '<fillToRect l="50000" t="-80000" r="180000" b="180000"/>'),
    ]
    for at, (_name, rows) in enumerate(sheets, 1):
        files.append((f"xl/worksheets/sheet{at}.xml", f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"))
    return archive(*[(name, text.encode()) for name, text in files])


def words(ref: str, text: str) -> str:
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'


ROWS = (
    f'<row r="1">{words("A1", "Leads of the shop")}</row>'
    f'<row r="2">{words("A2", "Datum")}{words("B2", "Leads")}{words("C2", "Omzet")}</row>'
    '<row r="3"><c r="A3" s="1"><v>46081</v></c><c r="B3"><v>12</v></c><c r="C3"><f>B3*0.1</f><v>1.234</v></c></row>'
    '<row r="4"><c r="A4" s="1"><v>46082</v></c><c r="B4"><v>7</v></c><c r="C4"><v>12345.5</v></c></row>'
)


def test_the_sheet_of_days_is_taken_out_of_a_workbook_and_a_formula_is_its_last_value() -> None:
    data = workbook(("Read me", f'<row r="1">{words("A1", "About")}{words("B1", "this")}</row>'), ("Days", ROWS))

    name, text = unpack(data)
    found = chosen(text, leads="Leads", revenue="Omzet")

    assert name == "Days"
    assert [(row.line, row.kpi, row.starts_on, row.num) for row in found.rows] == [
        (3, "leads", date(2026, 2, 28), 12.0),
        (3, "revenue", date(2026, 2, 28), 1.234),
        (4, "leads", date(2026, 3, 1), 7.0),
        (4, "revenue", date(2026, 3, 1), 12345.5),
    ]
    assert (found.errors, propose(text).questions) == ([], ())


def test_a_long_workbook_comes_out_as_it_went_in() -> None:
    rows = [
        f'<row r="{at}"><c r="A{at}" s="1"><v>{36_000 + at}</v></c><c r="B{at}"><v>{at * at}</v></c></row>'
        for at in range(2, 9_000)
    ]
    heading = f'<row r="1">{words("A1", "Day")}{words("B1", "Leads")}</row>'

    found = chosen(unpack(workbook(("Days", heading + "".join(rows))))[1], leads="Leads")

    assert [row.num for row in found.rows] == [at * at for at in range(2, 9_000)]
    assert found.errors == []


def test_a_workbook_without_days_is_refused() -> None:
    two = (words("A1", "About"), words("B1", "this"))
    rows = f'<row r="1">{"".join(two)}</row>'

    with pytest.raises(Unreadable, match="no_table_of_days"):
        unpack(workbook(("One", rows), ("Two", rows)))
