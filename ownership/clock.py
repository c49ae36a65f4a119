"""The only reader of time. Edges ask it and pass `at=` or `on=` down.

MANDATE_CLOCK (development and tests only) names a file that holds one instant in ISO 8601: every process that reads it
lives at that instant, so a test can move time forward for web, worker and beat at once.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings


def now() -> datetime:
    """This instant, in UTC."""
    if path := settings.ENV.clock:
        return datetime.fromisoformat(Path(path).read_text().strip()).astimezone(UTC)
    return datetime.now(UTC)


def today(zone: str) -> date:
    """The local day in an IANA zone."""
    return now().astimezone(ZoneInfo(zone)).date()
