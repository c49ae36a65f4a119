"""What every kind of source offers, and the ways in which it can fail."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from metrics.catalogue import Grain
from metrics.periods import month_start, next_month, week_start
from ownership.refusals import gettext_noop as _

FIRST_DAYS = 28  # asked of a new source that does not say since when it has figures
LONGEST_DAYS = 62  # in one window
SIXTEEN_MONTHS = 487  # days that Search Console keeps
MB = 2**20


class Quality(IntEnum):
    """How far a value can be trusted; the numbers are stored."""

    FINAL = 1
    PROVISIONAL = 2
    SAMPLED = 3
    THRESHOLDED = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """One KPI that a source is asked for, and the question in the source's own terms (the module's `Query`)."""

    kpi_id: int
    query: Any


@dataclass(frozen=True, slots=True)
class Observation:
    """One value that a source gave: sums over the period that begins on `starts_on`."""

    kpi_id: int
    starts_on: date
    num: float
    den: float | None = None
    quality: int = Quality.FINAL


@dataclass(frozen=True, slots=True)
class NoData:
    """The source knows for certain that there is nothing before `until`, where it gave no value."""

    kpi_id: int
    until: date


@dataclass(frozen=True, slots=True)
class Cost:
    """What the calls of this pull cost, in US dollars, as the source reported it."""

    dollars: float


Reply = Observation | NoData | Cost


@dataclass(frozen=True, slots=True)
class Window:
    """The days starts_on ≤ day < ends_on, asked on `today`; all three in the source's zone."""

    starts_on: date
    ends_on: date
    today: date

    @property
    def last(self) -> date:
        return self.ends_on - timedelta(days=1)

    def settled(self, final_after: int) -> date:
        """The first of its days that may still change."""
        return min(self.ends_on, self.today - timedelta(days=final_after))

    def __contains__(self, day: date) -> bool:
        return self.starts_on <= day < self.ends_on


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


class Outside(Protocol):
    """The client that a connector is handed."""

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        data: bytes | None = None,
        is_repeatable: bool = True,
        largest: int = 5 * MB,
    ) -> Answer:
        """One HTTP request. A call to a busy place is repeated, unless told not to."""

    def select(self, dsn: str, query: str, values: Mapping[str, Any], *, most: int) -> list[dict[str, Any]]:
        """The rows of one SELECT in a PostgreSQL database; one more than `most` if there are more."""


class Trouble(Exception):
    """The pull failed. The text, a message id with its values, says why and what to do, and holds no secret.

    `seconds`: ask again no sooner than that.
    """

    def __init__(self, detail: str, *, seconds: int | None = None, **params: str | float) -> None:
        super().__init__(detail % params if params else detail)
        self.detail, self.seconds, self.params = detail, seconds, params

    def words(self, translated: Callable[[str], str]) -> str:
        """The text in the reader's language."""
        return translated(self.detail) % self.params if self.params else translated(self.detail)


class Transient(Trouble):
    """It may work later."""


class RateLimited(Transient):
    """It asked us to come back later."""


class AuthFailed(Trouble):
    """It does not let us in. Somebody must give it another secret."""


class BadConfig(Trouble):
    """It answers something else than the configuration says. Somebody must correct one of the two."""


class BudgetFull(Trouble):
    """The money for the day or the month is spent; `until` is the first day on which there is more."""

    def __init__(self, until: date) -> None:
        super().__init__(_("The budget is used up. It is asked again on %(until)s."), until=until.isoformat())
        self.until = until


@dataclass(frozen=True, slots=True)
class Profile:
    """When a source knows a day, and how it wants to be asked.

    zone: IANA zone of its days; empty: the organisation's. lag_days: a day can be asked for so long after it is over;
    final_after: and is expected to be there, and final. overlap_days: the last days that every run asks again.
    since, max_history: the first day that is asked for at all. step: how often it is asked. gives: the period of its
    values; None: whatever the table holds. pace: seconds between two calls.
    """

    zone: str = ""
    lag_days: int = 0
    final_after: int = 0
    overlap_days: int = 0
    since: date | None = None
    max_history: int = FIRST_DAYS
    step: Grain = Grain.DAY
    gives: Grain | None = None
    pace: float = 0
    costs_money: bool = False

    def end(self, today: date) -> date:
        """The first day that cannot be asked for yet."""
        day = today - timedelta(days=self.lag_days)
        return {Grain.DAY: day, Grain.WEEK: week_start(day), Grain.MONTH: month_start(day)}[self.step]

    def windows(self, *, watermark: date | None, today: date) -> list[tuple[date, date]]:
        """Half-open windows from the last final day to the newest that can be known, the oldest first."""
        end = self.end(today)
        first = min(watermark or self._recent(end), end - timedelta(days=self.overlap_days))
        return _cut(max(first, self.since or first), end)

    def history(self, today: date) -> list[tuple[date, date]]:
        """What lies before the first windows of a new source: month by month, the oldest first."""
        end = self.end(today)
        first = self.since or end - timedelta(days=self.max_history)
        return _by_month(first, min(self._recent(end), end - timedelta(days=self.overlap_days)))

    def _recent(self, end: date) -> date:
        return max(month_start(end - timedelta(days=FIRST_DAYS)), self.since or date.min)


def _cut(start: date, end: date) -> list[tuple[date, date]]:
    found = []
    while start < end:
        found.append((start, min(start + timedelta(days=LONGEST_DAYS), end)))
        start = found[-1][1]
    return found


def _by_month(start: date, end: date) -> list[tuple[date, date]]:
    found = []
    while start < end:
        found.append((start, min(next_month(start), end)))
        start = found[-1][1]
    return found


class Given(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Typed configuration or question: form, JSON schema and validation are made from it."""


Text = Annotated[str, Meta(min_length=1, max_length=200)]


def is_address(value: str) -> bool:
    """Whether it is a web address without a password in it."""
    parts = urlsplit(value)
    is_plain = value.isprintable() and " " not in value and "@" not in parts.netloc
    return is_plain and parts.scheme in ("http", "https") and bool(parts.hostname)


def is_zone(value: str) -> bool:
    """Whether it is an IANA zone."""
    try:
        return bool(ZoneInfo(value))
    except (KeyError, ValueError, OSError):
        return False


G = TypeVar("G", bound=Given)


def typed(kind: type[G], given: Mapping[str, Any]) -> G:
    """The mapping as a struct. BadConfig names the first field that is unknown, missing or of the wrong kind."""
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as wrong:
        said, _at, path = str(wrong).partition(" - at `$")
        field = path.strip("`.").partition("[")[0]
        raise BadConfig(_("%(what)s is not right: %(why)s."), what=field or "config", why=said) from wrong


def free(config: Any, asked: Sequence[Asked]) -> float:
    """What asking costs where nobody charges."""
    return 0


class Connector(Protocol):
    """A module of this package."""

    @property
    def CONTRACT(self) -> str:  # noqa: N802  a constant of the module, like those below
        """Whose interface in which version: shown to people."""

    @property
    def SECRET(self) -> str:  # noqa: N802
        """What to paste as its secret, as a message id."""

    @property
    def Config(self) -> type[Given]: ...  # noqa: N802
    @property
    def Query(self) -> type[Given]: ...  # noqa: N802

    def profile(self, config: Any) -> Profile: ...

    def estimate(self, config: Any, asked: Sequence[Asked]) -> float:
        """Dollars that one pull may cost at most; 0 where nothing costs anything."""

    def check(self, config: Any, secret: str, outside: Outside) -> None:
        """The cheapest call that shows that it lets us in. Trouble says what is wrong."""

    def pull(
        self, config: Any, asked: Sequence[Asked], *, window: Window, secret: str, outside: Outside
    ) -> Iterator[Reply]:
        """The values of the window's days that the source knows. A missing day is missing, not 0."""
