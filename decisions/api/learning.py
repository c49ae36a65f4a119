"""What the record teaches, over the API: the figures of the page."""

from typing import Any, cast

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from decisions import learning
from decisions.api.rules import ROW
from decisions.choices import ACCEPT, MODIFY, REJECT
from decisions.learning import Rate, Taken
from decisions.models.learned import Scope, as_row, read_learned
from initiatives.models import Initiative
from ownership import clock
from ownership.models import Organisation, User
from ownership.rest import StrictSerializer


class RateSerializer(serializers.Serializer[Rate]):
    """A share of `of` cases with the ends of its 95 % interval."""

    hits = serializers.IntegerField()
    of = serializers.IntegerField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class TrackRecordSerializer(serializers.Serializer[Any]):
    """`answer`: earned, short, failing or none. `track_record_lb` is the fact that rules read; null: not known."""

    initiative = serializers.IntegerField()
    domain = serializers.CharField()
    tool = serializers.CharField()
    model = serializers.CharField()
    good = serializers.IntegerField()
    reviewed = serializers.IntegerField()
    track_record_lb = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    asked = serializers.FloatField()
    rules = serializers.ListField(child=serializers.CharField())
    answer = serializers.CharField()
    good_needed = serializers.IntegerField(allow_null=True)


class BinSerializer(serializers.Serializer[Any]):
    low = serializers.FloatField()
    high = serializers.FloatField()
    stated = serializers.FloatField(allow_null=True)
    right = RateSerializer()


class ReliabilitySerializer(serializers.Serializer[Any]):
    """Of one tool, model and domain. `verdict`: overconfident, underconfident or empty."""

    tool = serializers.CharField()
    model = serializers.CharField()
    domain = serializers.CharField()
    stated = serializers.FloatField(allow_null=True)
    right = RateSerializer()
    brier = serializers.FloatField(allow_null=True)
    verdict = serializers.CharField(allow_blank=True)
    bins = BinSerializer(many=True)


class OverrideSerializer(serializers.Serializer[Any]):
    """`key` is a rule (initiative, domain and row), a domain, or a person's id. `signal`: rubber_stamp or distrust."""

    by = serializers.ChoiceField(["rule", "domain", "decider"])
    key = serializers.CharField()
    rate = RateSerializer()
    signal = serializers.CharField(allow_blank=True)


class MonthSerializer(serializers.Serializer[Any]):
    """What people chose in the month that begins on this day."""

    month = serializers.DateField()
    accept = serializers.IntegerField()
    modify = serializers.IntegerField()
    reject = serializers.IntegerField()


class RegretSerializer(serializers.Serializer[Any]):
    followed = serializers.BooleanField()
    outcome = serializers.CharField(allow_blank=True)
    cases = serializers.IntegerField()


class ProcessSerializer(serializers.Serializer[Any]):
    """Settled cases by how they were decided (`is_sound`: 3 to 5 of 5) and how they ended."""

    is_sound = serializers.BooleanField()
    outcome = serializers.CharField()
    cases = serializers.IntegerField()


class ChangedSerializer(serializers.Serializer[Any]):
    """Of choices made before the AI's was seen: those that it changed, and how changed and kept ones ended."""

    changed = RateSerializer()
    good_if_changed = RateSerializer()
    good_if_kept = RateSerializer()


class LearningSerializer(serializers.Serializer[Any]):
    track_records = TrackRecordSerializer(many=True)
    reliability = ReliabilitySerializer(many=True)
    overrides = OverrideSerializer(many=True)
    months = MonthSerializer(many=True)
    regret = RegretSerializer(many=True)
    process = ProcessSerializer(many=True)
    choices_changed = ChangedSerializer()
    people_brier = serializers.FloatField(allow_null=True)


class LearningQuery(StrictSerializer):
    domain = serializers.SlugField(max_length=40, required=False)
    source = serializers.CharField(max_length=80, required=False, help_text="the tool")  # type: ignore[assignment]  # as in RecommendationInput
    initiative = serializers.IntegerField(**ROW, required=False)


class LearningView(APIView):
    """May this AI decide more? Filter by ?domain=, ?source= and ?initiative=."""

    @extend_schema(parameters=[LearningQuery], responses=LearningSerializer, operation_id="learning_retrieve")
    def get(self, request: Request) -> Response:
        me = cast(User, request.user)
        query = LearningQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        given = query.validated_data
        initiative = None
        if "initiative" in given:
            initiative = Initiative.objects.visible_to(me).filter(pk=given["initiative"]).first()
            if initiative is None:
                said = _("There is no such row, or none that you may see.")
                raise exceptions.ValidationError({"initiative": said})
        scope = Scope(given.get("domain", ""), given.get("source", ""), initiative)
        organisation = Organisation.the()
        found = read_learned(me, scope, on=clock.today(organisation.zone), zone=organisation.tz)
        figures = {
            "track_records": [as_row(line) for line in found.lines],
            "reliability": _reliability(found.taken),
            "overrides": _overrides(found.taken),
            "months": [
                {"month": month, ACCEPT: chosen[ACCEPT], MODIFY: chosen[MODIFY], REJECT: chosen[REJECT]}
                for month, chosen in learning.by_month(found.taken).items()
            ],
            "regret": [
                {"followed": followed, "outcome": end, "cases": n}
                for (followed, end), n in sorted(learning.regret(found.taken).items())
            ],
            "process": [
                {"is_sound": is_sound, "outcome": end, "cases": n}
                for (is_sound, end), n in sorted(learning.by_process(found.taken).items())
            ],
            "choices_changed": learning.changed(found.taken),
            "people_brier": learning.brier(learning.people(found.taken)),
        }
        return Response(LearningSerializer(figures).data)


def _reliability(taken: list[Taken]) -> list[dict[str, Any]]:
    kinds = sorted({(one.tool, one.model, one.domain) for one in taken if one.confidence is not None})
    found = []
    for tool, model, domain in kinds:
        part = learning.reliability(one for one in taken if (one.tool, one.model, one.domain) == (tool, model, domain))
        figures = {name: getattr(part, name) for name in ("bins", "stated", "right", "brier", "verdict")}
        found.append({"tool": tool, "model": model, "domain": domain, **figures})
    return found


def _overrides(taken: list[Taken]) -> list[dict[str, Any]]:
    ways = {
        "rule": learning.overrides(taken, lambda one: [f"{one.initiative} {one.domain} {one.rule}"]),
        "domain": learning.overrides(taken, lambda one: [one.domain]),
        "decider": learning.overrides(taken, lambda one: [str(pk) for pk in one.deciders]),
    }
    return [
        {"by": by, "key": key, "rate": one.rate, "signal": one.signal}
        for by, found in ways.items()
        for key, one in found.items()
    ]
