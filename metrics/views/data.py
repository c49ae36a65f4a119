"""Pages about where figures come from and how those places fare."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from metrics.findings import Fault
from metrics.forms.sources import ChangeSourceForm, NewSourceForm
from metrics.models import Kpi, Source
from metrics.models.examined import examine
from metrics.models.sources import KINDS
from metrics.services import sources
from metrics.sources import CONNECTORS
from ownership import clock
from ownership.models import Organisation, User
from ownership.pages import ActView, ReasonForm, person, seen
from ownership.policy import Role

FINDINGS = 25  # a page
HEALTH = {
    "new": ("none", "clock"),
    "up": ("good", "check"),
    "grace": ("warn", "clock"),
    "down": ("bad", "alert"),
    "paused": ("none", "pause"),
}


def lag(newest: date | None, today: date) -> int | None:
    """Days since the newest period began; None: there is none yet."""
    return (today - newest).days if newest else None


class Data(TemplateView):
    """All sources that one sees: state, last value, next pull. And what is wrong with the values that they gave."""

    template_name = "metrics/data.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        me, today = person(self.request), clock.today(Organisation.the().zone)
        rows = list(Source.objects.visible_to(me).for_list())
        found = examine(Kpi.objects.visible_to(me).counting().order_by("name", "pk"), on=today)
        late = {one.kpi.source_of_record_id for one in found if one.finding.fault is Fault.LATE}
        silent = {row.pk for row in rows if not row.is_asked and row.pk in late}
        trouble = [row for row in rows if row.health in {"grace", "down"} or row.pk in silent]
        wrong = sorted((one for one in found if not one.finding.fault.is_mark), key=lambda one: one.finding.since)
        page = Paginator(wrong, FINDINGS).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs) | {
            "sources": [
                (row, HEALTH[row.health], lag(row.newest, today))  # type: ignore[attr-defined]  # annotated for the list
                for row in rows
            ],
            "silent": silent,
            "trouble": trouble,
            "may_add": me.role == Role.ADMIN,
            "page": page,
            "wrong": len({one.kpi.pk for one in wrong}),
            "kpis": [one.kpi for one in page],
            "marks": [one for one in found if one.finding.fault.is_mark],
        }


class Kinds(TemplateView):
    """What a source can be."""

    template_name = "metrics/source_kinds.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kinds = [(kind, label, CONNECTORS[kind].CONTRACT) for kind, label in KINDS if kind in CONNECTORS]
        return super().get_context_data(**kwargs) | {"kinds": kinds}


class NewSource(ActView[NewSourceForm]):
    """A place of one kind that is asked by itself."""

    template_name = "metrics/source_form.html"
    form_class = NewSourceForm

    def find(self) -> None:
        if self.kwargs["kind"] not in CONNECTORS:
            raise Http404

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"me": person(self.request), "kind": self.kwargs["kind"]}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kind = self.kwargs["kind"]
        about = {"kind": dict(KINDS)[kind], "contract": CONNECTORS[kind].CONTRACT}
        return super().get_context_data(**kwargs) | about

    def act(self, form: NewSourceForm) -> str:
        given = form.cleaned_data
        source = sources.add(
            kind=form.kind,
            name=given["name"],
            unit=given["unit"],
            setup=form.setup(),
            series=form.series(),
            **self.stamp(form),
        )
        messages.success(self.request, _("%(source)s is asked from now on.") % {"source": source.name})
        return reverse("source", args=[source.ref])


def find(request: HttpRequest, ref: str) -> Source:
    return seen(Source.objects.visible_to(person(request)).select_related("unit", "secret__by"), ref)


def page_of(source: Source, me: User) -> dict[str, Any]:
    """All that the page of a source shows."""
    newest = source.newest_day()
    return {
        "source": source,
        "look": HEALTH[source.health],
        "series": source.series.select_related("kpi").order_by("kpi__name", "pk"),
        "pulls": source.pulls.newest()[:10],
        "backfill": source.pulls.backfill(),
        "next_pull": source.pulls.next_due(),
        "newest": newest,
        "lag": lag(newest, clock.today(Organisation.the().zone)),
        "spending": source.spending.order_by("-starts_on", "span")[:2],
        "may_act": me.role == Role.ADMIN and source.is_asked,
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


class Change(ActView[ChangeSourceForm]):
    """Ask it otherwise, or with another secret."""

    template_name = "metrics/source_form.html"
    form_class = ChangeSourceForm

    def find(self) -> Source:
        source = find(self.request, self.kwargs["ref"])
        if not source.is_asked:
            raise Http404
        return source

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"source": self.row}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"source": self.row, "contract": self.row.connector.CONTRACT}

    def act(self, form: ChangeSourceForm) -> str:
        sources.change(source=self.row, setup=form.setup(), **self.stamp(form))
        messages.success(self.request, _("Kept. It is asked again within a minute."))
        return reverse("source", args=[self.row.ref])


@require_POST
def try_out(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for nothing but to be let in, and say how it went."""
    source = find(request, ref)
    if not source.is_asked:
        raise Http404
    trouble = sources.try_out(source=source, by=person(request))
    if trouble is None:
        messages.success(request, _("It lets us in."))
    else:
        messages.error(request, trouble.words(_))
    return HttpResponseRedirect(reverse("source", args=[source.ref]), status=303)


class Pause(Act):
    def act(self, form: ReasonForm) -> str:
        sources.pause(source=self.row, **self.stamp(form))
        return self.here()


class Resume(Act):
    def act(self, form: ReasonForm) -> str:
        sources.resume(source=self.row, **self.stamp(form))
        return self.here()
