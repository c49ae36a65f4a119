"""What the static check found, in sentences, each with a case in which it shows; and what two versions differ in."""

from collections.abc import Callable, Mapping
from datetime import date
from math import ceil
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from decisions import cell_words, words
from decisions.rules import FactType, Row, Schema, Then, Timeout, Value
from decisions.rules.analysis import Finding
from ownership import words as figures

FINDINGS: Final = {
    "gap": _("No rule fits, so the default counts."),
    "overlap": _("%(one)s and %(other)s can both fit."),
    "conflict": _("%(one)s and %(other)s can both fit and want different things."),
    "unreachable": _("%(one)s never decides and asks nothing of its own."),
    "loosens": _("The AI gets more say: “%(becomes)s” (%(other)s) instead of “%(was)s” (%(one)s)."),
    "loosens_duties": _("%(other)s asks less of the AI than %(one)s did."),
    "tightens": _("The AI gets less say: “%(becomes)s” (%(other)s) instead of “%(was)s” (%(one)s)."),
    "tightens_duties": _("%(other)s asks more of the AI than %(one)s did."),
    "guards_less": _("Fewer guardrails open the breaker: only those that the rules name."),
    "not_proved": _("There are too many combinations to check all of them: this is not proved."),
}


TIMEOUTS: Final = {
    Timeout.ESCALATE: _("ask the next in line"),
    Timeout.REJECT: _("reject it"),
    Timeout.HOLD: _("leave it"),
}


def finding(found: Finding) -> str:
    """One sentence."""
    one, other = [*found.rows, "", ""][:2]
    params: dict[str, Any] = {"one": _named(one), "other": _named(other)}
    code = found.code
    if found.was is not None and found.becomes is not None:
        params |= {"was": words.AUTHORITIES[found.was], "becomes": words.AUTHORITIES[found.becomes]}
        code = f"{code}_duties" if found.was == found.becomes else code
    return str(FINDINGS[code] % params)


class Difference(NamedTuple):
    """One part of a row in two versions, in words."""

    part: str
    before: str
    after: str


def differences(before: Row, after: Row) -> list[Difference]:
    """Cell by cell, then what follows from the row; only what is not alike."""
    facts = {cell.fact.name: cell.fact for row in (before, after) for cell in row.when}
    parts = [Difference(cell_words.fact_name(name), _said(before, name), _said(after, name)) for name in facts]
    parts += [Difference(str(name), say(before.then), say(after.then)) for name, say in PARTS]
    return [part for part in parts if part.before != part.after]


def _said(row: Row, name: str) -> str:
    return next((cell_words.cell(cell) for cell in row.when if cell.fact.name == name), str(_("any")))


# What follows from a row, each part with how it is said.
PARTS: Final[list[tuple[Any, Callable[[Then], str]]]] = [
    (_("Then"), lambda then: str(words.AUTHORITIES[then.authority])),
    (_("Who decides"), lambda then: then.decider or str(_("as the domain says"))),
    (_("Second seat"), lambda then: then.second or str(_("none"))),
    (_("Duties"), lambda then: ", ".join(words.duties(then)) or str(_("none"))),
    (_("If nobody answers"), lambda then: str(TIMEOUTS[then.on_timeout or Timeout.ESCALATE])),
    (_("Row ends on"), lambda then: figures.day(then.review_by, year=True) if then.review_by else str(_("no day"))),
    (_("Because"), lambda then: then.because),
]


def case(facts: Mapping[str, Value], schema: Schema) -> str:
    """An example in words: “page class support, clicks 999”. The facts left out do not matter."""
    said = []
    for name, value in facts.items():
        fact = schema[name]
        if fact.type is FactType.BOOLEAN and name in words.STATES:
            said.append(str(words.STATES[name][0 if value else 1]))
        else:
            said.append(f"{cell_words.fact_name(name)}: {cell_words.value(fact, value)}")
    return ", ".join(said) or str(_("any"))


def bad_outcomes(share: Mapping[str, Any]) -> str:
    """“36 of 100 (27% to 46%)”, or that none is settled."""
    if not share["of"]:
        return str(_("none settled yet"))
    said = {"bad": share["bad"], "of": share["of"], "low": f"{share['low']:.0%}", "high": f"{share['high']:.0%}"}
    return str(_("%(bad)s of %(of)s (%(low)s to %(high)s)") % said)


def pair(report: Mapping[str, Any]) -> str:
    """The decisive pair, read for somebody who signs: may the newly automatic be as good as the already automatic?"""
    newly, already = report["newly_automatic"], report["already_automatic"]
    if not newly["of"] or not already["of"]:
        return str(_("Too few outcomes are settled to compare the two."))
    if newly["low"] > already["high"]:
        return str(_("The newly automatic turn out worse than what the AI decides already."))
    if newly["high"] < already["low"]:
        return str(_("The newly automatic turn out better than what the AI decides already."))
    return str(_("The two ranges overlap: the figures do not tell them apart."))


def time_left(seconds: float) -> str:
    """“about 20 seconds left”, rounded up: nobody minds being done earlier."""
    if seconds < 60:
        n = max(10, ceil(seconds / 10) * 10)
        return ngettext("about %(n)s second left", "about %(n)s seconds left", n) % {"n": n}
    n = ceil(seconds / 60)
    return ngettext("about %(n)s minute left", "about %(n)s minutes left", n) % {"n": n}


def plain(found: Finding, schema: Schema) -> dict[str, Any]:
    """A finding as JSON."""
    return {
        "code": found.code,
        "rows": list(found.rows),
        "detail": finding(found),
        "case": {name: value.isoformat() if isinstance(value, date) else value for name, value in found.case.items()},
        "example": case(found.case, schema) if found.case else None,
    }


def _named(code: str) -> str:
    return str(_("the default")) if code == "DEFAULT" else code
