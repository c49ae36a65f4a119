"""The worklist of mentions over the API."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from metrics.api.frame import an_id, today
from metrics.models import Mention, Outcome
from metrics.services import mentions
from metrics.tabular.addresses import Found, is_page
from metrics.tabular.reading import site
from metrics.words import ROW_ERROR
from ownership import policy
from ownership.models import Unit
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer, StrictSerializer

MOST = 1_000  # rows of one request


class MentionSerializer(serializers.ModelSerializer[Mention]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = Mention
        fields = [
            "id",
            "ref",
            "unit",
            "url",
            "site",
            "title",
            "found_on",
            "contacted_on",
            "outcome",
            "settled_on",
            "brought_by",
            "brought_at",
            "version",
        ]


class PageInput(StrictSerializer):
    """A page that names the brand."""

    url = serializers.CharField(max_length=2000)
    title = serializers.CharField(max_length=300, required=False, allow_blank=True)
    found_on = serializers.DateField(required=False)

    def validate_url(self, url: str) -> str:
        if not is_page(url):
            raise serializers.ValidationError(str(ROW_ERROR["no_address"]))
        return url


class BringInput(ReasonSerializer):
    unit = an_id()
    rows = serializers.ListField(child=PageInput(), min_length=1, max_length=MOST)


class Brought(serializers.Serializer[Any]):
    """How many were new, known, the unit's own, and linking to it already."""

    new = serializers.IntegerField()
    known = serializers.IntegerField()
    own = serializers.IntegerField()
    linked = serializers.IntegerField()


class ContactInput(ReasonSerializer):
    on = serializers.DateField()


class SettleInput(ContactInput):
    outcome = serializers.ChoiceField(Outcome.choices)


class MentionViewSet(GovernedViewSet[Mention]):
    """Pages elsewhere that name the brand without a link, and what became of them."""

    queryset = Mention.objects.order_by("pk")
    serializer_class = MentionSerializer
    filterset_fields: ClassVar[list[str]] = ["unit", "site", "outcome"]
    scopes: ClassVar[dict[str, str]] = {"create": policy.Scope.METRICS_WRITE}

    @extend_schema(request=BringInput, responses={201: Brought})
    def create(self, request: Request) -> Response:
        """Put pages on a unit's worklist. Those that are known already stay as they are."""
        given = self.taken(BringInput)
        found = [
            Found(line, row["url"], site(row["url"]), row.get("title", ""), row.get("found_on"))
            for line, row in enumerate(given["rows"], start=1)
        ]
        unit = self.visible(Unit, given["unit"], field="unit")
        counts = mentions.bring(unit=unit, found=found, kind="push", today=today(), **self.stamp(given["reason"]))
        return Response(Brought(counts).data, status=201)

    @extend_schema(parameters=[IF_MATCH], request=ContactInput)
    @action(detail=True, methods=["post"])
    def contact(self, request: Request, pk: str) -> Response:
        """Note the day on which somebody wrote to the site."""
        given = self.taken(ContactInput)
        stamp = self.stamp_change(given["reason"])
        return self.said(mentions.contact(mention=self.get_object(), on=given["on"], today=today(), **stamp))

    @extend_schema(parameters=[IF_MATCH], request=SettleInput)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: str) -> Response:
        """Note what became of it, or open it again. The rate of mentions turned into links follows."""
        given = self.taken(SettleInput)
        stamp = self.stamp_change(given["reason"]) | {"on": given["on"], "outcome": Outcome(given["outcome"])}
        return self.said(mentions.settle(mention=self.get_object(), today=today(), **stamp))
