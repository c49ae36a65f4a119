"""Values over the API: read by key, sent in bulk."""

from datetime import date
from typing import Any, ClassVar, cast

from django.http import Http404
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from metrics import pushed
from metrics.api.frame import an_id, today
from metrics.models import Batch, Snapshot
from metrics.pushed import Sent, Unusable
from metrics.services.push import Pushed, push
from metrics.words import MISFIT, UNUSABLE
from ownership import policy
from ownership.models import Unit, User
from ownership.refusals import Incomplete
from ownership.refusals import gettext_noop as words
from ownership.rest import GovernedViewSet, ReasonSerializer, StrictSerializer
from ownership.wire import BulkCSVParser, BulkJSONParser, KeyPagination, Unreadable, strict_json


class SnapshotSerializer(serializers.ModelSerializer[Snapshot]):
    class Meta:
        model = Snapshot
        fields = ["kpi", "source", "period_start", "num", "den", "value", "quality", "revision", "recorded_at", "batch"]


class BatchSerializer(serializers.ModelSerializer[Batch]):
    class Meta:
        model = Batch
        fields = ["id", "kind", "source", "by", "at", "inserted", "revised", "unchanged"]


class OriginSerializer(serializers.Serializer[Any]):
    """A value that the period has or had, and where it came from: who or which pull or file, when, and why."""

    source = serializers.IntegerField(source="held.source_id")  # type: ignore[assignment]  # the metaclass takes it off
    revision = serializers.IntegerField(source="held.revision")
    is_current = serializers.BooleanField()
    num = serializers.FloatField(source="held.num")
    den = serializers.FloatField(source="held.den", allow_null=True)
    quality = serializers.IntegerField(source="held.quality")
    recorded_at = serializers.DateTimeField(source="held.recorded_at")
    batch = serializers.IntegerField(source="batch.pk")
    kind = serializers.CharField(source="batch.kind")
    by = serializers.IntegerField(source="batch.by_id", allow_null=True)
    reason = serializers.CharField(source="batch.reason")
    pull = serializers.IntegerField(source="batch.pull.pk", default=None, allow_null=True)
    file = serializers.CharField(source="batch.imported.ref", default=None, allow_null=True)


class RowOutcomeSerializer(serializers.Serializer[Any]):
    """What became of one row, counted from 1: of a rejected one why, of another the revision that holds now."""

    line = serializers.IntegerField()
    result = serializers.ChoiceField(["inserted", "revised", "unchanged", "rejected"])
    kpi = serializers.IntegerField(required=False)
    period_start = serializers.DateField(required=False)
    revision = serializers.IntegerField(required=False)
    field = serializers.CharField(required=False)
    code = serializers.CharField(required=False)
    why = serializers.CharField(required=False)


class PushedSerializer(BatchSerializer):
    """The batch, and what became of rows: those refused or revised, or all if asked."""

    rejected = serializers.IntegerField()
    results = RowOutcomeSerializer(many=True)

    class Meta(BatchSerializer.Meta):
        fields = [*BatchSerializer.Meta.fields, "rejected", "results"]


class PushInput(ReasonSerializer):
    """What stands beside the values."""

    unit = an_id()


class RowInput(StrictSerializer):
    """A value: sums over the period; a ratio has both."""

    # Describes what `metrics.pushed` reads, strictly and fast.

    kpi = an_id()
    period_start = serializers.DateField()
    num = serializers.FloatField()
    den = serializers.FloatField(required=False, allow_null=True)
    quality = serializers.IntegerField(min_value=1, max_value=6, required=False, allow_null=True)


class ValueInput(RowInput, PushInput):
    """One value of one unit."""


class RowsInput(PushInput):
    """Values of one unit."""

    rows = RowInput(many=True)


class BulkQuery(StrictSerializer):
    """How a bulk is taken, and told of."""

    mode = serializers.ChoiceField(
        ["all", "partial"], default="all", help_text="partial: store the rows that are right"
    )
    results = serializers.ChoiceField(
        ["changed", "all"], default="changed", help_text="all: of new and unchanged rows too"
    )


class CsvQuery(BulkQuery, PushInput):
    """A table has no room for what stands beside it."""


def snapshot_key(text: str) -> tuple[int, int, date]:
    """KPI, source and day out of 3.7.2026-01-31. ValueError: anything else."""
    kpi, source, day = text.split(".")
    if not (kpi + source).isascii() or max(len(kpi), len(source)) > 18:
        raise ValueError(text)
    return int(kpi), int(source), date.fromisoformat(day)


class SnapshotPagination(KeyPagination):
    """By the three parts of the key, compared as one: page 50,000 costs what page 1 does."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.limit = request, self.get_page_size(request) or 0
        try:
            if cursor := request.query_params.get("cursor"):
                queryset = queryset.filter(pk__gt=snapshot_key(cursor))
        except ValueError as error:
            raise exceptions.ValidationError({"cursor": _(self.invalid_cursor_message)}) from error
        rows = list(queryset[: self.limit + 1])
        self.last = rows[self.limit - 1] if len(rows) > self.limit else None
        return rows[: self.limit]

    def get_next_link(self) -> str | None:
        if self.last is None:
            return None
        query = self.request.query_params.copy()
        query["cursor"] = f"{self.last.kpi_id}.{self.last.source_id}.{self.last.period_start}"
        return self.request.build_absolute_uri(f"?{query.urlencode()}")


class SnapshotFilter(filters.FilterSet):
    """?kpi=3&since=2026-01-01&until=2026-02-01: days from `since` on, before `until`."""

    since = filters.DateFilter(field_name="period_start", lookup_expr="gte")
    until = filters.DateFilter(field_name="period_start", lookup_expr="lt")
    recorded_since = filters.IsoDateTimeFilter(field_name="recorded_at", lookup_expr="gte")

    class Meta:
        model = Snapshot
        fields = ["kpi", "source", "quality"]


KEY = OpenApiParameter("pk", str, OpenApiParameter.PATH, description="KPI.source.day: 3.7.2026-01-31")


@extend_schema_view(retrieve=extend_schema(parameters=[KEY]))
class SnapshotViewSet(GovernedViewSet[Snapshot]):
    """Values, one for each KPI, source and period."""

    queryset = Snapshot.objects.order_by("pk")
    serializer_class = SnapshotSerializer
    pagination_class = SnapshotPagination
    filterset_class = SnapshotFilter
    lookup_value_regex = r"\d{1,18}\.\d{1,18}\.\d{4}-\d\d-\d\d"
    scopes: ClassVar[dict[str, str]] = dict.fromkeys(("create", "bulk"), policy.Scope.METRICS_WRITE)

    def get_object(self) -> Snapshot:
        """The value at /snapshots/3.7.2026-01-31/: KPI, source, first day of the period."""
        try:
            key = snapshot_key(self.kwargs["pk"])
        except ValueError as error:
            raise Http404 from error
        row = self.get_queryset().filter(pk=key).first()
        if row is None:
            raise Http404
        return row

    @extend_schema(parameters=[KEY], responses=OriginSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def origins(self, request: Request, pk: str) -> Response:
        """Every value that this KPI has or had for the period, of any source, and where each came from."""
        row = self.get_object()
        found = Snapshot.objects.visible_to(cast(User, request.user)).origins(row.kpi, row.period_start)
        return Response(OriginSerializer(found, many=True).data)

    @extend_schema(request=ValueInput, responses={200: SnapshotSerializer, 201: SnapshotSerializer})
    def create(self, request: Request) -> Response:
        """Store one value. 201: its period had none; 200: it had one, which is kept as a revision if it differs."""
        given = self.taken(ValueInput)
        try:
            sent = pushed.one(dict(request.data))
        except ValueError as error:
            raise exceptions.ValidationError({str(error): str(MISFIT[str(error)])}) from error
        batch = self._push(given, sent).batch
        stored = self.get_queryset().get(pk=(given["kpi"], batch.source_id, given["period_start"]))
        return self.said(stored, 201 if batch.inserted else 200)

    @extend_schema(
        parameters=[
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True),
            BulkQuery,
            OpenApiParameter("unit", int, description="with CSV"),
            OpenApiParameter("reason", str, description="with CSV"),
        ],
        request={"application/json": RowsInput, "text/csv": str},
        responses={201: PushedSerializer},
    )
    @action(detail=False, methods=["post"], parser_classes=[BulkJSONParser, BulkCSVParser])
    def bulk(self, request: Request) -> Response:
        """Store up to 50,000 values of one unit, or none if one is wrong, and say what became of them.

        With CSV the first line names the columns; unit and reason stand in the address. The same Idempotency-Key with
        the same body gets the first answer and has no second effect; with another body it is refused.
        """
        if "Idempotency-Key" not in request.headers:
            said = words("Send an Idempotency-Key, so that a repetition is harmless.")
            raise Incomplete(said, field="Idempotency-Key")
        given, sent = self._bulk(request, request.data if isinstance(request.data, bytes) else b"")
        done = self._push(given, sent, is_partial=given["mode"] == "partial", tells_all=given["results"] == "all")
        told = {"rejected": done.rejected, "results": done.results}
        return Response(BatchSerializer(done.batch).data | told, status=201)

    def _bulk(self, request: Request, body: bytes) -> tuple[dict[str, Any], Sent]:
        """What was said beside the values, and the values."""
        query = request.query_params.dict()
        try:
            if (request.content_type or "").startswith(BulkCSVParser.media_type):
                return self.taken(CsvQuery, query), pushed.from_csv(body)
            beside, sent = pushed.from_json(body)
        except Unusable as error:
            said = str(UNUSABLE[error.code])
            if error.code in ("not_json", "key_twice"):
                raise Unreadable(said) from error
            raise exceptions.ValidationError({"rows": said}) from error
        return self.taken(BulkQuery, query) | self.taken(PushInput, strict_json(beside)), sent

    def _push(self, given: dict[str, Any], sent: Sent, **how: Any) -> Pushed:
        unit = self.visible(Unit, given["unit"], field="unit")
        return push(unit=unit, sent=sent, today=today(), **how, **self.stamp(given["reason"]))
