"""What is known about an initiative as charts, in the reader's language."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from initiatives import pilot_weeks
from initiatives.lifecycle import RUNNING, State, gate_for
from initiatives.models.overview import Line, Overview
from initiatives.models.trust import Record
from initiatives.outlook import DAYS_A_MONTH
from initiatives.pilot_weeks import PilotWeek, by_name
from initiatives.roi import P10
from initiatives.stories import PARAMETERS
from initiatives.verdicts import Status
from initiatives.words import STATE, STORY_BAR
from metrics.catalogue import Grain, Kind
from metrics.drawings import happened
from metrics.models import Kpi
from metrics.periods import closed
from ownership import charts, words

LONGEST_WEEKS = 60
CHANGEABLE = frozenset({Status.BEHIND, Status.UNLIKELY, Status.STALLED, Status.REGRESSING})


def printer(kind: Kind, currency: str) -> Callable[[float | None], str]:
    """How a level of this kind of KPI is said: money as money, a ratio in 100, the others as they are."""

    def said(value: float | None) -> str:
        if value is None or kind not in (Kind.MONEY, Kind.RATIO):
            return words.number(value)
        return words.money(value, currency) if kind is Kind.MONEY else words.number(value * 100)

    return said


def level(kpi: Kpi, value: float | None, currency: str) -> str:
    """A level of a KPI and what it is: "31 a week", "3.8 in 100"."""
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
        happened=happened(line.happened),
        **_ranges(overview, line),
    )
    return charts.trend(data, _words(line, said, overview.initiative.currency))


def _ranges(overview: Overview, line: Line) -> dict[str, Any]:
    """What the newest verdict on the line makes of the weeks of its pilot and of those to come; nothing of guardrails,
    which have no plan."""
    verdict, begun = line.target.verdict, overview.initiative.pilot_starts_on
    if verdict is None or verdict.parameters is None or begun is None or line.target.role == "guardrail":
        return {}
    week = PilotWeek.of(verdict.inputs)
    found = pilot_weeks.ranges(week, verdict.parameters.pure())
    first = closed(line.window.from_day, begun, stored=line.window.stored, judged=line.window.judged)
    before: list[None] = [None] * first
    is_over = week.k >= week.length
    return {"usual": [*before, *found.usual], "ahead": [] if is_over else [*before, *found.ahead]}


def would_change(overview: Overview) -> str:
    """What would change the verdict on the main KPI; "" where that is no question."""
    verdict, line = overview.verdict, overview.main_line
    if verdict is None or line is None or verdict.parameters is None or verdict.status not in CHANGEABLE:
        return ""
    value = pilot_weeks.would_change(PilotWeek.of(verdict.inputs), verdict.parameters.pure())
    if value is None:
        return _("Nothing within two weeks would change this.")
    is_down = line.target.kpi.definition.lower_is_better
    sentence = _("If the next two weeks averaged %(level)s or more.")
    if is_down:
        sentence = _("If the next two weeks averaged %(level)s or less.")
    return sentence % {"level": level(line.target.kpi, value, overview.initiative.currency)}


def story_bar(overview: Overview) -> charts.Chart | None:
    """What explains the numbers of the main KPI best, now and a week ago; None before anything was judged."""
    told = [by_name(verdict.stories) for verdict in overview.verdicts if verdict.stories]
    if not told or overview.verdict is None or not overview.verdict.stories:
        return None
    now, before = told[0], told[1] if len(told) > 1 else {}
    rows = [
        charts.Story(str(name), tone, now[key], before.get(key))
        for key, (name, tone) in STORY_BAR.items()
        if key in now
    ]
    return charts.stories(rows, uid="stories", name=_("What explains these numbers best"), words=words.for_chances())


def chances(overview: Overview) -> charts.Chart | None:
    """The chance of reaching the target, week by week; None before there are two weeks."""
    told = [verdict for verdict in reversed(overview.verdicts) if verdict.p_reach is not None and verdict.week]
    begun, line = overview.initiative.pilot_starts_on, overview.main_line
    if len(told) < 2 or begun is None or line is None or line.target.goal is None:
        return None
    said = printer(line.window.kind, overview.initiative.currency)
    due_on = line.target.due_on or overview.initiative.pilot_ends_on
    given = {"goal": said(line.level(line.target.goal)), "day": words.day(due_on)}
    marks = [((pin.on - begun).days // 7, str(pin)) for pin in pins(overview)]
    data = charts.Chances(
        id="chances",
        name=_("Chance of %(goal)s by %(day)s") % given,
        desc=_("Week %(week)s: %(chance)s.") % {"week": told[-1].week, "chance": words.chance(told[-1].p_reach)},
        weeks=[verdict.week for verdict in told],
        chances=[verdict.p_reach for verdict in told],
        alert=PARAMETERS.unlikely_enter,
        marks=[(week, mark) for week, mark in marks if told[0].week <= week <= told[-1].week],
    )
    return charts.chances(data, words.for_chances())


def calibrated(record: Record) -> charts.Chart | None:
    """What was said against what came true; None before a pilot has ended."""
    told = [band for band in record.bands if band.stated is not None]
    if not told:
        return None
    tenths = [
        charts.Tenth(
            name=_("%(low)s to %(high)s") % {"low": round(100 * band.low), "high": round(100 * band.high)},
            stated=band.stated or 0.0,
            hits=band.hits,
            count=band.count,
            at_least=band.at_least,
            at_most=band.at_most,
            is_enough=band.is_enough,
        )
        for band in told
    ]
    came = sum(band.hits for band in told)
    said = _("%(came)s of the chances that were stated came true.") % {"came": words.share(came, len(record.chosen))}
    name = _("What was said, and what came true")
    return charts.calibration(tenths, uid="calibration", name=name, desc=said, words=words.for_calibration())


def money(overview: Overview, booked: Sequence[tuple[date, Decimal]]) -> charts.Chart | None:
    """Cumulative cost and realised benefit, week by week of the pilot; None before it began.

    `booked` are days and amounts. What was realised is said by the verdicts, so a week that could not be judged is a
    gap.
    """
    begun = overview.initiative.pilot_starts_on
    if begun is None or begun > overview.today:
        return None
    known = [verdict.money for verdict in overview.verdicts if verdict.money]
    earned = {money["weeks"]: money["realised"]["benefit"] for money in known}  # it goes on after the last verdict
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
        **_money_ahead(overview.verdict.money if overview.verdict and overview.state in RUNNING else {}, begun),
    )
    return charts.money(data, replace(words.for_charts(currency), period=_("Until"), month=words.day))


def _money_ahead(money: dict[str, Any], begun: date) -> dict[str, Any]:
    """From what is realised to the horizon in even steps, as the projection assumes; and when it pays back."""
    if not money or "early_payback" not in money:
        return {}
    realised, projected = money["realised"], money["projected"]
    start, end = money["weeks"] * 7, money["horizon"] * DAYS_A_MONTH
    if end <= start:
        return {}
    steps = max(round((end - start) / DAYS_A_MONTH), 1)
    names = ("cost", "p10", "benefit", "p90")

    def at(share: float) -> charts.Ahead:
        values = (realised[name] + share * (projected[name] - realised[name]) for name in names)
        return charts.Ahead(begun + timedelta(days=round(start + share * (end - start))), *values)

    ends = (money[name] for name in ("early_payback", "payback", "conservative_payback"))
    days = tuple(None if end is None else begun + timedelta(days=round(end * DAYS_A_MONTH)) for end in ends)
    return {"ahead": [at(step / steps) for step in range(steps + 1)], "payback": days}


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
