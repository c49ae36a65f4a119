"""Google Search Console: clicks, impressions and positions per day, from the Search Analytics query.

Days are Pacific days. The last two or three are still being collected: from `firstIncompleteDate` on they are
provisional. A filter on queries, or counting queries, misses what Google withholds for privacy: thresholded.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

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
)
from ownership.refusals import gettext_noop as _

estimate = free
CONTRACT = "Search Console API v1 (webmasters v3), revision 20260805"
SECRET = google.SECRET
SCOPE = "https://www.googleapis.com/auth/webmasters.readonly"
FINAL_AFTER = 3  # days
PAGE = 25_000  # rows, the most that Google gives at once
OPERATORS = Literal["contains", "not_contains", "equals", "not_equals", "including_regex", "excluding_regex"]


class Config(Given):
    property: Annotated[Text, Meta(title=_("Property"), description=_("sc-domain:example.com or https://example.com/"))]
    type: Annotated[Literal["web", "image", "video", "news", "discover"], Meta(title=_("Kind of search"))] = "web"
    since: Annotated[date | None, Meta(title=_("First day to ask for"), description=_("Empty: 16 months back."))] = None
    endpoint: Annotated[Text, Meta(title=_("Address of the interface"))] = "https://searchconsole.googleapis.com"

    def __post_init__(self) -> None:
        if not is_address(self.endpoint) or not (self.property.startswith("sc-domain:") or is_address(self.property)):
            raise ValueError("a property is sc-domain:example.com or an address, the interface an address")


class Query(Given):
    metric: Annotated[
        Literal["clicks", "impressions", "ctr", "position", "pages", "queries"],
        Meta(title=_("Figure"), description=_("pages and queries: how many different ones were shown on the day")),
    ] = "clicks"
    filter: Annotated[Literal["", "page", "query", "country", "device"], Meta(title=_("Only where"))] = ""
    operator: Annotated[OPERATORS, Meta(title=_("compares as"))] = "contains"
    expression: Annotated[str, Meta(title=_("with"), max_length=4096)] = ""


def profile(config: Config) -> Profile:
    return Profile(
        zone="America/Los_Angeles",
        gives=Grain.DAY,
        final_after=FINAL_AFTER,
        overlap_days=5,
        since=config.since,
        max_history=SIXTEEN_MONTHS,
        pace=0.05,  # 1,200 calls a minute and site
    )


def check(config: Config, secret: str, outside: Outside) -> None:
    """Whether the account sees the property."""
    bearer = google.token(secret, SCOPE, outside)
    google.ask("GET", _site(config), bearer=bearer, outside=outside)


def pull(config: Config, asked: Sequence[Asked], *, window: Window, secret: str, outside: Outside) -> Iterator[Reply]:
    """One question per KPI, and a page more for each 25,000 rows."""
    bearer = google.token(secret, SCOPE, outside)
    for one in asked:
        yield from _series(config, one, window, bearer, outside)


def _series(config: Config, one: Asked, window: Window, bearer: str, outside: Outside) -> Iterator[Reply]:
    query: Query = one.query
    counted = {"pages": "PAGE", "queries": "QUERY"}.get(query.metric)
    body: dict[str, Any] = {
        "startDate": window.starts_on.isoformat(),
        "endDate": window.last.isoformat(),
        "dimensions": ["DATE", counted] if counted else ["DATE"],
        "type": config.type.upper(),
        "dataState": "ALL",
        "rowLimit": PAGE,
    }
    if query.filter:
        only = {"dimension": query.filter.upper(), "operator": query.operator.upper(), "expression": query.expression}
        body["dimensionFilterGroups"] = [{"groupType": "AND", "filters": [only]}]
    rows, incomplete = _rows(config, body, bearer, outside)
    withheld = Quality.THRESHOLDED if "query" in (str(counted).lower(), query.filter) else Quality.FINAL
    days: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        days[_day(row)].append(row)
    for day in sorted(days):
        num, den = (float(len(days[day])), None) if counted else _figure(query.metric, days[day][0])
        quality = Quality.PROVISIONAL if day >= incomplete else withheld
        yield Observation(one.kpi_id, day, num, den, quality)
    yield NoData(one.kpi_id, min(incomplete, window.settled(FINAL_AFTER)))


def _rows(config: Config, body: dict[str, Any], bearer: str, outside: Outside) -> tuple[list[dict[str, Any]], date]:
    """All rows, and the first day that is still being collected. An empty page has no `rows` at all."""
    found: list[dict[str, Any]] = []
    incomplete = date.max
    while True:
        said = google.ask(
            "POST",
            f"{_site(config)}/searchAnalytics/query",
            bearer=bearer,
            body=body | {"startRow": len(found)},
            outside=outside,
        )
        page = said.get("rows", [])
        found += page
        if first := said.get("metadata", {}).get("firstIncompleteDate"):
            incomplete = date.fromisoformat(first)
        if len(page) < PAGE:
            break
    if len({str(row.get("keys")) for row in found}) < len(found):
        raise Transient(_("Rows moved between two pages of one answer; it is asked again."))
    return found, incomplete


def _day(row: dict[str, Any]) -> date:
    try:
        return date.fromisoformat(row["keys"][0])
    except (LookupError, TypeError, ValueError) as wrong:
        raise BadConfig(_("Search Console answers without a day in each row.")) from wrong


def _figure(metric: str, row: dict[str, Any]) -> tuple[float, float | None]:
    """Sums only: a click rate is clicks over impressions, a position is weighed by its impressions."""
    try:
        if metric == "ctr":
            return float(row["clicks"]), float(row["impressions"])
        if metric == "position":
            return float(row["position"]) * float(row["impressions"]), float(row["impressions"])
        return float(row[metric]), None
    except (LookupError, TypeError, ValueError) as wrong:
        raise BadConfig(_("Search Console answers without %(metric)s."), metric=metric) from wrong


def _site(config: Config) -> str:
    return f"{config.endpoint.rstrip('/')}/webmasters/v3/sites/{quote(config.property, safe='')}"
