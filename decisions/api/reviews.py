"""How advice turned out, over the API."""

from typing import ClassVar

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from decisions.models import OutcomeReview
from decisions.models.reviews import RESULTS
from decisions.services import reviews as services
from ownership.policy import Scope
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer


class OutcomeReviewSerializer(serializers.ModelSerializer[OutcomeReview]):
    """`why` it is looked at: always, drawn, or reported as gone wrong. `result` is empty until it is settled."""

    ref = serializers.CharField(read_only=True)
    reviewer = serializers.CharField(source="reviewer.title", default=None, read_only=True)

    class Meta:
        model = OutcomeReview
        fields = [
            "id",
            "ref",
            "recommendation",
            "decision",
            "why",
            "agreed_on",
            "reviewer",
            "due_on",
            "verdict",
            "result",
            "process",
            "note",
            "reviewed_by",
            "reviewed_at",
            "version",
        ]


class OutcomeReviewInput(ReasonSerializer):
    """`process` is how well it was decided, 1 (poor) to 5: apart from how it ended. `reason` is how one knows."""

    result = serializers.ChoiceField(RESULTS)
    process = serializers.IntegerField(min_value=1, max_value=5)


class OutcomeReviewFilter(filters.FilterSet):
    """?domain=title_rewrite&source=drafter&result=bad; `settled=false` are those still open."""

    domain = filters.CharFilter(field_name="recommendation__domain__key")
    initiative = filters.NumberFilter(field_name="recommendation__initiative", max_value=2**63 - 1)
    source = filters.CharFilter(field_name="recommendation__source")
    settled = filters.BooleanFilter(field_name="reviewed_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = OutcomeReview
        fields: ClassVar[list[str]] = ["recommendation", "result"]


class OutcomeReviewViewSet(GovernedViewSet[OutcomeReview]):
    queryset = OutcomeReview.objects.select_related("reviewer").order_by("pk")
    serializer_class = OutcomeReviewSerializer
    filterset_class = OutcomeReviewFilter
    scopes: ClassVar[dict[str, str]] = {"settle": Scope.DECIDE}

    @extend_schema(parameters=[IF_MATCH], request=OutcomeReviewInput)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: str) -> Response:
        """Say how it turned out. Whoever decided it alone cannot."""
        given = self.taken(OutcomeReviewInput)
        stamp = self.stamp_change(given.pop("reason"))
        return self.said(services.settle_review(review=self.get_object(), **given, **stamp))
