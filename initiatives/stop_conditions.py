"""Has what was agreed to make us stop come true? Arithmetic on the last four weeks before the agreed day, no model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from initiatives.verdicts import Plan, Words, value_before
from metrics.periods import Period


@dataclass(frozen=True, slots=True)
class Condition:
    """One that was agreed. Without a `threshold` only people can say whether it has come true; with one it has when the
    KPI of `plan` is on its wrong side, by the `periods` before `by_on`."""

    text: str
    by_on: date
    author: str
    agreed_on: date
    threshold: float | None = None
    plan: Plan | None = None
    periods: Sequence[Period] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """None for `is_met`: its day has not come, or nobody but people can tell."""

    is_met: bool | None
    value: float | None = None


def outcome(condition: Condition, *, on: date) -> Outcome:
    """What is known on a day; from the agreed day on it stays the same."""
    plan, threshold = condition.plan, condition.threshold
    if plan is None or threshold is None or plan.known_by(on) < condition.by_on:
        return Outcome(None)
    value = value_before(plan, condition.periods, condition.by_on)
    if value is None:
        return Outcome(None)
    return Outcome(value > threshold if plan.lower_is_better else value < threshold, value)


def plain(condition: Condition, found: Outcome) -> dict[str, float | str | bool | None]:
    """To store with a verdict, and to show."""
    days = {"agreed_on": condition.agreed_on.isoformat(), "by_on": condition.by_on.isoformat()}
    said = {"text": condition.text, "author": condition.author, "threshold": condition.threshold}
    return {**said, **days, "is_met": found.is_met, "value": found.value}


def met(condition: Condition, value: float | None) -> Words:
    """Named with its day and its author."""
    days = {"agreed_on": condition.agreed_on.isoformat(), "by_on": condition.by_on.isoformat()}
    figures = {"value": value, "threshold": condition.threshold}
    return Words("kill-met", {"text": condition.text, "author": condition.author, **days, **figures})
