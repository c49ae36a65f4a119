"""Pages about where figures come from and how those places fare."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from metrics.forms.sources import HttpSourceForm
from metrics.models import Source
from metrics.services import sources
from ownership import clock
from ownership.models import Organisation, User
from ownership.pages import ActView, ReasonForm, person, seen
from ownership.policy import Role

HEALTH = {
    "new": ("none", "clock"),
    "up": ("good", "check"),
    "grace": ("warn", "clock"),
    "down": ("bad", "alert"),
    "paused": ("none", "pause"),
}


class Data(TemplateView):
    """All sources that one sees: state, last value, next pull."""

    template_name = "metrics/data.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        me = person(self.request)
        rows = list(Source.objects.visible_to(me).for_list())
        silent = Source.objects.visible_to(me).silent(on=clock.today(Organisation.the().zone))
        trouble = [row for row in rows if row.health in {"grace", "down"} or row.pk in silent]
        return super().get_context_data(**kwargs) | {
            "sources": [(row, HEALTH[row.health]) for row in rows],
            "silent": silent,
            "trouble": trouble,
            "may_add": me.role == Role.ADMIN,
        }


class NewSource(ActView[HttpSourceForm]):
    """An address that is asked every day."""

    template_name = "metrics/source_new.html"
    form_class = HttpSourceForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"me": person(self.request)}

    def act(self, form: HttpSourceForm) -> str:
        given = form.cleaned_data
        source = sources.add(
            kind="http",
            name=given["name"],
            unit=given["unit"],
            config=form.config(),
            secret_ref=given["secret_ref"],
            series=form.series(),
            **self.stamp(form),
        )
        messages.success(self.request, _("%(source)s is asked from now on.") % {"source": source.name})
        return reverse("source", args=[source.ref])


def find(request: HttpRequest, ref: str) -> Source:
    return seen(Source.objects.visible_to(person(request)).select_related("unit"), ref)


def page_of(source: Source, me: User) -> dict[str, Any]:
    """All that the page of a source shows."""
    return {
        "source": source,
        "look": HEALTH[source.health],
        "series": source.series.select_related("kpi").order_by("kpi__name", "pk"),
        "pulls": source.pulls.newest()[:10],
        "may_act": me.role == Role.ADMIN and source.kind == "http",
        "form": ReasonForm(initial={"version": source.version}),
    }


class Page(TemplateView):
    """One source, what it feeds and its last pulls."""

    template_name = "metrics/source.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        source = find(self.request, self.kwargs["ref"])
        return super().get_context_data(**kwargs) | page_of(source, person(self.request))


class Act(ActView[ReasonForm]):
    """Pause or resume; refused, the page comes back with the form as it was filled in."""

    template_name = "metrics/source.html"
    form_class = ReasonForm

    def find(self) -> Source:
        return find(self.request, self.kwargs["ref"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return page_of(self.row, person(self.request)) | super().get_context_data(**kwargs)

    def here(self) -> str:
        return reverse("source", args=[self.row.ref])


class Pause(Act):
    def act(self, form: ReasonForm) -> str:
        sources.pause(source=self.row, **self.stamp(form))
        return self.here()


class Resume(Act):
    def act(self, form: ReasonForm) -> str:
        sources.resume(source=self.row, **self.stamp(form))
        return self.here()
