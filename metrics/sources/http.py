"""Any address that answers with CSV or JSON: a table in which columns hold a day and figures.

The address may hold {start} and {end}, the first and last day asked for, both included, and for answers of several
pages {page}, {offset} or {cursor}; a JSON answer may also name the address of its next page.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import jmespath
from jmespath.exceptions import JMESPathError
from msgspec import Meta

from metrics import tabular
from metrics.sources import table
from metrics.sources.connector import (
    Asked,
    AuthFailed,
    BadConfig,
    Observation,
    Outside,
    Profile,
    RateLimited,
    Reply,
    Transient,
    Window,
    free,
    is_address,
)
from metrics.tabular import Mapping as TableMapping
from metrics.tabular import Measure
from ownership.refusals import gettext_noop as _

estimate = free
Query = table.Query
CONTRACT = "CSV or JSON over HTTP"
SECRET = _("What the address asks for: a token, user:password or the value of a header. Empty where it asks nothing.")
MOST_PAGES = 200
SEPARATORS = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar")}
MARKS = {".": _("point"), ",": _("comma")}
ORDERS = {"": _("year first"), "dmy": _("day first"), "mdy": _("month first")}
AUTHS = {"none": _("none needed"), "bearer": _("bearer token"), "basic": _("user:password"), "header": _("a header")}
PAGES = {
    "none": _("one answer holds all"),
    "page": _("{page} in the address"),
    "offset": _("{offset} in the address"),
    "cursor": _("{cursor} in the address"),
    "next": _("the answer names the next address"),
}


class Config(table.Columns, kw_only=True):
    url: Annotated[
        str,
        Meta(
            title=_("Address"),
            description=_("{start} and {end} stand for the first and the last day that is asked for."),
            max_length=500,
        ),
    ]
    format: Annotated[Literal["csv", "json"], Meta(title=_("Answers with"))] = "csv"
    rows: Annotated[str, Meta(title=_("JSON: path of the list"), description="JMESPath", max_length=200)] = "@"
    delimiter: Annotated[
        Literal[",", ";", "\t", "|"], Meta(title=_("CSV: columns are separated by"), extra={"words": SEPARATORS})
    ] = ","
    decimal: Annotated[Literal[".", ","], Meta(title=_("CSV: decimal mark"), extra={"words": MARKS})] = "."
    order: Annotated[Literal["", "dmy", "mdy"], Meta(title=_("CSV: order of a date"), extra={"words": ORDERS})] = ""
    auth: Annotated[
        Literal["none", "bearer", "basic", "header"], Meta(title=_("Shows its secret as"), extra={"words": AUTHS})
    ] = "none"
    header: Annotated[str, Meta(title=_("Name of that header"), max_length=100)] = ""
    paging: Annotated[
        Literal["none", "page", "offset", "cursor", "next"], Meta(title=_("Further pages"), extra={"words": PAGES})
    ] = "none"
    next: Annotated[
        str, Meta(title=_("JSON: path of the next address or cursor"), description="JMESPath", max_length=200)
    ] = ""

    def __post_init__(self) -> None:
        if not is_address(self.url) or "{" in _filled(self.url, "x", "x", page="x", offset="x", cursor="x"):
            raise ValueError("url is an address with http:// or https://, without a password or unknown {places}")
        try:
            jmespath.compile(self.rows)
            jmespath.compile(self.next or "@")
        except JMESPathError as wrong:
            raise ValueError(f"rows and next are JMESPaths: {wrong}") from wrong


def profile(config: Config) -> Profile:
    return table.profile(config)


def check(config: Config, secret: str, outside: Outside) -> None:
    """Whether the address answers at all; what it says is judged when it is pulled."""
    _ask(config, _filled(config.url, "2026-01-01", "2026-01-01", page="1", offset="0", cursor=""), secret, outside)


def pull(config: Config, asked: Sequence[Asked], *, window: Window, secret: str, outside: Outside) -> Iterator[Reply]:
    """One request for all KPIs of the source, and one more for each further page."""
    observations: list[Observation] = []
    read = _csv if config.format == "csv" else _json
    rows = 0
    url: str | None = _at(config, window, page=1, offset=0, cursor="")
    for number in range(1, MOST_PAGES + 1):
        page = read(_ask(config, str(url), secret, outside), config, asked, window)
        observations += page.observations
        rows += page.rows
        url = _further(config, window, str(url), page.said, number, rows) if page.rows else None
        if url is None:
            break
    else:
        raise BadConfig(_("The answer has more than %(most)s pages."), most=MOST_PAGES)
    yield from table.once(observations)


class _Page(NamedTuple):
    """One answer, read: its figures, how many rows it had, and its JSON as a whole."""

    observations: list[Observation]
    rows: int
    said: Any = None


def _csv(body: bytes, config: Config, asked: Sequence[Asked], window: Window) -> _Page:
    measures = tuple(Measure(str(one.kpi_id), one.query.num, one.query.den, one.query.is_mean) for one in asked)
    mapping = TableMapping(
        delimiter=config.delimiter, decimal=config.decimal, order=config.order, date=config.date, measures=measures
    )
    reading = tabular.read(body, mapping, today=window.today)
    if reading.errors:
        first = reading.errors[0]
        raise BadConfig(
            _("The table cannot be read: %(code)s (line %(line)s, %(column)s)."),
            code=first.code.replace("_", " "),
            line=first.line,
            column=first.column,
        )
    found = [Observation(int(row.kpi), row.starts_on, row.num, row.den) for row in reading.rows]
    return _Page([one for one in found if one.starts_on in window], len(found))


def _json(body: bytes, config: Config, asked: Sequence[Asked], window: Window) -> _Page:
    try:
        said = json.loads(body)
        rows = jmespath.search(config.rows, said)
    except (ValueError, RecursionError, JMESPathError) as wrong:
        raise BadConfig(
            _("The answer is not the JSON that was expected: %(why)s."), why=type(wrong).__name__
        ) from wrong
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadConfig(_("rows (%(path)s) does not lead to a list of objects."), path=config.rows)
    return _Page(list(table.observations(rows, config.date, asked, window)), len(rows), said)


def _filled(url: str, start: str, end: str, **places: str) -> str:
    for name, value in ({"start": start, "end": end} | places).items():
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
    return url


def _at(config: Config, window: Window, **places: object) -> str:
    texts = {name: str(value) for name, value in places.items()}
    return _filled(config.url, window.starts_on.isoformat(), window.last.isoformat(), **texts)


def _further(config: Config, window: Window, url: str, said: Any, number: int, rows: int) -> str | None:
    """The address of the page after this one."""
    if config.paging in ("page", "offset"):
        return _at(config, window, page=number + 1, offset=rows, cursor="")
    named = jmespath.search(config.next, said) if config.paging in ("cursor", "next") and config.next else None
    if not named:
        return None
    if config.paging == "cursor":
        return _at(config, window, page=number + 1, offset=rows, cursor=named)
    further = urljoin(url, str(named))
    if urlsplit(further)[:2] != urlsplit(url)[:2]:
        raise BadConfig(_("The next page lies on another host; our credentials stay with this one."))
    return further


def _ask(config: Config, url: str, secret: str, outside: Outside) -> bytes:
    headers, auth = {}, None
    if config.auth == "basic":
        user, _colon, password = secret.partition(":")
        auth = (user, password)
    elif config.auth != "none":
        headers = {"Authorization": f"Bearer {secret}"} if config.auth == "bearer" else {config.header: secret}
    answer = outside.call("GET", url, headers=headers, auth=auth)
    status = answer.status
    if status == 429:
        raise RateLimited(_("It asks us to come back later (429)."), seconds=answer.retry_after)
    if status in (401, 403):
        raise AuthFailed(_("It does not accept our credentials (%(status)s)."), status=status)
    if status >= 500 or status == 408:
        raise Transient(_("It has trouble of its own (%(status)s)."), status=status)
    if status != 200:
        raise BadConfig(_("It answers %(status)s instead of 200."), status=status)
    return answer.body
