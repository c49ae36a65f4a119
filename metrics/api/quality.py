"""The quality of values over the API: what the data page says, by KPI."""

from collections import defaultdict
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from metrics.api.frame import today
from metrics.findings import Fault
from metrics.models import Kpi
from metrics.models.examined import Found, examine
from ownership.rest import GovernedViewSet


class FaultSerializer(serializers.Serializer[Any]):
    """`count` periods from `since` on, before `until` (null: it goes on). `value` is the newest in question, `low` to
    `high` what is usual there, `factor` how many times too large it is; `other` is what the source `source` says
    instead. A mark is how the source gives its values, nothing to mend."""

    fault = serializers.ChoiceField([fault.value for fault in Fault], source="finding.fault")
    is_mark = serializers.BooleanField(source="finding.fault.is_mark")
    since = serializers.DateField(source="finding.since")
    until = serializers.DateField(source="finding.until", allow_null=True)
    count = serializers.IntegerField(source="finding.count")
    value = serializers.FloatField(source="finding.value", allow_null=True)
    low = serializers.FloatField(source="finding.low", allow_null=True)
    high = serializers.FloatField(source="finding.high", allow_null=True)
    factor = serializers.FloatField(source="finding.factor", allow_null=True)
    other = serializers.FloatField(source="finding.other", allow_null=True)
    source = serializers.IntegerField(source="finding.source", allow_null=True)  # type: ignore[assignment]  # a field of that name
    what = serializers.CharField()
    why = serializers.CharField(source="words.why")
    todo = serializers.CharField(source="words.todo")


class ExaminedSerializer(serializers.ModelSerializer[Kpi]):
    """A KPI and what is wrong with its values, the gravest first."""

    ref = serializers.CharField(read_only=True)
    findings = serializers.SerializerMethodField()

    class Meta:
        model = Kpi
        fields = ["id", "ref", "name", "unit", "source_of_record", "findings"]

    @extend_schema_field(FaultSerializer(many=True))
    def get_findings(self, kpi: Kpi) -> Any:
        found: dict[int, list[Found]] = self.context["found"]
        return FaultSerializer(found[kpi.pk], many=True).data


class QualityFilter(filters.FilterSet):
    """?fault=late keeps of each page the KPIs of which this is true: a page may be short, `next` still goes on."""

    fault = filters.ChoiceFilter(choices=[(fault.value, fault.value) for fault in Fault], method="kept")

    class Meta:
        model = Kpi
        fields = ["unit", "type", "source_of_record", "steward"]

    def kept(self, kpis: Any, name: str, value: str) -> Any:
        """Derived, so it is applied to what was examined."""
        return kpis


class QualityViewSet(GovernedViewSet[Kpi]):
    """What is wrong with the values of each KPI that counts as a result or a fence, since when, why it matters and what
    to do. Judged when it is read."""

    queryset = Kpi.objects.counting().order_by("pk")
    serializer_class = ExaminedSerializer
    filterset_class = QualityFilter

    @extend_schema(responses=ExaminedSerializer(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        found = _found(self.get_queryset().filter(pk__in=[kpi.pk for kpi in page]))
        fault = request.query_params.get("fault")
        kept = [kpi for kpi in page if not fault or any(one.finding.fault == fault for one in found[kpi.pk])]
        return self.get_paginated_response(ExaminedSerializer(kept, many=True, context={"found": found}).data)

    @extend_schema(responses=ExaminedSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        kpi = self.get_object()
        return Response(ExaminedSerializer(kpi, context={"found": _found(self.get_queryset().filter(pk=kpi.pk))}).data)


def _found(kpis: QuerySet[Kpi]) -> dict[int, list[Found]]:
    found: dict[int, list[Found]] = defaultdict(list)
    for one in examine(kpis, on=today()):
        found[one.kpi.pk].append(one)
    return found
