"""Tags about initiatives, for the templates of every floor: states, verdicts, and what was said in codes."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from initiatives import drawings, sentences, words
from initiatives.flags import FlagKind
from initiatives.lifecycle import State
from initiatives.models import Initiative, Target, Verdict
from initiatives.models.evidence import CATEGORIES
from initiatives.models.overview import Line, Overview
from initiatives.readiness import Factor, exposure
from initiatives.roi import P10
from initiatives.verdicts import Badge, Status
from initiatives.worth import Worth
from metrics.models import Kpi
from ownership import charts, clock
from ownership import words as figures
from ownership.models import Organisation, User
from ownership.pages import person
from ownership.templatetags.interface import badge

register = template.Library()
register.filter("retold", sentences.retold)
register.filter("unit", drawings.unit)
register.filter("effect_of", words.effect)
register.filter("change", figures.change)
register.simple_tag(words.per_unit, name="per_unit")
register.simple_tag(words.payback, name="payback")


@register.inclusion_tag("initiatives/_scenarios.html")
def scenarios(initiative: Initiative, *, may_write: bool = False, reader: User | None = None) -> dict[str, Any]:
    """What it may bring, and whether what that rests on still stands; broken and expired ones as the judge found. On
    their own page its `reader` may act."""
    current = initiative.scenario_sets.filter(superseded_at=None).prefetch_related("scenarios").first()
    on = Organisation.the().day(clock.now())
    flags = initiative.flags.open().filter(kind=FlagKind.ASSUMPTION).values_list("subject", "words")
    lost = {subject: words["code"] for subject, words in flags}
    rows = initiative.assumptions.standing().select_related("owner__holder", "kpi").order_by("pk")
    return {
        "initiative": initiative,
        "set": current,
        "prospect": current.prospect if current else None,
        "assumptions": [(one, words.STANDING[one.standing(lost.get(one.flag_subject), on=on)]) for one in rows],
        "may_write": may_write,
        "reader": reader,
        "answers": reader is not None and initiative.is_answered_by(reader),
    }


@register.simple_tag
def status(of: str) -> SafeString:
    """The badge of a verdict; before the first one it is too early."""
    look = words.STATUS[Status(of) if of else Status.INSUFFICIENT]
    return badge(str(look.label), look.tone, look.icon)


@register.simple_tag
def tone_of(of: str) -> str:
    """The tone of a verdict, for a figure that stands beside it."""
    return words.STATUS[Status(of)].tone


@register.simple_tag
def effect_in(verdict: Verdict | None) -> SafeString:
    """What a verdict measured, for a cell whose column says that the range is one of 80 %."""
    change, of_what = words.effect_parts(verdict)
    if verdict is None or not change:
        return format_html("<small>{}</small>", of_what)
    tone = tone_of(verdict.status)
    return format_html('<span class="delta" data-tone="{}">{}</span><br><small>{}</small>', tone, change, of_what)


@register.simple_tag(takes_context=True)
def judged_on(context: Context, kpis: Iterable[Kpi]) -> dict[int, list[Initiative]]:
    """Which initiatives count on each of these KPIs, for `of` to look up."""
    return Target.objects.visible_to(person(context["request"])).judged_on(kpis)


@register.filter
def of(found: Mapping[int, list[Initiative]], row: Kpi) -> list[Initiative]:
    return found.get(row.pk, [])


@register.filter
def badge_name(of: str) -> str:
    """A remark beside a verdict, in words."""
    return str(words.BADGE[Badge(of)])


register.filter("agreed", words.agreed)


@register.simple_tag
def stop_badge(stop: Mapping[str, Any]) -> SafeString:
    """Whether a condition to stop, as a verdict stored it, came true."""
    look = words.STOP[stop.get("is_met")]
    return badge(str(look.label), look.tone, look.icon)


@register.filter
def state(of: str) -> str:
    """Where an initiative stands, in words."""
    return str(words.STATE[State(of)])


@register.filter
def flag_kind(of: str) -> str:
    """What a flag is about, in words."""
    return str(words.FLAG[FlagKind(of)])


@register.filter
def factor(of: str) -> str:
    """A way of failing, in words."""
    return words.factor_name(Factor(of))


@register.simple_tag
def exposed(share: float | None) -> SafeString:
    """How exposed an initiative is to a way of failing, by how much of it was looked at."""
    look = words.EXPOSURE[exposure(share)]
    return badge(str(look.label), look.tone, look.icon)


@register.filter
def answer(of: Worth) -> str:
    """Whether it is worth it, in one sentence."""
    return sentences.sentence(of.words)


@register.simple_tag
def trend(overview: Overview, line: Line) -> charts.Chart | None:
    """The chart of one KPI; None before there is anything to draw."""
    return drawings.trend(overview, line)


register.simple_tag(drawings.story_bar, name="story_bar")
register.simple_tag(drawings.chances, name="chances")
register.simple_tag(drawings.would_change, name="would_change")
register.simple_tag(drawings.level, name="level_at")


@register.simple_tag
def level(line: Line, value: float | None) -> str:
    """One value of the KPI."""
    return drawings.printer(line.window.kind, line.target.initiative.currency)(value)


@register.filter
def category(of: str) -> str:
    """What money was spent on, in words."""
    return str(dict(CATEGORIES)[of])


@register.simple_tag
def level_of(target: Target | None, value: float | None, currency: str) -> str:
    """A level of a target's KPI with its unit."""
    return figures.number(None) if target is None else drawings.level(target.kpi, value, currency)


@register.simple_tag
def completeness(line: Line) -> SafeString:
    """How many of its periods are known."""
    tone = "none" if not line.expected else "good" if not line.missing else "warn" if line.known else "bad"
    return badge(figures.share(line.known, line.expected), tone)


@register.simple_tag
def last_day(line: Line) -> str:
    """The last day of which something is known."""
    until = line.rolled.known_until
    return figures.day(until and until - timedelta(days=1))


@register.simple_tag
def promised(line: Line) -> str:
    """The agreed change of the KPI itself, a fall where lower is better."""
    return words.promised(line.target)


@register.simple_tag
def back(part: Mapping[str, Any], amount: float, currency: str) -> str:
    """What an amount is for each unit of money that was spent."""
    return figures.money(amount / part["cost"], currency, cents=True)


@register.simple_tag
def gained(verdict: Verdict | None) -> str:
    """Units gained to date, with their range."""
    if verdict is None or verdict.units is None or verdict.units_sd is None:
        return figures.effect(None, None, None)
    half = P10 * verdict.units_sd
    return figures.effect(verdict.units, verdict.units - half, verdict.units + half, "")


@register.simple_tag
def in_ten(share: float) -> str:
    """An agreed share, in tenths."""
    return gettext("%(part)s in 10") % {"part": figures.number(share * 10)}
