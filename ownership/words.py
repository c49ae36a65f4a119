"""How figures, days and weeks are said, in the reader's language: the one place that prints a number.

A number is never bare. A change carries its interval, a share is "47 of 54", a chance is "1 in 14", money says its
currency and, where it matters, whether it is realised or projected. What is not known says so and is never a zero.
"""

import math
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ownership import charts

MINUS = "\N{MINUS SIGN}"
WORD_JOINER = "\N{WORD JOINER}"  # no line may begin with the € of −€5
NBSP = "\N{NO-BREAK SPACE}"
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}

Number = int | float | Decimal


def number(value: Number | None, decimals: int | None = None) -> str:
    """A measured value: whole from a thousand on, else three significant digits, unless `decimals` are asked for."""
    if value is None:
        return _("not known")
    places, rounded = decimals, Decimal(str(value))
    if places is None:
        size = abs(float(value))
        places = 0 if size >= 100 or not size else min(6, 2 - math.floor(math.log10(size)))
        rounded = round(rounded, places).normalize()
        places = max(0, -int(rounded.as_tuple().exponent))
    text = str(number_format(round(rounded, places), places, use_l10n=True, force_grouping=True))
    return text.replace("-", MINUS)


def _signed(value: Number, decimals: int) -> str:
    rounded = round(Decimal(str(value)), decimals) + 0  # plus zero, so that nothing reads as minus zero
    return f"{'+' if rounded > 0 else ''}{number(rounded, decimals)}"


def change(value: float, unit: str = "%") -> str:
    """One end of an interval. A ratio of 0.13 is "+13%", a difference of shares "+2.1 points", else with its unit."""
    if unit not in ("%", "points"):
        return f"{_signed(value, 0 if abs(value) >= 10 else 1)} {unit}".rstrip()
    hundred = value * 100
    figure = _signed(hundred, 0 if abs(hundred) >= 1 or round(hundred, 1) == 0 else 1)
    return f"{figure}%" if unit == "%" else _("%(figure)s points") % {"figure": figure}


def rate(ratio: Number) -> str:
    """An agreed rate: "10%", "7.5%"."""
    return f"{number(Decimal(str(ratio)) * 100)}%"


def interval(low: float, high: float, unit: str = "%") -> str:
    """Both ends: "+5% to +21%"; a unit in words is not said twice."""
    said = unit if unit in ("%", "points") else ""
    return _("%(low)s to %(high)s") % {"low": change(low, said), "high": change(high, said)}


def effect(likely: float | None, low: float | None, high: float | None, unit: str = "%") -> str:
    """A change with its 80 % interval: "+13% (80% range +5% to +21%)"; without one nothing can be said yet."""
    if likely is None or low is None or high is None:
        return _("too early to tell")
    said = {"likely": change(likely, unit), "interval": interval(low, high, unit)}
    return _("%(likely)s (80%% range %(interval)s)") % said


def share(part: int, whole: int) -> str:
    """A share as counts: "47 of 54"."""
    if not whole:
        return _("none yet")
    return _("%(part)s of %(whole)s") % {"part": number(part), "whole": number(whole)}


def chance(probability: float | None) -> str:
    """A probability in words that people weigh well: "1 in 14", "7 in 10", "97 in 100"."""
    if probability is None:
        return _("too early to tell")
    if probability < 0.001:
        return _("less than 1 in %(n)s") % {"n": number(1000)}
    if probability <= 0.25:
        return _("%(k)s in %(n)s") % {"k": 1, "n": number(round(1 / probability))}
    if probability < 0.945:
        return _("%(k)s in %(n)s") % {"k": round(probability * 10), "n": 10}
    return _("%(k)s in %(n)s") % {"k": min(99, round(probability * 100)), "n": 100}


def money(amount: Number | None, currency: str = "EUR", status: str = "", *, cents: bool | None = None) -> str:
    """ "€18,000", in Dutch "€ 18.000"; cents below a thousand, or as asked. `status`: realised or projected."""
    if amount is None:
        return _("not known")
    exact = round(Decimal(str(amount)), 2)
    places = 2 if cents or (cents is None and abs(exact) < 1000 and exact != int(exact)) else 0
    rounded = round(exact, places)
    sign = f"{MINUS}{WORD_JOINER}" if rounded < 0 else ""
    space = "" if _is_english() and currency in SYMBOLS else NBSP
    text = f"{sign}{SYMBOLS.get(currency, currency)}{space}{number(abs(rounded), places)}"
    if status == "realised":
        return _("%(money)s realised") % {"money": text}
    if status == "projected":
        return _("%(money)s projected") % {"money": text}
    return text


def day(on: date | None, *, year: bool = False, time: bool = False) -> str:
    """ "Fri 18 Dec", with the year or the hour where they matter; an instant is shown in the organisation's zone."""
    if on is None:
        return _("not known")
    if isinstance(on, datetime) and timezone.is_aware(on):
        on = timezone.localtime(on)
    return date_format(on, f"D j {_month()}" + " Y" * year + ", H:i" * time)


def _month() -> str:
    """Django's letter for a short month: English writes it with a capital, Dutch does not."""
    return "M" if _is_english() else "b"


def _is_english() -> bool:
    return (get_language() or "en").startswith("en")


def month(on: date) -> str:
    """ "Feb 2026"."""
    return date_format(on, f"{_month()} Y")


def isoweek(on: date, *, year: bool = False) -> str:
    """ "week 47", as ISO 8601 counts weeks."""
    iso = on.isocalendar()
    words = _("week %(week)s of %(year)s") if year else _("week %(week)s")
    return words % {"week": iso.week, "year": iso.year}


def for_charts(currency: str = "EUR") -> charts.Words:
    """The words of the drawings in the active language."""
    return charts.Words(
        number=number,
        money=lambda amount: money(round(amount), currency),
        week=lambda on: isoweek(on, year=True),
        tick=lambda on: str((on + timedelta(days=3)).isocalendar().week),  # of the week's middle, wherever it begins
        month=month,
        period=_("Period"),
        measured=_("Measured"),
        normal=_("Normal range before the pilot"),
        baseline=_("Baseline"),
        path=_("Agreed path to the target"),
        target=_("Target"),
        decisions=_("Decisions"),
        happened=_("What happened"),
        usual=_("Usual range without the pilot"),
        ahead=_("Forecast, 8 in 10"),
        unknown=_("not known"),
        cost=_("Cost"),
        realised=_("Realised benefit"),
        projected=_("Projected benefit, 8 in 10"),
        pays_back=_("Pays back, 8 in 10"),
        initiative=_("Initiative"),
        evidence=_("Strength of evidence"),
        evidence_in_100=_("Evidence, in 100"),
        steps=[_("Assumption"), _("Early signal"), _("Outside noise"), _("Confirmed")],
        benefit=_("Benefit, 12 months"),
        spent=_("Spent"),
        prove=_("Prove it first"),
        scale=_("Scale"),
        stop=_("Stop, keep the lesson"),
    )


def for_chances() -> charts.ChanceWords:
    """The words of the drawings that say how sure we are."""
    return charts.ChanceWords(
        week=_("Pilot week"),
        chance=_("Chance, in 100"),
        alert=_("Alert level"),
        decisions=_("Decisions"),
        story=_("Explanation"),
        now=_("Now, in 100"),
        before=_("A week ago, in 100"),
        unknown=_("not known"),
    )


def for_calibration() -> charts.CalibrationWords:
    """The words of the drawing that says whether stated chances came true."""
    return charts.CalibrationWords(
        said=_("Said, in 100"),
        stated=_("Said on average, in 100"),
        came_true=_("Came true"),
        between=_("May be, in 100 (95% range)"),
        exactly=_("What was said comes true as often"),
        few=_("too few to say"),
        share=share,
        interval=lambda low, high: _("%(low)s to %(high)s") % {"low": round(100 * low), "high": round(100 * high)},
    )
