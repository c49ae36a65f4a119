"""Sources and their pulls over the API."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from metrics.api.frame import an_id
from metrics.models import Kpi, Pull, Series, Source
from metrics.services import sources
from metrics.sources import CONNECTORS
from ownership.models import Unit
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer, StrictSerializer


class SeriesSerializer(serializers.ModelSerializer[Series]):
    """What a source is asked for one KPI."""

    class Meta:
        model = Series
        fields = ["kpi", "query"]


class SourceSerializer(serializers.ModelSerializer[Source]):
    """A source without its secret, which is only ever a reference."""

    ref = serializers.CharField(read_only=True)
    series = SeriesSerializer(many=True, read_only=True)

    class Meta:
        model = Source
        fields = [
            "id",
            "ref",
            "kind",
            "name",
            "unit",
            "config",
            "series",
            "health",
            "health_note",
            "last_success_at",
            "watermark",
            "paused_at",
            "version",
        ]


class PullSerializer(serializers.ModelSerializer[Pull]):
    class Meta:
        model = Pull
        fields = ["id", "source", "starts_on", "ends_on", "due_at", "settled_at", "failures", "last_error", "batch"]


class SeriesInput(StrictSerializer):
    kpi = an_id()
    query = serializers.DictField()


class SourceInput(ReasonSerializer):
    kind = serializers.ChoiceField(sorted(CONNECTORS))
    name = serializers.CharField(max_length=120)
    unit = an_id()
    config = serializers.DictField()
    secret_ref = serializers.RegexField(r"^(env|file):[A-Z0-9_]{1,60}$", required=False, default="")
    series = SeriesInput(many=True)


class SourceViewSet(GovernedViewSet[Source]):
    queryset = Source.objects.prefetch_related("series").order_by("pk")
    serializer_class = SourceSerializer
    filterset_fields: ClassVar[list[str]] = ["kind", "unit", "health"]

    @extend_schema(request=SourceInput)
    def create(self, request: Request) -> Response:
        """Add a source that is asked every day. Admins do this; the secret itself stays in the environment."""
        given = self.taken(SourceInput)
        source = sources.add(
            kind=given["kind"],
            name=given["name"],
            unit=self.visible(Unit, given["unit"], field="unit"),
            config=given["config"],
            secret_ref=given["secret_ref"],
            series=[(self.visible(Kpi, one["kpi"], field="series"), one["query"]) for one in given["series"]],
            **self.stamp(given["reason"]),
        )
        return self.said(source, 201)

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Ask it no more until somebody resumes."""
        reason = self.taken(ReasonSerializer)["reason"]
        return self.said(sources.pause(source=self.get_object(), **self.stamp_change(reason)))

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Ask it again, from the last day that is known."""
        reason = self.taken(ReasonSerializer)["reason"]
        return self.said(sources.resume(source=self.get_object(), **self.stamp_change(reason)))


class PullViewSet(GovernedViewSet[Pull]):
    queryset = Pull.objects.order_by("pk")
    serializer_class = PullSerializer
    filterset_fields: ClassVar[list[str]] = ["source"]
