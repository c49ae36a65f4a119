"""What the static check found, in sentences, each with a case in which it shows."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from decisions import words
from decisions.rules import FactType, Schema, Value
from decisions.rules.analysis import Finding

FINDINGS: Final = {
    "gap": _("No rule fits, so the default counts."),
    "overlap": _("%(one)s and %(other)s can both fit."),
    "conflict": _("%(one)s and %(other)s can both fit and want different things."),
    "unreachable": _("%(one)s never decides and asks nothing of its own."),
    "loosens": _("The AI gets more say: “%(becomes)s” (%(other)s) instead of “%(was)s” (%(one)s)."),
    "loosens_duties": _("%(other)s asks less of the AI than %(one)s did."),
    "not_proved": _("There are too many combinations to check all of them: this is not proved."),
}


def finding(found: Finding) -> str:
    """One sentence."""
    one, other = [*found.rows, "", ""][:2]
    params: dict[str, Any] = {"one": _named(one), "other": _named(other)}
    code = found.code
    if found.was is not None and found.becomes is not None:
        params |= {"was": words.AUTHORITIES[found.was], "becomes": words.AUTHORITIES[found.becomes]}
        code = "loosens_duties" if found.was == found.becomes else code
    return str(FINDINGS[code] % params)


def case(facts: Mapping[str, Value], schema: Schema) -> str:
    """An example in words: “page class support, clicks 999”. The facts left out do not matter."""
    said = []
    for name, value in facts.items():
        fact = schema[name]
        if fact.type is FactType.BOOLEAN and name in words.STATES:
            said.append(str(words.STATES[name][0 if value else 1]))
        else:
            said.append(f"{words.fact_name(name)}: {words.value(fact, value)}")
    return ", ".join(said) or str(_("any"))


def bad_outcomes(share: Mapping[str, Any]) -> str:
    """“36 of 100 (27% to 46%)”, or that none is settled."""
    if not share["of"]:
        return str(_("none settled yet"))
    said = {"bad": share["bad"], "of": share["of"], "low": f"{share['low']:.0%}", "high": f"{share['high']:.0%}"}
    return str(_("%(bad)s of %(of)s (%(low)s to %(high)s)") % said)


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
