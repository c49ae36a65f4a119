"""Where an initiative can go from here, who may take it there, and taking it there."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from decisions import gate_words, steps
from decisions.api.gates import CriterionSerializer, seen_sha256
from decisions.models.crossroads import Crossroads
from decisions.moves import Act, Move
from initiatives.lifecycle import State
from initiatives.models import Initiative
from ownership.access import lacks
from ownership.pages import person
from ownership.policy import Scope
from ownership.refusals import NotNow, Refusal
from ownership.refusals import gettext_noop as words
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer

DECIDING = frozenset({Act.APPROVE, Act.ITERATE, Act.REJECT, Act.STOP})


class RefusalSerializer(serializers.Serializer[Any]):
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()


class MoveSerializer(serializers.Serializer[Any]):
    """One step. `if_match` is what to send with it; `criteria` are all that its gate asks, met or not."""

    to = serializers.CharField()
    act = serializers.CharField()
    seat = serializers.CharField()
    gate = serializers.CharField(allow_null=True)
    allowed = serializers.BooleanField()
    refusal = RefusalSerializer(allow_null=True)
    criteria = CriterionSerializer(many=True)
    if_match = serializers.CharField()


class TransitionsSerializer(serializers.Serializer[Any]):
    """Where an initiative stands, and every step from there."""

    initiative = serializers.IntegerField()
    state = serializers.CharField()
    version = serializers.IntegerField()
    moves = MoveSerializer(many=True)


class MoveInput(ReasonSerializer):
    """`lesson` is for stopping. To go once more, the reason names the changed hypothesis."""

    to = serializers.ChoiceField([state.value for state in State])
    lesson = serializers.CharField(max_length=2000, required=False, default="")


class TransitionViewSet(GovernedViewSet[Initiative]):
    """Every next step with all criteria and whether you may take it; and taking one."""

    queryset = Initiative.objects.order_by("pk")
    serializer_class = TransitionsSerializer

    @extend_schema(responses=TransitionsSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.said(self.get_object())

    @extend_schema(parameters=[IF_MATCH], request=MoveInput, responses={200: TransitionsSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        given, initiative = self.taken(MoveInput), self.get_object()
        crossroads = Crossroads.of(initiative, person(request))
        move = next((move for move in crossroads.moves if move.to_state == given["to"]), None)
        if move is None:
            raise NotNow(words("Nothing leads from %(state)s to %(to)s."), state=initiative.state, to=given["to"])
        if move.act in DECIDING and (lacking := lacks(request, Scope.DECIDE)):
            raise PermissionDenied(lacking)
        reason = given["reason"]
        if move.answers:
            steps.answer(crossroads, move, seen_sha256=seen_sha256(request), **self.stamp(reason))
        else:
            steps.take(crossroads, move, lesson=given["lesson"], **self.stamp_change(reason))
        return self.said(initiative)

    def said(self, row: Initiative, status: int = 200) -> Response:
        crossroads = Crossroads.of(row, person(self.request))
        row = crossroads.case.initiative
        moves = [self._move(move, crossroads) for move in crossroads.moves]
        data = {"initiative": row.pk, "state": row.state, "version": row.version, "moves": moves}
        return Response(TransitionsSerializer(data).data, status=status, headers={"ETag": f'"{row.version}"'})

    @staticmethod
    def _move(move: Move, crossroads: Crossroads) -> dict[str, Any]:
        refusal, gate = crossroads.refusal(move), move.asks or move.gate
        return {
            "to": move.to_state,
            "act": move.act,
            "seat": move.seat,
            "gate": gate,
            "allowed": refusal is None,
            "refusal": _told(refusal) if refusal else None,
            "criteria": [gate_words.said(result) for result in crossroads.case.results(gate)] if gate else [],
            "if_match": crossroads.seen(move),
        }


def _told(refusal: Refusal) -> dict[str, Any]:
    return {"status": refusal.status, "code": refusal.code, "detail": refusal.words(_)}
