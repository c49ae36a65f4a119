"""The frame of every API endpoint: who asks, what they may see, how a change is stamped, how a page ends."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, ClassVar, Generic, TypeVar, cast

from django.core.files import File
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase, QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from ownership import canonical, clock
from ownership.models import IdempotencyKey, User
from ownership.refusals import Incomplete, VersionMissing
from ownership.refusals import gettext_noop as words

M = TypeVar("M", bound=models.Model)
T = TypeVar("T", bound=models.Model)

SEEN = "The ETag of what you read and now change: its `version`, if it has one. Missing: 428; outdated: 412."
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description=SEEN)
IF_MATCH_IF_ANY = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description=f"{SEEN} Not for a first one.")


class StrictSerializer(serializers.Serializer[Any]):
    """Input in which an unknown field is an error."""

    def to_internal_value(self, data: Any) -> Any:
        known = ", ".join(sorted(name for name, field in self.fields.items() if not field.read_only))
        if not isinstance(data, dict):
            raise serializers.ValidationError(
                {"body": _("Send an object. Known fields: %(known)s.") % {"known": known}}
            )
        if unknown := sorted(set(data) - set(self.fields)):
            said = _("Unknown field. Known: %(known)s.") % {"known": known}
            raise serializers.ValidationError({name or '""': [said] for name in unknown})
        return super().to_internal_value(data)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """A body of null is no object either."""
        return (False, data) if data is None and self.parent is None else super().validate_empty_values(data)


class ReasonSerializer(StrictSerializer):
    """An act for which its reason is all that must be said."""

    reason = serializers.CharField(max_length=2000)


class GovernedViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[M], Generic[M]):
    """Reads through `visible_to`, sends the version as ETag, replays a repeated POST.

    Writes are acts: a method validates with `taken()`, makes one domain call with `**self.stamp(…)` and answers with
    `said()`. Detail routes accept 14 and INI-14.
    """

    lookup_value_regex = r"(?:[A-Za-z]+-)?\d{1,18}"
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

    def taken(self, serializer: type[serializers.Serializer[Any]], body: Any = None) -> dict[str, Any]:
        """The request's body, or what the caller made of it, validated."""
        said = self.request.data if body is None else body
        given = serializer(data=said, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def visible(self, model: type[T], pk: int, *, field: str) -> T:
        """A row that the body names: what this user may not see is as unknown as what does not exist."""
        row: T | None = model._default_manager.visible_to(self.request.user).filter(pk=pk).first()  # type: ignore[attr-defined]  # ours has it
        if row is None:
            raise exceptions.ValidationError({field: _("There is no such row, or none that you may see.")})
        return row

    def named(self, given: dict[str, Any], **models: type[models.Model]) -> dict[str, Any]:
        """The body with the rows that it names by id, for the fields that are given."""
        ids = {field: pk for field in models if (pk := given.get(field))}
        found = {field: self.visible(models[field], pk, field=field) for field, pk in ids.items()}
        return given | found

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

    is_recorded = False  # an act sets it where what it refuses is kept all the same

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A POST with Idempotency-Key has its effect and its stored answer in one transaction."""
        if request.method != "POST" or "Idempotency-Key" not in request.headers:
            return super().dispatch(request, *args, **kwargs)
        with transaction.atomic():
            response = super().dispatch(request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(not self.is_recorded)
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
        body = canonical.sha256([request.get_full_path(), _said_in(request)])
        user = cast(User, request.user)
        new = IdempotencyKey(user=user, key=key, body_sha256=body)
        IdempotencyKey.objects.bulk_create([new], ignore_conflicts=True)  # a twin waits here for the first
        self._key = IdempotencyKey.objects.get(user=user, key=key)
        if not self._key.status:
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


def _said_in(request: Request) -> Any:
    """The body as plain values; of an uploaded file, or of a body in bulk, its hash."""
    if isinstance(request.data, bytes):
        return sha256(request.data).hexdigest()
    if not isinstance(request.data, QueryDict):
        return request.data
    said: dict[str, Any] = {}
    for name, value in request.data.items():
        if isinstance(value, File):
            said[name] = sha256(value.read()).hexdigest()
            value.seek(0)
        else:
            said[name] = value
    return said


class Replayed(Exception):
    """This request was answered before."""

    def __init__(self, key: IdempotencyKey) -> None:
        self.key = key
