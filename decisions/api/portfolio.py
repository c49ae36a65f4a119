"""The portfolio over the API: the rows of the page."""

from collections.abc import Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from decisions.health import Health
from decisions.models.portfolio import Row, read_rows
from decisions.models.summary import with_money
from initiatives.lifecycle import State
from initiatives.models import Initiative
from initiatives.verdicts import Status
from ownership import clock
from ownership.rest import GovernedViewSet


class StepSerializer(serializers.Serializer[Any]):
    """What next, who does it (a seat, "lead", or null: it happens by itself), by when."""

    todo = serializers.CharField()
    who = serializers.CharField(allow_null=True)
    by = serializers.DateField(allow_null=True)


class PortfolioRowSerializer(serializers.Serializer[Any]):
    """One initiative at a glance. Effects are changes of the main KPI with their 80 % interval; money in `currency`."""

    id = serializers.IntegerField()
    ref = serializers.CharField()
    title = serializers.CharField()
    goal = serializers.IntegerField(source="goal_id", allow_null=True)
    unit = serializers.IntegerField(source="unit_id")
    state = serializers.ChoiceField([state.value for state in State])
    health = serializers.SerializerMethodField()
    next_step = serializers.SerializerMethodField()
    main_kpi = serializers.CharField(allow_null=True)
    verdict = serializers.ChoiceField([status.value for status in Status], source="verdict_status", allow_blank=True)
    effect = serializers.FloatField(allow_null=True)
    effect_low = serializers.FloatField(allow_null=True)
    effect_high = serializers.FloatField(allow_null=True)
    open_flags = serializers.IntegerField(source="flag_count")
    currency = serializers.CharField()
    budget = serializers.FloatField(allow_null=True)
    spent = serializers.FloatField()
    realised = serializers.FloatField(allow_null=True)
    projected = serializers.FloatField(allow_null=True)

    @extend_schema_field(serializers.ChoiceField([health.value for health in Health]))
    def get_health(self, initiative: Initiative) -> str:
        return str(self._row(initiative).health)

    @extend_schema_field(StepSerializer)
    def get_next_step(self, initiative: Initiative) -> dict[str, Any]:
        return dict(StepSerializer(self._row(initiative).next_step).data)

    def _row(self, initiative: Initiative) -> Row:
        rows: dict[int, Row] = self.context["rows"]
        return rows[initiative.pk]


class PortfolioViewSet(GovernedViewSet[Initiative]):
    """Every initiative that you may see, as the portfolio page shows it."""

    queryset = with_money(Initiative.objects.all()).order_by("pk")
    serializer_class = PortfolioRowSerializer
    filterset_fields: ClassVar[Sequence[str]] = ["state", "goal", "unit"]

    @extend_schema(responses=PortfolioRowSerializer(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        said = PortfolioRowSerializer(page, many=True, context={"rows": _rows(page)})
        return self.get_paginated_response(said.data)

    @extend_schema(responses=PortfolioRowSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        initiative = self.get_object()
        return Response(PortfolioRowSerializer(initiative, context={"rows": _rows([initiative])}).data)


def _rows(initiatives: Sequence[Initiative]) -> dict[int, Row]:
    rows = read_rows([initiative.pk for initiative in initiatives], at=clock.now(), with_values=False)
    return {row.initiative.pk: row for row in rows}
