"""DataForSEO: links to a site, and how often AI answers mention it, as they stand when asked. Each call costs money.

There is no history: a run says how things stand now, kept under the last day of its window, and what was missed stays
missing. Refusals come with HTTP 200 and their own code in the body.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta

from metrics.catalogue import Grain
from metrics.sources.connector import (
    Asked,
    AuthFailed,
    BadConfig,
    Cost,
    Given,
    Observation,
    Outside,
    Profile,
    Quality,
    RateLimited,
    Reply,
    Text,
    Transient,
    Window,
    is_address,
)
from ownership.refusals import gettext_noop as _

CONTRACT = "DataForSEO API v3: backlinks/summary/live, ai_optimization/llm_mentions/target_metrics_lite/live"
SECRET = _("login:password of the API, from DataForSEO's dashboard.")
SUMMARY, MENTIONS = "backlinks/summary/live", "ai_optimization/llm_mentions/target_metrics_lite/live"
PRICES = {SUMMARY: 0.03, MENTIONS: 0.15}  # dollars a call at most, of the price list of October 2026
CLOSED, BUSY = frozenset({40100, 40104, 40200, 40210}), frozenset({40202, 40203, 40209})


class Config(Given):
    target: Annotated[Text, Meta(title=_("Domain"), description=_("example.com, without https:// and www."))]
    every: Annotated[Literal["day", "week", "month"], Meta(title=_("Ask once a"))] = "week"
    endpoint: Annotated[Text, Meta(title=_("Address of the interface"))] = "https://api.dataforseo.com"

    def __post_init__(self) -> None:
        if not is_address(self.endpoint) or "/" in self.target:
            raise ValueError("a domain is like example.com, the interface an address")


class Query(Given):
    metric: Annotated[
        Literal["referring_domains", "referring_main_domains", "backlinks", "broken_backlinks", "rank", "mentions"],
        Meta(title=_("Figure")),
    ] = "referring_main_domains"


def profile(config: Config) -> Profile:
    every = Grain(config.every)
    return Profile(zone="UTC", step=every, gives=every, max_history=0, pace=1, costs_money=True)


def estimate(config: Config, asked: Sequence[Asked]) -> float:
    return sum(PRICES[path] for path in _paths(asked))


def check(config: Config, secret: str, outside: Outside) -> None:
    """Who we are, which costs nothing."""
    _ask(config, "appendix/user_data", None, secret, outside)


def pull(config: Config, asked: Sequence[Asked], *, window: Window, secret: str, outside: Outside) -> Iterator[Reply]:
    """One call for all figures about links, one for mentions."""
    for path in _paths(asked):
        target = [{"domain": config.target}] if path == MENTIONS else config.target
        result = yield from _paid(config, path, {"target": target}, secret, outside)
        for one in asked:
            if _path(one.query) == path and (num := _figure(one.query.metric, result)) is not None:
                quality = Quality.SAMPLED if path == MENTIONS else Quality.FINAL
                yield Observation(one.kpi_id, _starts_on(config, window), num, None, quality)


def _starts_on(config: Config, window: Window) -> Any:
    return profile(config).end(window.last) if config.every != "day" else window.last


def _paths(asked: Sequence[Asked]) -> list[str]:
    return sorted({_path(one.query) for one in asked})


def _path(query: Query) -> str:
    return MENTIONS if query.metric == "mentions" else SUMMARY


def _paid(config: Config, path: str, task: dict[str, Any], secret: str, outside: Outside) -> Any:
    """Yields the cost, returns the first result."""
    said = _ask(config, path, [task], secret, outside)
    yield Cost(float(said.get("cost") or 0))
    results = said["tasks"][0].get("result") or [None]
    if not isinstance(results[0], dict):
        raise BadConfig(_("DataForSEO knows nothing about this domain."))
    return results[0]


def _figure(metric: str, result: dict[str, Any]) -> float | None:
    try:
        if metric == "mentions":
            return float(sum(item["metrics"]["mentions"] or 0 for item in result["items"]))
        value = result[metric]
        return None if value is None else float(value)
    except (LookupError, TypeError, ValueError) as wrong:
        raise BadConfig(_("DataForSEO answers without %(metric)s."), metric=metric) from wrong


def _ask(config: Config, path: str, body: Any, secret: str, outside: Outside) -> dict[str, Any]:
    login, _colon, password = secret.partition(":")
    answer = outside.call(
        "POST" if body else "GET",
        f"{config.endpoint.rstrip('/')}/v3/{path}",
        headers={"Content-Type": "application/json"},
        auth=(login, password),
        data=json.dumps(body).encode() if body else None,
        is_repeatable=False,
    )
    if answer.status >= 500:
        raise Transient(_("DataForSEO has trouble of its own (%(status)s)."), status=answer.status)
    try:
        said = json.loads(answer.body)
        task = (said.get("tasks") or [{}])[0]
        codes = [said["status_code"], task.get("status_code", 20000)]
        why = str(task.get("status_message") or said.get("status_message", ""))[:200]
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError) as wrong:
        if answer.status in (401, 403):
            raise AuthFailed(_("DataForSEO does not accept our credentials.")) from wrong
        raise BadConfig(_("DataForSEO answered something that is not the JSON of its interface.")) from wrong
    _require_success(max(codes), why, answer.retry_after)
    return dict(said)


def _require_success(code: int, why: str, retry_after: int | None) -> None:
    if code in CLOSED:
        raise AuthFailed(_("DataForSEO does not let us in (%(code)s): %(why)s"), code=code, why=why)
    if code in BUSY:
        raise RateLimited(_("DataForSEO asks us to come back later."), seconds=retry_after or 60)
    if code >= 50000:
        raise Transient(_("DataForSEO has trouble of its own (%(status)s)."), status=code)
    if code >= 30000:
        raise BadConfig(_("DataForSEO refuses the question (%(code)s): %(why)s"), code=code, why=why)
