"""The page on which a KPI is defined."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _

from metrics.catalogue import Grain
from metrics.forms.kpis import KpiForm
from metrics.services import kpis
from ownership.pages import ActView, person


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
