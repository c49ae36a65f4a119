"""Annotations over the API."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from metrics.api.frame import an_id
from metrics.models import Annotation, AnnotationKind, Kpi
from metrics.services import annotations
from ownership.models import Unit
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer, StrictSerializer


class AnnotationSerializer(serializers.ModelSerializer[Annotation]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = Annotation
        fields = [
            "id",
            "ref",
            "kind",
            "name",
            "note",
            "unit",
            "kpi",
            "starts_on",
            "last_on",
            "is_freeze",
            "by",
            "at",
            "withdrawn_at",
            "version",
        ]


class WhatInput(StrictSerializer):
    """`last_on` is the last day that belongs to it."""

    kind = serializers.ChoiceField(AnnotationKind.choices)
    name = serializers.CharField(max_length=80)
    starts_on = serializers.DateField()
    last_on = serializers.DateField()
    is_freeze = serializers.BooleanField(required=False, default=False)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class AnnotationInput(WhatInput):
    """In a unit and all below it; or, with `kpi`, for that one alone."""

    unit = an_id()
    kpi = an_id(required=False, allow_null=True, default=None)


class AnnotationChange(WhatInput, ReasonSerializer):
    """All that it says, corrected."""


class AnnotationFilter(filters.FilterSet):
    """?since=2026-01-01&until=2026-02-01: those that reach into these days, `until` not included."""

    since = filters.DateFilter(field_name="last_on", lookup_expr="gte")
    until = filters.DateFilter(field_name="starts_on", lookup_expr="lt")
    is_withdrawn = filters.BooleanFilter(field_name="withdrawn_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Annotation
        fields = ["kind", "unit", "kpi", "is_freeze"]


class AnnotationViewSet(GovernedViewSet[Annotation]):
    """What happened outside and shows in figures: core updates, migrations, changes of tracking, seasons, campaigns."""

    queryset = Annotation.objects.order_by("pk")
    serializer_class = AnnotationSerializer
    filterset_class = AnnotationFilter

    @extend_schema(request=AnnotationInput)
    def create(self, request: Request) -> Response:
        """Say what happened, from a day to a day. Of a core update, verdicts learn."""
        given = self.named({"kpi": None} | self.taken(AnnotationInput), unit=Unit, kpi=Kpi)
        row = annotations.annotate(**given | {"kind": AnnotationKind(given["kind"])}, **self.stamp(""))
        return self.said(row, 201)

    @extend_schema(parameters=[IF_MATCH], request=AnnotationChange)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Correct what it says."""
        given: dict[str, Any] = self.taken(AnnotationChange)
        reason = given.pop("reason")
        return self.said(annotations.change(annotation=self.get_object(), **given, **self.stamp_change(reason)))

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """It did not happen, or not here: charts and verdicts forget it."""
        reason = self.taken(ReasonSerializer)["reason"]
        return self.said(annotations.withdraw(annotation=self.get_object(), **self.stamp_change(reason)))
