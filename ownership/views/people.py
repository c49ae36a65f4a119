"""Pages about people: who answers for what, how much, and what nobody answers for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ownership import clock, policy, services, words
from ownership.forms import WhyForm
from ownership.models import Appointment, Event, Seat, Unit, User
from ownership.pages import ActView, person, seen

SILENT = timedelta(days=30)  # a sponsor without an act (flag S7)
PAGE = 50  # rows


@dataclass(frozen=True)
class Load:
    """How much one person answers for, and when they last acted."""

    person: User
    seats: int
    sponsored: int
    last_act: datetime | None
    is_silent: bool


@dataclass
class Endeavour:
    """One thing with a sponsor, an owner or both: an initiative, a goal."""

    title: str
    unit: Unit
    sponsor: Seat | None = None
    owner: Seat | None = None


def endeavours(seats: Sequence[Seat]) -> list[Endeavour]:
    """The seats of sponsors and owners, side by side for what they answer for together."""
    found: dict[tuple[str, int], Endeavour] = {}
    for seat in seats:
        if seat.kind in (policy.SeatKind.SPONSOR, policy.SeatKind.OWNER):
            row = found.setdefault((seat.title, seat.unit_id), Endeavour(seat.title, seat.unit))
            setattr(row, seat.kind, seat)
    return list(found.values())


def loads(seats: Sequence[Seat], acts: Mapping[int, datetime], *, at: datetime) -> list[Load]:
    """One line per holder, the busiest first. Silence counts for sponsors, for whose approval others wait."""
    people = {seat.holder.pk: seat.holder for seat in seats if seat.holder}
    held = Counter(seat.holder_id for seat in seats)
    sponsored = Counter(seat.holder_id for seat in seats if seat.kind == policy.SeatKind.SPONSOR)
    lines = []
    for pk, holder in people.items():
        last = acts.get(pk)
        is_silent = bool(sponsored[pk]) and (last is None or at - last > SILENT)
        lines.append(Load(holder, held[pk], sponsored[pk], last, is_silent))
    return sorted(lines, key=lambda line: (-line.seats, line.person.name, line.person.pk))


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Every seat one may see, the empty ones first, and the load per person."""
    me = person(request)
    seats = list(Seat.objects.visible_to(me).for_people())
    acts = Event.objects.visible_to(me).last_acts([seat.holder_id for seat in seats if seat.holder_id])
    lines = loads(seats, acts, at=clock.now())
    empty = [seat for seat in seats if seat.holder is None]
    shared = endeavours(seats)
    context = {
        "by": request.GET.get("by", "seat"),
        "page": Paginator(shared, PAGE).get_page(request.GET.get("page")),
        "standing": [seat for seat in seats if seat.kind not in (policy.SeatKind.SPONSOR, policy.SeatKind.OWNER)],
        "total": len(seats),
        "filled": len(seats) - len(empty),
        "empty": empty,
        "oldest": words.day(empty[0].vacant_since) if empty else "",
        "offers": Appointment.objects.visible_to(me).open_offers().count(),
        "loads": lines,
        "silent": sum(line.is_silent for line in lines),
        "may_add_seat": me.role in {policy.Role.LEAD, policy.Role.ADMIN},
    }
    return render(request, "ownership/people.html", context)


class PersonView(ActView[WhyForm]):
    """One person and what they answer for. An admin sees them off here."""

    template_name = "ownership/person.html"
    form_class = WhyForm

    def find(self) -> User:
        return seen(User.objects.visible_to(person(self.request)), self.kwargs["ref"])

    def act(self, form: WhyForm) -> str:
        services.deactivate_person(person=self.row, **self.stamp(form))
        return reverse("person", args=[self.row.ref])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        me, whom = person(self.request), self.row
        mine = Seat.objects.visible_to(me)
        return super().get_context_data(**kwargs) | {
            "whom": whom,
            "seats": mine.filter(holder=whom).for_people(),
            "offers": whom.appointments.offered_to(whom).filter(seat__in=mine),
            "last_act": Event.objects.visible_to(me).last_acts([whom.pk]).get(whom.pk),
            "may_deactivate": me.role == policy.Role.ADMIN and whom.is_active and whom != me,
        }
