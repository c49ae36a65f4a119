"""What a tool sends in bulk: JSON or CSV as values, and the rows that are not what a row should be.

Bodies are decoded whole and typed, a tenth of the cost of looking at each row. Only when something is wrong, rows are
looked at one by one, to name them.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import lt
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType, ValidationError

from metrics.sources.connector import Quality

T = TypeVar("T")

FINAL = Quality.FINAL.value
MOST_ROWS = 50_000
MOST_MARKS = 20 * MOST_ROWS  # commas and line ends of a body; counted before anything is built of what they part


class Row(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One value: sums over the period; a ratio has both. What is not said counts as no key."""

    kpi: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    period_start: date
    num: float
    den: float | UnsetType | None = UNSET
    quality: Annotated[int, Meta(ge=1, le=6)] | UnsetType | None = UNSET


class Misfit(NamedTuple):
    """A row that cannot be read; `field` is the first that is wrong, "row" the row as a whole."""

    line: int
    field: str


class Unusable(Exception):
    """The body as a whole; the code is a sentence of metrics/words.py."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Sent:
    """Everything that was sent: the good rows as columns, with their numbers from 1 on, and the misfits.

    Unusable: nothing, or too much.
    """

    numbers: Sequence[int]
    kpis: Sequence[int]
    days: Sequence[date]
    nums: Sequence[float]
    dens: Sequence[float | None]
    qualities: Sequence[int]
    misfits: Sequence[Misfit] = ()

    def __post_init__(self) -> None:
        if len(self) > MOST_ROWS:
            raise Unusable("too_many_values")
        if not len(self):
            raise Unusable("no_values")

    def __len__(self) -> int:
        return len(self.numbers) + len(self.misfits)

    def repeats(self) -> bool:
        """Whether a period of a KPI stands twice. Most tools send in order, and that is seen in no time."""
        following = zip(self.kpis[1:], self.days[1:], strict=True)
        if all(map(lt, zip(self.kpis, self.days, strict=True), following)):
            return False
        return len(set(zip(self.kpis, self.days, strict=True))) < len(self.kpis)

    def lines(self) -> Iterator[tuple[int, int, date, float, float | None, int]]:
        """Row by row, as they are staged."""
        return zip(self.numbers, self.kpis, self.days, self.nums, self.dens, self.qualities, strict=True)


_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_LIST = msgspec.json.Decoder(list[Raw])
_ROW = msgspec.json.Decoder(Row)
_ROWS = msgspec.json.Decoder(list[Row])
_COLUMN: dict[str, Any] = {field.name: list[field.type] for field in msgspec.structs.fields(Row)}  # type: ignore[name-defined]  # made here
FIELDS = frozenset(_COLUMN)
_NEEDED = frozenset(field.name for field in msgspec.structs.fields(Row) if field.required)


def from_json(body: bytes) -> tuple[bytes, Sent]:
    """The body {…, "rows": […]} as JSON without its rows, and the rows. Unusable: it is not that.

    The decoder takes the last of two equal keys and the house refuses both. Hence the colons are counted: in rows that
    decode, each stands behind a key.
    """
    _require_bounded(body, b",")
    try:
        parts = _OBJECT.decode(body)
        raw = parts.pop("rows", Raw(b"[]"))
        beside = msgspec.json.encode(parts)
        outside = beside.count(b":") + 1
        rows = _decoded(raw)
        if rows is not None and body.count(b":") == outside + _keys(rows):
            return beside, _sent(rows)
        if body.count(b":") > outside + bytes(raw).count(b":"):
            raise Unusable("key_twice")
        return beside, _one_by_one(map(bytes, _LIST.decode(raw)), _single)
    except ValidationError as error:
        raise Unusable("not_rows") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unusable("not_json") from error


def _decoded(raw: Raw) -> list[Row] | None:
    try:
        return _ROWS.decode(raw)
    except ValidationError:
        return None


def _single(raw: bytes) -> Row:
    row = _ROW.decode(raw)
    if raw.count(b":") != _keys([row]):
        raise ValidationError("a key stands twice")
    return row


def _keys(rows: list[Row]) -> int:
    return 5 * len(rows) - [row.den for row in rows].count(UNSET) - [row.quality for row in rows].count(UNSET)


def from_csv(body: bytes) -> Sent:
    """Comma, decimal point, UTF-8, a heading that names the fields in any order. An empty cell is not said."""
    _require_bounded(body, b",", b"\n", b"\r")
    try:
        table = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        heading = next(table, [])
        cells = [line for line in table if line]
    except UnicodeDecodeError as error:
        raise Unusable("wrong_encoding") from error
    except csv.Error as error:
        raise Unusable("broken_table") from error
    if len(set(heading)) != len(heading) or not _NEEDED <= set(heading) <= FIELDS:
        raise Unusable("not_heading")
    try:
        columns = dict(zip(heading, zip(*cells, strict=True), strict=bool(cells)))
        said = {name: msgspec.convert(_said(column), _COLUMN[name], strict=False) for name, column in columns.items()}
        return _columns([said.get(name, [UNSET] * len(cells)) for name in _COLUMN])
    except ValueError:  # ValidationError is one, too few or too many cells are another
        return _one_by_one(cells, lambda line: _row(heading, line))


def _said(cells: Sequence[str]) -> Sequence[str | None]:
    return [cell or None for cell in cells] if "" in cells else cells


def _row(heading: list[str], cells: list[str]) -> Row:
    if len(cells) != len(heading):
        raise ValidationError("more or fewer cells than the heading")
    return msgspec.convert(dict(zip(heading, _said(cells), strict=True)), Row, strict=False)


def one(given: dict[str, Any]) -> Sent:
    """The value in an object that may hold more. ValueError: the field that is wrong."""
    try:
        return _sent([msgspec.convert({name: given[name] for name in FIELDS & set(given)}, Row)])
    except ValidationError as error:
        raise ValueError(_field(error)) from error


def _one_by_one(found: Iterable[T], decode: Callable[[T], Row]) -> Sent:
    good: dict[int, Row] = {}
    misfits = []
    for line, raw in enumerate(found, start=1):
        try:
            good[line] = decode(raw)
        except ValidationError as error:
            misfits.append(Misfit(line, _field(error)))
    return _sent(list(good.values()), list(good), misfits)


def _field(error: ValidationError) -> str:
    """Out of "Expected `int`, got `str` - at `$.kpi`"."""
    return str(error).partition("`$.")[2].rstrip("`") or "row"


def _require_bounded(body: bytes, *marks: bytes) -> None:
    if sum(body.count(mark) for mark in marks) > MOST_MARKS:
        raise Unusable("too_many_values")


def _sent(rows: list[Row], numbers: Sequence[int] = (), misfits: Sequence[Misfit] = ()) -> Sent:
    columns: list[list[Any]] = [
        [row.kpi for row in rows],
        [row.period_start for row in rows],
        [row.num for row in rows],
        [row.den for row in rows],
        [row.quality for row in rows],
    ]
    return _columns(columns, numbers, misfits)


def _columns(found: list[list[Any]], numbers: Sequence[int] = (), misfits: Sequence[Misfit] = ()) -> Sent:
    kpis, days, nums, dens, qualities = found
    dens = [None if den is UNSET else den for den in dens]
    qualities = [said or FINAL for said in qualities]
    return Sent(numbers or range(1, len(kpis) + 1), kpis, days, nums, dens, qualities, misfits)
