"""Plausible Analytics, in its cloud or one's own: figures per day from the Stats API v2.

Days are the site's, and final once they are over; a day without visits is absent. Chosen before Matomo: one documented
question in JSON, statuses that mean what they say, and a warning in the answer where a figure is not whole.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta

from metrics.catalogue import Grain
from metrics.sources.connector import (
    Asked,
    AuthFailed,
    BadConfig,
    Given,
    NoData,
    Observation,
    Outside,
    Profile,
    Quality,
    RateLimited,
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
CONTRACT = "Plausible Stats API v2"
SECRET = _("An API key of Plausible, made under Settings, API keys.")
PAGE = 10_000  # rows
MEANS = {"bounce_rate": 0.01, "visit_duration": 1.0}  # averages over visits, and what makes sums of them
HOUR = 3600


class Config(Given):
    site: Annotated[Text, Meta(title=_("Site"), description=_("example.com, as Plausible calls it."))]
    zone: Annotated[Text, Meta(title=_("Time zone of the site"), description=_("Europe/Amsterdam"))]
    since: Annotated[date | None, Meta(title=_("First day to ask for"), description=_("Empty: 28 days back."))] = None
    endpoint: Annotated[Text, Meta(title=_("Address of Plausible"))] = "https://plausible.io"

    def __post_init__(self) -> None:
        if not is_address(self.endpoint) or not is_zone(self.zone):
            raise ValueError("a zone is like Europe/Amsterdam, the interface an address")


class Query(Given):
    metric: Annotated[
        Literal["visitors", "visits", "pageviews", "events", "bounce_rate", "visit_duration"], Meta(title=_("Figure"))
    ] = "visitors"
    filter: Annotated[
        Literal["", "event:goal", "event:page", "visit:channel", "visit:source", "visit:country", "visit:entry_page"],
        Meta(title=_("Only where")),
    ] = ""
    operator: Annotated[Literal["is", "is_not", "contains", "contains_not"], Meta(title=_("compares as"))] = "is"
    value: Annotated[str, Meta(title=_("with"), max_length=500)] = ""


def profile(config: Config) -> Profile:
    return Profile(
        zone=config.zone, gives=Grain.DAY, overlap_days=1, since=config.since, pace=1
    )  # 600 calls an hour and key


def check(config: Config, secret: str, outside: Outside) -> None:
    """One figure for one day."""
    _ask(config, {"metrics": ["visitors"], "date_range": "day"}, secret, outside)


def pull(config: Config, asked: Sequence[Asked], *, window: Window, secret: str, outside: Outside) -> Iterator[Reply]:
    """One question per KPI."""
    for one in asked:
        yield from _series(config, one, window, secret, outside)


def _series(config: Config, one: Asked, window: Window, secret: str, outside: Outside) -> Iterator[Reply]:
    query: Query = one.query
    body: dict[str, Any] = {
        "metrics": [query.metric, "visits"] if query.metric in MEANS else [query.metric],
        "date_range": [window.starts_on.isoformat(), window.last.isoformat()],
        "dimensions": ["time:day"],
        "pagination": {"limit": PAGE, "offset": 0},
    }
    if query.filter:
        body["filters"] = [[query.operator, query.filter, [query.value]]]
    said = _ask(config, body, secret, outside)
    is_whole = not any(
        value for name, value in said.get("meta", {}).items() if name.endswith(("_warning", "_warnings"))
    )
    for row in said["results"]:
        try:
            day, figures = date.fromisoformat(row["dimensions"][0]), row["metrics"]
            num, den = float(figures[0]), float(figures[1]) if query.metric in MEANS else None
        except (LookupError, TypeError, ValueError) as wrong:
            raise BadConfig(_("Plausible answers without a day and figures in each row.")) from wrong
        num = num if den is None else num * den * MEANS[query.metric]
        yield Observation(one.kpi_id, day, num, den, Quality.FINAL if is_whole else Quality.SAMPLED)
    yield NoData(one.kpi_id, window.ends_on)


def _ask(config: Config, body: dict[str, Any], secret: str, outside: Outside) -> dict[str, Any]:
    answer = outside.call(
        "POST",
        f"{config.endpoint.rstrip('/')}/api/v2/query",
        headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
        data=json.dumps({"site_id": config.site} | body).encode(),
    )
    if answer.status == 429:
        raise RateLimited(_("Plausible asks us to come back later."), seconds=answer.retry_after or HOUR)
    if answer.status >= 500:
        raise Transient(_("Plausible has trouble of its own (%(status)s)."), status=answer.status)
    try:
        said = json.loads(answer.body)
        why = str(said.get("error", ""))[:200]
    except (ValueError, AttributeError, RecursionError) as wrong:
        raise BadConfig(_("There is no Plausible at this address: the answer is not its JSON.")) from wrong
    if answer.status in (401, 403):
        raise AuthFailed(_("Plausible does not let this key see the site: %(why)s"), why=why)
    if answer.status != 200 or not isinstance(said.get("results"), list):
        raise BadConfig(_("Plausible refuses the question (%(status)s): %(why)s"), status=answer.status, why=why)
    return dict(said)
