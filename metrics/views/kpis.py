"""Pages of KPIs: one, and the form for another."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
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

CORRECTED = 20  # values shown


class Page(TemplateView):
    """One KPI: its course, what looks wrong with it, what happened meanwhile."""

    template_name = "metrics/kpi.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        visible = Kpi.objects.visible_to(person(self.request))
        kpi = seen(visible.select_related("unit", "source_of_record", "steward__holder"), self.kwargs["ref"])
        annotations, on = Annotation.objects.visible_to(person(self.request)).touching([kpi])[kpi.pk], today()
        return super().get_context_data(**kwargs) | {
            "kpi": kpi,
            "chart": trend(kpi, annotations, on=on),
            "found": examine(visible.filter(pk=kpi.pk), on=on),
            "annotations": annotations[::-1],
            "corrected": Snapshot.objects.visible_to(person(self.request)).corrected(kpi, limit=CORRECTED),
        }


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
