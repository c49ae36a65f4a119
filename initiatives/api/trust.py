"""Were we right? The same figures as on the page."""

from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from initiatives import calibration
from initiatives.models import Verdict
from initiatives.models.trust import PARTS, Lesson, read_lesson, read_record
from initiatives.services import learning
from metrics.catalogue import CATALOGUE
from ownership import clock
from ownership.models import User
from ownership.rest import GovernedViewSet, StrictSerializer


class BandSerializer(serializers.Serializer[Any]):
    """Chances between `low` and `high`: `count` were stated, on average `stated` (null: none), `hits` came true, of all
    `at_least` to `at_most` (95 %). With fewer than ten, `is_enough` is false: that says next to nothing."""

    low = serializers.FloatField()
    high = serializers.FloatField()
    count = serializers.IntegerField()
    hits = serializers.IntegerField()
    stated = serializers.FloatField(allow_null=True)
    at_least = serializers.FloatField()
    at_most = serializers.FloatField()
    is_enough = serializers.BooleanField()


class RecordSerializer(serializers.Serializer[Any]):
    """Of all pilots that you may see and that ended, one stated chance each; `stopped` were ended before."""

    pilots = serializers.IntegerField()
    stopped = serializers.IntegerField()
    kpi_types = serializers.ListField(child=serializers.CharField())
    bands = BandSerializer(many=True)


class StoryPriorSerializer(serializers.Serializer[Any]):
    story = serializers.CharField()
    shipped = serializers.FloatField()
    in_force = serializers.FloatField()
    proposed = serializers.FloatField()


class LessonSerializer(serializers.Serializer[Any]):
    """What ended pilots teach about the stories. Shipped priors weigh as much as `pseudo_count` pilots."""

    pilots = serializers.IntegerField()
    pseudo_count = serializers.IntegerField()
    least_pilots = serializers.IntegerField()
    priors = StoryPriorSerializer(many=True)


class PublishInput(StrictSerializer):
    """`learned` true puts what ended pilots teach in force, false what was shipped."""

    learned = serializers.BooleanField()
    reason = serializers.CharField(max_length=2000)


_PART = OpenApiParameter("at", str, enum=list(PARTS), description="When it was stated; half by default.")
_TYPE = OpenApiParameter("kpi_type", str, enum=sorted(CATALOGUE), description="Only main KPIs of this type.")


class AskedSerializer(StrictSerializer):
    at = serializers.ChoiceField(list(PARTS), default="half")
    kpi_type = serializers.ChoiceField(sorted(CATALOGUE), default="")


class TrustActions(GovernedViewSet[Verdict]):
    """How often what verdicts said came true, and what a lead makes of it."""

    @extend_schema(parameters=[_PART, _TYPE], responses=RecordSerializer, filters=False)
    @action(detail=False, filter_backends=[], pagination_class=None)
    def calibration(self, request: Request) -> Response:
        """The chances that were stated of pilots that have ended, in ten bands."""
        given = {name: request.query_params[name] for name in ("at", "kpi_type") if name in request.query_params}
        asked = self.taken(AskedSerializer, given)
        record = read_record(cast(User, request.user), part=asked["at"], kpi_type=asked["kpi_type"])
        said = {"pilots": len(record.chosen), "stopped": record.stopped, "kpi_types": record.kpi_types}
        return Response(RecordSerializer(said | {"bands": record.bands}).data)

    @extend_schema(responses=LessonSerializer, filters=False)
    @action(detail=False, filter_backends=[], pagination_class=None)
    def priors(self, request: Request) -> Response:
        """How often each story is expected: as shipped, in force, and as ended pilots teach."""
        return self._lesson()

    @extend_schema(request=PublishInput, responses={201: LessonSerializer}, filters=False)
    @priors.mapping.post
    def publish_priors(self, request: Request) -> Response:
        """A portfolio lead puts them in force. Verdicts use them from then on; alarms never do."""
        given = self.taken(PublishInput)
        learning.publish_priors(learned=given["learned"], **self.stamp(given["reason"]))
        return self._lesson(201)

    def _lesson(self, status: int = 200) -> Response:
        lesson: Lesson = read_lesson(at=clock.now())
        names = ("story", "shipped", "in_force", "proposed")
        rules = {"pseudo_count": calibration.PSEUDO_COUNT, "least_pilots": calibration.LEAST_PILOTS}
        priors = [dict(zip(names, row, strict=True)) for row in lesson.by_story()]
        return Response(LessonSerializer({"pilots": lesson.pilots, "priors": priors} | rules).data, status=status)
