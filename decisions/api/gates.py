"""Requests at gates over the API: read with their dossier, answered with its hash."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from decisions import dossiers, gate_words
from decisions.dossiers import Dossier
from decisions.models import GateDecision
from decisions.models.cases import read_case
from decisions.services import gates, lifecycle
from ownership.policy import Scope
from ownership.refusals import VersionMissing
from ownership.refusals import gettext_noop as words
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer


class CriterionSerializer(serializers.Serializer[dict[str, Any]]):
    """One condition of a gate. `met` null: not known, which counts as not met."""

    code = serializers.CharField()
    met = serializers.BooleanField(allow_null=True)
    hard = serializers.BooleanField()
    field = serializers.CharField()
    why = serializers.CharField()
    figures = serializers.DictField()


class GateDecisionSerializer(serializers.ModelSerializer[GateDecision]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = GateDecision
        fields = [
            "id",
            "ref",
            "initiative",
            "gate",
            "requested_by",
            "requested_at",
            "due_on",
            "excluded",
            "choice",
            "proposal",
            "decided_by",
            "second_by",
            "decided_at",
            "reason",
            "transition",
            "voided_at",
            "sha256",
        ]


class GateCaseSerializer(GateDecisionSerializer):
    """The request with what is to be judged. While it is open, `sha256` and `dossier` are of the case as it stands."""

    sha256 = serializers.SerializerMethodField()
    is_edited = serializers.SerializerMethodField()
    dossier = serializers.SerializerMethodField()
    criteria = serializers.SerializerMethodField()

    class Meta(GateDecisionSerializer.Meta):
        fields = [*GateDecisionSerializer.Meta.fields, "is_edited", "dossier", "criteria"]

    @property
    def seen(self) -> Dossier:
        seen: Dossier = self.context["seen"]
        return seen

    def get_sha256(self, request: GateDecision) -> str:
        return self.seen.sha256

    def get_is_edited(self, request: GateDecision) -> bool:
        """Edited since it was asked: its owner must ask again before anybody can decide."""
        return request.is_open and request.is_edited(self.seen)

    def get_dossier(self, request: GateDecision) -> dict[str, Any]:
        return self.seen.content

    @extend_schema_field(CriterionSerializer(many=True))
    def get_criteria(self, request: GateDecision) -> list[dict[str, Any]]:
        return [gate_words.said(result) for result in dossiers.criteria(self.seen)]


class StopInput(ReasonSerializer):
    lesson = serializers.CharField(max_length=2000)


class GateDecisionFilter(filters.FilterSet):
    """?open=true leaves those that wait for an answer."""

    open = filters.BooleanFilter(method="filter_open")

    class Meta:
        model = GateDecision
        fields: ClassVar[list[str]] = ["initiative", "gate", "choice", "decided_by"]

    def filter_open(self, rows: QuerySet[GateDecision], name: str, value: bool) -> QuerySet[GateDecision]:  # noqa: FBT001  the library's signature
        return rows.filter(choice=None, voided_at=None) if value else rows.exclude(choice=None, voided_at=None)


Answer = Callable[..., GateDecision]


class GateDecisionViewSet(GovernedViewSet[GateDecision]):
    """A request is answered, never edited: no PUT, PATCH or DELETE. Answers name, as If-Match, the dossier they saw."""

    queryset = GateDecision.objects.select_related("initiative").order_by("pk")
    serializer_class = GateDecisionSerializer
    filterset_class = GateDecisionFilter
    scopes: ClassVar[dict[str, str]] = dict.fromkeys(
        ["approve", "send_back", "reject", "iterate", "countersign", "refuse", "stop"], Scope.DECIDE
    )

    @extend_schema(responses=GateCaseSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.said(self.get_object())

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer, responses=GateCaseSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Say yes: gate 1 commits the budget, gate 2 starts the pilot, gate 3 scales."""
        return self._answered(gates.approve)

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer, responses=GateCaseSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """Ask for more."""
        return self._answered(gates.send_back)

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer, responses=GateCaseSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Say no before it begins."""
        return self._answered(gates.reject)

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer, responses=GateCaseSerializer)
    @action(detail=True, methods=["post"])
    def iterate(self, request: Request, pk: str) -> Response:
        """Once more, differently; the reason names the changed hypothesis."""
        return self._answered(gates.iterate)

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer, responses=GateCaseSerializer)
    @action(detail=True, methods=["post"])
    def countersign(self, request: Request, pk: str) -> Response:
        """A lead signs the `proposal` that waits: what the sponsor decided against the verdict, or a third time."""
        return self._answered(gates.countersign)

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer, responses=GateCaseSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        """A lead does not sign; the sponsor decides anew."""
        return self._answered(gates.refuse_second)

    @extend_schema(parameters=[IF_MATCH], request=StopInput, responses=GateCaseSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        """End the initiative; the lesson stays."""
        given, asked = self.taken(StopInput), self.get_object()
        initiative = asked.initiative
        if seen_sha256(request) != asked.opened(read_case(initiative)).sha256:
            raise gates.DossierMoved(words("The case has changed since you opened it. Read it again."))
        lifecycle.stop(
            initiative=initiative,
            lesson=given["lesson"],
            expected_version=initiative.version,
            **self.stamp(given["reason"]),
        )
        return self.said(self.get_object())

    def said(self, row: GateDecision, status: int = 200) -> Response:
        """The request with its case, the dossier's hash as ETag."""
        seen = row.opened(read_case(row.initiative))
        said = GateCaseSerializer(row, context={**self.get_serializer_context(), "seen": seen})
        return Response(said.data, status=status, headers={"ETag": f'"{seen.sha256}"'})

    def _answered(self, answer: Answer) -> Response:
        reason = self.taken(ReasonSerializer)["reason"]
        return self.said(answer(request=self.get_object(), seen_sha256=seen_sha256(self.request), **self.stamp(reason)))


def seen_sha256(request: Request) -> str:
    """The hash of the dossier on which a decision rests."""
    given = request.headers.get("If-Match", "").strip().strip('"')
    if not given:
        raise VersionMissing(words("Send If-Match with the sha256 of the dossier that you read."))
    return given
