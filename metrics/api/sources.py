"""Sources and their pulls over the API."""

from typing import ClassVar

from rest_framework import serializers

from metrics.models import Pull, Source
from ownership.rest import GovernedViewSet


class SourceSerializer(serializers.ModelSerializer[Source]):
    """A source without its secret, which is only ever a reference."""

    ref = serializers.CharField(read_only=True)

    class Meta:
        model = Source
        fields = [
            "id",
            "ref",
            "kind",
            "name",
            "unit",
            "config",
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


class SourceViewSet(GovernedViewSet[Source]):
    queryset = Source.objects.order_by("pk")
    serializer_class = SourceSerializer
    filterset_fields: ClassVar[list[str]] = ["kind", "unit", "health"]


class PullViewSet(GovernedViewSet[Pull]):
    queryset = Pull.objects.order_by("pk")
    serializer_class = PullSerializer
    filterset_fields: ClassVar[list[str]] = ["source"]
