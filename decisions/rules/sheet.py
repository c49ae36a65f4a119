"""A decision table as a sheet of texts: code, a column per fact in S-FEEL, then the answer and its duties.

What CSV, XLSX and the annotations of DMN share. "Any" is an empty cell: a lone dash looks like a formula.
"""

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from openpyxl import Workbook, load_workbook

from decisions.rules import feel
from decisions.rules.faults import Fault, Faults, Wrong
from decisions.rules.schema import Schema
from decisions.rules.table import MOST_ROWS, Table

Json: TypeAlias = dict[str, Any]
Lines: TypeAlias = list[list[str]]

CODE: Final = "code"
POLICY: Final = "hit_policy"
ANSWERS: Final = (
    *("authority", "because", "decider", "second", "sla", "on_timeout", "sample", "revert", "caps", "canary"),
    *("guardrails", "evidence", "review_by"),
)
NUMBERS: Final = {"sla", "sample", "revert"}
LISTS: Final = {"guardrails", "evidence"}
PAIRS: Final = {"caps", "canary"}
PAIR: Final = re.compile(r"\s*([a-z_]+)\s*=\s*(\S+)\s*")
FORMULA: Final = re.compile(r"'*[=+@\-\t\r]")  # a spreadsheet would compute it
MOST_BYTES: Final = 1_000_000
MOST_WIDE: Final = 100
MOST_UNPACKED: Final = 20_000_000


def columns(table: Table, schema: Schema) -> list[str]:
    """The facts that the table asks about, in the order of the schema."""
    used = {cell.fact.name for row in table.rows for cell in row.when}
    return [name for name in schema if name in used]


# --- the answer and its duties as text ---


def write_answer(then: Mapping[str, Any], name: str) -> str:
    """One value of a row's right-hand side as text; empty where it has none."""
    value = then.get(name)
    if value in (None, [], {}):
        return ""
    if name in LISTS:
        return ", ".join(value)
    if name in PAIRS:
        return ", ".join(f"{key} = {feel.numeral(most)}" for key, most in value.items())
    return feel.numeral(value) if name in NUMBERS else str(value)


def read_answer(text: str, name: str) -> Any:
    """The value that a text stands for, None where it is empty. What it may be is for `read_then` to say."""
    text = text.strip()
    if not text:
        return None
    if name in LISTS:
        return [part.strip() for part in text.split(",")]
    if name in PAIRS:
        found = [PAIR.fullmatch(part) for part in text.split(",")]
        return {pair[1]: _number(pair[2]) for pair in found if pair} if all(found) else text
    if name == "review_by" and (day := feel.DATE.fullmatch(text)):  # as a spreadsheet keeps it
        return day[1] or day[2]
    return _number(text) if name in NUMBERS else text


def _number(text: str) -> Any:
    try:
        return feel.number(text)
    except feel.NotRead:
        return text


# --- lines ---


def write(table: Table, schema: Schema) -> Lines:
    """The table as lines, the first of which names the columns; the policy stands in the corner above the codes."""
    names = columns(table, schema)
    lines = [[POLICY, table.policy.value], [CODE, *names, *ANSWERS]]
    for row in table.source["rows"]:
        when = row.get("when", {})
        cells = [feel.write(schema[name], when[name]) if name in when else "" for name in names]
        lines.append([row["code"], *cells, *(write_answer(row["then"], name) for name in ANSWERS)])
    return lines


def read(lines: Sequence[Sequence[str]], schema: Schema) -> Json:
    """The table's JSON from its lines. Raises `Wrong` with every fault, each with row and column."""
    lines = [line for line in lines if any(cell.strip() for cell in line)]
    if len(lines) < 2 or not lines[0] or lines[0][0].strip() != POLICY or lines[1][0].strip() != CODE:
        raise Wrong([Fault("not_a_sheet", "file", params={"policy": POLICY, "code": CODE})])
    names = [name.strip() for name in lines[1]]
    while names and not names[-1]:
        names.pop()
    known = {CODE, *schema, *ANSWERS}
    faults = Faults()
    for name in names:
        if name not in known or names.count(name) > 1:
            faults.add("not_a_column", name or "file", known=sorted(known))
    faults.settle()
    rows = [_row(dict(zip(names, line, strict=False)), schema, faults) for line in lines[2:]]
    faults.settle()
    return {"hit_policy": lines[0][1].strip() if len(lines[0]) > 1 else "", "rows": rows}


def _row(given: Mapping[str, str], schema: Schema, faults: Faults) -> Json:
    code = given.get(CODE, "").strip()
    when = {}
    for name in (name for name in given if name in schema and given[name].strip() not in ("", feel.ANY)):
        try:
            cells = feel.read(schema[name], given[name])
        except feel.NotRead as wrong:
            faults.found.append(Fault("not_feel", f"when.{name}", code, {"text": str(wrong)[:80]}))
            continue
        if len(cells) > 1:
            faults.found.append(Fault("several_cells", f"when.{name}", code))
        when[name] = cells[0]
    then = {name: read_answer(given.get(name, ""), name) for name in ANSWERS}
    return {"code": code, "when": when, "then": {name: value for name, value in then.items() if value is not None}}


# --- files ---


def to_csv(lines: Lines) -> bytes:
    """UTF-8 with a mark, which spreadsheets need to see; what would be a formula gets an apostrophe in front."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[_shielded(cell) for cell in line] for line in lines])
    return text.getvalue().encode("utf-8-sig")


def from_csv(data: bytes) -> Lines:
    """Raises `Wrong` if it cannot be read."""
    try:
        text = data.decode("utf-8-sig")
        delimiter = ";" if text.split("\n", 1)[0].count(";") else ","  # as Excel saves it where the comma is decimal
        return [
            [_bare(cell) for cell in line] for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except (UnicodeDecodeError, csv.Error):
        raise Wrong([Fault("not_csv", "file")]) from None


def to_xlsx(lines: Lines) -> bytes:
    """One sheet, every cell a text, so that no spreadsheet turns 1.10 into a date."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "rules"
    for at, line in enumerate(lines, start=1):
        for place, text in enumerate(line, start=1):
            if text:
                cell = sheet.cell(row=at, column=place, value=text)
                cell.data_type, cell.number_format = "s", "@"
    sheet.freeze_panes = "B3"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def from_xlsx(data: bytes) -> Lines:
    """The first sheet. Raises `Wrong` if it cannot be read, or unpacks to more than a rule table ever is."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MOST_UNPACKED:
                raise Wrong([Fault("too_large", "file", params={"most": MOST_UNPACKED})])
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        lines = book.worksheets[0].iter_rows(values_only=True, max_row=MOST_ROWS + 10, max_col=MOST_WIDE)
        return [[_text(cell) for cell in line] for line in lines]
    except Wrong:
        raise
    except Exception:
        raise Wrong([Fault("not_xlsx", "file")]) from None


def _text(value: Any) -> str:
    """A typed cell as its text: a spreadsheet keeps TRUE, 0.8 and days as values of their own."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return f'date("{value.isoformat()[:10]}")'
    if isinstance(value, bool | int | float):
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
        return feel.numeral(int(value) if whole else value)
    return str(value)


def _shielded(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text


def _bare(text: str) -> str:
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text
