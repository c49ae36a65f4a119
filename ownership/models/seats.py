"""Seats, and the people who hold them over time."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import F, Prefetch, Q
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from ownership import policy
from ownership.models.governed import Governed
from ownership.models.people import Unit, User

KINDS = [
    ("sponsor", _("sponsor")),
    ("owner", _("owner")),
    ("steward", _("data steward")),
    ("decider", _("decider")),
    ("change_lead", _("change lead")),
    ("tool_owner", _("tool owner")),
]


class SeatQuerySet(models.QuerySet["Seat"]):
    """Questions about seats."""

    def visible_to(self, user: User) -> SeatQuerySet:
        """Those of visible units, and those one holds or is offered."""
        offered = Appointment.objects.filter(person=user, closed_at=None).values("seat")
        return self.filter(Q(unit__in=Unit.objects.visible_to(user)) | Q(holder=user) | Q(pk__in=offered))

    def vacant(self) -> SeatQuerySet:
        return self.filter(holder=None)

    def found(
        self,
        *,
        kind: policy.SeatKind,
        title: str,
        unit: Unit,
        at: datetime,
        apart: UUID | None = None,
        holder: User | None = None,
    ) -> Seat:
        """A new seat: empty, or held from the start by the person who founds it for themselves."""
        vacant_since = None if holder else at
        seat = self.create(kind=kind, title=title, unit=unit, apart=apart, holder=holder, vacant_since=vacant_since)
        if holder:
            Appointment.objects.create(
                seat=seat, person=holder, proposed_by=holder, proposed_at=at, accepted_at=at, cause="founded"
            )
        return seat

    def deciding(self, title: str, *, near: Unit) -> Seat | None:
        """The decider seat of this title, in the unit itself or the nearest one above it."""
        above = [int(number) for number in near.path.split("/") if number]
        found = self.filter(kind=policy.SeatKind.DECIDER, title__iexact=title, unit__in=above)
        return found.select_related("unit", "holder").order_by(Length("unit__path").desc(), "pk").first()

    def for_people(self) -> SeatQuerySet:
        """All that a row of the people page shows, in two queries however many rows: the longest empty first."""
        open_offers = Appointment.objects.open_offers().select_related("person").order_by("pk")
        offers = Prefetch("appointments", open_offers, to_attr="offers")
        rows = self.select_related("holder", "unit").prefetch_related(offers)
        return rows.order_by(F("vacant_since").asc(nulls_last=True), "title", "pk")


class Seat(Governed):
    """Something that must be answered for, whoever does so today.

    Seats that share an `apart` key must be held by different people: a unique index sees to it.
    """

    prefix: ClassVar[str] = "S"

    kind = models.CharField(_("kind"), max_length=12, choices=KINDS)
    title = models.CharField(_("title"), max_length=120)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="seats")
    holder = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="seats")
    vacant_since = models.DateTimeField(null=True, blank=True)
    apart = models.UUIDField(null=True, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="seat_kind_is_known", condition=Q(kind__in=list(policy.SeatKind))),
            models.CheckConstraint(
                name="seat_is_held_or_vacant",
                condition=Q(holder__isnull=False, vacant_since=None) | Q(holder=None, vacant_since__isnull=False),
            ),
            models.UniqueConstraint("apart", "holder", name="seat_holders_apart_are_different"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def stream_unit_id(self) -> int | None:
        return self.unit_id

    def is_beside_owner(self, user: User) -> bool:
        """Whether this person owns the initiative to which the seat belongs."""
        if self.apart is None:
            return False
        return Seat.objects.filter(apart=self.apart, kind=policy.SeatKind.OWNER, holder=user).exists()

    def require_holder(self, user: User) -> None:
        policy.require_holder(user.pk, self.holder_id, seat=policy.SeatKind(self.kind))


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Questions about who held what when."""

    def open_offers(self) -> AppointmentQuerySet:
        """What waits for somebody's yes or no."""
        return self.filter(accepted_at=None, closed_at=None)

    def visible_to(self, user: User) -> AppointmentQuerySet:
        """Those of visible seats."""
        return self.filter(seat__in=Seat.objects.visible_to(user))

    def offered_to(self, user: User) -> AppointmentQuerySet:
        """What waits for this person's yes or no, the oldest first."""
        return self.open_offers().filter(person=user).select_related("seat", "proposed_by").order_by("pk")

    def history(self) -> AppointmentQuerySet:
        """Who was asked and who held it, the newest first."""
        return self.select_related("person", "proposed_by").order_by("-proposed_at", "-pk")

    def ever_held(self, seat: Seat) -> list[int]:
        """The ids of all who ever accepted this seat."""
        held = self.filter(seat=seat, accepted_at__isnull=False)
        return list(held.order_by("person_id").values_list("person_id", flat=True).distinct())


class Appointment(models.Model):
    """One person in one seat for some time: proposed, then accepted or not, and ended one day.

    `closed_at` ends it, whatever it was: declined, withdrawn or, once accepted, given up.
    """

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="appointments")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    cause = models.TextField(blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="appointment_ends_after_it_began",
                condition=Q(accepted_at=None) | Q(closed_at=None) | Q(closed_at__gte=F("accepted_at")),
            ),
            models.UniqueConstraint(
                "seat", "person", condition=Q(closed_at=None), name="appointment_is_open_once_per_seat_and_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.seat}"

    def accept(self, *, at: datetime) -> None:
        Appointment.objects.filter(pk=self.pk, accepted_at=None, closed_at=None).update(accepted_at=at)
        self.refresh_from_db()

    def end(self, *, at: datetime, cause: str) -> None:
        Appointment.objects.filter(pk=self.pk, closed_at=None).update(closed_at=at, cause=cause)
        self.refresh_from_db()
