"""Google Analytics 4: any metric per day, from the Data API's runReport.

Answers are strings, days are the property's own. Ten answers of the 5xx kind in an hour lock a project out for it, so
nothing is repeated here. Sampled, thresholded and lumped answers are marked as what they are.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from metrics.catalogue import Grain
from metrics.sources import google
from metrics.sources.connector import (
    SIXTEEN_MONTHS,
    Asked,
    BadConfig,
    Given,
    NoData,
    Observation,
    Outside,
    Profile,
    Quality,
    Reply,
    Text,
    Transient,
    Window,
    free,
    is_address,
    is_zone,
)
from ownership.refusals import gettext_noop as _

estimate = free
CONTRACT = "Google Analytics Data API v1beta, revision 20261006"
SECRET = google.SECRET
SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
PAGE = 50_000  # rows; Google would give 250,000, in an answer of 30 MB
FINAL_AFTER = 2  # days


class Config(Given):
    property: Annotated[str, Meta(title=_("Number of the property"), pattern=r"^[0-9]{5,15}$")]
    zone: Annotated[Text, Meta(title=_("Time zone of the property"), description=_("Europe/Amsterdam"))]
    since: Annotated[date | None, Meta(title=_("First day to ask for"), description=_("Empty: 16 months back."))] = None
    endpoint: Annotated[Text, Meta(title=_("Address of the interface"))] = "https://analyticsdata.googleapis.com"

    def __post_init__(self) -> None:
        if not is_address(self.endpoint) or not is_zone(self.zone):
            raise ValueError("a zone is like Europe/Amsterdam, the interface an address")


class Query(Given):
    metric: Annotated[Text, Meta(title=_("Figure"), description=_("sessions, keyEvents, totalUsers, …"))] = "sessions"
    per: Annotated[str, Meta(title=_("divided by"), description=_("For ratios: another figure."), max_length=200)] = ""
    count: Annotated[
        str, Meta(title=_("or count the different"), description=_("A dimension such as landingPage."), max_length=200)
    ] = ""
    filter: Annotated[str, Meta(title=_("Only where"), description=_("A dimension."), max_length=200)] = ""
    match: Annotated[Literal["exact", "begins_with", "contains", "full_regexp"], Meta(title=_("compares as"))] = "exact"
    value: Annotated[str, Meta(title=_("with"), max_length=1000)] = ""


def profile(config: Config) -> Profile:
    return Profile(
        zone=config.zone,
        gives=Grain.DAY,
        final_after=FINAL_AFTER,
        overlap_days=4,
        since=config.since,
        max_history=SIXTEEN_MONTHS,
        pace=0.2,
    )


def check(config: Config, secret: str, outside: Outside) -> None:
    """Whether the account sees the property: what it could be asked, without asking for any figure."""
    bearer = google.token(secret, SCOPE, outside)
    google.ask("GET", f"{_property(config)}/metadata", bearer=bearer, outside=outside, is_repeatable=False)


def pull(config: Config, asked: Sequence[Asked], *, window: Window, secret: str, outside: Outside) -> Iterator[Reply]:
    """One report per KPI."""
    bearer = google.token(secret, SCOPE, outside)
    for one in asked:
        yield from _series(config, one, window, bearer, outside)


def _series(config: Config, one: Asked, window: Window, bearer: str, outside: Outside) -> Iterator[Reply]:
    query: Query = one.query
    body: dict[str, Any] = {
        "dateRanges": [{"startDate": window.starts_on.isoformat(), "endDate": window.last.isoformat()}],
        "dimensions": [{"name": name} for name in ("date", query.count) if name],
        "metrics": [{"name": name} for name in (query.metric, query.per) if name],
        "limit": str(PAGE),
    }
    if query.filter:
        only = {"matchType": query.match.upper(), "value": query.value}
        body["dimensionFilter"] = {"filter": {"fieldName": query.filter, "stringFilter": only}}
    rows, trust = _rows(config, body, bearer, outside)
    days: dict[date, list[list[float]]] = defaultdict(list)
    for row in rows:
        day, figures = _read(row)
        days[day].append(figures)
    settled = window.settled(FINAL_AFTER)
    for day in sorted(days):
        num, *per = [float(len(days[day]))] if query.count else days[day][0]
        quality = max(trust, Quality.PROVISIONAL if day >= settled else Quality.FINAL)
        yield Observation(one.kpi_id, day, num, per[0] if per else None, quality)
    yield NoData(one.kpi_id, settled)


def _rows(config: Config, body: dict[str, Any], bearer: str, outside: Outside) -> tuple[list[Any], Quality]:
    found: list[Any] = []
    trust = Quality.FINAL
    while True:
        said = google.ask(
            "POST",
            f"{_property(config)}:runReport",
            bearer=bearer,
            body=body | {"offset": str(len(found))},
            outside=outside,
            is_repeatable=False,
        )
        page, about = said.get("rows", []), said.get("metadata", {})
        if (zone := about.get("timeZone", config.zone)) != config.zone:
            raise BadConfig(_("The property counts its days in %(zone)s: set its time zone to that."), zone=zone)
        trust = max(trust, _trust(about))
        found += page
        if not page or len(found) >= said.get("rowCount", 0):
            break
    if len({str(row.get("dimensionValues")) for row in found}) < len(found):
        raise Transient(_("Rows moved between two pages of one answer; it is asked again."))
    return found, trust


def _trust(about: dict[str, Any]) -> Quality:
    if about.get("subjectToThresholding") or about.get("dataLossFromOtherRow"):
        return Quality.THRESHOLDED
    return Quality.SAMPLED if about.get("samplingMetadatas") else Quality.FINAL


def _read(row: Any) -> tuple[date, list[float]]:
    try:
        day = datetime.strptime(row["dimensionValues"][0]["value"], "%Y%m%d").date()  # noqa: DTZ007  a day, no instant
        return day, [float(one["value"]) for one in row["metricValues"]]
    except (LookupError, TypeError, ValueError) as wrong:
        raise BadConfig(_("Google Analytics answers without a day and figures in each row.")) from wrong


def _property(config: Config) -> str:
    return f"{config.endpoint.rstrip('/')}/v1beta/properties/{config.property}"
