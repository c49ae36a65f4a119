"""A made-up shop: what happened on a day, as far as it is known on another day.

Everything follows from the dates alone, so that any process tells the same story. The last days are partial and grow
until they are final; one day in 23 nothing happened at all.
"""

from datetime import date
from math import sin

FINAL_AFTER = 3  # days
PAGES = 40  # that are shown on a day


def is_empty(day: date) -> bool:
    return day.toordinal() % 23 == 0


def visits(day: date, today: date) -> int:
    """Of one day, as known on `today`."""
    number = day.toordinal()
    whole = 400 + number % 1000 // 5 + 90 * sin(number / 58) + (-150 if day.weekday() > 4 else number % 7 * 11)
    return round(whole * known(day, today))


def known(day: date, today: date) -> float:
    """The part of the day's figures that has arrived: half on the day after, all after three days."""
    age = (today - day).days
    return 1.0 if age >= FINAL_AFTER else max(0.0, 0.25 + 0.25 * age)


def position(day: date) -> float:
    return round(8 + 2 * sin(day.toordinal() / 90), 2)


def first_incomplete(today: date) -> date:
    """The first day of which not all has arrived."""
    return date.fromordinal(today.toordinal() - FINAL_AFTER + 1)
