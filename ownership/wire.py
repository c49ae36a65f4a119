"""How requests and answers are written: strict JSON in, keyset pages out, no filter silently ignored."""

import json
import math
import re
import unicodedata
from collections.abc import Collection
from typing import IO, Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from ownership.refusals import gettext_noop as words

DEEPEST = 32
# Control characters, and those that reverse or hide text.
UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff]"
)


class Unreadable(exceptions.ParseError):
    """`pointer` says where in the body (RFC 6901); empty is all of it."""

    def __init__(self, detail: str, pointer: str = "") -> None:
        super().__init__(detail)
        self.pointer = pointer[:200]


class StrictJSONParser(BaseParser):
    """JSON as the standard means it: no NaN, no duplicate key, no text that cannot be stored or that hides itself."""

    media_type = "application/json"
    largest: ClassVar[int] = 1_000_000  # bytes

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        return strict_json(bounded(stream, self.largest))


class BulkParser(BaseParser):
    """A body of up to 25 MB as it came, for a view that decodes it in its own way."""

    largest: ClassVar[int] = 25_000_000  # bytes

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        return bounded(stream, self.largest)


class BulkJSONParser(BulkParser):
    media_type = "application/json"


class BulkCSVParser(BulkParser):
    media_type = "text/csv"


def bounded(stream: IO[bytes], largest: int) -> bytes:
    """All of the stream. Unreadable: it is longer than that."""
    raw = stream.read(largest + 1)
    if len(raw) > largest:
        raise Unreadable(_("The body is over %(mb)s MB. Send less at once.") % {"mb": largest // 10**6})
    return raw


def strict_json(raw: bytes) -> Any:
    """Unreadable: it is not JSON, or not as strict as this module wants it."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique)
    except exceptions.ParseError:
        raise
    except (ValueError, RecursionError) as error:
        raise Unreadable(_("This is not JSON: %(error)s") % {"error": error}) from error
    return _clean(value, "")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable(_("A key stands twice in one object. Keep one of them."))
    return found


def _clean(value: Any, path: str, depth: int = 0) -> Any:
    """The value with its text in NFC. Unreadable names the path of what cannot be taken."""
    if depth > DEEPEST:
        raise Unreadable(_("%(path)s is nested more than 32 deep.") % {"path": path[:80]}, path)
    if isinstance(value, str):
        if UNSAFE.search(value):
            raise Unreadable(_("%(path)s holds control or invisible characters.") % {"path": path or "/"}, path)
        return unicodedata.normalize("NFC", value)
    if isinstance(value, float) and not math.isfinite(value):
        raise Unreadable(_("%(path)s is not a finite number. Leave it out instead.") % {"path": path}, path)
    if isinstance(value, dict):
        return {_clean(k, f"{path}/?", depth): _clean(v, f"{path}/{k}", depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_clean(v, f"{path}/{i}", depth + 1) for i, v in enumerate(value)]
    return value


class KeyPagination(CursorPagination):
    """Pages by key: as fast at the end as at the start. No totals; `limit` up to 1,000."""

    page_size = 100
    page_size_query_param = "limit"
    max_page_size = 1000
    ordering = "pk"
    invalid_cursor_message = words("This cursor is broken. Start from the first page.")

    def get_page_size(self, request: Request) -> int:
        given = request.query_params.get("limit", str(self.page_size))
        if not given.isascii() or not given.isdigit() or not 1 <= int(given[:6]) <= self.max_page_size:
            raise exceptions.ValidationError({"limit": _("Give a whole number from 1 to 1000.")})
        return int(given)

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        return tuple(getattr(view, "ordering", ("pk",)))

    def decode_cursor(self, request: Request) -> Any:
        try:
            return super().decode_cursor(request)
        except exceptions.NotFound as error:
            raise exceptions.ValidationError({"cursor": _(self.invalid_cursor_message)}) from error

    def get_paginated_response(self, data: Any) -> Response:
        following = self.get_next_link()
        headers = {"Link": f'<{following}>; rel="next"'} if following else {}
        return Response({"next": following, "results": data}, headers=headers)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor, limit = super().get_schema_operation_parameters(view)
        bounds = {"minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [limit | {"schema": {"type": "integer"} | bounds}, cursor | {"description": "Where `next` goes on."}]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {"type": ["string", "null"], "format": "uri"}
        return {"type": "object", "required": ["next", "results"], "properties": {"next": following, "results": schema}}


class StrictFilterBackend(DjangoFilterBackend):
    """Filters of the view's filterset. An unknown parameter is an error, never ignored."""

    always: ClassVar[frozenset[str]] = frozenset({"limit", "cursor"})

    def filter_queryset(self, request: Any, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = self.get_filterset_class(view, queryset)
        self.refuse_unknown(request, set(filterset.base_filters) if filterset else set())
        return super().filter_queryset(request, queryset, view)

    @classmethod
    def refuse_unknown(cls, request: Request, known: Collection[str] = ()) -> None:
        """ValidationError for parameters that are neither known here nor everywhere."""
        meant = cls.always | set(known)
        if unknown := sorted(set(request.query_params) - meant):
            said = _("Unknown. Known here: %(known)s.") % {"known": ", ".join(sorted(meant))}
            raise exceptions.ValidationError(dict.fromkeys(unknown, said))
