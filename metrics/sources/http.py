"""Any address that answers with CSV or JSON: a table in which columns hold a day and figures.

Configuration: `url` with {start} and {end} (first and last day asked for, both included), `format` csv or json, `rows`
(JSON: the JMESPath of the list), `date` (its column or key), `delimiter`, `decimal`, `order` (CSV, as in an import),
`auth` none, bearer, basic (secret user:password) or header with its name in `header`, `lag_days` until a day is known,
`overlap_days` that are asked again because they may have changed, `since` the first day of all.
Query of a KPI: `num`, for ratios `den`, and `is_mean` where `num` holds an average that `den` weighs.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import jmespath
from jmespath.exceptions import JMESPathError

from metrics import tabular
from metrics.sources.connector import Asked, AuthFailed, BadConfig, Http, Observation, RateLimited, Rhythm, Transient
from metrics.tabular import Mapping as TableMapping
from metrics.tabular import Measure, cells
from metrics.tabular.cells import BadCell

QUERY = {"num": str, "den": str, "is_mean": bool}


class Setting(NamedTuple):
    """One entry of the configuration: its default, what fits, and how to say so."""

    default: str | int
    fits: Callable[[Any], bool]
    wanted: str


def _one_of(*choices: str) -> Setting:
    return Setting(choices[0], lambda value: value in choices, f"one of {', '.join(map(repr, choices))} is wanted")


def _days(default: int, most: int) -> Setting:
    return Setting(default, lambda value: type(value) is int and 0 <= value <= most, f"0 to {most} days are wanted")


def _text(default: str = "") -> Setting:
    return Setting(default, lambda value: isinstance(value, str) and len(value) <= 200, "a text is wanted")


def _is_url(value: Any) -> bool:
    bare = str(value).replace("{start}", "").replace("{end}", "")
    parts = urlsplit(bare)
    is_plain = "{" not in bare and "@" not in parts.netloc and bare.isprintable() and " " not in bare
    return is_plain and parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and jmespath.compile(value) is not None


def _is_day(value: Any) -> bool:
    return value == "" or date.fromisoformat(value) is not None


SETTINGS = {
    "url": Setting("", _is_url, "an address that begins with http:// or https://, without a password, is wanted"),
    "format": _one_of("csv", "json"),
    "rows": Setting("@", _is_path, "a JMESPath that leads to a list is wanted"),
    "date": _text("date"),
    "delimiter": _one_of(",", ";", "\t", "|"),
    "decimal": _one_of(".", ","),
    "order": _one_of("", "dmy", "mdy"),
    "auth": _one_of("none", "bearer", "basic", "header"),
    "header": _text(),
    "lag_days": _days(0, 60),
    "overlap_days": _days(3, 92),
    "since": Setting("", _is_day, "a day like 2026-01-31 is wanted"),
}


def full(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with its defaults."""
    return {name: setting.default for name, setting in SETTINGS.items()} | dict(config)


def rhythm(config: Mapping[str, Any]) -> Rhythm:
    """When this source knows a day."""
    settings = full(config)
    since = date.fromisoformat(settings["since"]) if settings["since"] else None
    return Rhythm(settings["lag_days"], settings["overlap_days"], since)


def check(config: Mapping[str, Any], queries: Sequence[Mapping[str, Any]]) -> None:
    """BadConfig names the first setting that is unknown, missing or of the wrong kind."""
    if unknown := sorted(set(config) - set(SETTINGS)):
        raise BadConfig(f"{unknown[0]} is not a setting. Known: {', '.join(SETTINGS)}.")
    for name, value in full(config).items():
        try:
            is_right = SETTINGS[name].fits(value)
        except (TypeError, ValueError, JMESPathError):
            is_right = False
        if not is_right:
            raise BadConfig(f"{name}: {SETTINGS[name].wanted}.")
    for query in queries:
        _measure(0, query)


def pull(
    config: Mapping[str, Any],
    asked: Sequence[Asked],
    *,
    starts_on: date,
    ends_on: date,
    today: date,
    secret: str,
    http: Http,
) -> list[Observation]:
    """One request for all KPIs of the source."""
    check(config, [one.query for one in asked])
    settings = full(config)
    last = ends_on - timedelta(days=1)
    url = settings["url"].replace("{start}", starts_on.isoformat()).replace("{end}", last.isoformat())
    headers, auth = _credentials(settings, secret)
    answer = http.call("GET", url, headers=headers, auth=auth)
    _require_success(answer.status, answer.retry_after)
    measures = [_measure(one.kpi_id, one.query) for one in asked]
    read = _read_csv if settings["format"] == "csv" else _read_json
    found = read(answer.body, settings, measures, today)
    return [one for one in found if starts_on <= one.starts_on < ends_on]


def _credentials(settings: Mapping[str, Any], secret: str) -> tuple[dict[str, str], tuple[str, str] | None]:
    if settings["auth"] == "basic":
        user, _colon, password = secret.partition(":")
        return {}, (user, password)
    if settings["auth"] == "bearer":
        return {"Authorization": f"Bearer {secret}"}, None
    return ({settings["header"]: secret} if settings["auth"] == "header" else {}), None


def _require_success(status: int, retry_after: int | None) -> None:
    if status == 429:
        raise RateLimited("It asks us to come back later (429).", seconds=retry_after)
    if status in (401, 403):
        raise AuthFailed(f"It does not accept our credentials ({status}).")
    if status >= 500 or status == 408:
        raise Transient(f"It has trouble of its own ({status}).")
    if status != 200:
        raise BadConfig(f"It answers {status} instead of 200.")


def _measure(kpi_id: int, query: Mapping[str, Any]) -> Measure:
    if any(name not in QUERY or not isinstance(value, QUERY[name]) for name, value in query.items()) or not query.get(
        "num"
    ):
        raise BadConfig("Each KPI says num, the column of its figure, and may say den and is_mean.")
    measure = Measure(str(kpi_id), **query)
    if measure.is_mean and not measure.den:
        raise BadConfig("An average needs den, the column that weighs it.")
    return measure


def _read_csv(body: bytes, settings: Mapping[str, Any], measures: list[Measure], today: date) -> list[Observation]:
    mapping = TableMapping(
        delimiter=settings["delimiter"],
        decimal=settings["decimal"],
        order=settings["order"],
        date=settings["date"],
        measures=tuple(measures),
    )
    reading = tabular.read(body, mapping, today=today)
    if reading.errors:
        first = reading.errors[0]
        where = f"line {first.line}" + (f", {first.column}" if first.column else "")
        raise BadConfig(f"The table cannot be read: {first.code.replace('_', ' ')} ({where}).")
    return [Observation(int(row.kpi), row.starts_on, row.num, row.den) for row in reading.rows]


def _read_json(body: bytes, settings: Mapping[str, Any], measures: list[Measure], today: date) -> list[Observation]:
    try:
        rows = jmespath.search(settings["rows"], json.loads(body))
    except (ValueError, RecursionError, JMESPathError) as error:
        raise BadConfig(f"The answer is not the JSON that was expected: {type(error).__name__}.") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadConfig(f"rows ({settings['rows']}) does not lead to a list of objects.")
    found = [one for row in rows for one in _row(row, settings["date"], measures, today)]
    if len({(one.kpi_id, one.starts_on) for one in found}) < len(found):
        raise BadConfig("A day stands twice in the answer.")
    return found


def _row(row: Mapping[str, Any], key: str, measures: list[Measure], today: date) -> list[Observation]:
    try:
        on = cells.day(str(row.get(key, "")), order="")
    except BadCell as bad:
        raise BadConfig(f"{key}: {bad.code.replace('_', ' ')}.") from bad
    if on > today:
        raise BadConfig(f"{key}: a day that has not come yet.")
    found = []
    for measure in measures:
        num, den = _number(row, measure.num), _number(row, measure.den) if measure.den else None
        if num is not None and not (measure.den and den is None):
            found.append(Observation(int(measure.kpi), on, num * (den or 0.0) if measure.is_mean else num, den))
    return found


def _number(row: Mapping[str, Any], name: str) -> float | None:
    """The figure under this key; None where the row has none. Text and true are no figures."""
    value = row.get(name)
    if value is None:
        return None
    if type(value) not in (int, float) or not abs(value) <= cells.LIMIT:
        raise BadConfig(f"{name}: not a number.")
    return float(value)
