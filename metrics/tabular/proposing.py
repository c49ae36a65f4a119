"""What a file seems to say, to be confirmed by a person. What could mean two things is asked, never guessed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice

from metrics.tabular import cells
from metrics.tabular.cells import BadCell
from metrics.tabular.mapping import DELIMITERS, Mapping, Measure
from metrics.tabular.reading import MAX_BYTES, RowError, Unreadable, decode, lines

LOOKED_AT = 5_000  # rows; a mark that decides may stand far down
SAMPLE = 3

_DATES = frozenset(
    "date datum day dag week month maand timestamp period period_start periode time tijd run_at".split()  # noqa: SIM905
)
_KPIS = frozenset({"kpi", "metric", "metriek", "kengetal", "measure"})
_NUMS = frozenset({"num", "value", "waarde", "numerator", "teller"})
_DENS = frozenset({"den", "denominator", "noemer"})
_CLICKS = frozenset({"clicks", "kliks", "klikken"})
_IMPRESSIONS = frozenset({"impressions", "vertoningen", "impressies"})
_POSITIONS = frozenset({"position", "positie"})


@dataclass(frozen=True, slots=True)
class Question:
    """What only a person can say, with a value that shows the doubt. `code` is a sentence of metrics/words.py."""

    code: str
    column: str
    example: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping to confirm, what is still open, and columns that cannot be used (heading → code)."""

    mapping: Mapping
    headings: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()
    questions: tuple[Question, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    error: RowError | None = None


def propose(data: bytes) -> Proposal:
    """How the file could be read. A file that cannot be read at all is a proposal with an error."""
    encoding = _encoding(data[:MAX_BYTES])
    try:
        text = decode(data, encoding)
        delimiter = _delimiter(text)
        rows = [row for _, row in islice(lines(text, delimiter), LOOKED_AT)]
    except Unreadable as broken:
        return Proposal(Mapping(encoding=encoding), error=broken.error)
    if not rows or len(rows[0]) < 2:
        return Proposal(Mapping(encoding=encoding), error=RowError(1, "", "empty_file" if not rows else "one_column"))
    headings, body = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    columns = {name: [row[at] for row in body if row[at]] for at, name in enumerate(headings)}
    mapping = _columns(Mapping(encoding=encoding, delimiter=delimiter), columns)
    mapping, questions = _ask(mapping, columns)
    return Proposal(
        mapping=mapping,
        headings=tuple(headings),
        sample=tuple(tuple(row) for row in body[:SAMPLE]),
        questions=tuple(questions),
        refused=tuple((name, "bare_percentage") for name, values in columns.items() if _is_percentage(values)),
    )


def _encoding(data: bytes) -> str:
    """By its mark, else UTF-8 if it is valid (other text hardly ever is by chance), else what Windows writes."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _delimiter(text: str) -> str:
    """The one that cuts the heading into most cells."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=first.count)


def _is_percentage(values: list[str]) -> bool:
    return bool(values) and all(value.endswith("%") for value in values)


def _is_number(text: str) -> bool:
    try:
        cells.number(text, decimal="")
    except BadCell as bad:
        return bad.code == "ambiguous_number"
    return True


def _is_day(text: str) -> bool:
    try:
        cells.day(text, order="")
    except BadCell as bad:
        return bad.code == "ambiguous_date"
    return True


def _mostly(fits: Callable[[str], bool], values: list[str]) -> bool:
    """Whether a column holds this, but for mistakes: half of its first fifty cells."""
    first = values[:50]
    return bool(first) and 2 * sum(map(fits, first)) >= len(first)


def _columns(mapping: Mapping, columns: dict[str, list[str]]) -> Mapping:
    named = {name.casefold(): name for name in columns}
    days = [name for name, values in columns.items() if _mostly(_is_day, values)]
    preferred = [name for name in days if name.casefold() in _DATES]
    on = (preferred or days or [""])[0]
    numbers = [name for name, values in columns.items() if name != on and _mostly(_is_number, values)]
    mapping = replace(mapping, date=on, adds_up=_is_within_days(columns.get(on, [])))
    kpi, num = _one(named, _KPIS), _one(named, _NUMS)
    if kpi and num:
        return replace(mapping, kpi=kpi, num=num, den=_one(named, _DENS))
    clicks, impressions, position = _one(named, _CLICKS), _one(named, _IMPRESSIONS), _one(named, _POSITIONS)
    measures = [Measure("", name) for name in numbers if not (name == position and impressions)]
    if clicks and impressions:
        measures.append(Measure("", clicks, impressions))
    if position and impressions:
        measures.append(Measure("", position, impressions, is_mean=True))
    return replace(mapping, measures=tuple(measures))


def _is_within_days(values: list[str]) -> bool:
    """Whether the rows are parts of days: they carry times, and days come back."""
    has_time = bool(values) and all(":" in value for value in values)
    return has_time and len({value[:10] for value in values}) < len(values)


def _one(named: dict[str, str], wanted: Iterable[str]) -> str:
    return next((named[name] for name in wanted if name in named), "")


def _ask(mapping: Mapping, columns: dict[str, list[str]]) -> tuple[Mapping, list[Question]]:
    """Set the marks and the order that the file shows; ask for those that it leaves open."""
    questions = []
    figures = [
        (name, text, shown)
        for name, values in columns.items()
        if name != mapping.date
        for text in values
        if (shown := cells.shown_mark(text)) is not None
    ]
    decimal, doubt = _settle(figures)
    if doubt:
        questions.append(Question("ambiguous_number", *doubt, choices=(".", ",")))
    dates = [
        (mapping.date, text, shown)
        for text in columns.get(mapping.date, [])
        if (shown := cells.shown_order(text)) is not None
    ]
    order, doubt = _settle(dates)
    if doubt:
        questions.append(Question("ambiguous_date", *doubt, choices=("dmy", "mdy")))
    return replace(mapping, decimal=decimal, order=order), questions


def _settle(shown: list[tuple[str, str, str]]) -> tuple[str, tuple[str, str] | None]:
    """What all clear cells agree on, or a doubtful cell (column, text) if none or several answers are clear."""
    clear = {answer for _, _, answer in shown if answer}
    if len(clear) == 1:
        return clear.pop(), None
    doubtful = [(column, text) for column, text, answer in shown if not answer or clear]
    return "", doubtful[0] if doubtful else None
