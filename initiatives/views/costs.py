"""What was spent: every entry, the form that books another, and the way to take a mistake back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from initiatives.forms import CostForm
from initiatives.models import CostEntry
from initiatives.services import evidence
from initiatives.views.frame import InitiativeAct
from ownership import clock
from ownership import words as figures
from ownership.forms import WhyForm
from ownership.models import Organisation
from ownership.pages import person, seen


class Costs(InitiativeAct[CostForm]):
    """The books of one initiative."""

    template_name = "initiatives/costs.html"
    form_class = CostForm

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"on": Organisation.the().day(clock.now())}

    def act(self, form: CostForm) -> str:
        evidence.book_cost(initiative=self.initiative, **form.cleaned_data, **self.stamp(form))
        return reverse("costs", args=[self.initiative.ref])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        costs = list(self.initiative.costs.select_related("booked_by").order_by("-on", "-pk"))
        taken_back = {cost.reverses_id for cost in costs if cost.reverses_id}
        return super().get_context_data(**kwargs) | {
            "rows": [(cost, cost.pk in taken_back) for cost in costs],
            "spent": sum((cost.amount for cost in costs), Decimal(0)),
        }


class ReverseCost(InitiativeAct[WhyForm]):
    """A mistake is booked back; nothing is erased."""

    template_name = "initiatives/promise.html"
    form_class = WhyForm

    def find(self) -> CostEntry:
        super().find()
        visible = CostEntry.objects.visible_to(person(self.request)).filter(initiative=self.initiative)
        return seen(visible, self.kwargs["cost"])

    def act(self, form: WhyForm) -> str:
        evidence.reverse_cost(cost=self.row, **self.stamp(form))
        return reverse("costs", args=[self.initiative.ref])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        said = figures.money(self.row.amount, self.initiative.currency, cents=True)
        texts = {"heading": _("Take a cost back"), "button": _("Book it back"), "lede": f"{said} {self.row.note}"}
        return super().get_context_data(**kwargs) | texts
