"""Pages of KPIs: one, and the form for another."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from metrics.catalogue import Grain
from metrics.drawings import trend
from metrics.forms.kpis import KpiForm
from metrics.models import Annotation, Kpi, Snapshot
from metrics.models.examined import examine
from metrics.services import kpis
from metrics.views.files import today
from ownership.pages import ActView, person, seen

CORRECTED, SHOWN = 20, 30  # values


class Page(TemplateView):
    """One KPI: its course, what looks wrong with it, what happened meanwhile."""

    template_name = "metrics/kpi.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        visible = Kpi.objects.visible_to(person(self.request))
        kpi = seen(visible.select_related("unit", "source_of_record", "steward__holder"), self.kwargs["ref"])
        before = self.request.GET.get("before")
        snapshots = Snapshot.objects.visible_to(person(self.request))
        values = snapshots.newest(kpi, before=_day(before) if before else None, limit=SHOWN)
        annotations, on = Annotation.objects.visible_to(person(self.request)).touching([kpi])[kpi.pk], today()
        return super().get_context_data(**kwargs) | {
            "kpi": kpi,
            "chart": trend(kpi, annotations, on=on),
            "found": examine(visible.filter(pk=kpi.pk), on=on),
            "annotations": annotations[::-1],
            "values": values,
            "older": values[-1].period_start if len(values) == SHOWN else None,
            "corrected": snapshots.corrected(kpi, limit=CORRECTED),
        }


class Value(TemplateView):
    """One period of a KPI: every value that it has or had, who or what brought it, when and why."""

    template_name = "metrics/value.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        me = person(self.request)
        kpi = seen(Kpi.objects.visible_to(me).select_related("unit", "source_of_record"), self.kwargs["ref"])
        origins = Snapshot.objects.visible_to(me).origins(kpi, _day(self.kwargs["day"]))
        if not origins:
            raise Http404
        return super().get_context_data(**kwargs) | {
            "kpi": kpi,
            "origins": origins,
            "day": origins[0].held.period_start,
        }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error


class NewKpi(ActView[KpiForm]):
    """A type of the catalogue, a name, a unit."""

    template_name = "metrics/kpi_new.html"
    form_class = KpiForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"me": person(self.request)}

    def act(self, form: KpiForm) -> str:
        given = form.cleaned_data
        kpi = kpis.define(
            type_key=given["type"],
            name=given["name"],
            unit=given["unit"],
            grain=Grain(given["grain"]),
            steward=given["steward"],
            **self.stamp(form),
        )
        messages.success(self.request, _("%(kpi)s can be logged now.") % {"kpi": kpi.name})
        return f"{reverse('log_metrics')}?unit={kpi.unit_id}&grain={kpi.grain}"
