"""Answers to flags over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from decisions.services import flags
from initiatives.flags import Reply
from initiatives.models import Answer, Flag
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer


class FlagAnswerSerializer(serializers.ModelSerializer[Answer]):
    class Meta:
        model = Answer
        fields = ["id", "flag", "reply", "reason", "until", "by", "at"]


class AcknowledgedSerializer(serializers.ModelSerializer[Flag]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = Flag
        fields = ["id", "ref", "acknowledged_until", "version"]


class FlagAnswerInput(ReasonSerializer):
    """One of the replies that the flag takes. All but `done` and `propose_stop` name a day."""

    reply = serializers.ChoiceField([reply.value for reply in Reply])
    until = serializers.DateField(required=False, allow_null=True, default=None)


class AcknowledgementInput(ReasonSerializer):
    until = serializers.DateField()


class FlagAnswerViewSet(GovernedViewSet[Flag]):
    """Acts on a flag; flags themselves are read at `flags/`."""

    queryset = Flag.objects.select_related("initiative").order_by("pk")
    serializer_class = AcknowledgedSerializer

    @extend_schema(parameters=[IF_MATCH], request=FlagAnswerInput, responses={201: FlagAnswerSerializer})
    def answer(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say what changes, and by when."""
        given = self.taken(FlagAnswerInput)
        stamp = self.stamp_change(given["reason"])
        answer = flags.answer_flag(flag=self.get_object(), reply=Reply(given["reply"]), until=given["until"], **stamp)
        return Response(FlagAnswerSerializer(answer).data, status=201)

    @extend_schema(parameters=[IF_MATCH], request=AcknowledgementInput, responses=AcknowledgedSerializer)
    def acknowledge(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Seen; quiet until a day within two weeks."""
        given = self.taken(AcknowledgementInput)
        stamp = self.stamp_change(given["reason"])
        return self.said(flags.acknowledge_flag(flag=self.get_object(), until=given["until"], **stamp))
