"""Canonical JSON, version 1: one value, one text, one hash, in every year to come.

UTF-8, NFC, keys sorted by code point, no spaces, no nulls in objects, every number that is not an integer a string
(decimals plain, doubles in their shortest round-trip form), instants in UTC with microseconds. Only Python renders it;
the database hashes the stored text.
"""

import json
import math
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from hashlib import sha256 as _sha256
from typing import Any


def render(value: Any) -> str:
    """The canonical text of a plain value. TypeError: neither JSON nor Decimal, date, datetime, Enum or set."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(value: Any) -> str:
    """The lower-case hexadecimal SHA-256 of the canonical text (64 characters)."""
    return _sha256(render(value).encode()).hexdigest()


def instant(value: datetime) -> str:
    """An instant as it stands in a canonical text; sorts as time does."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _plain(value: Any) -> Any:
    maker = _MAKERS.get(type(value))
    if maker is None:
        maker = next((made for kind, made in _MAKERS.items() if isinstance(value, kind)), _unknown)
    return maker(value)


def _same(value: Any) -> Any:
    return value


def _text(value: str) -> str:
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def _double(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError("NaN and infinity have no canonical form.")
    return repr(value)


def _object(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {_text(str(k)): _plain(v) for k, v in value.items() if v is not None}


def _list(value: Collection[Any]) -> list[Any]:
    kinds = set(map(type, value))
    if kinds == {float} and all(map(math.isfinite, value)):  # series of figures are most of what there is
        return list(map(repr, value))
    return list(value) if kinds == {int} else [_plain(v) for v in value]


def _unknown(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__} has no canonical form.")


# By exact type, which is fast; else the first that fits, so what is more special stands first.
_MAKERS: dict[type, Callable[[Any], Any]] = {
    type(None): _same,
    bool: _same,
    Enum: lambda value: _plain(value.value),
    str: _text,
    int: _same,
    float: _double,
    Decimal: lambda value: format(value, "f"),
    datetime: instant,
    date: date.isoformat,
    dict: _object,
    Mapping: _object,
    list: _list,
    tuple: _list,
    set: lambda value: sorted(_list(value)),
    frozenset: lambda value: sorted(_list(value)),
}
