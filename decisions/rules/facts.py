"""Facts: how a posted value becomes one that rules can compare.

Normal form of a value: number and ratio float (int where the fact is `integer`), money int in cents, boolean bool, enum
str, date date. A fact that is absent or too old is *unknown*: it is not in the mapping that rules are evaluated on.
"""

import math
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias

from decisions.rules.faults import Fault, Faults, Wrong
from decisions.rules.schema import Fact, FactSource, FactType, Schema

Value: TypeAlias = float | int | bool | str | date
Facts: TypeAlias = Mapping[str, Value]


class Reading(NamedTuple):
    """A known value, since when it holds, and whose word it is."""

    value: Value
    as_of: datetime
    source: FactSource


Readings: TypeAlias = Mapping[str, Reading]


class _Unfit(ValueError):
    """A single value of the wrong kind: a fault without its place."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def _number(fact: Fact, raw: Any) -> float | int:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise _Unfit("not_a_number")
    if isinstance(raw, float) and not math.isfinite(raw):
        raise _Unfit("not_finite")
    if not fact.minimum <= raw <= fact.maximum:
        raise _Unfit("out_of_range", minimum=fact.minimum, maximum=fact.maximum)
    if not fact.integer:
        return float(raw) + 0.0  # -0.0 and 0.0 are one value, so they must hash alike
    if raw != int(raw):
        raise _Unfit("not_whole")
    return int(raw)


def _cents(fact: Fact, raw: Any) -> int:
    """Money compares in cents: a float sum such as 0.1 + 0.2 must neither pass nor miss a bound of 0.30."""
    cents = Decimal(str(_number(fact, raw))) * 100
    if cents != cents.to_integral_value():
        raise _Unfit("not_cents")
    return int(cents)


def _date(fact: Fact, raw: Any) -> date:
    if not isinstance(raw, str):
        raise _Unfit("not_a_date")
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise _Unfit("not_a_date") from None


def _boolean(fact: Fact, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise _Unfit("not_boolean")
    return raw


def _enum(fact: Fact, raw: Any) -> str:
    if not isinstance(raw, str) or raw not in fact.values:
        raise _Unfit("not_a_value", values=list(fact.values))
    return raw


_READ: Final[dict[FactType, Callable[[Fact, Any], Value]]] = {
    FactType.NUMBER: _number,
    FactType.MONEY: _cents,
    FactType.RATIO: _number,
    FactType.BOOLEAN: _boolean,
    FactType.ENUM: _enum,
    FactType.DATE: _date,
}


def read_bound(fact: Fact, raw: Any, where: str, faults: Faults) -> Value | None:
    """The normal form of a value in a rule (money: a plain amount in the fact's currency), or None and a fault."""
    try:
        return _READ[fact.type](fact, raw)
    except _Unfit as unfit:
        faults.add(unfit.code, where, fact=fact.name, **unfit.params)
        return None


def _posted_value(fact: Fact, raw: Any) -> Value:
    if fact.type is FactType.MONEY:
        if not isinstance(raw, Mapping) or set(raw) != {"amount", "currency"}:
            raise _Unfit("not_money", currency=fact.unit)
        if raw["currency"] != fact.unit:
            raise _Unfit("other_currency", currency=fact.unit)
        raw = raw["amount"]
    return _READ[fact.type](fact, raw)


def read_posted(posted: Any, schema: Schema, *, sources: Collection[FactSource], at: datetime) -> dict[str, Reading]:
    """Posted facts in normal form. `sources` says whose word the poster may give; null says "not known".

    A value is bare, or {"value": …, "as_of": ISO instant}. Raises `Wrong` with every fault.
    """
    if not isinstance(posted, Mapping):
        raise Wrong([Fault("not_an_object", "facts")])
    faults = Faults()
    readings: dict[str, Reading] = {}
    for name, raw in posted.items():
        if name not in schema:
            faults.add("undeclared", f"facts.{name}", known=[f.name for f in schema.values() if f.source in sources])
        elif schema[name].source not in sources:
            faults.add("not_yours_to_say", f"facts.{name}", source=schema[name].source.value)
        elif raw is not None and (reading := _reading(schema[name], raw, at, faults)):
            readings[name] = reading
    faults.settle()
    return readings


def _reading(fact: Fact, raw: Any, at: datetime, faults: Faults) -> Reading | None:
    as_of = at
    if isinstance(raw, Mapping) and "value" in raw:
        if extra := sorted(set(raw) - {"value", "as_of"}):
            faults.add("unknown_key", f"facts.{fact.name}.{extra[0]}", known=["value", "as_of"])
            return None
        try:
            as_of = _instant(raw.get("as_of"), at)
        except _Unfit as unfit:
            faults.add(unfit.code, f"facts.{fact.name}.as_of", **unfit.params)
        raw = raw["value"]
    try:
        return Reading(_posted_value(fact, raw), as_of, fact.source)
    except _Unfit as unfit:
        faults.add(unfit.code, f"facts.{fact.name}", **unfit.params)
        return None


def _instant(raw: Any, at: datetime) -> datetime:
    if raw is None:
        return at
    try:
        instant = datetime.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise _Unfit("not_an_instant")
    if instant > at:
        raise _Unfit("in_the_future")
    return instant


def known(readings: Readings, schema: Schema, *, at: datetime) -> dict[str, Value]:
    """What rules may look at: declared and young enough. The rest is unknown."""
    facts: dict[str, Value] = {}
    for name, reading in readings.items():
        if fact := schema.get(name):
            too_old = fact.max_age_days is not None and at - reading.as_of > timedelta(days=fact.max_age_days)
            if not too_old:
                facts[name] = reading.value
    return facts


def dump_readings(readings: Readings) -> dict[str, dict[str, Any]]:
    """Plain JSON of normalised readings (money in cents), as an evaluation keeps them."""
    return {
        name: {
            "value": value.isoformat() if isinstance(value, date) else value,
            "as_of": as_of.isoformat(),
            "source": source.value,
        }
        for name, (value, as_of, source) in sorted(readings.items())
    }


def load_readings(stored: Mapping[str, Mapping[str, Any]], schema: Schema) -> dict[str, Reading]:
    """The readings that `dump_readings` wrote. Facts that the schema no longer declares are left out."""
    readings = {}
    for name, raw in stored.items():
        if fact := schema.get(name):
            value = date.fromisoformat(raw["value"]) if fact.type is FactType.DATE else raw["value"]
            readings[name] = Reading(value, datetime.fromisoformat(raw["as_of"]), FactSource(raw["source"]))
    return readings
