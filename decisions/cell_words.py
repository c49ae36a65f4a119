"""Facts, values and conditions in the reader's language, and conditions as people type them.

One table of phrases serves both ways, so what is shown can be typed back: "80% or more", "not support".
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final

from django.conf import settings
from django.utils.formats import get_format
from django.utils.text import capfirst
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from decisions.rules import Cell, Fact, FactType, Value, Wrong, read_cell
from decisions.rules.schema import LARGEST
from metrics.tabular import cells
from ownership import words as figures

FACTS: Final = {
    "domain": _("Domain"),
    "strategic": _("Strategic"),
    "track_record_lb": _("Track record"),
    "changes_today": _("Changes today"),
    "pages_today": _("Pages changed today"),
    "guardrail_breached": _("Guardrail broken"),
    "in_freeze_window": _("Freeze window"),
    "role_vacant": _("Seat empty"),
    "on_hold": _("On hold"),
    "page_class": _("Page class"),
    "clicks_28d": _("Clicks, 28 days"),
    "ai_confidence": _("AI confidence"),
    "ymyl": _("Health or money advice"),
    "paid_link": _("Paid link"),
    "link_exchange": _("Link exchange"),
    "existing_relation": _("Existing relation"),
    "toxic_score": _("Toxic score"),
    "topical_relevance": _("Topical relevance"),
    "touches_nav": _("Touches the navigation"),
    "links_changed": _("Links changed"),
    "pages": _("Pages"),
    "revenue_share": _("Revenue share"),
}

VALUES: Final = {
    "money": _("money"),
    "ymyl": _("health or money advice"),
    "long_tail": _("long tail"),
    "support": _("support"),
    "title_rewrite": _("page titles"),
    "content_draft": _("content drafts"),
    "link_outreach": _("link outreach"),
    "internal_links": _("internal links"),
    "bulk_meta": _("meta data in bulk"),
}

# By the key of a bound: what is written, of a day in its own words, and what else is read. Signs are the notation.
BOUNDS: Final[Mapping[str, Sequence[Any]]] = {
    "gte": (
        *(_("%(end)s or more"), _("%(end)s or later"), _("at least %(end)s"), _("from %(end)s")),
        *(">= %(end)s", "≥ %(end)s"),
    ),
    "gt": (_("over %(end)s"), _("after %(end)s"), _("more than %(end)s"), "> %(end)s"),
    "lte": (_("%(end)s or less"), _("%(end)s or earlier"), _("at most %(end)s"), "<= %(end)s", "≤ %(end)s"),
    "lt": (_("under %(end)s"), _("before %(end)s"), _("less than %(end)s"), "< %(end)s"),
    "eq": ("%(end)s", "= %(end)s"),
}
BETWEEN: Final = (  # with both ends, which the Dutch “tot” may leave out, so “to” has no Dutch here
    *(_("between %(low)s and %(high)s"), _("from %(low)s to %(high)s"), _("%(low)s through %(high)s")),
    "%(low)s to %(high)s",
)
MEMBERS: Final[Mapping[str, Sequence[Any]]] = {
    "not_in": (_("not %(values)s"), _("none of %(values)s"), "not in %(values)s"),
    "in": (
        *("%(values)s", _("one of %(values)s"), _("is %(values)s"), _("is one of %(values)s")),
        *("in %(values)s", "= %(values)s"),
    ),
}
AND: Final = _(" and ")
OR: Final = _(" or ")
ANY: Final = (_("any"), _("Any"))  # as comparisons and empty fields say it
NOT_KNOWN: Final = (_("not known"), _("unknown"))
WEEKDAYS: Final = {
    name: weekday
    for weekday, names in enumerate(
        (
            "monday mon maandag ma",
            "tuesday tues tue dinsdag di",
            "wednesday wed woensdag wo",
            "thursday thurs thur thu donderdag do",
            "friday fri vrijdag vr",
            "saturday sat zaterdag za",
            "sunday sun zondag zo",
        )
    )
    for name in names.split()
}
WEEKDAY: Final = re.compile(rf"({'|'.join(WEEKDAYS)})\.?,? ", re.IGNORECASE)
A_DAY: Final = re.compile(  # no month or week, of which "after" would mean its end
    r"\d{4}-\d\d-\d\d|\d{1,2}([-/.])\d{1,2}\1\d{4}|\d{1,2}\.? [a-z]+\.? \d{4}|(?!w)[a-z]+\.? \d{1,2},? \d{4}",
    re.IGNORECASE,
)
FIGURES: Final = re.compile(rf"[-+{figures.MINUS}]?[\d.,' ]+")


# --- writing ---


def fact_name(name: str) -> str:
    return str(FACTS.get(name) or capfirst(name.replace("_", " ")))


def value(fact: Fact, known: Value) -> str:
    """A known value as a reader writes it: 78%, 1,200, €12.50, long tail, yes."""
    if isinstance(known, bool):
        return str(_("yes") if known else _("no"))
    if isinstance(known, str):
        return str(VALUES.get(known) or known.replace("_", " "))
    if isinstance(known, date):
        return figures.day(known, year=True)
    if fact.type is FactType.RATIO:
        return share(known)
    return figures.money(known / 100, fact.unit) if fact.type is FactType.MONEY else number(round(known, 6))


def share(ratio: float) -> str:
    return f"{number(round(ratio * 100, 2))}%"


def number(exact: float | Decimal, *, typed: bool = False) -> str:
    """All its digits: a bound is said exactly, unlike a measured value. `typed`: so that it reads as nothing else."""
    plain = Decimal(str(exact)).normalize()
    places = max(0, -int(plain.as_tuple().exponent))
    return figures.number(plain, 4 if typed and places == 3 else places)  # 1.234 could be a foreign thousand


def _end(fact: Fact, bound: Any) -> str:
    if fact.type is FactType.RATIO:
        return f"{number(Decimal(str(bound)) * 100, typed=True)}%"
    if fact.type is FactType.MONEY:
        return figures.money(Decimal(bound) / 100, fact.unit, cents=bool(bound % 100))
    return figures.day(bound, year=True) if fact.type is FactType.DATE else number(bound, typed=True)


def cell(part: Cell) -> str:
    """A condition as it stands in the table: “80% or more”, “under 1,000”, “money or support”, “not support”, “yes”."""
    fact, spec = part.fact, part.spec
    if part.members is not None:
        key = next(iter(spec))
        members = spec[key] if key == "not_in" else sorted(part.members, key=_place(fact))
        return _listing(fact, key, tuple(members), get_language())
    low, high = (None if end is None else _end(fact, end) for end in (part.low, part.high))
    if set(spec) == {"gte", "lte"}:
        return str(BETWEEN[0]) % {"low": low, "high": high}
    form = 1 if fact.type is FactType.DATE and "eq" not in spec else 0
    ends = {key: high if key in ("lt", "lte") else low for key in BOUNDS if key in spec}
    return str(AND).join(str(BOUNDS[key][form]) % {"end": end} for key, end in ends.items())


@lru_cache(maxsize=1000)
def _listing(fact: Fact, key: str, members: tuple[Value, ...], _language: str | None) -> str:
    """The values in their words; where that could be another cell, with codes, commas or in another phrase."""
    names = ([value(fact, one) for one in members], [str(one) for one in members])
    phrases = MEMBERS.get(key, MEMBERS["in"])
    listings = [gap.join(said) for gap in (str(OR), ", ") for said in names]
    texts = [str(phrase) % {"values": said} for phrase in phrases for said in listings]
    return next((text for text in texts if fact.values and len(_readings(fact, text)) == 1), texts[0])


def _place(fact: Fact) -> Any:
    return lambda member: fact.values.index(member) if fact.values else 0


def examples(fact: Fact) -> list[str]:
    """Conditions that work, to show what can be typed; none if no value lies within the fact's limits."""
    found = []
    for spec in _specimens(fact):
        with suppress(Wrong):
            found.append(cell(read_cell(fact, spec)))
    return found


def reach(fact: Fact) -> str:
    """What a figure of this fact can be: “between 0% and 100%”."""
    ends = {"gte": fact.minimum, "lte": fact.maximum}
    ends = {key: end for key, end in ends.items() if abs(end) < LARGEST} or ends
    low, high = (
        ends[key] * (100 if fact.type is FactType.MONEY else 1) if key in ends else None for key in ("gte", "lte")
    )
    return cell(Cell(fact, ends, low=low, high=high))  # not read, as 0.5 may be the limit of whole numbers


def _specimens(fact: Fact) -> list[dict[str, Any]]:
    if fact.type is FactType.ENUM:
        return [{"in": list(fact.values[:2])}, *([{"not_in": [fact.values[-1]]}] if len(fact.values) > 1 else [])]
    if fact.type is FactType.DATE:
        return [{"gte": "2027-01-15"}, {"lt": "2027-01-15"}]
    least, most = fact.minimum, fact.maximum
    if most >= LARGEST:  # no limit
        least = 0 if least <= 20 else least
        low, high = least + 20, least + 1000
    else:  # a fifth from either end
        if least <= -LARGEST:
            least = 0 if most > 0 else most - 100
        low, high = (least + part * (most - least) for part in (0.2, 0.8))
    low, high = (_round(fact, end, high - low) for end in (low, high))
    return [{"gte": high}, {"lt": low}, {"gte": low, "lte": high}]


def _round(fact: Fact, end: float, span: float) -> float:
    """To digits that tell both ends of the span apart, within the fact's limits."""
    if not fact.integer and fact.type is not FactType.MONEY:
        places = max(2, 2 - math.floor(math.log10(span))) if span else 6
        return _plain(min(max(round(end, places), fact.minimum), fact.maximum))
    unit = 1 if fact.integer else 100
    least, most = math.ceil(Decimal(str(fact.minimum)) * unit), math.floor(Decimal(str(fact.maximum)) * unit)
    return _plain(min(max(round(end * unit), least), most) / unit)


# --- reading ---


class Unreadable(ValueError):
    """No condition on this fact."""


Spec = dict[str, Any]


def read(fact: Fact, text: str) -> Spec:
    """The cell, as JSON, that somebody typed in any of our languages; empty for any. Raises `Unreadable`.

    Figures and days that can mean two things are read as the reader's own language writes them, or not at all; nor is
    a text of which phrases or languages make two cells.
    """
    found = _readings(fact, text)
    if len(found) != 1:
        raise Unreadable
    return found[0]


def _readings(fact: Fact, text: str) -> list[Spec]:
    """The different cells that a text can mean."""
    found: dict[Any, Spec] = {}
    text = " ".join(text.replace(figures.WORD_JOINER, "").split())
    mine = get_language() or settings.LANGUAGE_CODE
    for language in dict.fromkeys([mine, *dict(settings.LANGUAGES)]):
        mark = get_format("DECIMAL_SEPARATOR") if language == mine else ""
        with override(language):
            for bare in _without_name(fact, text):
                for spec in _members(fact, bare) if fact.values else _interval(fact, bare, mark):
                    found.setdefault(_alike(spec), spec)
                if bare.casefold() in {str(word).casefold() for word in ANY}:
                    found.setdefault((), {})
    return list(found.values())


def _alike(spec: Spec) -> Any:
    """What is the same for specs that differ only in the order of their values."""
    return frozenset((key, frozenset(end) if isinstance(end, list) else end) for key, end in spec.items())


def is_not_known(text: str) -> bool:
    """Whether somebody asked for a fact that is missing, which no rule can: it would reward silence."""
    said = {str(word) for language in dict(settings.LANGUAGES) for word in _in(language, NOT_KNOWN)}
    return " ".join(text.split()).casefold() in said


def _in(language: str, said: Iterable[Any]) -> list[str]:
    with override(language):
        return [str(word) for word in said]


def _without_name(fact: Fact, text: str) -> Iterator[str]:
    """The text, and what is left of it if it begins with the name of the fact."""
    yield text
    names = "|".join(re.escape(name) for name in (fact.name, fact_name(fact.name)))
    if found := re.fullmatch(rf"(?:{names})\s*:?\s*(.+)", text, re.IGNORECASE):
        yield found[1]


def _parts(phrase: Any, text: str) -> dict[str, str] | None:
    """What stands in the gaps of a phrase."""
    pieces = re.split(r"%\((\w+)\)s", str(phrase))  # texts and names of gaps take turns
    pattern = "".join(
        f"(?P<{piece}>.+?)" if index % 2 else r"\s*".join(["", *map(re.escape, piece.split()), ""])
        for index, piece in enumerate(pieces)
    )
    found = re.fullmatch(pattern, text, re.IGNORECASE)
    return found.groupdict() if found else None


def listed(text: str, names: Mapping[str, str]) -> list[str]:
    """What each of the names in the text stands for; empty if anything else does, or where it can be two things."""
    found = _lists(text, names.items())
    return found[0] if len(found) == 1 else []


def _lists(text: str, names: Iterable[tuple[str, str]]) -> list[list[str]]:
    """What each of the names in the text stands for, in up to two ways. Names may hold commas and “or”."""
    known = dict.fromkeys((name.casefold(), key) for name, key in names)
    between = re.compile(rf"\s*,\s*|\s+{re.escape(str(OR).strip())}\s+")

    @cache
    def ways(rest: str) -> list[list[str]]:
        found = [[key] for name, key in known if name == rest]
        for name, key in known:
            if rest.startswith(name) and (gap := between.match(rest, len(name))):
                found += [[key, *more] for more in ways(rest[gap.end() :])]
        return found[:2]

    return ways(text.casefold())


def _members(fact: Fact, text: str) -> Iterator[Spec]:
    names = [(name, key) for key in fact.values for name in (key, value(fact, key))]
    for key, phrases in MEMBERS.items():
        for phrase in phrases:
            if parts := _parts(phrase, text):
                yield from ({key: list(dict.fromkeys(found))} for found in _lists(parts["values"], names))


def _interval(fact: Fact, text: str, mark: str) -> Iterator[Spec]:
    for phrase in BETWEEN:
        if parts := _parts(phrase, text):
            percent = "%" if parts["high"].endswith("%") and not parts["low"].endswith("%") else ""
            low, high = (_read_end(fact, end, mark) for end in (parts["low"] + percent, parts["high"]))
            if low is not None and high is not None:
                yield {"gte": low, "lte": high}
    spec: Spec = {}
    for part in re.split(rf"\s+{str(AND).strip()}\s+", text):
        key, end = _bound(fact, part, mark)
        if end is None or key in spec:
            return
        spec[key] = end
    yield spec


def _bound(fact: Fact, text: str, mark: str) -> tuple[str, Any]:
    for key, phrases in BOUNDS.items():
        for phrase in phrases:
            parts = _parts(phrase, text)
            is_sign = isinstance(phrase, str) and not phrase.startswith("%")
            end = _read_end(fact, parts["end"], mark, is_notation=is_sign) if parts else None
            if end is not None:
                return key, end
    return "", None


def _read_end(fact: Fact, text: str, mark: str, *, is_notation: bool = False) -> Any:
    """A figure as JSON, a day in ISO; None for anything else. A share is in percent, but in notation may be 0.8."""
    try:
        if fact.type is FactType.DATE:
            return _day(text, mark)
        if fact.type is FactType.RATIO and text.endswith("%"):
            return _plain(float(Decimal(str(_figure(text[:-1].rstrip(), mark))) / 100))
        if fact.type is FactType.RATIO and not is_notation:
            return None
        if fact.type is FactType.MONEY:
            signs = "|".join(re.escape(sign) for sign in {fact.unit, figures.SYMBOLS.get(fact.unit, fact.unit)})
            at_an_end = rf"^([-{figures.MINUS}]?)(?:{signs})\s*|\s*(?:{signs})$"
            text = re.sub(at_an_end, r"\1", text, count=1, flags=re.IGNORECASE)
        return _plain(_figure(text, mark))
    except cells.BadCell:
        return None


def _day(text: str, mark: str) -> str | None:
    """A day in ISO. The day of the week may stand before it, if it is that day's."""
    said = WEEKDAY.match(text)
    bare = text[said.end() :] if said else text
    if not A_DAY.fullmatch(bare):
        return None
    on = cells.day(bare, order="dmy" if mark == "," else "")
    return None if said and WEEKDAYS[said[1].casefold()] != on.weekday() else on.isoformat()


def _figure(text: str, mark: str) -> float:
    """As it can only be meant. A lone 1,000 is a thousand where the language writes it so; 1.000 may be one, too."""
    if not FIGURES.fullmatch(text):  # another currency, which `cells` would pass over
        raise cells.BadCell("not_a_number")
    try:
        return cells.number(text, decimal="")
    except cells.BadCell as bad:
        if bad.code != "ambiguous_number" or not mark or mark in text:
            raise
        return cells.number(text, decimal=mark)


def _plain(figure: float) -> float | int:
    return int(figure) if figure == int(figure) else figure
