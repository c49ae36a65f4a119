"""What every kind of source offers, and the ways in which it can fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

FIRST_DAYS = 28  # asked of a new source that does not say since when it has figures


@dataclass(frozen=True, slots=True)
class Asked:
    """One KPI that a source is asked for, and the question in the source's own terms."""

    kpi_id: int
    query: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Observation:
    """One value that a source gave: sums over the period that begins on `starts_on`."""

    kpi_id: int
    starts_on: date
    num: float
    den: float | None = None


class Answer(Protocol):
    """What the HTTP client gives back; header names are lower case."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def retry_after(self) -> int | None:
        """Seconds."""


class Http(Protocol):
    """The client that a connector is handed. It repeats a call to a busy place, unless told not to."""

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        data: bytes | None = None,
        is_repeatable: bool = True,
        largest: int = 5 * 2**20,
    ) -> Answer: ...


class Trouble(Exception):
    """The pull failed; the text says why, without any secret."""


class Transient(Trouble):
    """It may work later."""


class RateLimited(Transient):
    """It asked us to come back: after `seconds`, if it said when."""

    def __init__(self, message: str, *, seconds: int | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


class AuthFailed(Trouble):
    """It does not let us in. Somebody must give it another secret."""


class BadConfig(Trouble):
    """It answers something else than the configuration says. Somebody must correct one of the two."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a source knows a day: `lag_days` after it is over; the last `overlap_days` may still change. `since`: the
    first day that is asked for at all."""

    lag_days: int
    overlap_days: int
    since: date | None

    def windows(self, *, watermark: date | None, today: date, longest: int) -> list[tuple[date, date]]:
        """Half-open windows from the last final day to the newest that can be known, newest first."""
        end = today - timedelta(days=self.lag_days)
        first = watermark or self.since or end - timedelta(days=FIRST_DAYS)
        start, found = min(first, end - timedelta(days=self.overlap_days)), []
        while start < end:
            found.append((max(start, end - timedelta(days=longest)), end))
            end = found[-1][0]
        return found


class Connector(Protocol):
    """A module of this package."""

    def rhythm(self, config: Mapping[str, Any]) -> Rhythm: ...

    def check(self, config: Mapping[str, Any], queries: Sequence[Mapping[str, Any]]) -> None:
        """BadConfig: what is wrong with the configuration, before anything is asked."""

    def pull(
        self,
        config: Mapping[str, Any],
        asked: Sequence[Asked],
        *,
        starts_on: date,
        ends_on: date,
        today: date,
        secret: str,
        http: Http,
    ) -> list[Observation]:
        """The values of the days starts_on ≤ day < ends_on that the source knows. A missing day is missing, not 0."""
