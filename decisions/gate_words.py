"""What each gate criterion asks for, in a sentence that says what to do."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from initiatives import words as initiatives_words
from initiatives.readiness import Factor
from initiatives.verdicts import Status
from ownership import words as figures

CRITERION: Mapping[str, str | Promise] = {
    "G0.questions": _("Name the business goal, what will be measurably different, and who answers for it."),
    "G0.problem": _("Describe the problem with figures: %(answered)s of the %(needed)s answers needed have one."),
    "G0.outcome": _("Choose a main KPI that is an outcome: leads, revenue, hours, not articles or prompts."),
    "G0.owner": _("An owner accepts the seat."),
    "G0.sponsor": _("Name a sponsor of the rank that your organisation asks for."),
    "G1.sponsor": _("The sponsor accepts the seat."),
    "G1.effect": _("State the goal, the smallest effect worth its money, and the weeks until it starts and is full."),
    "G1.kill": _("Agree at least one condition under which you stop."),
    "G1.budget": _("Set the budget."),
    "G1.source": _("The source of the main KPI has delivered at least once, and somebody can read it today."),
    "G1.privacy": _("Say which personal or confidential data is used and on what basis, with evidence."),
    "G1.people": _("Show that those who do the work now were asked, with evidence."),
    "G1.readiness": _("At least half of the readiness questions are answered well (now %(shares)s)."),
    "G2.seats": _("Sponsor and owner hold their seats."),
    "G2.baseline": _(
        "Lock a baseline of at least %(needed)s periods with 80 of 100 days known (now %(periods)s periods)."
    ),
    "G2.guardrail": _("Name at least one KPI that must not fall."),
    "G2.rules": _("Publish decision rules for every domain in use%(domains)s."),
    "G2.deciders": _("Seat a decider for every domain in use%(domains)s."),
    "G2.people": _("Those who do the work know what changes and have had their training."),
    "G2.readiness": _("At least half of the questions about people are answered well (now %(shares)s)."),
    "G2.power": _(
        "The pilot can show its goal: agreed %(goal)s, smallest provable %(smallest)s; the first week that can tell: "
        "%(week)s."
    ),
    "G2.control": _("Name an untreated group of pages to compare with, or say why there is none."),
    "G3.seats": _("Sponsor and owner hold their seats."),
    "G3.guardrails": _("No guardrail is broken (now %(broken)s)."),
    "G3.data": _("The main KPI has recent data."),
    "G3.export": _("Everything was exported in an open format within the last year."),
    "G3.terms": _("Notice period, price clause and cost at triple use are known."),
    "G3.verdict": _("The target is reached or on track (now: %(verdict)s)."),
    "G3.payback": _("Even by a cautious estimate it pays back within %(horizon)s months (now: %(payback)s)."),
}


def sentence(result: Mapping[str, Any]) -> str:
    """One entry of `gates.results` in the reader's language."""
    why = result["why"]
    return str(CRITERION[result["code"]]) % {name: _said(name, value) for name, value in (why | _shares(why)).items()}


def said(result: Mapping[str, Any]) -> dict[str, Any]:
    """The same entry for people and machines: its sentence as `why`, the values it rests on as `figures`."""
    return {**result, "why": sentence(result), "figures": result["why"]}


def _shares(why: Mapping[str, Any]) -> dict[str, str]:
    """The factor shares of a readiness criterion as one list: "Bad data 9 of 18" needs no percentage."""
    names = {factor.value: factor for factor in Factor}
    parts = [
        f"{initiatives_words.factor_name(names[key])} {figures.share(round(value * 100), 100)}"
        for key, value in why.items()
        if key in names and value is not None
    ]
    return {"shares": ", ".join(parts)}


def _said(name: str, value: Any) -> object:
    if name == "domains":
        return f": {', '.join(map(gettext, value))}" if value else ""
    if value is None:
        return str(_("not known"))
    if name == "week" and not value:
        return str(_("none"))
    if name in ("goal", "smallest"):
        return figures.change(value)
    if name == "verdict":
        return initiatives_words.STATUS[Status(value)].label
    return figures.number(value) if isinstance(value, float) else value
