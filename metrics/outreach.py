"""Mentions turned into links: what to search for, and which share of what was found became a link."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from metrics.catalogue import Grain
from metrics.periods import period_end, period_start


@dataclass(frozen=True, slots=True)
class Rate:
    """Of the mentions found in one period: how many there were, and how many link by now. `is_final`: it is over, and
    none is open any more."""

    starts_on: date
    linked: int
    found: int
    is_final: bool


def rates(tallies: Iterable[tuple[date, str, int]], *, grain: Grain, today: date) -> list[Rate]:
    """From how many were found on a day with which outcome, to a rate per period, oldest first.

    A link counts for the period in which the mention was found, so that a rate compares what the same outreach had to
    work with; it may still rise while one of them is open.
    """
    periods: dict[date, Counter[str]] = {}
    for found_on, outcome, number in tallies:
        periods.setdefault(period_start(found_on, grain), Counter())[outcome] += number
    return [
        Rate(start, seen["linked"], seen.total(), period_end(start, grain) <= today and not seen["open"])
        for start, seen in sorted(periods.items())
    ]


def query(brand: str, site: str) -> str:
    """What to type into a search engine: pages with the brand's exact name, but not the brand's own."""
    return f'"{brand.replace(chr(34), "")}" -site:{site}'
