"""The sentences of verdicts and flags. Judgements carry codes and plain figures; here they are said."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from initiatives.readiness import QUESTIONS
from initiatives.verdicts import Words
from ownership import words as figures

SENTENCES: Mapping[str, str | Promise] = {
    "data-stale": gettext_lazy("No new %(kpi)s since %(since)s; nobody can judge this."),
    "data-none": gettext_lazy("No value of %(kpi)s has arrived yet; nobody can judge this."),
    "data-stale-end": gettext_lazy(
        "Nobody can judge this: of the newest values of %(kpi)s, %(known)s of %(span)s are known."
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
    "no-baseline": gettext_lazy("Too little data: of the baseline %(known)s of at least %(needed)s values are known."),
    "monthly": gettext_lazy("%(kpi)s comes by the month: it is compared once, when the target is due on %(due_on)s."),
    "monthly-guardrail": gettext_lazy(
        "%(kpi)s comes by the month: it is compared every month, when the month is over."
    ),
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
    "fall-unlikely": gettext_lazy(
        "%(kpi)s holds: the chance that it went further than the tolerated %(tolerated)s is %(chance)s."
    ),
    "fall-possible": gettext_lazy(
        "%(kpi)s may have gone further than the tolerated %(tolerated)s (%(chance)s); the next week will tell."
    ),
    "fall-likely": gettext_lazy(
        "%(kpi)s went further than tolerated: %(effect)s (%(interval)s); tolerated is %(tolerated)s. The chance of "
        "that is %(chance)s."
    ),
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

SILENT = gettext_lazy("No new value since %(silent_since)s; until one comes it counts as broken.")  # after another
DATES = frozenset({"since", "silent_since", "due_on", "by_on", "agreed_on"})
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
    told = str(SENTENCES[code] % ({"kpi": kpi} | values))
    return f"{told} {SILENT % values}" if given.get("silent_since") else told


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
