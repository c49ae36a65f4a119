"""The fact schema of a domain: what its rules may ask about, each with type, limits and source."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from decisions.rules.faults import Fault, Faults, Wrong

LARGEST: Final = 1e15  # beyond this a double no longer tells neighbouring cents apart
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
CURRENCY: Final = re.compile(r"[A-Z]{3}")


class FactType(StrEnum):
    NUMBER = "number"
    MONEY = "money"
    RATIO = "ratio"
    BOOLEAN = "boolean"
    ENUM = "enum"
    DATE = "date"


class FactSource(StrEnum):
    """Whose word a fact is. A tool can claim only `tool` facts."""

    TOOL = "tool"
    PERSON = "person"
    KPI = "kpi"
    MANDATE = "mandate"


@dataclass(frozen=True, slots=True)
class Fact:
    """One column that rules may use. `unit` is an ISO currency for money; `max_age_days` counts from `as_of`.

    A fact of source kpi is the sum of the KPI of type `kpi` over the last `window_days` closed days of the subject.
    """

    name: str
    type: FactType
    source: FactSource
    unit: str = ""
    minimum: float = -LARGEST
    maximum: float = LARGEST
    values: tuple[str, ...] = ()
    integer: bool = False
    required: bool = False
    max_age_days: int | None = None
    kpi: str = ""
    window_days: int = 28


Schema: TypeAlias = Mapping[str, Fact]

_KEYS: Final = {
    "name", "type", "source", "unit", "min", "max", "values", "integer", "required", "max_age_days",
    "kpi", "window_days",
}  # fmt: skip


def read_schema(data: Any) -> dict[str, Fact]:
    """A domain's schema from its JSON, a list of facts in the order of the columns. Raises `Wrong` with every fault."""
    if not isinstance(data, list) or not data:
        raise Wrong([Fault("not_a_list", "facts")])
    schema: dict[str, Fact] = {}
    found: list[Fault] = []
    for index, raw in enumerate(data):
        faults = Faults(row=str(raw.get("name", index)) if isinstance(raw, Mapping) else str(index))
        fact = _fact(raw, faults)
        if fact and fact.name in schema:
            faults.add("twice", "name")
        if fact:
            schema[fact.name] = fact
        found += faults.found
    if found:
        raise Wrong(found)
    return schema


def _fact(raw: Any, faults: Faults) -> Fact | None:
    if not isinstance(raw, Mapping):
        faults.add("not_an_object", "fact")
        return None
    for key in sorted(set(raw) - _KEYS):
        faults.add("unknown_key", key, known=sorted(_KEYS))
    if not isinstance(raw.get("name"), str) or not NAME.fullmatch(raw["name"]):
        faults.add("not_a_name", "name")
    for key, values in (("type", list(FactType)), ("source", list(FactSource))):
        if raw.get(key) not in values:
            faults.add("not_a_value", key, values=values)
    for key in ("integer", "required"):
        if not isinstance(raw.get(key, False), bool):
            faults.add("not_boolean", key)
    return None if faults.found else _typed(raw, FactType(raw["type"]), faults)


def _typed(raw: Mapping[str, Any], kind: FactType, faults: Faults) -> Fact | None:
    """The limits, which depend on the type."""
    low, high = _range(raw, kind, faults)
    fact = Fact(
        name=raw["name"],
        type=kind,
        source=FactSource(raw["source"]),
        unit=_unit(raw, kind, faults),
        minimum=low,
        maximum=high,
        values=_values(raw, kind, faults),
        integer=raw.get("integer", False),
        required=raw.get("required", False),
        max_age_days=_days(raw, "max_age_days", None, faults),
        kpi=_kpi(raw, faults),
        window_days=_days(raw, "window_days", 28, faults) or 28,
    )
    return None if faults.found else fact


def _range(raw: Mapping[str, Any], kind: FactType, faults: Faults) -> tuple[float, float]:
    """A ratio lies between 0 and 1 unless the schema says otherwise."""
    default = (0.0, 1.0) if kind is FactType.RATIO else (-LARGEST, LARGEST)
    ends = []
    for key, otherwise in zip(("min", "max"), default, strict=True):
        end = raw.get(key, otherwise)
        if isinstance(end, bool) or not isinstance(end, int | float) or not -LARGEST <= end <= LARGEST:
            faults.add("not_a_number", key)
            end = otherwise
        ends.append(float(end))
    if ends[0] > ends[1]:
        faults.add("empty_range", "min")
    return ends[0], ends[1]


def _unit(raw: Mapping[str, Any], kind: FactType, faults: Faults) -> str:
    unit = raw.get("unit", "")
    if not isinstance(unit, str) or len(unit) > 20:
        faults.add("not_text", "unit")
    elif kind is FactType.MONEY and not CURRENCY.fullmatch(unit):
        faults.add("not_a_currency", "unit")
    return str(unit)


def _values(raw: Mapping[str, Any], kind: FactType, faults: Faults) -> tuple[str, ...]:
    values = raw.get("values", [])
    if not isinstance(values, list) or not all(isinstance(v, str) and NAME.fullmatch(v) for v in values):
        faults.add("not_names", "values")
    elif (kind is FactType.ENUM) != bool(values) or len(set(values)) != len(values):
        faults.add("values_for_enum", "values")
    else:
        return tuple(values)
    return ()


def _days(raw: Mapping[str, Any], key: str, otherwise: int | None, faults: Faults) -> int | None:
    days = raw.get(key, otherwise)
    if days is not None and (isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= 366):
        faults.add("not_days", key)
        return None
    return days


def _kpi(raw: Mapping[str, Any], faults: Faults) -> str:
    kpi = raw.get("kpi", "")
    if kpi != "" and (not isinstance(kpi, str) or not NAME.fullmatch(kpi) or raw.get("source") != FactSource.KPI):
        faults.add("kpi_for_source", "kpi")
        return ""
    return str(kpi)
