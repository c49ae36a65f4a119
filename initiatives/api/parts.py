"""The parts of all visible initiatives in flat lists for BI tools, and the acts on one of them."""

from typing import ClassVar

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from initiatives.api import inputs, rows
from initiatives.api.trust import TrustActions
from initiatives.models import Assumption, Baseline, CostEntry, Flag, KillCriterion, PageSet, Target, Verdict
from initiatives.services import baselines, evidence, promises, scenarios
from metrics.models import Kpi
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer


class PageSetViewSet(GovernedViewSet[PageSet]):
    queryset = PageSet.objects.order_by("pk")
    serializer_class = rows.PageSetSerializer
    filterset_fields: ClassVar[list[str]] = ["initiative", "page_class", "is_control"]


class TargetViewSet(GovernedViewSet[Target]):
    queryset = Target.objects.select_related("initiative", "kpi").order_by("pk")
    serializer_class = rows.TargetSerializer
    filterset_fields: ClassVar[list[str]] = ["initiative", "kpi", "role", "status"]

    @extend_schema(parameters=[IF_MATCH], request=inputs.PromiseInput, responses={201: rows.TargetSerializer})
    @action(detail=True, methods=["post"])
    def replace(self, request: Request, pk: str) -> Response:
        """Promise something else from now on; what is not named stays. The old target keeps its line in the charts."""
        rows = {"kpi": Kpi, "page_set": PageSet, "control": Kpi}
        target, given = self.get_object(), self.named(self.taken(inputs.PromiseInput), **rows)
        return self.said(promises.replace_target(target=target, **self.stamp_change(given.pop("reason")), **given), 201)


class KillCriterionViewSet(GovernedViewSet[KillCriterion]):
    queryset = KillCriterion.objects.select_related("initiative").order_by("pk")
    serializer_class = rows.KillCriterionSerializer
    filterset_fields: ClassVar[list[str]] = ["initiative", "target"]

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """No longer a reason to stop."""
        reason = self.taken(ReasonSerializer)["reason"]
        return self.said(promises.withdraw_kill_criterion(criterion=self.get_object(), **self.stamp_change(reason)))


class AssumptionViewSet(GovernedViewSet[Assumption]):
    queryset = Assumption.objects.select_related("initiative", "owner").order_by("pk")
    serializer_class = rows.AssumptionSerializer
    filterset_fields: ClassVar[list[str]] = ["initiative", "owner", "kpi"]

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"], url_path="break")
    def refute(self, request: Request, pk: str) -> Response:
        """Say that it is not so. It reverses nothing and raises a flag."""
        reason = self.taken(ReasonSerializer)["reason"]
        return self.said(scenarios.break_assumption(assumption=self.get_object(), **self.stamp_change(reason)))

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Nothing rests on it any more."""
        reason = self.taken(ReasonSerializer)["reason"]
        return self.said(scenarios.withdraw_assumption(assumption=self.get_object(), **self.stamp_change(reason)))


class BaselineViewSet(GovernedViewSet[Baseline]):
    queryset = Baseline.objects.select_related("target__initiative", "target__kpi").order_by("pk")
    serializer_class = rows.BaselineSerializer
    filterset_fields: ClassVar[list[str]] = ["target"]

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def lock(self, request: Request, pk: str) -> Response:
        """The steward vouches for these numbers; from then on they never change."""
        reason = self.taken(ReasonSerializer)["reason"]
        return self.said(baselines.lock_baseline(baseline=self.get_object(), **self.stamp(reason)))


class CostViewSet(GovernedViewSet[CostEntry]):
    queryset = CostEntry.objects.select_related("initiative").order_by("pk")
    serializer_class = rows.CostSerializer
    filterset_fields: ClassVar[list[str]] = ["initiative", "category", "on"]

    @extend_schema(request=ReasonSerializer, responses={201: rows.CostSerializer})
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: str) -> Response:
        """Take a mistake back with its negative."""
        reason = self.taken(ReasonSerializer)["reason"]
        return self.said(evidence.reverse_cost(cost=self.get_object(), **self.stamp(reason)), 201)


class VerdictFilter(filters.FilterSet):
    initiative = filters.NumberFilter(field_name="target__initiative")
    judged_since = filters.IsoDateTimeFilter(field_name="judged_at", lookup_expr="gte")

    class Meta:
        model = Verdict
        fields: ClassVar[list[str]] = ["target", "status", "week"]


class VerdictViewSet(TrustActions):
    queryset = Verdict.objects.select_related("target__kpi").order_by("pk")
    serializer_class = rows.VerdictSerializer
    filterset_class = VerdictFilter


class FlagFilter(filters.FilterSet):
    is_open = filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")

    class Meta:
        model = Flag
        fields: ClassVar[list[str]] = ["initiative", "kind", "factor"]


class FlagViewSet(GovernedViewSet[Flag]):
    """Flags are raised and closed by the judge; their answers are given where the decisions are."""

    queryset = Flag.objects.order_by("pk")
    serializer_class = rows.FlagSerializer
    filterset_class = FlagFilter
