"""A file and its mapping become rows, or errors that say line, column and reason. No input raises."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from urllib.parse import urlsplit

from metrics.tabular import cells
from metrics.tabular.cells import BadCell
from metrics.tabular.mapping import Mapping, Measure
from ownership.spreadsheet import unguarded

MAX_BYTES = 25 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 100
LONGEST_LINE = 1_000_000  # characters; more is not a row, and would have to be held in memory as one
MAX_ERRORS = 10_000  # beyond that the mapping is wrong, not the rows
LEAST_DENOMINATOR = 1e-9  # as in the snapshot: a smaller one would overflow the quotient
SHOWN = 80  # characters of a bad value that an error repeats


@dataclass(frozen=True, slots=True)
class Row:
    """One value as the file gives it. `kpi` is what the mapping or the cell calls the KPI."""

    line: int
    kpi: str
    starts_on: date
    num: float
    den: float | None = None
    counted: str = ""


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong where. `line` counts from 1, the headings included; `code` is a sentence of metrics/words.py."""

    line: int
    column: str
    code: str
    value: str = ""


@dataclass(slots=True)
class Reading:
    """All that a file says: good rows, errors, how many cells were left blank (missing, never zero), and how many rows
    were totals of the others."""

    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    blanks: int = 0
    totals: int = 0


class Unreadable(Exception):
    """The file as a whole cannot be read; `error` says why."""

    def __init__(self, code: str, *, line: int = 1, value: str = "") -> None:
        super().__init__(code)
        self.error = RowError(line, "", code, value)


# What GA4 writes above its tables: "# Start date: 20260101", and then days counted from it, in a column of this name.
_START = re.compile(r"#\s*(?:start date|begindatum|startdatum|date de début)\s*:?\s*([0-9]{8})", re.IGNORECASE)
_NTH_DAY = frozenset({"nth day", "n-de dag", "nde dag", "n. tag", "nième jour", "nth_day"})
TOTALS = frozenset(
    {
        "total",
        "totals",
        "grand total",
        "totaal",
        "totalen",
        "eindtotaal",
        "gesamt",
        "gesamtsumme",
        "insgesamt",
        "totaux",
    }
)


def lines(data: bytes, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and stripped cells of the file's table, its headings first.

    The headings are the first row with two cells. Titles and comments above them are left out, and a comment below
    ends the table. Unreadable: too large, another encoding, binary, or the table breaks off.
    """
    rows = _rows(data, encoding, delimiter)
    start = None
    for line, row in rows:
        if _is_comment(row):
            start = _start(row[0]) or start
        elif sum(map(bool, row)) > 1:
            headings = _without_empty_end(row, 0)
            yield line, headings
            break
    else:
        if data.strip():
            raise Unreadable("one_column")
        return
    for line, row in rows:
        if _is_comment(row):
            break
        if any(row):
            yield line, _dated(_without_empty_end(row, len(headings)), headings, start)


def _rows(data: bytes, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_text(data, encoding), delimiter=delimiter, strict=True)
    try:
        for cells_ in reader:
            if len(cells_) > MAX_COLUMNS:
                raise Unreadable("too_many_columns", line=reader.line_num)
            yield reader.line_num, [unguarded(cell.strip()).strip() for cell in cells_]
    except csv.Error as error:
        raise Unreadable("broken_table", line=reader.line_num) from error


def _text(data: bytes, encoding: str) -> Iterator[str]:
    """The file line by line, decoded as it is read: a hostile one is refused before it fills the memory."""
    if len(data) > MAX_BYTES:
        raise Unreadable("file_too_large")
    number = 0
    try:
        stream = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
        while line := stream.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise Unreadable("line_too_long", line=number)
            if "\0" in line:
                raise Unreadable("not_text", line=number)
            yield line
    except UnicodeError as error:
        raise Unreadable("wrong_encoding") from error


def _is_comment(row: list[str]) -> bool:
    """ "# Start date: 20260101", "#-----", or "#" alone. Rankings have a column called "#", which is none."""
    return bool(row) and (row[0].startswith(("# ", "#-")) or (row[0] == "#" and not any(row[1:])))


def _start(comment: str) -> date | None:
    found = _START.match(comment)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _dated(row: list[str], headings: list[str], start: date | None) -> list[str]:
    """The row with its day, where the file counts days from a date of its own."""
    if start is None or headings[0].casefold() not in _NTH_DAY or not re.fullmatch("[0-9]{1,4}", row[0]):
        return row
    return [(start + timedelta(days=int(row[0]))).isoformat(), *row[1:]]


def _without_empty_end(row: list[str], width: int) -> list[str]:
    """Without the empty cells that spreadsheets write beyond the table."""
    end = len(row)
    while end > width and not row[end - 1]:
        end -= 1
    return row[:end]


def read(data: bytes, mapping: Mapping, *, today: date) -> Reading:
    """Every row of the file under the mapping. `today` is the local day: a value cannot be from the future."""
    reading = Reading()
    try:
        rows = lines(data, mapping.encoding, mapping.delimiter)
        headings = next(rows, None)
        if headings is None:
            raise Unreadable("empty_file")
        _Reader(mapping, headings[1], today, reading).read(rows)
    except Unreadable as broken:
        reading.errors.append(broken.error)
    return reading


class _Reader:
    """The state of one reading: where the columns are and what was seen before."""

    def __init__(self, mapping: Mapping, headings: list[str], today: date, reading: Reading) -> None:
        self.mapping, self.today, self.reading, self.width = mapping, today, reading, len(headings)
        self.at = {heading: place for place, heading in enumerate(headings)}
        if len(self.at) < len(headings):
            raise Unreadable("heading_twice", value=next(h for h in headings if headings.count(h) > 1)[:SHOWN])
        long = (Measure(mapping.kpi, mapping.num, mapping.den),)
        self.measures = long if mapping.is_long else tuple(m for m in mapping.measures if m.kpi)
        if missing := sorted(mapping.columns() - set(self.at)):
            raise Unreadable("no_such_column", value=missing[0][:SHOWN])
        if not (mapping.date or mapping.on) or not self.measures or not all(m.num for m in self.measures):
            raise Unreadable("nothing_mapped")
        self.days: dict[str, date] = {}
        self.seen: dict[tuple[str, date], int] = {}  # place in reading.rows
        self.first: dict[tuple[str, str, str], tuple[date, int]] = {}  # when each thing that is counted was first there

    def read(self, rows: Iterator[tuple[int, list[str]]]) -> None:
        for line, row in islice(rows, MAX_ROWS):
            if len(self.reading.errors) >= MAX_ERRORS:
                raise Unreadable("too_many_errors", line=line)
            if self._is_total(row):
                self.reading.totals += 1
            elif len(row) != self.width:
                self._wrong(line, "", "wrong_number_of_cells", str(len(row)))
            else:
                self._row(line, row)
        if too_many := next(rows, None):
            raise Unreadable("too_many_rows", line=too_many[0])
        for (kpi, counted, _thing), (starts_on, line) in self.first.items():
            self._keep(Row(line, kpi, starts_on, 1.0, counted=counted))

    def _row(self, line: int, row: list[str]) -> None:
        if starts_on := self._day(line, row):
            for measure in self.measures:
                self._measure(line, row, starts_on, measure)

    def _is_total(self, row: list[str]) -> bool:
        """Whether the row sums up the others: it names no day and says "total" somewhere."""
        at = self.at.get(self.mapping.date, self.width)
        on = row[at].casefold() if at < len(row) else ""
        return on in TOTALS or (not on and any(cell.casefold() in TOTALS for cell in row))

    def _wrong(self, line: int, column: str, code: str, value: str) -> None:
        self.reading.errors.append(RowError(line, column, code, value[:SHOWN]))

    def _day(self, line: int, row: list[str]) -> date | None:
        text = row[self.at[self.mapping.date]] if self.mapping.date else self.mapping.on
        if text in self.days:
            return self.days[text]
        try:
            found = cells.day(text, order=self.mapping.order)
            if found > self.today:
                raise BadCell("future")
        except BadCell as bad:
            self._wrong(line, self.mapping.date, bad.code, text)
            return None
        self.days[text] = found
        return found

    def _number(self, line: int, row: list[str], column: str) -> float | None:
        """The number in the column; None if it is blank or bad, which is then on record."""
        text = row[self.at[column]]
        if not text:
            self.reading.blanks += 1
            return None
        try:
            return cells.number(text, decimal=self.mapping.decimal)
        except BadCell as bad:
            self._wrong(line, column, bad.code, text)
            return None

    def _measure(self, line: int, row: list[str], starts_on: date, measure: Measure) -> None:
        if measure.counted == "yes":
            self._yes(line, row, starts_on, measure)
        elif measure.counted:
            self._count(line, row, starts_on, measure)
        else:
            self._figure(line, row, starts_on, measure)

    def _figure(self, line: int, row: list[str], starts_on: date, measure: Measure) -> None:
        kpi = measure.kpi if not self.mapping.is_long else row[self.at[measure.kpi]]
        num = self._number(line, row, measure.num)
        den = self._number(line, row, measure.den) if measure.den else None
        if num is None or (measure.den and den is None):
            return
        if den is not None and den != 0 and den < LEAST_DENOMINATOR:
            self._wrong(line, measure.den, "bad_denominator", row[self.at[measure.den]])
        elif not kpi:
            self._wrong(line, self.mapping.kpi, "no_kpi", "")
        elif measure.is_mean and abs(num * (den or 0.0)) > cells.LIMIT:
            self._wrong(line, measure.num, "number_too_large", row[self.at[measure.num]])
        else:
            self._keep(Row(line, kpi, starts_on, num * (den or 0.0) if measure.is_mean else num, den))

    def _yes(self, line: int, row: list[str], starts_on: date, measure: Measure) -> None:
        """One run of a prompt: a hit or none. Where nothing was noted it counts neither way."""
        text = row[self.at[measure.num]]
        try:
            if text:
                self._keep(Row(line, measure.kpi, starts_on, float(cells.is_yes(text)), 1.0, measure.counted))
            else:
                self.reading.blanks += 1
        except BadCell as bad:
            self._wrong(line, measure.num, bad.code, text)

    def _count(self, line: int, row: list[str], starts_on: date, measure: Measure) -> None:
        """One thing of a list, which counts once, on the first of its days."""
        text = row[self.at[measure.num]]
        thing = site(text) if measure.counted == "sites" else text
        if not thing:
            self.reading.blanks += 1
            return
        key = (measure.kpi, measure.counted, thing)
        self.first[key] = min(self.first.get(key, (starts_on, line)), (starts_on, line))

    def _keep(self, row: Row) -> None:
        rows, key = self.reading.rows, (row.kpi, row.starts_on)
        place = self.seen.setdefault(key, len(rows))
        if place == len(rows):
            rows.append(row)
        elif self.mapping.sums(row.counted):
            first = rows[place]
            den = None if first.den is None or row.den is None else first.den + row.den
            rows[place] = Row(first.line, row.kpi, row.starts_on, first.num + row.num, den, row.counted)
        else:
            self._wrong(row.line, self.mapping.date, "period_twice", f"{row.starts_on}, line {rows[place].line}")


def site(address: str) -> str:
    """The site of a page's address, or of a bare name: without www., and without what follows the name."""
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")
