"""People, units, seats, appointments, tokens and the ledger over the API."""

from typing import Any, ClassVar

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from ownership import services
from ownership.models import Appointment, Event, Seat, Token, Unit, User
from ownership.policy import SeatKind
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer


class UnitSerializer(serializers.ModelSerializer[Unit]):
    class Meta:
        model = Unit
        fields = ["id", "name", "parent", "path"]


class PersonSerializer(serializers.ModelSerializer[User]):
    """A person without their address: BI tools need the name."""

    ref = serializers.CharField(read_only=True)

    class Meta:
        model = User
        fields = ["id", "ref", "name", "title", "unit", "role", "rank", "is_active"]


class SeatSerializer(serializers.ModelSerializer[Seat]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = Seat
        fields = ["id", "ref", "kind", "title", "unit", "holder", "vacant_since", "version"]


class AppointmentSerializer(serializers.ModelSerializer[Appointment]):
    class Meta:
        model = Appointment
        fields = ["id", "seat", "person", "proposed_by", "proposed_at", "accepted_at", "closed_at", "cause"]


class TokenSerializer(serializers.ModelSerializer[Token]):
    class Meta:
        model = Token
        fields = ["id", "name", "prefix", "scopes", "is_service", "created_at", "expires_at", "revoked_at"]


class EventSerializer(serializers.ModelSerializer[Event]):
    """One entry of the ledger; `data` is its body, `reason` what the person wrote."""

    data = serializers.JSONField(read_only=True)  # type: ignore[assignment]  # the base class has a property of that name
    reason = serializers.CharField(source="text.text", default="", read_only=True)
    hash = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = ["id", "stream", "seq", "recorded_at", "actor", "data", "reason", "hash"]

    def get_hash(self, event: Event) -> str:
        return bytes(event.hash).hex()


class SeatInput(ReasonSerializer):
    kind = serializers.ChoiceField([kind.value for kind in SeatKind])
    title = serializers.CharField(max_length=120)
    unit = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class ProposalInput(ReasonSerializer):
    person = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class UnitViewSet(GovernedViewSet[Unit]):
    queryset = Unit.objects.order_by("pk")
    serializer_class = UnitSerializer


class PersonViewSet(GovernedViewSet[User]):
    queryset = User.objects.order_by("pk")
    serializer_class = PersonSerializer
    filterset_fields: ClassVar[list[str]] = ["role", "unit", "is_active"]

    @action(detail=False)
    def me(self, request: Request) -> Response:
        """Whose token or session this is."""
        return Response(self.get_serializer(request.user).data)


class SeatViewSet(GovernedViewSet[Seat]):
    queryset = Seat.objects.select_related("unit", "holder").order_by("pk")
    serializer_class = SeatSerializer
    filterset_fields: ClassVar[list[str]] = ["kind", "holder", "unit"]

    @extend_schema(request=SeatInput)
    def create(self, request: Request) -> Response:
        given = self.taken(SeatInput)
        unit = self.visible(Unit, given.pop("unit"), field="unit")
        kind = SeatKind(given["kind"])
        seat = services.create_seat(kind=kind, title=given["title"], unit=unit, **self.stamp(given["reason"]))
        return self.said(seat, 201)

    @extend_schema(request=ProposalInput, responses={201: AppointmentSerializer})
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, pk: str) -> Response:
        """Ask somebody to take this seat."""
        given = self.taken(ProposalInput)
        person = self.visible(User, given["person"], field="person")
        asked = services.propose_appointment(seat=self.get_object(), person=person, **self.stamp(given["reason"]))
        return Response(AppointmentSerializer(asked).data, status=201)

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def vacate(self, request: Request, pk: str) -> Response:
        """Empty this seat."""
        reason = self.taken(ReasonSerializer)["reason"]
        return self.said(services.vacate_seat(seat=self.get_object(), **self.stamp_change(reason)))


class AppointmentViewSet(GovernedViewSet[Appointment]):
    queryset = Appointment.objects.select_related("seat", "person").order_by("pk")
    serializer_class = AppointmentSerializer
    filterset_fields: ClassVar[list[str]] = ["seat", "person"]

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Take the seat that one was asked to take."""
        reason = self.taken(ReasonSerializer)["reason"]
        return self.said(services.accept_appointment(appointment=self.get_object(), **self.stamp(reason)))

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """Say no to it."""
        reason = self.taken(ReasonSerializer)["reason"]
        return self.said(services.decline_appointment(appointment=self.get_object(), **self.stamp(reason)))


class TokenViewSet(GovernedViewSet[Token]):
    """Tokens are made on the account page or by command, where a person has just logged in."""

    queryset = Token.objects.order_by("pk")
    serializer_class = TokenSerializer

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        reason = self.taken(ReasonSerializer)["reason"]
        return self.said(services.revoke_token(token=self.get_object(), **self.stamp(reason)))


class EventFilter(filters.FilterSet):
    """What happened to what: ?subject=initiatives.initiative&subject_id=14."""

    subject = filters.CharFilter(field_name="data__subject")
    subject_id = filters.NumberFilter(field_name="data__subject_id")
    action = filters.CharFilter(field_name="data__action")

    class Meta:
        model = Event
        fields: ClassVar[list[str]] = ["stream", "actor"]


class EventViewSet(GovernedViewSet[Event]):
    queryset = Event.objects.select_related("text").order_by("pk")
    serializer_class = EventSerializer
    filterset_class = EventFilter


ROUTES: list[tuple[str, type[GenericViewSet[Any]]]] = [
    ("units", UnitViewSet),
    ("people", PersonViewSet),
    ("seats", SeatViewSet),
    ("appointments", AppointmentViewSet),
    ("tokens", TokenViewSet),
    ("events", EventViewSet),
]
