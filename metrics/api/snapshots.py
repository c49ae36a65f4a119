"""Values over the API: read by key, sent in bulk."""

import re
from datetime import date
from typing import Any, ClassVar

from django.http import Http404
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from metrics.api.frame import LARGEST_ID, an_id, today
from metrics.merge import FINAL, Value
from metrics.models import Batch, Kpi, Snapshot
from metrics.services import values
from metrics.services.values import LISTED
from ownership import policy
from ownership.models import Unit
from ownership.pages import person
from ownership.refusals import Incomplete
from ownership.refusals import gettext_noop as words
from ownership.rest import GovernedViewSet, ReasonSerializer, StrictSerializer
from ownership.wire import KeyPagination, StrictJSONParser

MOST_ROWS = 50_000


class SnapshotSerializer(serializers.ModelSerializer[Snapshot]):
    class Meta:
        model = Snapshot
        fields = ["kpi", "source", "period_start", "num", "den", "value", "quality", "revision", "recorded_at", "batch"]


class BatchSerializer(serializers.ModelSerializer[Batch]):
    class Meta:
        model = Batch
        fields = ["id", "kind", "source", "by", "at", "inserted", "revised", "unchanged"]


class ValueInput(StrictSerializer):
    """One value: sums over the period; a ratio has both."""

    kpi = an_id()
    period_start = serializers.DateField()
    num = serializers.FloatField()
    den = serializers.FloatField(required=False, allow_null=True)
    quality = serializers.IntegerField(min_value=1, max_value=6, required=False)


class PushInput(ReasonSerializer):
    """Values of one unit. `taken_values` reads the rows: a serializer per row takes ten times as long."""

    unit = an_id()
    rows = serializers.ListField(min_length=1, max_length=MOST_ROWS)


class PushSchema(ReasonSerializer):
    unit = an_id()
    rows = ValueInput(many=True)


class BulkJSONParser(StrictJSONParser):
    """The same strictness for bodies of up to 25 MB."""

    largest = 25_000_000


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


def taken_values(rows: list[Any]) -> list[Value]:
    """The rows of a push. Incomplete lists the first hundred that are not what they should be."""
    found, items = [], []
    for line, row in enumerate(rows, start=1):
        wrong = _misfit(row)
        if wrong:
            items.append({"line": line, "field": wrong, "code": "invalid", "why": _(MISFITS[wrong])})
        else:
            day = date.fromisoformat(row["period_start"])
            found.append(Value(line, row["kpi"], day, row["num"], row.get("den"), row.get("quality", FINAL)))
        if len(items) == LISTED:
            break
    if items:
        raise Incomplete(
            words("Nothing was stored: some rows are not right."), code="bad_rows", field="rows", items=items
        )
    return found


MISFITS = {
    "row": words("A row is an object with kpi, period_start, num and, if you like, den and quality."),
    "kpi": words("The id of a KPI is a whole number."),
    "period_start": words("A day is written like 2026-01-31."),
    "num": words("This is a number."),
    "den": words("This is a number, or left out."),
    "quality": words("This is a whole number from 1 (final) to 6 (withdrawn)."),
}
FIELDS = frozenset(MISFITS) - {"row"}
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _misfit(row: Any) -> str:
    """The first field that is not what it should be."""
    if not isinstance(row, dict) or not FIELDS >= set(row) >= {"kpi", "period_start", "num"}:
        return "row"
    if type(row["kpi"]) is not int or not 0 < row["kpi"] <= LARGEST_ID:
        return "kpi"
    if not _is_day(row["period_start"]):
        return "period_start"
    if type(row["num"]) not in (int, float) or abs(row["num"]) > 1e300:
        return "num"
    if row.get("den") is not None and (type(row["den"]) not in (int, float) or abs(row["den"]) > 1e300):
        return "den"
    return "quality" if type(row.get("quality", 1)) is not int or not 1 <= row.get("quality", 1) <= 6 else ""


def _is_day(text: Any) -> bool:
    try:
        return isinstance(text, str) and bool(ISO_DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


@extend_schema_view(
    retrieve=extend_schema(
        parameters=[OpenApiParameter("pk", str, OpenApiParameter.PATH, description="KPI.source.day: 3.7.2026-01-31")]
    )
)
class SnapshotViewSet(GovernedViewSet[Snapshot]):
    """Values. A tool sends up to 50,000 of one unit at once: all are stored, or none."""

    queryset = Snapshot.objects.order_by("pk")
    serializer_class = SnapshotSerializer
    pagination_class = SnapshotPagination
    filterset_class = SnapshotFilter
    parser_classes = [BulkJSONParser]
    lookup_value_regex = r"\d{1,18}\.\d{1,18}\.\d{4}-\d\d-\d\d"
    scopes: ClassVar[dict[str, str]] = {"create": policy.Scope.METRICS_WRITE}

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

    @extend_schema(
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)],
        request=PushSchema,
        responses={201: BatchSerializer},
    )
    def create(self, request: Request) -> Response:
        """Store values. With `Idempotency-Key` a repeated request gives the first answer and has no second effect."""
        if "Idempotency-Key" not in request.headers:
            raise Incomplete(
                words("Send an Idempotency-Key, so that a repetition is harmless."), field="Idempotency-Key"
            )
        given = self.taken(PushInput)
        unit = self.visible(Unit, given["unit"], field="unit")
        batch = values.push(
            unit=unit,
            values=taken_values(given["rows"]),
            visible=Kpi.objects.visible_to(person(request)).values_list("pk", flat=True),
            today=today(),
            **self.stamp(given["reason"]),
        )
        return Response(BatchSerializer(batch).data, status=201)
