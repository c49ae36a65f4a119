"""The page on which values are logged by hand."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metrics.catalogue import Grain
from metrics.forms.grid import GridForm
from metrics.models import Kpi
from metrics.services import values
from ownership import clock
from ownership.models import Organisation, Unit
from ownership.pages import ActView, person, seen


class LogMetrics(ActView[GridForm]):
    """One unit, one grain: the last twelve periods that are over."""

    template_name = "metrics/log.html"
    form_class = GridForm

    def find(self) -> Unit:
        """The unit asked for, else the own one, else the first that one sees."""
        me = person(self.request)
        units = Unit.objects.visible_to(me).order_by("path")
        self.units = list(units)
        if given := self.request.GET.get("unit"):
            return seen(units, given)
        own = next((unit for unit in self.units if unit.pk == me.unit_id), None)
        unit = own or next(iter(self.units), None)
        if unit is None:
            raise Http404
        return unit

    def get_form_kwargs(self) -> dict[str, Any]:
        kpis = list(Kpi.objects.visible_to(person(self.request)).for_grid(self.row))
        given = self.request.GET.get("grain", "")
        self.grains = [grain for grain in Grain if any(kpi.grain == grain for kpi in kpis)]
        self.grain = Grain(given) if given in set(Grain) else self._usual()
        today = clock.today(Organisation.the().zone)
        return super().get_form_kwargs() | {"unit": self.row, "grain": self.grain, "kpis": kpis, "today": today}

    def _usual(self) -> Grain:
        return self.grains[0] if self.grains and Grain.WEEK not in self.grains else Grain.WEEK

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        results, activity = context["form"].tables()
        return context | {
            "unit": self.row,
            "units": self.units,
            "grain": self.grain,
            "grains": self.grains,
            "results": results,
            "activity": activity,
            "last": context["form"].last(),
            "kept": context["form"].kept(),
        }

    def act(self, form: GridForm) -> str:
        today = clock.today(Organisation.the().zone)
        batch = values.log(unit=self.row, cells=form.cleaned_data["cells"], today=today, **self.stamp(form))
        stored = batch.inserted + batch.revised
        said = ngettext("%(n)s value stored.", "%(n)s values stored.", stored) if stored else _("Nothing was new.")
        messages.success(self.request, said % {"n": stored} if stored else said)
        query = urlencode({"unit": self.row.pk, "grain": self.grain.value})
        return f"{reverse('log_metrics')}?{query}"
