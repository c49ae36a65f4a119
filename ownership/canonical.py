"""Canonical JSON, version 1: one value, one text, one hash, in every year to come.

UTF-8, NFC, keys sorted by code point, no spaces, no nulls in objects, every number that is not an integer a string
(decimals plain, doubles in their shortest round-trip form), instants in UTC with microseconds. Only Python renders it;
the database hashes the stored text.
"""

import json
import math
import unicodedata
from collections.abc import Mapping
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


def _plain(value: Any) -> Any:  # noqa: C901  one branch per type is the clearest way to say it
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("NaN and infinity have no canonical form.")
        return repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_key(k): _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(v) for v in value)
    raise TypeError(f"{type(value).__name__} has no canonical form.")


def _key(key: Any) -> str:
    return unicodedata.normalize("NFC", str(key))
