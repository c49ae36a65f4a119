"""Breakers over the API: where AI tools apply nothing unseen, and why."""

from typing import ClassVar

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from decisions.models import Breaker
from decisions.services import breakers as services
from ownership.policy import Scope
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer


class BreakerSerializer(serializers.ModelSerializer[Breaker]):
    """One opening: `flag` or `recommendation` is what caused it. Open while `rearmed_at` is null."""

    ref = serializers.CharField(read_only=True)
    domain = serializers.CharField(source="domain.key", read_only=True)

    class Meta:
        model = Breaker
        fields = read_only_fields = [
            "id",
            "ref",
            "initiative",
            "domain",
            "cause",
            "flag",
            "recommendation",
            "tripped_at",
            "rearmed_at",
            "rearmed_by",
            "reason",
            "version",
        ]


class BreakerFilter(filters.FilterSet):
    """?initiative=14&domain=title_rewrite&open=true."""

    domain = filters.CharFilter(field_name="domain__key")
    open = filters.BooleanFilter(field_name="rearmed_at", lookup_expr="isnull")

    class Meta:
        model = Breaker
        fields: ClassVar[list[str]] = ["initiative", "cause"]


class BreakerViewSet(GovernedViewSet[Breaker]):
    queryset = Breaker.objects.select_related("domain", "initiative__sponsor").order_by("pk")
    serializer_class = BreakerSerializer
    filterset_class = BreakerFilter
    scopes: ClassVar[dict[str, str]] = {"rearm": Scope.DECIDE}

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def rearm(self, request: Request, pk: str) -> Response:
        """Let the rules count again: the sponsor, with a reason, once no guardrail is broken any more (else 409)."""
        stamp = self.stamp_change(self.taken(ReasonSerializer)["reason"])
        return self.said(services.rearm(breaker=self.get_object(), **stamp))
