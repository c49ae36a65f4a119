"""The sentences of verdicts and flags, and how a status looks. Judgements carry codes; only edges render them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from initiatives.flags import FlagKind, Reply
from initiatives.lifecycle import State
from initiatives.models import Target
from initiatives.models import Verdict as Row
from initiatives.readiness import FACTOR_NAMES, QUESTIONS, Exposure, Factor
from initiatives.scenarios import Standing
from initiatives.verdicts import Badge, Status, Words
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

SENTENCES: Mapping[str, str | Promise] = {
    "data-stale": gettext_lazy("No new %(kpi)s since %(since)s; nobody can judge this."),
    "data-none": gettext_lazy("No value of %(kpi)s has arrived yet; nobody can judge this."),
    "data-stale-end": gettext_lazy(
        "Of the last %(span)s weeks before the deadline only %(known)s are known for %(kpi)s; nobody can judge this."
    ),
    "reached": gettext_lazy(
        "Target reached: %(kpi)s %(effect)s in the 28 days before %(due_on)s; agreed was %(goal)s."
    ),
    "missed": gettext_lazy("Target missed: %(kpi)s %(effect)s in the 28 days before %(due_on)s; agreed was %(goal)s."),
    "reached-lift": gettext_lazy(
        "Target reached: %(kpi)s %(effect)s in the 28 days before %(due_on)s; agreed was %(goal)s. The pilot itself "
        "makes %(lift)s (%(interval)s)."
    ),
    "missed-lift": gettext_lazy(
        "Target missed: %(kpi)s %(effect)s in the 28 days before %(due_on)s; agreed was %(goal)s. The pilot itself "
        "makes %(lift)s (%(interval)s)."
    ),
    "no-baseline": gettext_lazy("Too little data: %(known)s baseline weeks are known, %(needed)s are needed."),
    "monthly": gettext_lazy("%(kpi)s comes by the month: it is compared once, when the target is due on %(due_on)s."),
    "insufficient-data": ngettext_lazy(
        "Too little data: %(weeks)s more week needed. Too early to tell until week %(until)s of the pilot.",
        "Too little data: %(weeks)s more weeks needed. Too early to tell until week %(until)s of the pilot.",
        "weeks",
    ),
    "inconclusive": gettext_lazy(
        "Inconclusive: the change of %(kpi)s lies anywhere from %(interval)s; agreed was %(goal)s."
    ),
    "undecided": gettext_lazy(
        "At %(reviews)s reviews running the range of %(kpi)s, now %(interval)s, held both no effect and the agreed "
        "%(goal)s."
    ),
    "regressing": gettext_lazy("Probably lower than without the pilot: %(kpi)s %(effect)s (%(interval)s)."),
    "regressing-up": gettext_lazy("Probably higher than without the pilot: %(kpi)s %(effect)s (%(interval)s)."),
    "stalled": gettext_lazy(
        "Not even the smallest effect worth its money shows: %(kpi)s %(effect)s (%(interval)s); agreed was %(goal)s."
    ),
    "behind": gettext_lazy(
        "There is an effect, but a smaller one than agreed: %(kpi)s %(effect)s (%(interval)s); agreed was %(goal)s."
    ),
    "on-track": gettext_lazy("The agreed effect is there: %(kpi)s %(effect)s (%(interval)s); agreed was %(goal)s."),
    "likeliest-story": gettext_lazy(
        "After %(week)s weeks the likeliest story is that %(story)s (%(story_chance)s). On plan we would expect "
        "%(expected)s; we see %(effect)s (%(interval)s)."
    ),
    "chance-of-goal": gettext_lazy(
        "The chance that %(kpi)s is at %(goal)s by %(due_on)s is %(chance)s; the pilot changes it by %(effect)s "
        "(%(interval)s)."
    ),
    "too-early": ngettext_lazy(
        "Too early to tell until week %(until)s of the pilot: %(weeks)s more week is needed.",
        "Too early to tell until week %(until)s of the pilot: %(weeks)s more weeks are needed.",
        "weeks",
    ),
    "low-resolution": gettext_lazy(
        "This KPI cannot prove %(goal)s in %(weeks)s weeks; the smallest provable is %(smallest)s."
    ),
    "roi-negative": gettext_lazy("The chance that it pays for itself is %(chance)s, for the second time in a row."),
    "payback-late": gettext_lazy("At this rate it pays back after %(payback)s months; agreed were %(horizon)s."),
    "payback-never": gettext_lazy("At this rate it does not pay back within the %(horizon)s months agreed."),
    "kill-met": gettext_lazy(
        "%(author)s agreed on %(agreed_on)s to stop if this is so by %(by_on)s: “%(text)s” It is so: %(value)s in the "
        "four weeks before, against %(threshold)s."
    ),
    "burn": gettext_lazy(
        "%(spent)s of the %(budget)s budget is spent; realised is %(realised)s of the %(planned)s that the plan "
        "promised by now."
    ),
    "adoption-low": gettext_lazy(
        "Only %(users)s in 100 people work the new way, %(earlier)s in 100 four weeks before; wanted are %(wanted)s in "
        "100."
    ),
    "zero-weeks": gettext_lazy(
        "%(kpi)s says nothing happened in weeks where that cannot be (%(count)s, the first from %(since)s). They count "
        "for nothing until the steward corrects them, or answers that they are right."
    ),
    "assumption-broken": gettext_lazy("The scenarios rest on “%(text)s”. It is not so: %(because)s"),
    "assumption-missed": gettext_lazy(
        "The scenarios rest on “%(text)s”. In the last four weeks %(kpi)s was %(value)s, against %(threshold)s."
    ),
    "assumption-expired": gettext_lazy("The scenarios rest on “%(text)s”. Nobody vouches for it since %(since)s."),
    "answer-outdated": gettext_lazy(
        "“%(question)s” was last answered %(days)s days ago; a year is as long as it holds."
    ),
    "advice-held": gettext_lazy("%(ref)s about %(subject)s waits: everybody in line was asked and nobody decided."),
    "review-held": gettext_lazy(
        "%(ref)s: how %(subject)s turned out is not known; everybody in line was asked and nobody said."
    ),
    "record-lost": gettext_lazy(
        "%(tool)s no longer decides by %(rules)s in %(domain)s: %(good)s of its last %(of)s reviewed recommendations "
        "turned out well, and that is not enough to be sure. People decide instead."
    ),
    "review-open": gettext_lazy("The pilot is over and has waited %(days)s days for a decision."),
    "guardrail-holds": gettext_lazy("%(kpi)s holds: %(effect)s; tolerated is %(tolerated)s."),
    "guardrail-broken": gettext_lazy("%(kpi)s went further than tolerated: %(effect)s; tolerated is %(tolerated)s."),
    "ceiling-holds": gettext_lazy("%(kpi)s stays below its ceiling of %(ceiling)s."),
    "ceiling-broken": gettext_lazy("%(kpi)s is above its ceiling of %(ceiling)s."),
    "fact-measured": gettext_lazy("Measured so far: %(effect)s (%(interval)s); agreed was %(goal)s."),
    "fact-lately": gettext_lazy("%(kpi)s in the last three weeks: %(first)s, %(second)s, %(third)s."),
    "fact-last-value": gettext_lazy("The last value of %(kpi)s is from before %(since)s."),
    "fact-no-value": gettext_lazy("Not one value of %(kpi)s has arrived."),
    "fact-progress": gettext_lazy("%(week)s of %(weeks)s pilot weeks are over."),
    "fact-spent": gettext_lazy("%(spent)s of the %(budget)s budget is spent."),
    "fact-spent-only": gettext_lazy("%(spent)s is spent."),
    "fact-kill": gettext_lazy("Agreed to stop by %(by_on)s if: %(text)s"),
    "fact-since": gettext_lazy("It has been so since %(since)s."),
    "fact-unanswered": gettext_lazy("While nobody leads, nobody can decide what only the lead decides."),
    "worth-no-target": gettext_lazy("Not known yet: no main KPI is agreed"),
    "worth-no-baseline": gettext_lazy("Not known yet: no baseline is locked"),
    "worth-not-begun": gettext_lazy("Not known yet: the pilot has not begun"),
    "worth-not-judged": gettext_lazy("Not known yet: the first week is not judged"),
    "worth-stale": gettext_lazy("Nobody can tell: there are no recent data"),
    "worth-early": gettext_lazy("Too early to tell"),
    "worth-free": gettext_lazy("So far yes: %(realised)s realised, nothing spent"),
    "worth-no": gettext_lazy("No: nothing realised for the %(spent)s spent"),
    "worth-not-yet": gettext_lazy("Not yet: %(each)s realised for each %(unit_of_money)s spent"),
    "worth-probably": gettext_lazy("Probably: %(each)s realised for each %(unit_of_money)s spent"),
    "worth-yes": gettext_lazy("Yes: %(each)s realised for each %(unit_of_money)s spent"),
    "worth-works": gettext_lazy("It works; what that is worth in money was not agreed"),
    "worth-works-not": gettext_lazy("Not so far; what it is worth in money was not agreed"),
    "worth-released": gettext_lazy("Stopped in time: %(released)s of its budget is free again"),
    "worth-stopped": gettext_lazy("Stopped: it leaves a lesson"),
    "worth-rejected": gettext_lazy("Declined before it began"),
    "worth-withdrawn": gettext_lazy("Withdrawn before it began"),
    "seat-vacant": gettext_lazy("Nobody has held the seat of %(seat)s for %(days)s days."),
    "sponsor-silent": gettext_lazy("The sponsor has not acted for %(days)s days."),
}

DATES = frozenset({"since", "due_on", "by_on", "agreed_on"})
CHANGES = frozenset({"effect", "goal", "smallest", "tolerated", "expected", "lift"})
AMOUNTS = frozenset({"spent", "budget", "realised", "planned", "released", "each", "unit_of_money"})
PRINTERS: Mapping[str, Callable[[float], str]] = {"chance": figures.chance, "story_chance": figures.chance}
STORY: Mapping[str, str | Promise] = {
    "works": gettext_lazy("it works as planned"),
    "late": gettext_lazy("it works, but late"),
    "small": gettext_lazy("it has a small effect"),
    "none": gettext_lazy("it has no effect"),
    "fade": gettext_lazy("its effect fades"),
    "hurts": gettext_lazy("it does harm"),
}
SEATS: Mapping[str, str | Promise] = {"sponsor": gettext_lazy("sponsor"), "owner": gettext_lazy("owner")}

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
        return _("at most %(ceiling)s") % {"ceiling": ceiling if definition.kind is Kind.RATIO else margin}
    unit = "points" if definition.direction is Direction.NOT_BELOW_POINTS else "%"
    sentence = _("may rise by %(margin)s") if definition.lower_is_better else _("may fall by %(margin)s")
    return sentence % {"margin": figures.change(margin, unit).removeprefix("+")}


def effect(verdict: Row | None) -> str:
    """What changed, with its range; after the deadline what was counted in the last four weeks."""
    change, of_what = effect_parts(verdict)
    if not change:
        return of_what
    if verdict is not None and verdict.low is None:
        return f"{change}, {of_what}"
    return _("%(change)s (80%% range %(interval)s)") % {"change": change, "interval": of_what}


def effect_parts(verdict: Row | None) -> tuple[str, str]:
    """The change, and its range or, where it was counted, the days; "" and a reason where nothing can be said."""
    if verdict is not None and verdict.status == Status.DATA_STALE:
        return "", _("no recent data")
    if verdict is None or verdict.effect is None:
        return "", figures.effect(None, None, None)
    unit = str(verdict.words["parameters"].get("unit", "%"))
    change = figures.change(verdict.effect, unit)
    if verdict.low is not None and verdict.high is not None:
        return change, figures.interval(verdict.low, verdict.high, unit)
    due_on = date.fromisoformat(verdict.words["parameters"]["due_on"])
    return change, _("28 days before %(day)s") % {"day": figures.day(due_on)}


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


def question(code: str) -> str:
    """A readiness question, in the reader's language."""
    return _(QUESTIONS[code].text)


def sentence(said: Words, *, kpi: str = "") -> str:
    """The sentence of a verdict or flag. `kpi` is the name in the reader's language."""
    given = said.parameters
    unit = str(given.get("unit", "%"))
    currency = str(given.get("currency", "EUR"))
    values: dict[str, object] = {name: _rendered(name, value, unit, currency) for name, value in given.items()}
    low, high, effect = (given.get(name) for name in ("low", "high", "effect"))
    if isinstance(low, float) and isinstance(high, float):
        values["interval"] = figures.interval(low, high, unit)
    code = said.code
    if code == "regressing" and isinstance(effect, float) and effect > 0:
        code = "regressing-up"
    return str(SENTENCES[code] % ({"kpi": kpi} | values))


def retold(stored: Mapping[str, Any]) -> str:
    """The sentence of stored words, `{"code": …, "parameters": {…}}`; "" where nothing was said."""
    return sentence(Words(stored["code"], stored["parameters"])) if stored else ""


def _rendered(name: str, value: float | int | str | None, unit: str, currency: str) -> object:
    """One parameter as it is said: by its name, for the plain value does not tell a change from a chance."""
    if name in DATES:
        return figures.day(date.fromisoformat(str(value)), year=True)
    if name == "question":
        return question(str(value))
    if name == "domain":
        return _(str(value))  # as stored, until somebody gives it a name of their own
    if name == "story":
        return STORY[str(value)]
    if name == "seat":
        return SEATS[str(value)]
    if name in AMOUNTS and isinstance(value, int | float):
        return figures.money(value, currency)
    if isinstance(value, float):
        return figures.change(value, unit) if name in CHANGES else PRINTERS.get(name, figures.number)(value)
    return value
