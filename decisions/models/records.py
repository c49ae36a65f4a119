"""The track record of a tool and model in one initiative and domain: what it may decide rests on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from decisions.learning import BAD, GOOD, OVERDUE_DAYS, RECORD_DAYS, RECORD_LENGTH, Rate, rate

FACT = "track_record_lb"


def counts(on: date, of: str = "") -> Q:
    """The outcome reviews that count that day; `of` is the way to them, for instance "review__".

    Of advice that was followed, by a person or by rule: settled as right or wrong, or overdue, which counts as wrong.
    What nobody had agreed to look at counts only where it went wrong: nobody earns a record by reporting successes.
    """

    def at(**conditions: Any) -> Q:
        return Q(**{of + name: value for name, value in conditions.items()})

    is_followed = at(decision=None) | at(decision__followed_ai=True)
    is_agreed = at(why__in=["always", "drawn"])
    is_overdue = at(result="", agreed_on__lt=on - timedelta(days=OVERDUE_DAYS))
    told = at(result=BAD) | is_agreed & (at(result=GOOD) | is_overdue)
    return at(agreed_on__gte=on - timedelta(days=RECORD_DAYS)) & is_followed & told


def record(results: Iterable[str]) -> Rate:
    """Of results, the newest first."""
    newest = list(results)[:RECORD_LENGTH]
    return rate(sum(result == GOOD for result in newest), len(newest))


def asked(rows: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """The track record that rows of a table ask for, by the row's code."""
    cells = {row["code"]: row["when"].get(FACT, {}) for row in rows}
    least = {code: cell.get("gte", cell.get("gt")) for code, cell in cells.items()}
    return {code: bound for code, bound in least.items() if bound is not None}
