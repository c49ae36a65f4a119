"""How a source fares, judged from what it delivered."""

from datetime import date
from typing import Any

import pytest

from metrics.health import Health, health

USUAL: dict[str, Any] = {
    "is_paused": False,
    "is_refused": False,
    "failures": 0,
    "known_until": date(2026, 3, 2),
    "expected_until": date(2026, 3, 2),
    "grace_days": 3,
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Health.UP),
        ({"known_until": date(2026, 3, 3)}, Health.UP),
        ({"failures": 7}, Health.UP),
        ({"known_until": date(2026, 3, 1)}, Health.GRACE),
        ({"known_until": date(2026, 2, 27)}, Health.GRACE),
        ({"known_until": date(2026, 2, 26)}, Health.DOWN),
        ({"failures": 8}, Health.DOWN),
        ({"is_refused": True}, Health.DOWN),
        ({"known_until": None}, Health.NEW),
        ({"known_until": None, "is_refused": True}, Health.DOWN),
        ({"is_paused": True, "is_refused": True}, Health.PAUSED),
    ],
)
def test_health_follows_what_is_known(changes: dict[str, Any], expected: Health) -> None:
    assert health(**USUAL | changes) is expected
