"""A file and its mapping become rows, or errors that say line, column and reason. No input raises."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from metrics.tabular import cells
from metrics.tabular.cells import BadCell
from metrics.tabular.mapping import Mapping, Measure

MAX_BYTES = 25 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 100
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


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong where. `line` counts from 1, the headings included; `code` is a sentence of metrics/words.py."""

    line: int
    column: str
    code: str
    value: str = ""


@dataclass(slots=True)
class Reading:
    """All that a file says: good rows, errors, and how many cells were left blank (missing, never zero)."""

    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    blanks: int = 0


class Unreadable(Exception):
    """The file as a whole cannot be read; `error` says why."""

    def __init__(self, code: str, *, line: int = 1, value: str = "") -> None:
        super().__init__(code)
        self.error = RowError(line, "", code, value)


def decode(data: bytes, encoding: str) -> str:
    """The text of a file. Unreadable: too large, another encoding, or binary."""
    if len(data) > MAX_BYTES:
        raise Unreadable("file_too_large")
    try:
        text = data.decode(encoding)
    except (UnicodeError, LookupError) as error:
        raise Unreadable("wrong_encoding") from error
    if "\0" in text:
        raise Unreadable("not_text", line=text[: text.index("\0")].count("\n") + 1)
    return text


def lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and stripped cells of all rows that are not empty. Unreadable where the table breaks off."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells_ in reader:
            row = [cell.strip() for cell in cells_]
            if any(row):
                if len(row) > MAX_COLUMNS:
                    raise Unreadable("too_many_columns", line=reader.line_num)
                yield reader.line_num, row
    except csv.Error as error:
        raise Unreadable("broken_table", line=reader.line_num) from error


def read(data: bytes, mapping: Mapping, *, today: date) -> Reading:
    """Every row of the file under the mapping. `today` is the local day: a value cannot be from the future."""
    reading = Reading()
    try:
        rows = lines(decode(data, mapping.encoding), mapping.delimiter)
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
        if not mapping.date or not self.measures or not all(measure.num for measure in self.measures):
            raise Unreadable("nothing_mapped")
        self.days: dict[str, date] = {}
        self.seen: dict[tuple[str, date], int] = {}  # place in reading.rows

    def read(self, rows: Iterator[tuple[int, list[str]]]) -> None:
        for line, row in islice(rows, MAX_ROWS):
            if len(self.reading.errors) >= MAX_ERRORS:
                raise Unreadable("too_many_errors", line=line)
            if len(row) != self.width:
                self._wrong(line, "", "wrong_number_of_cells", str(len(row)))
            elif starts_on := self._day(line, row):
                for measure in self.measures:
                    self._measure(line, row, starts_on, measure)
        if too_many := next(rows, None):
            raise Unreadable("too_many_rows", line=too_many[0])

    def _wrong(self, line: int, column: str, code: str, value: str) -> None:
        self.reading.errors.append(RowError(line, column, code, value[:SHOWN]))

    def _day(self, line: int, row: list[str]) -> date | None:
        text = row[self.at[self.mapping.date]]
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
        kpi = measure.kpi if not self.mapping.is_long else row[self.at[measure.kpi]].lstrip("'")
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

    def _keep(self, row: Row) -> None:
        rows, key = self.reading.rows, (row.kpi, row.starts_on)
        place = self.seen.setdefault(key, len(rows))
        if place == len(rows):
            rows.append(row)
        elif self.mapping.adds_up:
            first = rows[place]
            den = None if first.den is None or row.den is None else first.den + row.den
            rows[place] = Row(first.line, row.kpi, row.starts_on, first.num + row.num, den)
        else:
            self._wrong(row.line, self.mapping.date, "period_twice", f"{row.starts_on}, line {rows[place].line}")
