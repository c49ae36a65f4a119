"""How a source fares: a judgement on what it has delivered and how it last answered."""

from datetime import date
from enum import StrEnum

FAILURES = 8  # in a row; then the pull is given up as well


class Health(StrEnum):
    NEW = "new"
    UP = "up"
    GRACE = "grace"
    DOWN = "down"
    PAUSED = "paused"


def health(
    *, is_paused: bool, is_refused: bool, failures: int, known_until: date | None, expected_until: date, grace_days: int
) -> Health:
    """`known_until` is the first day after the newest value of the KPI that is furthest behind, `expected_until` the
    first day after the newest that should be there. `is_refused`: it did not let us in, or is configured wrongly.
    """
    if is_paused:
        return Health.PAUSED
    if is_refused or failures >= FAILURES:
        return Health.DOWN
    if known_until is None:
        return Health.NEW
    late = (expected_until - known_until).days
    if late <= 0:
        return Health.UP
    return Health.GRACE if late <= grace_days else Health.DOWN
