"""What AI tools advise and people decide, over the API."""

from datetime import date
from functools import cached_property
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from decisions.api.rules import ROW, visible_domain
from decisions.choices import ACCEPT, MODIFY, REJECT, Choice
from decisions.models import Decision, Domain, Recommendation
from decisions.models.recommendations import STATES
from decisions.models.reviews import RESULTS
from decisions.services import intake
from decisions.services import recommendations as services
from initiatives.models import Initiative
from ownership import clock
from ownership.models import Organisation, Token, User
from ownership.policy import Scope
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer, StrictSerializer
from ownership.wire import StrictJSONParser

# What somebody reads who has to say first what they would do.
HIDDEN: dict[str, Any] = {"proposal": {}, "confidence": None, "expected_effect": None, "why": []}


class RecommendationSerializer(serializers.ModelSerializer[Recommendation]):
    """One piece of advice and where it stands; `may_apply` and `share` say what the tool may do today.

    Of one that `is_blind` the deciders read no proposal until they have said what they would do (`…/first-choice/`).
    """

    ref = serializers.CharField(read_only=True)
    domain = serializers.CharField(source="domain.key", read_only=True)
    state = serializers.ChoiceField(STATES, read_only=True)
    decider = serializers.CharField(source="decider.title", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Recommendation
        fields = read_only_fields = [
            "id",
            "ref",
            "domain",
            "initiative",
            "source",
            "model",
            "key",
            "subject",
            "pages",
            "proposal",
            "confidence",
            "expected_effect",
            "state",
            "authority",
            "held_by",
            "decider",
            "asks_lead",
            "is_blind",
            "due_on",
            "apply_by",
            "revert_until",
            "granted_at",
            "applied_at",
            "reported",
            "received_at",
            "version",
        ]

    def to_representation(self, instance: Recommendation) -> dict[str, Any]:
        said: dict[str, Any] = super().to_representation(instance)
        hidden = HIDDEN.keys() & said if instance.is_hidden_from(self.context["request"].user) else ()
        return said | {name: HIDDEN[name] for name in hidden}


class AnsweredSerializer(RecommendationSerializer):
    """The same with the reasons: for one at a time."""

    may_apply = serializers.SerializerMethodField()
    share = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField()
    why = serializers.SerializerMethodField()

    class Meta(RecommendationSerializer.Meta):
        fields = [*RecommendationSerializer.Meta.fields, "may_apply", "share", "missing", "why"]

    def get_may_apply(self, row: Recommendation) -> bool:
        return self.get_share(row) > 0

    def get_share(self, row: Recommendation) -> float:
        return row.may_apply(on=self._today)

    @cached_property
    def _today(self) -> date:
        return clock.today(Organisation.the().zone)

    def get_missing(self, row: Recommendation) -> list[str]:
        return list(row.evaluation().duties.get("missing", []))

    def get_why(self, row: Recommendation) -> list[str]:
        """How each rule was read, in words."""
        return [str(step) for step in row.evaluation().steps()]


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = Decision
        fields = [
            "id",
            "ref",
            "initiative",
            "recommendation",
            "question",
            "chosen",
            "modification",
            "authority",
            "deciders",
            "followed_ai",
            "was_changed",
            "reason_code",
            "rationale",
            "trade_off",
            "probability",
            "review_on",
            "minutes",
            "decided_at",
        ]


class RecommendationInput(StrictSerializer):
    """What a tool posts. `facts` are its own claims by the names of the domain's schema."""

    domain = serializers.SlugField(max_length=40)
    initiative = serializers.IntegerField(**ROW)
    source = serializers.CharField(max_length=80)  # type: ignore[assignment]  # the metaclass takes it off the class
    model = serializers.CharField(max_length=80, default="", allow_blank=True)
    key = serializers.CharField(max_length=120)
    subject = serializers.CharField(max_length=300)
    proposal = serializers.DictField()
    facts = serializers.DictField(default=dict)
    confidence = serializers.FloatField(min_value=0, max_value=1, allow_null=True, default=None)
    expected_effect = serializers.FloatField(min_value=-1, max_value=100, allow_null=True, default=None)


class AdviceParser(StrictJSONParser):
    """The same strictness, with room for a thousand."""

    largest = 10_000_000


class AdviceBatchInput(StrictSerializer):
    """Up to 1,000 pieces of advice, each as it is posted alone."""

    items = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=1000)


class AdviceBatchSchema(StrictSerializer):
    items = RecommendationInput(many=True)


class AdviceAnswerSerializer(serializers.Serializer[dict[str, Any]]):
    """What came of one piece: `new`, `known` (the same was sent before) or `refused`, with the problem."""

    intake = serializers.ChoiceField(["new", "known", "refused"])
    recommendation = AnsweredSerializer(allow_null=True)
    problem = serializers.DictField(allow_null=True)


class AdviceAnswersSerializer(serializers.Serializer[dict[str, Any]]):
    """An answer to each piece of advice, in their order."""

    answers = AdviceAnswerSerializer(many=True)


class FactsInput(ReasonSerializer):
    facts = serializers.DictField()


class OutcomeInput(ReasonSerializer):
    """How it turned out, as the tool sees it; `effect` is a relative change. A person settles it."""

    result = serializers.ChoiceField(RESULTS)
    effect = serializers.FloatField(min_value=-1, max_value=100, allow_null=True, default=None)


class ChoiceInput(StrictSerializer):
    """`reason` is the sentence that stands in the decision log."""

    chosen = serializers.ChoiceField([ACCEPT, MODIFY, REJECT])
    reason = serializers.CharField(max_length=2000, default="", allow_blank=True)
    reason_code = serializers.CharField(max_length=20, default="", allow_blank=True)
    trade_off = serializers.CharField(max_length=2000, default="", allow_blank=True)
    modification = serializers.DictField(default=dict)
    probability = serializers.FloatField(min_value=0, max_value=1, allow_null=True, default=None)
    minutes = serializers.IntegerField(min_value=0, max_value=10_000, allow_null=True, default=None)


class FirstChoiceInput(StrictSerializer):
    """`leave` it as it is, or `change` it, then with the `text` that it should become."""

    would = serializers.ChoiceField(["leave", "change"])
    text = serializers.CharField(max_length=2000, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["would"] == "change" and not attrs["text"]:
            raise serializers.ValidationError({"text": _("Say what it should become.")})
        return attrs


class RecommendationFilter(filters.FilterSet):
    """Where advice stands: ?initiative=14&domain=title_rewrite&state=waiting."""

    domain = filters.CharFilter(field_name="domain__key")

    class Meta:
        model = Recommendation
        fields: ClassVar[list[str]] = ["initiative", "state", "authority", "source", "model"]


class RecommendationViewSet(GovernedViewSet[Recommendation]):
    queryset = Recommendation.objects.select_related("domain", "initiative", "decider", "second").order_by("pk")
    filterset_class = RecommendationFilter
    scopes: ClassVar[dict[str, str]] = {
        "create": Scope.RECOMMENDATIONS_WRITE,
        "batch": Scope.RECOMMENDATIONS_WRITE,
        "facts": Scope.RECOMMENDATIONS_WRITE,
        "applied": Scope.RECOMMENDATIONS_WRITE,
        "reverted": Scope.RECOMMENDATIONS_WRITE,
        "outcome": Scope.RECOMMENDATIONS_WRITE,
        "decide": Scope.DECIDE,
        "first_choice": Scope.DECIDE,
    }

    def get_queryset(self) -> QuerySet[Recommendation]:
        found = super().get_queryset()
        return found.prefetch_related("first_choices") if self.action == "list" else found

    def get_serializer_class(self) -> type[RecommendationSerializer]:
        return RecommendationSerializer if self.action == "list" else AnsweredSerializer

    @extend_schema(request=RecommendationInput, responses={200: AnsweredSerializer, 201: AnsweredSerializer})
    def create(self, request: Request) -> Response:
        """Post a piece of advice and learn who decides. The same key and body again give the same answer (200)."""
        given = self.taken(RecommendationInput)
        recommendation, is_new = intake.recommend(
            **given
            | {
                "domain": visible_domain(request, given["domain"]),
                "initiative": self.visible(Initiative, given["initiative"], field="initiative"),
            },
            by=cast(User, request.user),
            at=clock.now(),
            token=self._token(),
        )
        return self.said(recommendation, 201 if is_new else 200)

    @extend_schema(request=AdviceBatchSchema, responses=AdviceAnswersSerializer)
    @action(detail=False, methods=["post"], parser_classes=[AdviceParser])
    def batch(self, request: Request) -> Response:
        """Post up to 1,000 pieces of advice at once. What is refused is answered in its place and spoils no other."""
        by = cast(User, request.user)
        reader = RecommendationInput()
        read = [self._read(reader, item) for item in self.taken(AdviceBatchInput)["items"]]
        fields = [one for one in read if isinstance(one, dict)]
        domains = {row.key: row for row in Domain.objects.visible_to(by).select_related("decider")}
        initiatives = Initiative.objects.visible_to(by).in_bulk({one["initiative"] for one in fields})
        known = [self._known(one, domains, initiatives) if isinstance(one, dict) else one for one in read]
        advice = [one for one in known if isinstance(one, intake.Advice)]
        taken = iter(intake.recommend_all(advice=advice, by=by, at=clock.now(), token=self._token()))
        answers = [next(taken) if isinstance(one, intake.Advice) else one for one in known]
        rows = [one[0] for one in answers if isinstance(one, tuple)]
        said = dict(zip(map(id, rows), self.get_serializer(rows, many=True).data, strict=True))
        return Response({"answers": [self._answer(one, said) for one in answers]})

    def _read(self, reader: RecommendationInput, item: Any) -> dict[str, Any] | exceptions.APIException:
        try:
            return dict(reader.run_validation(item))
        except exceptions.ValidationError as error:
            return error

    def _known(
        self, given: dict[str, Any], domains: dict[str, Domain], initiatives: dict[int, Initiative]
    ) -> intake.Advice | exceptions.APIException:
        rows = {"domain": domains.get(given["domain"]), "initiative": initiatives.get(given["initiative"])}
        if missing := [name for name, row in rows.items() if row is None]:
            said = _("There is no such row, or none that you may see.")
            return exceptions.ValidationError(dict.fromkeys(missing, said))
        return intake.Advice(**given | rows)

    def _answer(self, one: intake.Answer | exceptions.APIException, said: dict[int, Any]) -> dict[str, Any]:
        if isinstance(one, Exception):
            refused = self.get_exception_handler()(one, self.get_exception_handler_context())
            return {"intake": "refused", "recommendation": None, "problem": refused.data}
        row, is_new = one
        return {
            "intake": "new" if is_new else "known",
            "recommendation": said[id(row)],
            "problem": None,
        }

    @extend_schema(parameters=[IF_MATCH], request=FactsInput)
    @action(detail=True, methods=["post"])
    def facts(self, request: Request, pk: str) -> Response:
        """Supply what was missing; the rules are asked again."""
        given = self.taken(FactsInput)
        stamp = self.stamp_change(given["reason"])
        row = self.get_object()
        return self.said(services.supply_facts(recommendation=row, facts=given["facts"], token=self._token(), **stamp))

    @extend_schema(parameters=[IF_MATCH], request=FirstChoiceInput)
    @action(detail=True, methods=["post"], url_path="first-choice")
    def first_choice(self, request: Request, pk: str) -> Response:
        """Say what you would do, where the proposal is hidden from you until then. It cannot be changed."""
        given = self.taken(FirstChoiceInput)
        row = self.get_object()
        services.choose_first(
            recommendation=row,
            text=given["text"] if given["would"] == "change" else "",
            by=cast(User, request.user),
            at=clock.now(),
            expected_version=self.seen_version(),
        )
        return self.said(row)

    @extend_schema(parameters=[IF_MATCH], request=ChoiceInput)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        """Accept, modify or reject. Where two people must agree, the first one's yes leaves it waiting."""
        given = self.taken(ChoiceInput)
        choice = Choice(rationale=given.pop("reason"), **given)
        row = self.get_object()
        services.decide(
            recommendation=row,
            choice=choice,
            by=cast(User, request.user),
            at=clock.now(),
            expected_version=self.seen_version(),
        )
        return self.said(row)

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def applied(self, request: Request, pk: str) -> Response:
        """Report that it was done. Without a grant this is recorded and refused (409), and opens the breaker."""
        stamp = self.stamp_change(self.taken(ReasonSerializer)["reason"])
        row = self.get_object()
        if refusal := services.report_applied(recommendation=row, **stamp):
            self.is_recorded = True
            raise refusal
        return self.said(row)

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def reverted(self, request: Request, pk: str) -> Response:
        """Report that it was undone."""
        stamp = self.stamp_change(self.taken(ReasonSerializer)["reason"])
        return self.said(services.report_reverted(recommendation=self.get_object(), **stamp))

    @extend_schema(parameters=[IF_MATCH], request=OutcomeInput)
    @action(detail=True, methods=["post"])
    def outcome(self, request: Request, pk: str) -> Response:
        """Report how it turned out: a claim beside what is measured. That it went wrong has a person look at once."""
        given = self.taken(OutcomeInput)
        stamp = self.stamp_change(given.pop("reason"))
        return self.said(services.report_outcome(recommendation=self.get_object(), **given, **stamp))

    def _token(self) -> Token | None:
        return self.request.auth if isinstance(self.request.auth, Token) else None


class DecisionViewSet(GovernedViewSet[Decision]):
    """The decision log. It is written by deciding, nowhere else."""

    queryset = Decision.objects.order_by("pk")
    serializer_class = DecisionSerializer
    filterset_fields: ClassVar[list[str]] = ["initiative", "recommendation", "chosen", "followed_ai", "authority"]
