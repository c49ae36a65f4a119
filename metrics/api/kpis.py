"""KPIs over the API."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from metrics.api.frame import an_id
from metrics.catalogue import CATALOGUE, Grain
from metrics.models import Kpi, Source
from metrics.services import kpis
from ownership.models import Seat, Unit
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer


class KpiSerializer(serializers.ModelSerializer[Kpi]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = Kpi
        fields = [
            "id",
            "ref",
            "type",
            "name",
            "unit",
            "scope",
            "metric_class",
            "chain",
            "grain",
            "cadence_days",
            "grace_days",
            "source_of_record",
            "steward",
            "version",
        ]


class KpiInput(ReasonSerializer):
    type = serializers.ChoiceField(sorted(CATALOGUE))
    name = serializers.CharField(max_length=120)
    unit = an_id()
    grain = serializers.ChoiceField([grain.value for grain in Grain])
    steward = an_id(required=False)


class SourceChoice(ReasonSerializer):
    source = an_id()  # type: ignore[assignment]  # a field of that name, not where the serializer reads it


class KpiViewSet(GovernedViewSet[Kpi]):
    queryset = Kpi.objects.order_by("pk")
    serializer_class = KpiSerializer
    filterset_fields: ClassVar[list[str]] = ["type", "unit", "metric_class", "grain", "steward"]

    @extend_schema(request=KpiInput)
    def create(self, request: Request) -> Response:
        """Define a KPI."""
        given = self.taken(KpiInput)
        unit = self.visible(Unit, given["unit"], field="unit")
        steward = self.visible(Seat, given["steward"], field="steward") if "steward" in given else None
        kpi = kpis.define(
            type_key=given["type"],
            name=given["name"],
            unit=unit,
            grain=Grain(given["grain"]),
            steward=steward,
            **self.stamp(given["reason"]),
        )
        return self.said(kpi, 201)

    @extend_schema(parameters=[IF_MATCH], request=SourceChoice)
    @action(detail=True, methods=["post"])
    def choose_source(self, request: Request, pk: str) -> Response:
        """Name the source whose values enter judgement."""
        given = self.taken(SourceChoice)
        source = self.visible(Source, given["source"], field="source")
        kpi = kpis.choose_source(kpi=self.get_object(), source=source, **self.stamp_change(given["reason"]))
        return self.said(kpi)
