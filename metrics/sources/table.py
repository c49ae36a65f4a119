"""What sources that answer with rows share: which column holds the day, which the figures, and when a day is known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta

from metrics.sources.connector import Asked, BadConfig, Given, Observation, Profile, Text, Window
from metrics.tabular import cells
from metrics.tabular.cells import BadCell
from ownership.refusals import gettext_noop as _

Since = Annotated[date | None, Meta(title=_("First day to ask for"), description=_("Empty: 28 days back."))]


class Columns(Given):
    """The part of the configuration that says what the rows are."""

    date: Annotated[Text, Meta(title=_("Column of the date"))] = "date"
    lag_days: Annotated[int, Meta(title=_("Days until a day is known"), ge=0, le=60)] = 0
    overlap_days: Annotated[int, Meta(title=_("Last days that may still change"), ge=0, le=92)] = 3
    since: Since = None


class Query(Given):
    num: Annotated[Text, Meta(title=_("Column of the figure"))]
    den: Annotated[str, Meta(title=_("Column of its denominator"), max_length=200)] = ""
    is_mean: Annotated[bool, Meta(title=_("The figure is an average that the denominator weighs"))] = False

    def __post_init__(self) -> None:
        if self.is_mean and not self.den:
            raise ValueError("an average needs den, the column that weighs it")


def profile(config: Columns) -> Profile:
    """As declared."""
    return Profile(
        lag_days=config.lag_days, final_after=config.lag_days, overlap_days=config.overlap_days, since=config.since
    )


def observations(
    rows: Sequence[Mapping[str, Any]], column: str, asked: Sequence[Asked], window: Window
) -> Iterator[Observation]:
    """The figures of the rows. BadConfig: a row without a day, something that is no number, a column that is gone."""
    wanted = {name for one in asked for name in (one.query.num, one.query.den) if name}
    if rows and (missing := sorted(name for name in wanted if not any(name in row for row in rows))):
        raise BadConfig(_("There is no column %(column)s in the answer."), column=missing[0])
    for row in rows:
        on = _day(row, column, window.today)
        if on in window:
            yield from _figures(row, on, asked)


def once(found: Iterable[Observation]) -> Iterator[Observation]:
    """The same, if every KPI has each day once."""
    seen = set()
    for one in found:
        if (one.kpi_id, one.starts_on) in seen:
            raise BadConfig(_("A day stands twice in the answer: %(day)s."), day=one.starts_on.isoformat())
        seen.add((one.kpi_id, one.starts_on))
        yield one


def _figures(row: Mapping[str, Any], on: date, asked: Sequence[Asked]) -> Iterator[Observation]:
    for one in asked:
        query: Query = one.query
        num, den = _number(row, query.num), _number(row, query.den) if query.den else None
        if num is not None and not (query.den and den is None):
            yield Observation(one.kpi_id, on, num * (den or 0.0) if query.is_mean else num, den)


def _day(row: Mapping[str, Any], column: str, today: date) -> date:
    value = row.get(column)
    try:
        on = value.date() if isinstance(value, datetime) else value
        on = on if isinstance(on, date) else cells.day(str(value or ""), order="")
    except BadCell as bad:
        raise BadConfig(_("%(column)s does not hold a day: %(code)s."), column=column, code=bad.code) from bad
    if on > today:
        raise BadConfig(_("%(column)s holds a day that has not come yet."), column=column)
    return on


def _number(row: Mapping[str, Any], name: str) -> float | None:
    """The figure under this name; None where the row has none. Text and true are no figures."""
    value = row.get(name)
    if value is None:
        return None
    if type(value) not in (int, float, Decimal) or not abs(value) <= cells.LIMIT:
        raise BadConfig(_("%(column)s does not hold a number."), column=name)
    return float(value)
