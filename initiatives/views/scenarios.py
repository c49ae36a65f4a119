"""What an initiative may bring: the scenarios with what they rest on, and the forms in which both are written."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from initiatives.forms import AssumptionForm, ScenariosForm
from initiatives.models import Assumption
from initiatives.services import scenarios as services
from initiatives.views.frame import InitiativeAct, PlanAct, find
from ownership.pages import ReasonForm, person, seen

FIRST = (_("As expected"), _("Better than expected"), _("It goes wrong"))


class Scenarios(TemplateView):
    """All of it, and the acts on it."""

    template_name = "initiatives/scenarios.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        initiative = find(self.request, self.kwargs["ref"])
        earlier = initiative.scenario_sets.exclude(superseded_at=None).prefetch_related("scenarios")
        return super().get_context_data(**kwargs) | {
            "initiative": initiative,
            "may_write": initiative.is_written_by(person(self.request)),
            "earlier": earlier.select_related("agreed_by").order_by("-number"),
        }


class Agree(PlanAct[ScenariosForm]):
    """The scenarios anew; the first time three rows are named."""

    template_name = "initiatives/scenarios_edit.html"
    form_class = ScenariosForm

    def get_initial(self) -> dict[str, Any]:
        current = self.initiative.scenario_sets.filter(superseded_at=None).first()
        initial: dict[str, Any] = {"replaces": current.number if current else 0}
        if current is None:
            initial |= {f"name_{n}": gettext(str(name)) for n, name in enumerate(FIRST)}
        for n, one in enumerate(current.scenarios.order_by("pk")[: ScenariosForm.ROWS] if current else []):
            initial |= {f"{name}_{n}": getattr(one, name) for name in ("name", "probability", "benefit", "cost")}
        return super().get_initial() | initial

    def act(self, form: ScenariosForm) -> str:
        stamp = {name: value for name, value in self.stamp(form).items() if name != "expected_version"}
        replaces = form.cleaned_data["replaces"]
        services.agree_scenarios(initiative=self.initiative, scenarios=form.scenarios(), replaces=replaces, **stamp)
        return reverse("scenarios", args=[self.initiative.ref])


class NewAssumption(PlanAct[AssumptionForm]):
    template_name = "initiatives/promise.html"
    form_class = AssumptionForm
    extra_context = {"heading": _("What the scenarios rest on"), "button": _("Rely on it")}

    def act(self, form: AssumptionForm) -> str:
        stamp = {name: value for name, value in self.stamp(form).items() if name != "expected_version"}
        services.state_assumption(initiative=self.initiative, **form.said(), **stamp)
        return reverse("scenarios", args=[self.initiative.ref])


class AssumptionAct(InitiativeAct[ReasonForm]):
    """The row in question is the assumption."""

    template_name = "initiatives/promise.html"
    form_class = ReasonForm

    def find(self) -> Assumption:
        super().find()
        visible = Assumption.objects.visible_to(person(self.request)).filter(initiative=self.initiative)
        return seen(visible.select_related("owner"), self.kwargs["assumption"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"lede": f"“{self.row.text}”"}


class Break(AssumptionAct):
    extra_context = {"heading": _("It is not so"), "button": _("Say that it is broken")}

    def act(self, form: ReasonForm) -> str:
        services.break_assumption(assumption=self.row, **self.stamp(form))
        return reverse("scenarios", args=[self.initiative.ref])


class Withdraw(AssumptionAct):
    extra_context = {"heading": _("Rely on it no longer"), "button": _("Withdraw it")}

    def act(self, form: ReasonForm) -> str:
        services.withdraw_assumption(assumption=self.row, **self.stamp(form))
        return reverse("scenarios", args=[self.initiative.ref])
