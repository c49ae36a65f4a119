"""One cell: a number or a day, in Dutch or English, or the reason why it is neither.

What could mean two things ("1.234", "01-02-2026") is an error until the mapping says which.
"""

import re
from datetime import date

MINUS_SIGN = "\N{MINUS SIGN}"
LIMIT = 1e15  # what a snapshot holds; beyond it nothing is a measurement
EARLIEST_YEAR = 1990


class BadCell(Exception):
    """The cell cannot be read; `code` is a sentence of metrics/words.py."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


LONGEST = 60  # characters that a number or a day can take
_CURRENCY = re.compile(r"^(?:EUR|USD|GBP|[€$£])\s*|\s*(?:EUR|USD|GBP|[€$£])$")
_GAPS = " '\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\N{RIGHT SINGLE QUOTATION MARK}"
_GAPPED = re.compile(rf"([+-]?[0-9]{{1,3}}(?:[{_GAPS}][0-9]{{3}})+)([.,][0-9]+)?")  # 1 234 567,8
_PLAIN = re.compile(r"[+-]?[0-9]{1,15}")
_NUMERIC = re.compile(r"[+-]?[0-9.,]*[0-9][0-9.,]*")


def number(text: str, *, decimal: str) -> float:
    """The number in a cell. `decimal` is "." or ",", or empty while nobody has said which."""
    if _PLAIN.fullmatch(text):
        return float(text)
    value = _parse(text, decimal)
    if abs(value) > LIMIT:
        raise BadCell("number_too_large")
    return value


def _bare(text: str) -> str:
    """Without currency sign and gaps between thousands, the minus in ASCII."""
    bare = _CURRENCY.sub("", text).replace(MINUS_SIGN, "-")
    return re.sub(f"[{_GAPS}]", "", bare) if _GAPPED.fullmatch(bare) else bare


def _parse(text: str, decimal: str) -> float:
    if text.startswith(("=", "@")):
        raise BadCell("formula")
    if text.endswith("%"):
        raise BadCell("bare_percentage")
    bare = _bare(text[:LONGEST])
    if len(text) > LONGEST or not _NUMERIC.fullmatch(bare):
        raise BadCell("not_a_number")
    marks = {mark for mark in bare if mark in ".,"}
    if not marks:
        return float(bare)
    mark = decimal or _mark(bare, marks)
    if mark is None:
        raise BadCell("ambiguous_number")
    whole, point, part = bare.partition(mark)
    group = "," if mark == "." else "."
    grouped = re.fullmatch(rf"[+-]?(?:[0-9]*|[0-9]{{1,3}}(?:\{group}[0-9]{{3}})+)", whole)
    if not grouped or not re.fullmatch(r"[0-9]*", part) or (point and not part):
        raise BadCell("not_a_number")
    return float(whole.replace(group, "") + "." + (part or "0"))


def _mark(bare: str, marks: set[str]) -> str | None:
    """The decimal mark that the number itself shows; None where it could be either."""
    if len(marks) == 2:
        return max(marks, key=bare.rindex)
    (mark,) = marks
    if bare.count(mark) > 1:
        return "," if mark == "." else "."
    whole, _, part = bare.lstrip("+-").partition(mark)
    could_group = len(part) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return None if could_group else mark


_YES = frozenset("yes true 1 y ja j waar wahr oui vrai x".split())  # noqa: SIM905  a list of words reads better so
_NO = frozenset("no false 0 n nee nein onwaar falsch non faux -".split())  # noqa: SIM905


def is_yes(text: str) -> bool:
    """What a cell that says yes or no says."""
    if text.casefold() in _YES:
        return True
    if text.casefold() in _NO:
        return False
    raise BadCell("not_yes_or_no")


def shown_mark(text: str) -> str | None:
    """What a cell says about the decimal mark of its file: "." or ","; "" if it could be either; None for nothing."""
    bare = _bare(text[:LONGEST].rstrip("%"))
    marks = {mark for mark in bare if mark in ".,"}
    if not marks or not _NUMERIC.fullmatch(bare):
        return None
    return _mark(bare, marks) or ""


_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "january januari jan",
            "february februari feb febr",
            "march maart mar mrt",
            "april apr",
            "may mei",
            "june juni jun",
            "july juli jul",
            "august augustus aug",
            "september sep sept",
            "october oktober oct okt",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_TIME = r"(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?(?:Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?)?"
_ISO = re.compile(rf"([0-9]{{4}})([-/.]?)([0-9]{{2}})\2([0-9]{{2}}){_TIME}")
_ORDERED = re.compile(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2([0-9]{{4}}){_TIME}")
_WEEK = re.compile(
    r"([0-9]{4})[- ]?W(?:eek)? ?([0-9]{1,2})|(?:W|Week|Wk) ?([0-9]{1,2})[,/ -]+([0-9]{4})", re.IGNORECASE
)
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_DAY_FIRST = re.compile(r"(?:([0-9]{1,2})\.? +)?([A-Za-z]+)\.? +([0-9]{4})")
_MONTH_FIRST = re.compile(r"([A-Za-z]+)\.? +([0-9]{1,2}),? +([0-9]{4})")


def day(text: str, *, order: str) -> date:
    """The first day of the period in a cell. `order` is "dmy" or "mdy" for dates in figures, or empty if unsaid.

    A timestamp counts for the day it names, in the zone it was written in; a week for its Monday, a month for its
    first day.
    """
    if len(text) > LONGEST:
        raise BadCell("not_a_date")
    try:
        found = _iso(text) or _ordered(text, order) or _week(text) or _named(text)
    except (ValueError, OverflowError) as error:
        raise BadCell("no_such_day") from error
    if found is None:
        raise BadCell("formula" if text.startswith(("=", "@")) else "not_a_date")
    if found.year < EARLIEST_YEAR:
        raise BadCell("no_such_day")
    return found


def looks_like_day(text: str) -> bool:
    """Whether the cell is written like a day, be it one that does not exist or can be read two ways."""
    try:
        day(text, order="")
    except BadCell as bad:
        return bad.code in ("ambiguous_date", "no_such_day")
    return True


def _iso(text: str) -> date | None:
    if found := _ISO.fullmatch(text):
        return date(int(found[1]), int(found[3]), int(found[4]))
    if found := _MONTH.fullmatch(text):
        return date(int(found[1]), int(found[2]), 1)
    return None


def _ordered(text: str, order: str) -> date | None:
    found = _ORDERED.fullmatch(text)
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if not order and first <= 12 and second <= 12 and first != second:
        raise BadCell("ambiguous_date")
    if order == "mdy" or (not order and second > 12):
        return date(year, first, second)
    return date(year, second, first)


def _week(text: str) -> date | None:
    if found := _WEEK.fullmatch(text):
        return date.fromisocalendar(int(found[1] or found[4]), int(found[2] or found[3]), 1)
    return None


def _named(text: str) -> date | None:
    if found := _DAY_FIRST.fullmatch(text):
        day_text, name, year = found[1] or "1", found[2], found[3]
    elif found := _MONTH_FIRST.fullmatch(text):
        name, day_text, year = found.groups()
    else:
        return None
    month = _MONTHS.get(name.lower())
    return date(int(year), month, int(day_text)) if month else None


def shown_order(text: str) -> str | None:
    """What a cell says about the order of day and month: "dmy" or "mdy"; "" if either; None if it says nothing."""
    found = _ORDERED.fullmatch(text)
    if found is None:
        return None
    first, second = int(found[1]), int(found[3])
    if first > 12:
        return "dmy"
    return "mdy" if second > 12 else ""
