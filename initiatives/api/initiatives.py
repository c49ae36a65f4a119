"""Goals and initiatives: read, draft, edit, and the parts that an initiative is made of."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, cast

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from initiatives.api import inputs, rows
from initiatives.models import Baseline, Goal, Initiative, PageSet, Target, Verdict
from initiatives.readiness import QUESTIONS
from initiatives.sentences import question as words_of
from initiatives.services import baselines, drafting, evidence, promises, scenarios
from metrics.models import Kpi
from ownership.models import Seat, Unit, User
from ownership.rest import IF_MATCH, IF_MATCH_IF_ANY, GovernedViewSet
from ownership.wire import StrictFilterBackend

F = TypeVar("F", bound=Callable[..., Any])


def _listed(serializer: type[BaseSerializer[Any]]) -> Callable[[F], F]:
    """The description of a list of parts, which takes none of the filters of initiatives."""
    return extend_schema(responses=serializer(many=True), filters=False)


class GoalViewSet(GovernedViewSet[Goal]):
    """Business goals."""

    queryset = Goal.objects.order_by("pk")
    serializer_class = rows.GoalSerializer
    filterset_fields: ClassVar[list[str]] = ["unit", "kpi"]

    @extend_schema(request=inputs.GoalInput, responses={201: rows.GoalSerializer})
    def create(self, request: Request) -> Response:
        given = self.named(self.taken(inputs.GoalInput), kpi=Kpi)
        given["unit"] = _unit(self, given)
        return self.said(drafting.set_goal(**self.stamp(given.pop("reason")), **given), 201)


class InitiativeViewSet(GovernedViewSet[Initiative]):
    """Initiatives. Their state moves through `transitions/`, never by editing."""

    queryset = Initiative.objects.for_page().order_by("pk")
    serializer_class = rows.InitiativeSerializer
    filterset_fields: ClassVar[list[str]] = ["state", "unit", "goal", "track"]

    @extend_schema(request=inputs.DraftInput, responses={201: rows.InitiativeSerializer})
    def create(self, request: Request) -> Response:
        given = self.named(self.taken(inputs.DraftInput), goal=Goal, change_lead=Seat)
        given["unit"] = _unit(self, given)
        made = drafting.draft(**self.stamp(given.pop("reason")), **given)
        return self.said(self.get_queryset().get(pk=made.pk), 201)

    @extend_schema(parameters=[IF_MATCH], request=inputs.EditInput, responses=rows.InitiativeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        initiative = self.get_object()
        given = self.named(self.taken(inputs.EditInput), goal=Goal, change_lead=Seat)
        drafting.edit(initiative=initiative, **self.stamp_change(given.pop("reason")), **given)
        return self.said(self.get_queryset().get(pk=initiative.pk))

    @_listed(rows.PageSetSerializer)
    @action(detail=True, url_path="page-sets")
    def page_sets(self, request: Request, pk: str) -> Response:
        """The pages that are treated, and those that are not, for comparison."""
        return self._parts(self.get_object().page_sets.all(), rows.PageSetSerializer)

    @extend_schema(request=inputs.PageSetInput, responses={201: rows.PageSetSerializer})
    @page_sets.mapping.post
    def add_page_set(self, request: Request, pk: str) -> Response:
        """Name a set of pages."""
        initiative, given = self.get_object(), self.taken(inputs.PageSetInput)
        made = promises.add_page_set(initiative=initiative, **self.stamp(given.pop("reason")), **given)
        return self._made(made, rows.PageSetSerializer)

    @_listed(rows.TargetSerializer)
    @action(detail=True)
    def targets(self, request: Request, pk: str) -> Response:
        """What it promises, also what it no longer promises (`superseded_at`)."""
        return self._parts(self.get_object().targets.all(), rows.TargetSerializer)

    @extend_schema(request=inputs.TargetInput, responses={201: rows.TargetSerializer})
    @targets.mapping.post
    def set_target(self, request: Request, pk: str) -> Response:
        """Promise something about a KPI. An output metric as main KPI is refused, with three results instead."""
        initiative = self.get_object()
        given = self.named(self.taken(inputs.TargetInput), kpi=Kpi, page_set=PageSet, control=Kpi)
        made = promises.set_target(initiative=initiative, **self.stamp(given.pop("reason")), **given)
        return self._made(made, rows.TargetSerializer)

    @_listed(rows.KillCriterionSerializer)
    @action(detail=True, url_path="kill-criteria")
    def kill_criteria(self, request: Request, pk: str) -> Response:
        """What makes it stop."""
        return self._parts(self.get_object().kill_criteria.all(), rows.KillCriterionSerializer)

    @extend_schema(request=inputs.KillCriterionInput, responses={201: rows.KillCriterionSerializer})
    @kill_criteria.mapping.post
    def add_kill_criterion(self, request: Request, pk: str) -> Response:
        """Agree on what makes it stop."""
        initiative = self.get_object()
        given = self.named(self.taken(inputs.KillCriterionInput), target=Target)
        made = promises.add_kill_criterion(initiative=initiative, **self.stamp(given.pop("reason")), **given)
        return self._made(made, rows.KillCriterionSerializer)

    @_listed(rows.ScenarioSetSerializer)
    @action(detail=True)
    def scenarios(self, request: Request, pk: str) -> Response:
        """What may come of it; the set that holds now has no `superseded_at`."""
        return self._parts(self.get_object().scenario_sets.prefetch_related("scenarios"), rows.ScenarioSetSerializer)

    @extend_schema(request=inputs.ScenariosInput, responses={201: rows.ScenarioSetSerializer})
    @scenarios.mapping.post
    def agree_scenarios(self, request: Request, pk: str) -> Response:
        """Agree on at least three futures. The earlier ones stay on record."""
        initiative, given = self.get_object(), self.taken(inputs.ScenariosInput)
        made = scenarios.agree_scenarios(initiative=initiative, **self.stamp(given.pop("reason")), **given)
        return self._made(made, rows.ScenarioSetSerializer)

    @_listed(rows.AssumptionSerializer)
    @action(detail=True)
    def assumptions(self, request: Request, pk: str) -> Response:
        """What the scenarios rest on."""
        return self._parts(self.get_object().assumptions.all(), rows.AssumptionSerializer)

    @extend_schema(request=inputs.AssumptionInput, responses={201: rows.AssumptionSerializer})
    @assumptions.mapping.post
    def state_assumption(self, request: Request, pk: str) -> Response:
        """Say what the scenarios rest on, and who watches it."""
        initiative = self.get_object()
        given = self.named(self.taken(inputs.AssumptionInput), owner=Seat, kpi=Kpi)
        made = scenarios.state_assumption(initiative=initiative, **self.stamp(given.pop("reason")), **given)
        return self._made(made, rows.AssumptionSerializer)

    @_listed(rows.QuestionSerializer)
    @action(detail=True, pagination_class=None)
    def readiness(self, request: Request, pk: str) -> Response:
        """The thirty questions with their answers; `answer` is null where nobody answered yet."""
        StrictFilterBackend.refuse_unknown(request)
        answers = {answer.question: answer for answer in self.get_object().answers.all()}
        asked = [{"asked": q, "text": words_of(q.code), "answer": answers.get(q.code)} for q in QUESTIONS.values()]
        return Response(rows.QuestionSerializer(asked, many=True).data)

    @extend_schema(parameters=[IF_MATCH_IF_ANY], request=inputs.AnswerInput, responses=rows.AnswerSerializer)
    @action(detail=True, methods=["put"], url_path=r"readiness/(?P<question>F[0-9]\.[0-9])")
    def answer(self, request: Request, pk: str, question: str) -> Response:
        """Answer one question. To change an answer, send If-Match with its version."""
        initiative, given = self.get_object(), self.taken(inputs.AnswerInput)
        if question not in QUESTIONS:
            raise Http404
        stamp = self.stamp("")
        del stamp["reason"]
        seen = self.seen_version() if initiative.answers.filter(question=question).exists() else None
        answer = evidence.answer_question(
            initiative=initiative, question=question, expected_version=seen, **stamp, **given
        )
        return self._made(answer, rows.AnswerSerializer, status=200)

    @extend_schema(parameters=[IF_MATCH], request=inputs.VerifyInput, responses=rows.AnswerSerializer)
    @action(detail=True, methods=["post"], url_path=r"readiness/(?P<question>F[0-9]\.[0-9])/verify")
    def verify(self, request: Request, pk: str, question: str) -> Response:
        """Stand for somebody else's answer."""
        answer = self.get_object().answers.filter(question=question).first()
        if answer is None:
            raise Http404
        reason = self.taken(inputs.VerifyInput)["reason"]
        verified = evidence.verify_answer(answer=answer, **self.stamp_change(reason))
        return self._made(verified, rows.AnswerSerializer, status=200)

    @_listed(rows.CostSerializer)
    @action(detail=True)
    def costs(self, request: Request, pk: str) -> Response:
        """What was spent."""
        return self._parts(self.get_object().costs.all(), rows.CostSerializer)

    @extend_schema(request=inputs.CostInput, responses={201: rows.CostSerializer})
    @costs.mapping.post
    def book_cost(self, request: Request, pk: str) -> Response:
        """Book hours at a rate, or an amount."""
        initiative, given = self.get_object(), self.taken(inputs.CostInput)
        made = evidence.book_cost(initiative=initiative, **self.stamp(given.pop("reason")), **given)
        return self._made(made, rows.CostSerializer)

    @_listed(rows.BaselineSerializer)
    @action(detail=True)
    def baselines(self, request: Request, pk: str) -> Response:
        """What was measured before the pilot."""
        return self._parts(self._of_targets(Baseline), rows.BaselineSerializer)

    @extend_schema(request=inputs.BaselineInput, responses={201: rows.BaselineSerializer})
    @baselines.mapping.post
    def compute_baseline(self, request: Request, pk: str) -> Response:
        """Freeze the periods before a day from the values of record. It counts once the steward locks it."""
        initiative = self.get_object()
        given = self.named(self.taken(inputs.BaselineInput), target=Target)
        if given["target"].initiative_id != initiative.pk:
            raise Http404
        made = baselines.compute_baseline(**self.stamp(given.pop("reason")), **given)
        return self._made(made, rows.BaselineSerializer)

    @_listed(rows.VerdictSerializer)
    @action(detail=True)
    def verdicts(self, request: Request, pk: str) -> Response:
        """What the judge said of its targets, week by week."""
        return self._parts(self._of_targets(Verdict).select_related("target__kpi"), rows.VerdictSerializer)

    @_listed(rows.FlagSerializer)
    @action(detail=True)
    def flags(self, request: Request, pk: str) -> Response:
        """What needed, or needs, an answer."""
        return self._parts(self.get_object().flags.all(), rows.FlagSerializer)

    def _of_targets(self, model: type[Baseline] | type[Verdict]) -> QuerySet[Any]:
        return model.objects.visible_to(cast(User, self.request.user)).filter(target__initiative=self.get_object())

    def _parts(self, queryset: QuerySet[Any], serializer: type[BaseSerializer[Any]]) -> Response:
        StrictFilterBackend.refuse_unknown(self.request)
        page = self.paginate_queryset(queryset.order_by("pk"))
        context = self.get_serializer_context()
        return self.get_paginated_response(serializer(page, many=True, context=context).data)

    def _made(self, row: Any, serializer: type[BaseSerializer[Any]], status: int = 201) -> Response:
        version = getattr(row, "version", None)
        headers = {"ETag": f'"{version}"'} if version else {}
        return Response(serializer(row).data, status=status, headers=headers)


def _unit(view: GovernedViewSet[Any], given: dict[str, Any]) -> Unit:
    """The unit named, else the caller's own."""
    named = given.pop("unit", None) or getattr(view.request.user, "unit_id", None)
    found: Unit = view.visible(Unit, named or 0, field="unit")
    return found
