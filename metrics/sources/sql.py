"""A PostgreSQL database of one's own: one SELECT that gives a row per day.

The statement may use %(start)s and %(end)s, the first and the last day asked for, both included. It runs read-only, for
at most 30 seconds, and the host must be among the networks that the operator listed.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

from msgspec import Meta

from metrics.sources import table
from metrics.sources.connector import Asked, BadConfig, Outside, Profile, Reply, Window, free
from ownership.refusals import gettext_noop as _

estimate = free
Query = table.Query
CONTRACT = "PostgreSQL, read-only"
SECRET = _("postgresql://user:password@host:5432/database, of a role that may only read.")
MOST = 100_000  # rows


class Config(table.Columns, kw_only=True):
    query: Annotated[
        str,
        Meta(
            title=_("SELECT statement"),
            description=_("SELECT day, leads FROM sales WHERE day BETWEEN %(start)s AND %(end)s"),
            min_length=1,
            max_length=10_000,
            extra={"is_long": True},
        ),
    ]


def profile(config: Config) -> Profile:
    return table.profile(config)


def check(config: Config, secret: str, outside: Outside) -> None:
    """Whether the database lets us in."""
    outside.select(secret, "SELECT 1 AS one", {}, most=1)


def pull(config: Config, asked: Sequence[Asked], *, window: Window, secret: str, outside: Outside) -> Iterator[Reply]:
    """One statement for all KPIs."""
    values = {"start": window.starts_on, "end": window.last}
    rows = outside.select(secret, config.query, values, most=MOST)
    if len(rows) > MOST:
        raise BadConfig(_("The statement gives more than %(most)s rows for a window. Give one row per day."), most=MOST)
    yield from table.once(table.observations(rows, config.date, asked, window))
