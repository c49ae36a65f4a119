"""What a file seems to say, to be confirmed by a person. What could mean two things is asked, never guessed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice

from metrics.tabular import cells
from metrics.tabular.cells import BadCell
from metrics.tabular.mapping import DELIMITERS, Mapping, Measure
from metrics.tabular.presets import Preset, recognise
from metrics.tabular.reading import MAX_BYTES, TOTALS, RowError, Unreadable, lines

LOOKED_AT = 5_000  # rows; a mark that decides may stand far down
SAMPLE = 3
HEAD = 100_000  # bytes in which the headings must begin

_DATES = frozenset(
    "date datum day dag tag jour week month maand timestamp period period_start periode time tijd run_at".split()  # noqa: SIM905
)
_KPIS = frozenset({"kpi", "metric", "metriek", "kengetal", "measure"})
_NUMS = frozenset({"num", "value", "waarde", "numerator", "teller"})
_DENS = frozenset({"den", "denominator", "noemer"})
# Search Console in English, Dutch, German and French.
_CLICKS = frozenset({"clicks", "kliks", "klikken", "klicks", "clics"})
_IMPRESSIONS = frozenset({"impressions", "vertoningen", "impressies", "impressionen"})
_POSITIONS = frozenset({"position", "positie", "gemiddelde positie", "average position", "position moyenne"})


@dataclass(frozen=True, slots=True)
class Question:
    """What only a person can say, with a value that shows the doubt. `code` is a sentence of metrics/words.py."""

    code: str
    column: str
    example: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping to confirm, what is still open, and columns that cannot be used (heading → code). `preset`: which
    vendor's export it is recognised as."""

    mapping: Mapping
    headings: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()
    questions: tuple[Question, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    preset: str = ""
    error: RowError | None = None


def propose(data: bytes) -> Proposal:
    """How the file could be read. A file that cannot be read at all is a proposal with an error."""
    encoding = _encoding(data[:MAX_BYTES])
    delimiter = _delimiter(data, encoding)
    try:
        rows = [row for _, row in islice(lines(data, encoding, delimiter), LOOKED_AT)]
    except Unreadable as broken:
        return Proposal(Mapping(encoding=encoding), error=broken.error)
    if not rows:
        return Proposal(Mapping(encoding=encoding), error=RowError(1, "", "empty_file"))
    headings, body = rows[0], [row for row in rows[1:] if len(row) == len(rows[0]) and not _is_total(row)]
    columns = {name: [row[at] for row in body if row[at]] for at, name in enumerate(headings)}
    preset = recognise(headings)
    mapping = Mapping(encoding=encoding, delimiter=delimiter)
    mapping = _recognised(mapping, columns, preset) if preset else _columns(mapping, columns)
    mapping, questions = _ask(mapping, columns)
    return Proposal(
        mapping=mapping,
        headings=tuple(headings),
        sample=tuple(tuple(row) for row in body[:SAMPLE]),
        questions=tuple(questions),
        preset=preset.name if preset else _search_console(mapping),
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


def _delimiter(data: bytes, encoding: str) -> str:
    """The one that cuts the headings into most cells: the first line that is no comment and has one at all."""
    text = data[:HEAD].decode(encoding, errors="replace")
    cut = (line for line in text.splitlines() if not line.startswith(("# ", "#-")))
    first = next((line for line in cut if any(mark in line for mark in DELIMITERS)), "")
    return max(DELIMITERS, key=first.count)


def _is_total(row: list[str]) -> bool:
    return any(cell.casefold() in TOTALS for cell in row)


def _is_percentage(values: list[str]) -> bool:
    return bool(values) and all(value.endswith("%") for value in values)


def _is_number(text: str) -> bool:
    try:
        cells.number(text, decimal="")
    except BadCell as bad:
        return bad.code == "ambiguous_number"
    return True


def _mostly(fits: Callable[[str], bool], values: list[str]) -> bool:
    """Whether a column holds this, but for mistakes: half of its first fifty cells."""
    first = values[:50]
    return bool(first) and 2 * sum(map(fits, first)) >= len(first)


def _recognised(mapping: Mapping, columns: dict[str, list[str]], preset: Preset) -> Mapping:
    """What the preset says, as far as this export has it."""
    named = {name.casefold(): name for name in columns}
    on = next((named[name] for name in preset.dates if name in named), "")
    measures = tuple(Measure("", named[thing], counted=counted) for thing, counted in preset.things if thing in named)
    return replace(mapping, date=on, measures=measures)


def _search_console(mapping: Mapping) -> str:
    return "searchconsole" if any(m.is_mean and m.num.casefold() in _POSITIONS for m in mapping.measures) else ""


def _columns(mapping: Mapping, columns: dict[str, list[str]]) -> Mapping:
    named = {name.casefold(): name for name in columns}
    days = [name for name, values in columns.items() if _mostly(cells.looks_like_day, values)]
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
