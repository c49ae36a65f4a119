"""Domains, rule sets and their versions over the API."""

from typing import Any, ClassVar, cast

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from decisions import rule_words
from decisions.models import BackTest, Domain, RuleSet, RuleSetVersion
from decisions.models.checks import check
from decisions.models.files import KINDS, file_name
from decisions.models.trials import Trial
from decisions.rules import FactSource, HitPolicy, sheet
from decisions.services import rules as services
from decisions.services.backtests import ask_backtest, stop_backtest
from decisions.services.intake import read_facts
from initiatives.models import Initiative
from ownership import clock
from ownership.models import Organisation, Seat, User
from ownership.policy import Scope
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer, StrictSerializer

ROW: dict[str, Any] = {"min_value": 1, "max_value": 2**63 - 1}


def visible_domain(request: Request, key: str) -> Domain:
    """The domain that a body names by its key."""
    domain = Domain.objects.visible_to(cast(User, request.user)).filter(key=key).first()
    if domain is None:
        raise serializers.ValidationError({"domain": _("There is no such domain.")})
    return domain


class DomainSerializer(serializers.ModelSerializer[Domain]):
    ref = serializers.CharField(read_only=True)
    facts = serializers.JSONField(source="fact_schema", read_only=True)

    class Meta:
        model = Domain
        fields = [
            "id",
            "ref",
            "key",
            "name",
            "facts",
            "decider",
            "default_authority",
            "is_strategic",
            "reason_codes",
            "sla_days",
            "version",
        ]


class RuleSetSerializer(serializers.ModelSerializer[RuleSet]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = RuleSet
        fields = ["id", "ref", "layer", "domain", "initiative", "name", "version"]


class RuleSetVersionSerializer(serializers.ModelSerializer[RuleSetVersion]):
    """`table` is the list of rows: code, when, then."""

    ref = serializers.CharField(read_only=True)

    class Meta:
        model = RuleSetVersion
        fields = [
            "id",
            "ref",
            "rule_set",
            "number",
            "state",
            "hit_policy",
            "table",
            "sha256",
            "author",
            "created_at",
            "publisher",
            "published_at",
            "review_by",
            "is_shadow",
            "version",
        ]


class DomainInput(ReasonSerializer):
    key = serializers.SlugField(max_length=40)
    decider = serializers.IntegerField(**ROW)


class TryInput(StrictSerializer):
    """`rules` is a version to try in place of the one in force: a draft, say."""

    initiative = serializers.IntegerField(**ROW)
    facts = serializers.DictField()
    subject = serializers.CharField(max_length=300, default="", allow_blank=True)
    rules = serializers.IntegerField(required=False, **ROW)


class RuleDraftInput(ReasonSerializer):
    layer = serializers.ChoiceField(["floor", "table", "exception"])
    domain = serializers.SlugField(max_length=40, required=False)
    initiative = serializers.IntegerField(required=False, **ROW)


class RuleEditInput(ReasonSerializer):
    hit_policy = serializers.ChoiceField([policy.value for policy in HitPolicy])
    table = serializers.ListField()
    review_by = serializers.DateField(allow_null=True, default=None)
    is_shadow = serializers.BooleanField(default=False)


class RulesFileInput(ReasonSerializer):
    file = serializers.FileField(max_length=200)


class RulePublishInput(ReasonSerializer):
    sha256 = serializers.CharField(max_length=64)


class FindingSerializer(StrictSerializer):
    """`case` has the facts that matter, in normal form: money in cents, dates as ISO text."""

    code = serializers.CharField()
    rows = serializers.ListField(child=serializers.CharField())
    detail = serializers.CharField()
    case = serializers.DictField()
    example = serializers.CharField(allow_null=True)


class CheckSerializer(StrictSerializer):
    findings = FindingSerializer(many=True)
    loosened = FindingSerializer(many=True)


class TriedSerializer(StrictSerializer):
    """What the rules say of a case that is only tried."""

    authority = serializers.CharField(allow_null=True)
    missing = serializers.ListField(child=serializers.CharField())
    decisive = serializers.CharField()
    why = serializers.ListField(child=serializers.CharField())


class DomainViewSet(GovernedViewSet[Domain]):
    queryset = Domain.objects.select_related("decider").order_by("pk")
    serializer_class = DomainSerializer
    lookup_field = "key"
    lookup_value_regex = "[a-z][a-z0-9_]{0,39}"
    scopes: ClassVar[dict[str, str]] = {"try_case": Scope.READ}

    @extend_schema(request=DomainInput)
    def create(self, request: Request) -> Response:
        """Let AI tools give input on one of the kinds of decision that Mandate knows."""
        given = self.taken(DomainInput)
        decider = self.visible(Seat, given["decider"], field="decider")
        return self.said(services.open_domain(key=given["key"], decider=decider, **self.stamp(given["reason"])), 201)

    @extend_schema(request=TryInput, responses=TriedSerializer)
    @action(detail=True, methods=["post"], url_path="try")
    def try_case(self, request: Request, key: str) -> Response:
        """Ask the rules about a case without recording it. Null is "not known"; Mandate's own facts are filled in."""
        given, domain = self.taken(TryInput), self.get_object()
        initiative = self.visible(Initiative, given["initiative"], field="initiative")
        version = self.visible(RuleSetVersion, given["rules"], field="rules") if "rules" in given else None
        if version and not version.rule_set.serves(domain, initiative):
            raise serializers.ValidationError({"rules": _("These rules are for another domain or initiative.")})
        trial = Trial(domain, initiative, clock.now(), given["subject"], version)
        readings = read_facts(given["facts"], trial.schema, set(FactSource), trial.at)
        filled = {name: reading for name, reading in trial.known().items() if name not in given["facts"]}
        said = trial.ask(filled | readings)
        return Response(
            {
                "authority": said.authority,
                "missing": said.duties.get("missing", []),
                "decisive": said.decisive,
                "why": [str(step) for step in said.steps()],
            }
        )


class RuleSetViewSet(GovernedViewSet[RuleSet]):
    queryset = RuleSet.objects.select_related("domain", "initiative").order_by("pk")
    serializer_class = RuleSetSerializer
    filterset_fields: ClassVar[list[str]] = ["layer", "domain", "initiative"]

    @extend_schema(request=RuleDraftInput, responses=RuleSetVersionSerializer)
    def create(self, request: Request) -> Response:
        """Begin a draft: of the floor, or of a table or exception for a domain and an initiative."""
        given = self.taken(RuleDraftInput)
        domain = initiative = None
        if "domain" in given:
            domain = visible_domain(request, given["domain"])
        if "initiative" in given:
            initiative = self.visible(Initiative, given["initiative"], field="initiative")
        version = services.draft_rules(
            layer=given["layer"], domain=domain, initiative=initiative, **self.stamp(given["reason"])
        )
        return Response(RuleSetVersionSerializer(version).data, status=201, headers={"ETag": f'"{version.version}"'})


class BackTestSerializer(serializers.ModelSerializer[BackTest]):
    """`done` of `total` cases are read; `report` comes when it is done.

    `phase` is waiting, reading, replaying, stopping, stopped, done or failed.
    """

    ref = serializers.CharField(read_only=True)
    phase = serializers.CharField(read_only=True)

    class Meta:
        model = BackTest
        fields = [
            *("id", "ref", "draft", "sha256", "asked_by", "asked_at", "phase", "done", "total", "started_at"),
            *("stop_asked_at", "finished_at", "report"),
        ]


class BackTestViewSet(GovernedViewSet[BackTest]):
    """Drafts put to everything recorded in their scope. Begin one at the draft."""

    queryset = BackTest.objects.order_by("pk")
    serializer_class = BackTestSerializer
    filterset_fields: ClassVar[list[str]] = ["draft"]

    @extend_schema(request=ReasonSerializer, responses=BackTestSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        """Do not wait for the rest. What was read so far is dropped."""
        reason = self.taken(ReasonSerializer)["reason"]
        row = stop_backtest(backtest=self.get_object(), **self.stamp(reason))
        return Response(BackTestSerializer(row).data)


class RuleSetVersionViewSet(GovernedViewSet[RuleSetVersion]):
    """Published rules are read here, never changed."""

    queryset = RuleSetVersion.objects.select_related("rule_set__initiative", "rule_set__domain", "author").order_by(
        "pk"
    )
    serializer_class = RuleSetVersionSerializer
    filterset_fields: ClassVar[list[str]] = ["rule_set", "state"]
    scopes: ClassVar[dict[str, str]] = {"publish": Scope.DECIDE, "retire": Scope.DECIDE}

    @extend_schema(request=ReasonSerializer, responses={201: BackTestSerializer})
    @action(detail=True, methods=["post"])
    def backtest(self, request: Request, pk: str) -> Response:
        """Put a draft to everything recorded in its scope. Follow it at `/backtests/{id}/`."""
        reason = self.taken(ReasonSerializer)["reason"]
        row = ask_backtest(version=self.get_object(), **self.stamp(reason))
        return Response(BackTestSerializer(row).data, status=201)

    @extend_schema(responses=CheckSerializer)
    @action(detail=True)
    def findings(self, request: Request, pk: str) -> Response:
        """The static check: what the table does with all cases, and what it would loosen against what is in force."""
        version = self.get_object()
        found = check(version, on=clock.today(Organisation.the().zone))
        schema = version.rule_set.schema()
        return Response(
            {
                "findings": [rule_words.plain(finding, schema) for finding in found.findings],
                "loosened": [rule_words.plain(finding, schema) for finding in found.loosened],
            }
        )

    @extend_schema(
        parameters=[OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=list(KINDS))],
        responses={(200, kind.media_type.partition(";")[0]): OpenApiTypes.BINARY for kind in KINDS.values()},
    )
    @action(detail=True, url_path=f"export/(?P<kind>{'|'.join(KINDS)})")
    def export(self, request: Request, pk: str, kind: str) -> HttpResponse:
        """The version as a file for other engines and spreadsheets: DMN 1.5, Excel or CSV."""
        version, form = self.get_object(), KINDS[kind]
        headers = {"Content-Disposition": f'attachment; filename="{file_name(version, form)}"'}
        return HttpResponse(form.write(version), content_type=form.media_type, headers=headers)

    @extend_schema(parameters=[IF_MATCH], request={"multipart/form-data": RulesFileInput})
    @action(detail=True, methods=["post"], url_path="import", parser_classes=[MultiPartParser])
    def take_file(self, request: Request, pk: str) -> Response:
        """Replace the rows of a draft by those of a DMN, XLSX or CSV file: all or nothing."""
        given = self.taken(RulesFileInput)
        data = given["file"].read(sheet.MOST_BYTES + 1)
        stamp = self.stamp_change(given["reason"])
        return self.said(services.take_file(version=self.get_object(), data=data, **stamp))

    @extend_schema(parameters=[IF_MATCH], request=RuleEditInput)
    def update(self, request: Request, pk: str) -> Response:
        """Replace the text of a draft."""
        given = self.taken(RuleEditInput)
        stamp = self.stamp_change(given.pop("reason"))
        return self.said(services.edit_rules(version=self.get_object(), **given, **stamp))

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Ask for publication."""
        stamp = self.stamp_change(self.taken(ReasonSerializer)["reason"])
        return self.said(services.submit_rules(version=self.get_object(), **stamp))

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """Send a submitted draft back to its author."""
        stamp = self.stamp_change(self.taken(ReasonSerializer)["reason"])
        return self.said(services.return_rules(version=self.get_object(), **stamp))

    @extend_schema(parameters=[IF_MATCH], request=RulePublishInput)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Put exactly these rules in force; `sha256` is that of the text that was read."""
        given = self.taken(RulePublishInput)
        stamp = self.stamp_change(given["reason"])
        return self.said(services.publish_rules(version=self.get_object(), seen_sha256=given["sha256"], **stamp))

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Take rules out of force."""
        stamp = self.stamp_change(self.taken(ReasonSerializer)["reason"])
        return self.said(services.retire_rules(version=self.get_object(), **stamp))
