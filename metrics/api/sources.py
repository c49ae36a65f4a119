"""Sources and their pulls over the API."""

from typing import Any, ClassVar, cast

import msgspec
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from metrics.api.frame import an_id
from metrics.models import Kpi, Pull, Series, Source
from metrics.services import sources
from metrics.sources import CONNECTORS
from metrics.sources.connector import free
from ownership.models import Secret, Unit, User
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer, StrictSerializer


class SeriesSerializer(serializers.ModelSerializer[Series]):
    """What a source is asked for one KPI."""

    class Meta:
        model = Series
        fields = ["kpi", "query"]


class SecretSerializer(serializers.ModelSerializer[Secret]):
    """What may be shown of a secret that was pasted in."""

    class Meta:
        model = Secret
        fields = ["last_four", "by", "at"]


class SourceSerializer(serializers.ModelSerializer[Source]):
    """A source without its secret, which is only ever a reference."""

    ref = serializers.CharField(read_only=True)
    series = SeriesSerializer(many=True, read_only=True)
    health_note = serializers.CharField(source="note", read_only=True)
    secret = SecretSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Source
        fields = [
            "id",
            "ref",
            "kind",
            "name",
            "unit",
            "config",
            "secret_ref",
            "secret",
            "day_budget",
            "month_budget",
            "series",
            "health",
            "health_note",
            "last_success_at",
            "watermark",
            "paused_at",
            "spent_until",
            "version",
        ]


class PullSerializer(serializers.ModelSerializer[Pull]):
    class Meta:
        model = Pull
        fields = [
            "id",
            "source",
            "starts_on",
            "ends_on",
            "is_backfill",
            "due_at",
            "settled_at",
            "failures",
            "last_error",
            "batch",
        ]


class SeriesInput(StrictSerializer):
    kpi = an_id()
    query = serializers.DictField()


class SetupInput(ReasonSerializer):
    """`secret` is written once and never read back. `config` and each `query` follow the kind: GET source-kinds/."""

    config = serializers.DictField()
    secret = serializers.CharField(max_length=10_000, required=False, default="", write_only=True)
    secret_ref = serializers.RegexField(r"^(env|file):[A-Z0-9_]{1,60}$", required=False, default="")
    day_budget = serializers.DecimalField(8, 2, min_value=0, required=False, allow_null=True, default=None)
    month_budget = serializers.DecimalField(8, 2, min_value=0, required=False, allow_null=True, default=None)


class SourceInput(SetupInput):
    kind = serializers.ChoiceField(sorted(CONNECTORS))
    name = serializers.CharField(max_length=120)
    unit = an_id()
    series = SeriesInput(many=True)


class CheckedSerializer(serializers.Serializer[Any]):
    """How asking for nothing but to be let in went."""

    works = serializers.BooleanField()
    why = serializers.CharField(allow_blank=True)


class KindSerializer(serializers.Serializer[Any]):
    """A kind of source: whose interface it speaks, and the JSON schemas of its `config` and of each `query`."""

    kind = serializers.CharField()
    contract = serializers.CharField()
    secret = serializers.CharField()
    costs_money = serializers.BooleanField()
    config = serializers.DictField()
    query = serializers.DictField()


class KindsSerializer(serializers.Serializer[Any]):
    results = KindSerializer(many=True)


class SourceViewSet(GovernedViewSet[Source]):
    queryset = Source.objects.select_related("secret").prefetch_related("series").order_by("pk")
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
            setup=_setup(given),
            series=[(self.visible(Kpi, one["kpi"], field="series"), one["query"]) for one in given["series"]],
            **self.stamp(given["reason"]),
        )
        return self.said(source, 201)

    @extend_schema(parameters=[IF_MATCH], request=SetupInput)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Ask it otherwise, or with another secret; what was never answered is asked again."""
        given = self.taken(SetupInput)
        source = self.get_object()
        return self.said(sources.change(source=source, setup=_setup(given), **self.stamp_change(given["reason"])))

    @extend_schema(request=None, responses=CheckedSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str) -> Response:
        """Ask for nothing but to be let in."""
        trouble = sources.try_out(source=self.get_object(), by=cast(User, request.user))
        return Response({"works": trouble is None, "why": trouble.words(_) if trouble else ""})

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


def _setup(given: dict[str, Any]) -> sources.Setup:
    names = ("config", "secret", "secret_ref", "day_budget", "month_budget")
    return sources.Setup(**{name: given[name] for name in names})


class KindViewSet(viewsets.GenericViewSet[Source]):
    """What a source can be."""

    queryset = Source.objects.none()
    serializer_class = KindsSerializer
    pagination_class = None
    filter_backends = []

    @extend_schema(responses=KindsSerializer, operation_id="source_kinds_list")
    def list(self, request: Request) -> Response:
        """Every kind of source, with the schemas of what it wants to know."""
        kinds = [
            {
                "kind": kind,
                "contract": connector.CONTRACT,
                "secret": _(connector.SECRET),
                "costs_money": connector.estimate is not free,
                "config": msgspec.json.schema(connector.Config),
                "query": msgspec.json.schema(connector.Query),
            }
            for kind, connector in CONNECTORS.items()
        ]
        return Response({"results": kinds})


class PullViewSet(GovernedViewSet[Pull]):
    queryset = Pull.objects.order_by("pk")
    serializer_class = PullSerializer
    filterset_fields: ClassVar[list[str]] = ["source", "is_backfill"]
