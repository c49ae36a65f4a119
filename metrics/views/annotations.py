"""Pages of annotations: what happened outside and shows in figures."""

from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from metrics.forms.annotations import AnnotateForm, ChangeForm
from metrics.models import Annotation, AnnotationKind, Kpi
from metrics.services import annotations
from ownership.pages import ActView, ReasonForm, person, seen

F = TypeVar("F", bound=forms.Form)
PAGE = 50  # rows


class Annotations(ActView[AnnotateForm]):
    """All that one sees, and the form for another; ?kpi=KPI-3 fills it in for one KPI."""

    template_name = "metrics/annotations.html"
    form_class = AnnotateForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"me": person(self.request)}

    def get_initial(self) -> dict[str, Any]:
        given = self.request.GET.get("kpi")
        kpi = seen(Kpi.objects.visible_to(person(self.request)), given) if given else None
        return super().get_initial() | ({"kpi": kpi, "unit": kpi.unit_id} if kpi else {})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = Annotation.objects.visible_to(person(self.request)).for_list()
        return super().get_context_data(**kwargs) | {
            "page": Paginator(rows, PAGE).get_page(self.request.GET.get("page"))
        }

    def act(self, form: AnnotateForm) -> str:
        given = form.cleaned_data
        row = annotations.annotate(**given | {"kind": AnnotationKind(given["kind"])}, **self.stamp(form))
        messages.success(self.request, _("“%(name)s” stands in the charts from now on.") % {"name": row.name})
        return reverse("annotations")


def find(request: HttpRequest, ref: str) -> Annotation:
    return seen(Annotation.objects.visible_to(person(request)).select_related("unit", "kpi", "by"), ref)


def page_of(row: Annotation) -> dict[str, Any]:
    """All that the page of an annotation shows, with its forms still empty."""
    known = {name: getattr(row, name) for name in ("kind", "name", "starts_on", "last_on", "is_freeze", "note")}
    return {
        "row": row,
        "change": ChangeForm(initial=known | {"version": row.version}, auto_id="change_%s"),
        "withdraw": ReasonForm(initial={"version": row.version}, auto_id="withdraw_%s"),
    }


class Page(TemplateView):
    """One annotation, and how it is corrected or withdrawn."""

    template_name = "metrics/annotation.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | page_of(find(self.request, self.kwargs["ref"]))


class Act(ActView[F]):
    """One of the forms on that page; refused, the page comes back with it as it was filled in."""

    template_name = "metrics/annotation.html"
    slot: str

    def find(self) -> Annotation:
        return find(self.request, self.kwargs["ref"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"auto_id": f"{self.slot}_%s"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | page_of(self.row) | {self.slot: context["form"]}


class Change(Act[ChangeForm]):
    form_class, slot = ChangeForm, "change"

    def act(self, form: ChangeForm) -> str:
        annotations.change(annotation=self.row, **form.what(), **self.stamp(form))
        return reverse("annotation", args=[self.row.ref])


class Withdraw(Act[ReasonForm]):
    form_class, slot = ReasonForm, "withdraw"

    def act(self, form: ReasonForm) -> str:
        annotations.withdraw(annotation=self.row, **self.stamp(form))
        messages.success(self.request, _("Withdrawn. Charts and verdicts no longer know of it."))
        return reverse("annotations")
