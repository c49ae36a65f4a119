"""The frame of every API endpoint: who asks, what they may see, how a change is stamped, how a page ends."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import unicodedata
from collections.abc import Sequence
from typing import IO, Any, ClassVar, Generic, TypeVar, cast

from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.authentication import BaseAuthentication
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ownership import canonical, clock, origin, policy
from ownership.models import IdempotencyKey, Token, User
from ownership.refusals import Incomplete, VersionMissing
from ownership.refusals import gettext_noop as words

M = TypeVar("M", bound=models.Model)

LARGEST_BODY = 1_000_000  # bytes of JSON; bulk endpoints bring their own parser
DEEPEST = 32
# Control characters, and those that reverse or hide text.
UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff]"
)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer mdt_…`, `Token mdt_…`, or Basic with the token as password and any user name."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        kind, _space, given = request.headers.get("Authorization", "").partition(" ")
        if not kind:
            return None
        token = Token.objects.find(self._text(kind.lower(), given.strip()), at=clock.now())
        if token is None:
            raise exceptions.AuthenticationFailed(_("This token is unknown, expired or revoked. Make a new one."))
        origin.arrived(f"token:{token.pk}")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Basic realm="Mandate"'

    @staticmethod
    def _text(kind: str, given: str) -> str:
        if kind in {"bearer", "token"}:
            return given
        if kind == "basic":
            try:
                return base64.b64decode(given, validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                return ""
        return ""


class ScopePermission(BasePermission):
    """Logged in or with a token whose scopes cover the call. A view names what an action needs in `scopes`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, User):
            return False
        if not isinstance(request.auth, Token):
            return True
        default = policy.Scope.READ if request.method in {"GET", "HEAD", "OPTIONS"} else policy.Scope.WRITE
        needed = getattr(view, "scopes", {}).get(getattr(view, "action", None), default)
        if needed not in request.auth.scopes and not self._is_covered(needed, request.auth.scopes):
            self.message = _("This token lacks the scope “%(scope)s”.") % {"scope": needed}
            return False
        return True

    @staticmethod
    def _is_covered(needed: str, scopes: Sequence[str]) -> bool:
        """`write` covers the narrower writes; nothing but itself covers `decide`."""
        narrow = {policy.Scope.METRICS_WRITE, policy.Scope.RECOMMENDATIONS_WRITE}
        return needed in narrow and policy.Scope.WRITE in scopes


class StrictJSONParser(BaseParser):
    """JSON as the standard means it: no NaN, no duplicate key, no text that cannot be stored or that hides itself."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        raw = stream.read(LARGEST_BODY + 1)
        if len(raw) > LARGEST_BODY:
            raise exceptions.ParseError(_("The body is over 1 MB. Send less at once."))
        try:
            value = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
        except exceptions.ParseError:
            raise
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError(_("This is not JSON: %(error)s") % {"error": error}) from error
        return _clean(value, "")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise exceptions.ParseError(_("A key stands twice in one object. Keep one of them."))
    return found


def _refuse_constant(name: str) -> None:
    raise exceptions.ParseError(_("%(name)s is not a number in JSON. Leave the field out instead.") % {"name": name})


def _clean(value: Any, path: str, depth: int = 0) -> Any:
    """The value with its text in NFC. ParseError names the path of what cannot be taken."""
    if depth > DEEPEST:
        raise exceptions.ParseError(_("%(path)s is nested more than 32 deep.") % {"path": path[:80]})
    if isinstance(value, str):
        if UNSAFE.search(value):
            raise exceptions.ParseError(_("%(path)s holds control or invisible characters.") % {"path": path or "/"})
        return unicodedata.normalize("NFC", value)
    if isinstance(value, float) and not math.isfinite(value):
        raise exceptions.ParseError(_("%(path)s is too large a number.") % {"path": path})
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

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {"type": ["string", "null"], "format": "uri"}
        return {"type": "object", "required": ["next", "results"], "properties": {"next": following, "results": schema}}


class StrictFilterBackend(DjangoFilterBackend):
    """Filters of the view's filterset. An unknown parameter is an error, never ignored."""

    always: ClassVar[frozenset[str]] = frozenset({"limit", "cursor"})

    def filter_queryset(self, request: Any, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = self.get_filterset_class(view, queryset)
        known = set(filterset.base_filters) if filterset else set()
        if unknown := sorted(set(request.query_params) - known - self.always):
            said = _("Unknown. Known here: %(known)s.") % {"known": ", ".join(sorted(known | self.always))}
            raise exceptions.ValidationError(dict.fromkeys(unknown, said))
        return super().filter_queryset(request, queryset, view)


class StrictSerializer(serializers.Serializer[Any]):
    """Input in which an unknown field is an error."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            known = ", ".join(sorted(name for name, field in self.fields.items() if not field.read_only))
            said = _("Unknown field. Known: %(known)s.") % {"known": known}
            raise serializers.ValidationError({name: [said] for name in unknown})
        return super().to_internal_value(data)


class ReasonSerializer(StrictSerializer):
    """An act for which its reason is all that must be said."""

    reason = serializers.CharField(max_length=2000)


class GovernedViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[M], Generic[M]):
    """Reads through `visible_to`, sends the version as ETag, replays a repeated POST.

    Writes are acts: a method validates with `taken()`, makes one domain call with `**self.stamp(…)` and answers with
    `said()`. Detail routes accept 14 and INI-14.
    """

    lookup_value_regex = r"[A-Za-z]+-\d{1,18}|\d{1,18}"
    scopes: ClassVar[dict[str, str]] = {}

    def get_queryset(self) -> QuerySet[M]:
        visible: QuerySet[M] = super().get_queryset().visible_to(self.request.user)  # type: ignore[attr-defined]  # ours has it
        return visible

    def get_object(self) -> M:
        given: str = self.kwargs[self.lookup_url_kwarg or self.lookup_field]
        prefix, _dash, number = given.rpartition("-")
        if prefix and prefix.upper() != getattr(self.get_queryset().model, "prefix", ""):
            raise Http404
        self.kwargs[self.lookup_url_kwarg or self.lookup_field] = number
        return super().get_object()

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.said(self.get_object())

    def taken(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The request's body, validated."""
        given = serializer(data=self.request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def stamp(self, reason: str) -> dict[str, Any]:
        """Who, when, why: for an act that makes something new."""
        return {"by": self.request.user, "at": clock.now(), "reason": reason}

    def stamp_change(self, reason: str) -> dict[str, Any]:
        """The same for a change, with the version that the caller saw (If-Match)."""
        return self.stamp(reason) | {"expected_version": self.seen_version()}

    def seen_version(self) -> int:
        given = self.request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
        if not given:
            raise VersionMissing(words('Send If-Match with the ETag that you read, for instance If-Match: "3".'))
        if not given.isascii() or not given.isdigit() or len(given) > 9:
            raise Incomplete(words("If-Match must be the ETag that you read."), field="If-Match")
        return int(given)

    def said(self, row: Any, status: int = 200) -> Response:
        """The row as JSON, its version as ETag."""
        version = getattr(row, "version", None)
        headers = {"ETag": f'"{version}"'} if version else {}
        return Response(self.get_serializer(row).data, status=status, headers=headers)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A POST with Idempotency-Key has its effect and its stored answer in one transaction."""
        if request.method != "POST" or "Idempotency-Key" not in request.headers:
            return super().dispatch(request, *args, **kwargs)
        with transaction.atomic():
            response = super().dispatch(request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            elif isinstance(response, Response) and not getattr(response, "is_replayed", False):
                answer = {"data": json.loads(response.rendered_content), "etag": response.get("ETag", "")}
                IdempotencyKey.objects.filter(pk=self._key.pk).update(status=response.status_code, response=answer)
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get("Idempotency-Key", "")
        if request.method == "POST" and key:
            self._hold(request, key)

    def _hold(self, request: Request, key: str) -> None:
        if not 8 <= len(key) <= 200 or not key.isprintable():
            raise Incomplete(words("An idempotency key has 8 to 200 printable characters."), field="Idempotency-Key")
        body = canonical.sha256([request.path, request.data])
        self._key, is_new = IdempotencyKey.objects.get_or_create(
            user=cast(User, request.user), key=key, defaults={"body_sha256": body}
        )
        if is_new:
            return
        if self._key.body_sha256 != body:
            raise Incomplete(words("This idempotency key belongs to another request."), field="Idempotency-Key")
        raise Replayed(self._key)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Replayed):
            answer = exc.key.response
            response = Response(answer["data"], status=exc.key.status, headers={"Idempotency-Replayed": "true"})
            if answer["etag"]:
                response["ETag"] = answer["etag"]
            response.is_replayed = True  # type: ignore[attr-defined]  # read once, in dispatch
            return response
        return super().handle_exception(exc)


class Replayed(Exception):
    """This request was answered before."""

    def __init__(self, key: IdempotencyKey) -> None:
        self.key = key
