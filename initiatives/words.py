"""How a status, a flag, a state looks and is called, and what stands beside a KPI. Judgements carry codes; only edges
render them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from initiatives.flags import FlagKind, Reply
from initiatives.lifecycle import State
from initiatives.models import Target
from initiatives.models import Verdict as Row
from initiatives.readiness import FACTOR_NAMES, Exposure, Factor
from initiatives.scenarios import Standing
from initiatives.verdicts import Badge, Status
from metrics.catalogue import Direction, Kind, MetricType
from ownership import words as figures


@dataclass(frozen=True, slots=True)
class Look:
    """A word with its tone and icon: colour never stands alone."""

    label: str | Promise
    tone: str
    icon: str


STATUS: Mapping[Status, Look] = {
    Status.REACHED: Look(gettext_lazy("Target reached"), "good", "check"),
    Status.ON_TRACK: Look(gettext_lazy("On track"), "good", "up"),
    Status.BEHIND: Look(gettext_lazy("Behind"), "warn", "flat"),
    Status.UNLIKELY: Look(gettext_lazy("Unlikely"), "bad", "down"),
    Status.STALLED: Look(gettext_lazy("Stalling"), "bad", "pause"),
    Status.REGRESSING: Look(gettext_lazy("Losing ground"), "bad", "down"),
    Status.MISSED: Look(gettext_lazy("Target missed"), "bad", "x"),
    Status.INSUFFICIENT: Look(gettext_lazy("Too early"), "none", "clock"),
    Status.DATA_STALE: Look(gettext_lazy("No recent data"), "warn", "data"),
}

BADGE: Mapping[Badge, str | Promise] = {
    Badge.INCONCLUSIVE: gettext_lazy("Inconclusive"),
    Badge.LOW_RESOLUTION: gettext_lazy("Coarse test"),
    Badge.MISSING_DAYS: gettext_lazy("Days missing"),
    Badge.NO_CONTROL: gettext_lazy("No control group"),
    Badge.SHOCK: gettext_lazy("Core update in the pilot"),
    Badge.ROI_NEGATIVE: gettext_lazy("Does not pay"),
}

POLICY: Mapping[str, str | Promise] = {
    "strict": gettext_lazy("Strict: only when it is almost certain"),
    "balanced": gettext_lazy("Balanced"),
    "eager": gettext_lazy("Eager: rather too early than too late"),
}

STOP: Mapping[bool | None, Look] = {
    True: Look(gettext_lazy("It is so"), "bad", "alert"),
    False: Look(gettext_lazy("It is not so"), "good", "check"),
    None: Look(gettext_lazy("Not known"), "none", "clock"),
}

STANDING: Mapping[Standing, Look] = {
    Standing.HOLDS: Look(gettext_lazy("Holds"), "good", "check"),
    Standing.BROKEN: Look(gettext_lazy("Broken"), "bad", "x"),
    Standing.EXPIRED: Look(gettext_lazy("Expired"), "warn", "clock"),
    Standing.OPEN: Look(gettext_lazy("Open"), "none", "clock"),
}

STATE: Mapping[State, str | Promise] = {
    State.DRAFT: gettext_lazy("Draft"),
    State.SUBMITTED: gettext_lazy("Waiting for approval"),
    State.BASELINING: gettext_lazy("Measuring the baseline"),
    State.PILOT: gettext_lazy("Pilot"),
    State.REVIEW: gettext_lazy("Review"),
    State.SCALING: gettext_lazy("Scaling"),
    State.EMBEDDED: gettext_lazy("Embedded"),
    State.PAUSED: gettext_lazy("Paused"),
    State.REJECTED: gettext_lazy("Rejected"),
    State.STOPPED: gettext_lazy("Stopped"),
    State.WITHDRAWN: gettext_lazy("Withdrawn"),
}

EXPOSURE: Mapping[Exposure, Look] = {
    Exposure.LOW: Look(gettext_lazy("Low"), "good", "check"),
    Exposure.WATCH: Look(gettext_lazy("Watch"), "warn", "alert"),
    Exposure.HIGH: Look(gettext_lazy("High"), "bad", "alert"),
    Exposure.UNKNOWN: Look(gettext_lazy("Does not apply"), "none", "clock"),
}

FLAG: Mapping[FlagKind, str | Promise] = {
    FlagKind.SILENT: gettext_lazy("No recent data"),
    FlagKind.NO_RETURN: gettext_lazy("No return in sight"),
    FlagKind.CANNOT_TELL: gettext_lazy("Cannot tell"),
    FlagKind.PAYBACK: gettext_lazy("Does not pay back"),
    FlagKind.TIME_BOX: gettext_lazy("Review is overdue"),
    FlagKind.LEADERSHIP: gettext_lazy("Nobody leads"),
    FlagKind.UNUSED: gettext_lazy("Advice is left lying"),
    FlagKind.BURN: gettext_lazy("Money burns"),
    FlagKind.ADOPTION: gettext_lazy("Hardly used"),
    FlagKind.GUARDRAIL: gettext_lazy("Guardrail broken"),
    FlagKind.DATA_QUALITY: gettext_lazy("Values in doubt"),
    FlagKind.DECAY: gettext_lazy("Proof has expired"),
    FlagKind.RECORD: gettext_lazy("An AI lost its say"),
    FlagKind.ASSUMPTION: gettext_lazy("An assumption no longer holds"),
}

REPLY: Mapping[Reply, str | Promise] = {
    Reply.RECOVER: gettext_lazy("Recover with a plan"),
    Reply.CHANGE_GOAL: gettext_lazy("Change the goal"),
    Reply.PROPOSE_STOP: gettext_lazy("Propose to stop"),
    Reply.DONE: gettext_lazy("Done"),
    Reply.LATER: gettext_lazy("Will be done by a date"),
}

STORY_BAR: Mapping[str, tuple[str | Promise, str]] = {  # name and tone, in the order of the bar
    "works": (gettext_lazy("Works"), "good"),
    "small": (gettext_lazy("Small effect"), "info"),
    "late": (gettext_lazy("Works, but late"), "good"),
    "fade": (gettext_lazy("Fades"), "warn"),
    "none": (gettext_lazy("No effect"), "none"),
    "hurts": (gettext_lazy("Does harm"), "bad"),
}


def factor_name(factor: Factor) -> str:
    """The way of failing, in the reader's language."""
    return _(FACTOR_NAMES[factor])


def promised(target: Target) -> str:
    """What was agreed about a KPI: a change of the KPI itself, or how far it may go the wrong way."""
    definition = target.kpi.definition
    if target.role == "activity":
        return _("only counted")
    if target.role == "guardrail":
        return _tolerated(definition, target.margin or 0.0)
    if target.goal is None:
        return _("not agreed yet")
    return figures.change(-target.goal if definition.lower_is_better else target.goal)


def _tolerated(definition: MetricType, margin: float) -> str:
    if definition.direction is Direction.NOT_ABOVE:
        ceiling = _("%(most)s in 100") % {"most": figures.number(margin * 100)}
        return _("at most %(ceiling)s") % {
            "ceiling": ceiling if definition.kind is Kind.RATIO else figures.number(margin)
        }
    unit = "points" if definition.direction is Direction.NOT_BELOW_POINTS else "%"
    sentence = _("may rise by %(margin)s") if definition.lower_is_better else _("may fall by %(margin)s")
    return sentence % {"margin": figures.change(margin, unit).removeprefix("+")}


def effect(verdict: Row | None) -> str:
    """What changed, with its range; after the deadline what was counted in the last four weeks."""
    change, of_what = effect_parts(verdict)
    if not change:
        return of_what
    if verdict is not None and verdict.low is None:
        return ", ".join(filter(None, (change, of_what)))
    return _("%(change)s (80%% range %(interval)s)") % {"change": change, "interval": of_what}


def effect_parts(verdict: Row | None) -> tuple[str, str]:
    """The change, and its range or, where it was counted, the days; "" and a reason where nothing can be said."""
    if verdict is not None and verdict.status == Status.DATA_STALE:
        return "", _("no recent data")
    if verdict is None or (verdict.effect is None and verdict.status == Status.INSUFFICIENT):
        return "", figures.effect(None, None, None)
    given = verdict.words.get("parameters", {})
    if verdict.effect is None:  # a guardrail holds, or stands beside its ceiling
        chance = given.get("chance")
        return "", "" if chance is None else _("%(chance)s that it went too far") % {"chance": figures.chance(chance)}
    unit = str(given.get("unit", "%"))
    change = figures.change(verdict.effect, unit)
    if verdict.low is not None and verdict.high is not None:
        return change, figures.interval(verdict.low, verdict.high, unit)
    if "due_on" not in given:
        return change, ""
    return change, _("28 days before %(day)s") % {"day": figures.day(date.fromisoformat(given["due_on"]))}


def agreed(stop: Mapping[str, Any]) -> str:
    """Who agreed on a condition to stop, when, by when; and what was measured then. As a verdict stored it."""
    days = {name: figures.day(date.fromisoformat(stop[name]), year=True) for name in ("agreed_on", "by_on")}
    given = {"author": stop["author"], **days}
    if stop.get("value") is None:
        return _("agreed by %(author)s on %(agreed_on)s, by %(by_on)s") % given
    given |= {name: figures.number(stop[name]) for name in ("value", "threshold")}
    return _("agreed by %(author)s on %(agreed_on)s, by %(by_on)s: %(value)s against %(threshold)s") % given


def per_unit(money: Mapping[str, Any], currency: str) -> str:
    """What a unit of money brings back by the horizon, as a range; "" before anything can be projected."""
    projected = money.get("projected") or {}
    if not projected.get("cost"):
        return ""
    ends = {name: figures.money(projected[name] / projected["cost"], currency, cents=True) for name in ("p10", "p90")}
    given = {"months": money["horizon"], "one": figures.money(1, currency), **ends}
    return _("Projected over %(months)s months: %(p10)s to %(p90)s for each %(one)s.") % given


def payback(money: Mapping[str, Any]) -> str:
    """When the benefit catches up with the cost, likely and by a cautious estimate."""
    names = ("payback", "conservative_payback", "early_payback")
    ends = {name: _by_month(money.get(name), money["horizon"]) for name in names}
    if ends["payback"] == ends["conservative_payback"]:
        return ends["payback"]
    if money.get("early_payback") is None:
        return _("%(payback)s; by a cautious estimate %(conservative_payback)s") % ends
    return _("%(payback)s; at the earliest %(early_payback)s, by a cautious estimate %(conservative_payback)s") % ends


def _by_month(months: float | None, horizon: int) -> str:
    if months is None:
        return _("not within %(months)s months") % {"months": horizon}
    said = _("after %(months)s months") % {"months": figures.number(months, 1)}
    return said if months >= 0.05 else _("it already has")
