"""Pages of the worklist: where the brand is named without a link, and what became of it."""

from __future__ import annotations

import csv
import io
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from metrics.forms.mentions import BrandForm, BringForm, ContactForm, SettleForm
from metrics.models import Kpi, Mention, Outcome, Source
from metrics.outreach import query
from metrics.services import mentions
from metrics.services.mentions import RATE
from metrics.views.files import today
from ownership.models import Unit, User
from ownership.pages import ActView, person, seen
from ownership.spreadsheet import guarded

F = TypeVar("F", bound=forms.Form)
PAGE = 50  # rows


def unit_of(request: HttpRequest) -> Unit:
    """The unit asked for, else the own one, else the first that one sees."""
    me = person(request)
    units = Unit.objects.visible_to(me).order_by("path")
    if given := request.GET.get("unit"):
        return seen(units, given)
    unit = units.filter(pk=me.unit_id or 0).first() or units.first()
    if unit is None:
        raise Http404
    return unit


def worklist_of(request: HttpRequest, unit: Unit) -> Source | None:
    """The source of the worklist; None before the first act on it."""
    return Source.objects.visible_to(person(request)).filter(unit=unit, kind="mentions").first()


def worklist(request: HttpRequest, unit: Unit) -> dict[str, Any]:
    """All that the worklist shows, with its forms still empty."""
    me, asked = person(request), request.GET.get("outcome", "")
    outcome = asked if asked in Outcome.values else ""
    rows = Mention.objects.visible_to(me).for_list(unit, outcome)
    source = worklist_of(request, unit)
    config = source.config if source else {}
    return {
        "unit": unit,
        "units": Unit.objects.visible_to(me).order_by("path"),
        "outcome": outcome,
        "outcomes": Outcome.choices,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "tally": Mention.objects.visible_to(me).tally(unit),
        "kpi": Kpi.objects.visible_to(me).filter(unit=unit, type=RATE).order_by("pk").first(),
        "query": query(config["brand"], config["site"]) if config else "",
        "bring": BringForm(auto_id="bring_%s"),
        "brand": BrandForm(initial=config | {"version": source.version if source else 1}, auto_id="brand_%s"),
    }


class Mentions(ActView[BringForm]):
    """The worklist of one unit, and the form for more of it."""

    template_name = "metrics/mentions.html"
    form_class = BringForm

    def find(self) -> Unit:
        return unit_of(self.request)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"auto_id": "bring_%s"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | worklist(self.request, self.row) | {"bring": context["form"]}

    def act(self, form: BringForm) -> str:
        given = form.cleaned_data
        counts = mentions.bring(
            unit=self.row, found=given["found"], kind=given["kind"], today=today(), **self.stamp(form)
        )
        said = ngettext("%(n)s mention is new.", "%(n)s mentions are new.", counts["new"]) % {"n": counts["new"]}
        rest = _("%(known)s were known, %(own)s are your own pages, %(linked)s link to you already.") % counts
        messages.success(self.request, f"{said} {rest}")
        return f"{reverse('mentions')}?unit={self.row.pk}"


class NameBrand(ActView[BrandForm]):
    """Say what to look for."""

    template_name = "metrics/mentions.html"
    form_class = BrandForm
    http_method_names = ["post"]

    def find(self) -> Source:
        self.unit = unit_of(self.request)
        return worklist_of(self.request, self.unit) or Source(unit=self.unit, kind="mentions")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"auto_id": "brand_%s"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | worklist(self.request, self.unit) | {"brand": context["form"]}

    def act(self, form: BrandForm) -> str:
        given = form.cleaned_data
        mentions.name_brand(unit=self.unit, brand=given["brand"], site=given["site"], **self.stamp(form))
        return f"{reverse('mentions')}?unit={self.unit.pk}"


def find(request: HttpRequest, ref: str) -> Mention:
    return seen(Mention.objects.visible_to(person(request)).select_related("unit", "brought_by"), ref)


def page_of(row: Mention, me: User) -> dict[str, Any]:
    """All that the page of a mention shows, with its forms still empty."""
    given = {"version": row.version, "on": today()}
    meant = Outcome.LINKED if row.outcome == Outcome.OPEN else Outcome.OPEN
    return {
        "row": row,
        "contact": ContactForm(initial=given, auto_id="contact_%s"),
        "settle": SettleForm(initial=given | {"outcome": meant}, auto_id="settle_%s"),
    }


class Page(TemplateView):
    """One mention and what can be noted about it."""

    template_name = "metrics/mention.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = find(self.request, self.kwargs["ref"])
        return super().get_context_data(**kwargs) | page_of(row, person(self.request))


class Act(ActView[F]):
    """One of the forms on that page; refused, the page comes back with it as it was filled in."""

    template_name = "metrics/mention.html"
    slot: str

    def find(self) -> Mention:
        return find(self.request, self.kwargs["ref"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"auto_id": f"{self.slot}_%s"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | page_of(self.row, person(self.request)) | {self.slot: context["form"]}

    def here(self) -> str:
        return reverse("mention", args=[self.row.ref])


class Contact(Act[ContactForm]):
    form_class, slot = ContactForm, "contact"

    def act(self, form: ContactForm) -> str:
        mentions.contact(mention=self.row, on=form.cleaned_data["on"], today=today(), **self.stamp(form))
        return self.here()


class Settle(Act[SettleForm]):
    form_class, slot = SettleForm, "settle"

    def act(self, form: SettleForm) -> str:
        given = form.cleaned_data
        outcome = Outcome(given["outcome"])
        mentions.settle(mention=self.row, outcome=outcome, on=given["on"], today=today(), **self.stamp(form))
        return self.here()


@require_safe
def mentions_csv(request: HttpRequest) -> HttpResponse:
    """The worklist of one unit as a file."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["url", "title", "found_on", "contacted_on", "outcome", "settled_on"])
    for row in Mention.objects.visible_to(person(request)).for_list(unit_of(request)):
        days = [row.found_on, row.contacted_on or "", row.outcome, row.settled_on or ""]
        writer.writerow([guarded(row.url), guarded(row.title), *days])
    answer = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="mentions.csv"'
    return answer
