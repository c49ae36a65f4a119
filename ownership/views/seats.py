"""The page of a seat and the acts on it: ask, accept, decline, give up."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django import forms
from django.http import Http404
from django.urls import reverse
from django.views.generic import TemplateView

from ownership import policy, services
from ownership.forms import AnswerForm, ProposeForm, SeatForm, WhyForm
from ownership.models import Appointment, Seat, User
from ownership.pages import ActView, ReasonForm, person, seen

F = TypeVar("F", bound=forms.Form)


def forms_for(seat: Seat, me: User) -> dict[str, forms.Form]:
    """What this person may try on a seat, each with its empty form. The service has the last word."""
    found: dict[str, forms.Form] = {}
    if seat.appointments.open_offers().filter(person=me).exists():
        found["answer"] = AnswerForm(auto_id="answer_%s")
    if policy.may_propose(role=me.role, is_owner_of_it=seat.is_beside_owner(me), kind=seat.kind):
        found["propose"] = ProposeForm(me=me, auto_id="propose_%s")
    if seat.holder is not None and (me == seat.holder or me.role == policy.Role.LEAD):
        found["vacate"] = ReasonForm(initial={"version": seat.version}, auto_id="vacate_%s")
    return found


def page_of(seat: Seat, me: User) -> dict[str, Any]:
    """All that the page of a seat shows."""
    history = list(seat.appointments.history())
    offers = [line for line in history if line.accepted_at is None and line.closed_at is None]
    return {"seat": seat, "history": history, "open_offers": offers, "acts": forms_for(seat, me)}


class SeatPage(TemplateView):
    """Who answers, who was asked, who did before."""

    template_name = "ownership/seat.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        me = person(self.request)
        seat = seen(Seat.objects.visible_to(me).select_related("holder", "unit"), self.kwargs["ref"])
        return super().get_context_data(**kwargs) | page_of(seat, me)


class SeatAct(ActView[F]):
    """One of the forms on that page; refused, the page comes back with it as it was filled in."""

    template_name = "ownership/seat.html"
    slot: ClassVar[str]

    def find(self) -> Seat:
        me = person(self.request)
        return seen(Seat.objects.visible_to(me).select_related("holder", "unit"), self.kwargs["ref"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"auto_id": f"{self.slot}_%s"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs) | page_of(self.row, person(self.request))
        context["acts"][self.slot] = context["form"]
        return context

    def offer(self) -> Appointment:
        """What was offered to this person; else there is nothing to answer."""
        offer: Appointment | None = self.row.appointments.offered_to(person(self.request)).first()
        if offer is None:
            raise Http404
        return offer

    def here(self) -> str:
        return reverse("seat", args=[self.row.ref])


class Propose(SeatAct[ProposeForm]):
    form_class = ProposeForm
    slot = "propose"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"me": person(self.request)}

    def act(self, form: ProposeForm) -> str:
        services.propose_appointment(seat=self.row, person=form.cleaned_data["person"], **self.stamp(form))
        return self.here()


class Accept(SeatAct[AnswerForm]):
    form_class = AnswerForm
    slot = "answer"

    def act(self, form: AnswerForm) -> str:
        services.accept_appointment(appointment=self.offer(), **self.stamp(form))
        return self.here()


class Decline(SeatAct[WhyForm]):
    form_class = WhyForm
    slot = "answer"

    def act(self, form: WhyForm) -> str:
        services.decline_appointment(appointment=self.offer(), **self.stamp(form))
        return reverse("people")


class Vacate(SeatAct[ReasonForm]):
    form_class = ReasonForm
    slot = "vacate"

    def act(self, form: ReasonForm) -> str:
        services.vacate_seat(seat=self.row, **self.stamp(form))
        return self.here()


class NewSeat(ActView[SeatForm]):
    """A seat that belongs to no single initiative: a data steward, a decider, a tool owner."""

    template_name = "ownership/seat_new.html"
    form_class = SeatForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"me": person(self.request)}

    def act(self, form: SeatForm) -> str:
        asked = {key: form.cleaned_data[key] for key in ("kind", "title", "unit")}
        return reverse("seat", args=[services.create_seat(**asked, **self.stamp(form)).ref])
