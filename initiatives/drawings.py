"""What is known about an initiative as charts, in the reader's language."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from initiatives.lifecycle import State, gate_for
from initiatives.models import Target
from initiatives.models.overview import Line, Overview
from initiatives.roi import P10
from initiatives.words import STATE
from metrics.catalogue import Grain, Kind
from ownership import charts, words

LONGEST_WEEKS = 60


def printer(kind: Kind, currency: str) -> Callable[[float | None], str]:
    """How a level of this kind of KPI is said: money as money, a ratio in 100, the others as they are."""

    def said(value: float | None) -> str:
        if value is None or kind not in (Kind.MONEY, Kind.RATIO):
            return words.number(value)
        return words.money(value, currency) if kind is Kind.MONEY else words.number(value * 100)

    return said


def level(target: Target, value: float | None, currency: str) -> str:
    """A level of a target's KPI and what it is: "31 a week", "3.8 in 100"."""
    kpi = target.kpi
    said = printer(kpi.definition.kind, currency)(value)
    if value is None:
        return said
    if kpi.definition.kind is Kind.RATIO:
        return _("%(level)s in 100") % {"level": said}
    return (_("%(level)s a month") if kpi.judged is Grain.MONTH else _("%(level)s a week")) % {"level": said}


def unit(line: Line) -> str:
    """What one value of the line is: of which period, and in what."""
    if line.window.kind is Kind.RATIO:
        return _("in 100, by month") if line.is_monthly else _("in 100, by week")
    return _("a month") if line.is_monthly else _("a week")


def pins(overview: Overview) -> list[charts.Pin]:
    """The steps it took since somebody committed to it; those through a gate carry its number."""
    found = []
    for step in overview.steps:
        if step.to_state == State.SUBMITTED:
            continue
        gate, to = gate_for(State(step.from_state), State(step.to_state)), str(STATE[State(step.to_state)])
        on = overview.organisation.day(step.at)
        found.append(charts.Pin(on, gate.value, to) if gate else charts.Pin(on, to))
    return found


def trend(overview: Overview, line: Line, more: Sequence[charts.Pin] = ()) -> charts.Chart | None:
    """Measured periods against the normal range and the agreed path; None before there is anything to draw."""
    path = line.path()
    if not line.known and not path:
        return None
    count = line.expected
    while path and line.starts(count + 1)[-1] <= path[-1][0]:
        count += 1
    spread = P10 * line.baseline.sd if line.baseline else 0.0
    said = printer(line.window.kind, overview.initiative.currency)
    data = charts.Trend(
        id=f"trend-{line.target.ref}",
        name=f"{line.target.kpi}, {unit(line)}",
        desc=_description(line, said),
        weeks=line.starts(max(count, 2)),
        measured=line.values,
        baseline=line.baseline.value if line.baseline else None,
        normal=(line.baseline.value - spread, line.baseline.value + spread) if line.baseline else None,
        path=path,
        pins=[*pins(overview), *more],
    )
    return charts.trend(data, _words(line, said, overview.initiative.currency))


def money(overview: Overview, booked: Sequence[tuple[date, Decimal]]) -> charts.Chart | None:
    """Cumulative cost and realised benefit, week by week of the pilot; None before it began.

    `booked` are days and amounts. What was realised is said by the verdicts, so a week that could not be judged is a
    gap.
    """
    begun = overview.initiative.pilot_starts_on
    if begun is None or begun > overview.today:
        return None
    earned = {verdict.week: verdict.money["realised"]["benefit"] for verdict in overview.verdicts if verdict.money}
    weeks = range(max((overview.today - begun).days // 7, 1) + 1)[-LONGEST_WEEKS:]
    ends = [begun + timedelta(weeks=week) for week in weeks]
    currency = overview.initiative.currency
    data = charts.Money(
        id="money",
        name=_("Benefit against cost, added up"),
        desc=_("What was spent and what the verdicts say was earned, each added up from the start."),
        months=ends,
        cost=[float(sum(amount for on, amount in booked if on <= end)) for end in ends],
        realised=[earned.get(week, 0.0 if week == 0 else None) for week in weeks],
    )
    return charts.money(data, replace(words.for_charts(currency), period=_("Until"), month=words.day))


def _words(line: Line, said: Callable[[float | None], str], currency: str) -> charts.Words:
    """Weeks begin on the weekday on which the pilot did, so a table names their first day."""
    given = words.for_charts(currency)
    if line.is_monthly:
        return replace(given, number=said, period=_("Month"), week=given.month, tick=given.month)
    return replace(given, number=said, period=_("Week from"), week=lambda on: words.day(on, year=True))


def _description(line: Line, said: Callable[[float | None], str]) -> str:
    last = next((value for value in reversed(line.values) if value is not None), None)
    given = {"known": line.known, "expected": line.expected, "last": said(last)}
    sentence = _("%(known)s of %(expected)s periods are known; the last known value is %(last)s.") % given
    goal = None if line.target.goal is None else line.level(line.target.goal)
    if line.baseline is None or goal is None:
        return sentence
    more = _("The baseline is %(baseline)s, the target %(target)s.")
    return f"{sentence} {more % {'baseline': said(line.baseline.value), 'target': said(goal)}}"
