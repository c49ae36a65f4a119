"""What an initiative promises: targets with their baselines, pages, what makes it stop, and the forms for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from initiatives.forms import BaselineForm, KillForm, PageSetForm, ReplaceForm, TargetForm
from initiatives.models import Baseline, Initiative, KillCriterion, Target
from initiatives.services import baselines, promises
from initiatives.views.frame import InitiativeAct, PlanAct, find
from ownership import words as figures
from ownership.forms import WhyForm
from ownership.models import User
from ownership.pages import ReasonForm, person, seen

F = TypeVar("F", bound=forms.Form)


@dataclass(frozen=True)
class Promised:
    """A target as its card shows it: what was agreed, and how far its baseline is."""

    target: Target
    goal: str
    smallest: str
    margin: str
    locked: Baseline | None
    computed: list[Baseline]  # not locked, the newest first
    may_lock: bool


class Targets(TemplateView):
    """All that the initiative promises, and the acts on it."""

    template_name = "initiatives/targets.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        me = person(self.request)
        initiative = find(self.request, self.kwargs["ref"])
        return super().get_context_data(**kwargs) | {
            "initiative": initiative,
            "promised": promised(initiative, me),
            "pages": initiative.page_sets.order_by("name", "pk"),
            "kills": initiative.kill_criteria.standing().order_by("by_on", "pk"),
            "may_write": initiative.is_written_by(me),
            "may_measure": initiative.is_answered_by(me),
        }


def promised(initiative: Initiative, me: User) -> list[Promised]:
    """Current targets, the main one first; activity last, for it counts for nothing."""
    targets = list(initiative.targets.current().for_page())
    baselines = Baseline.objects.visible_to(me).filter(target__in=targets).order_by("-number")
    return [_promised(target, [row for row in baselines if row.target_id == target.pk], me) for target in targets]


def _promised(target: Target, baselines: list[Baseline], me: User) -> Promised:
    steward = target.kpi.steward
    return Promised(
        target=target,
        goal=_change(target.goal),
        smallest=_change(target.smallest_effect),
        margin=_change(-target.margin) if target.margin is not None else "",
        locked=next((row for row in baselines if row.locked_at), None),
        computed=[row for row in baselines if not row.locked_at],
        may_lock=bool(steward and steward.holder_id == me.pk),
    )


def _change(value: float | None) -> str:
    return "" if value is None else figures.change(value)


class Promise(PlanAct[F]):
    """A form behind the metrics page."""

    template_name = "initiatives/promise.html"
    heading: Any = ""
    button: Any = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"heading": self.heading, "button": self.button}

    def back(self) -> str:
        if self.request.GET.get("from") == "plan":
            return reverse("plan_step", args=[self.initiative.ref, "risks"])
        return reverse("targets", args=[self.initiative.ref])

    def stamp_new(self, form: F) -> dict[str, Any]:
        """For something new: there is no version to have seen."""
        return {name: value for name, value in self.stamp(form).items() if name != "expected_version"}


class NewTarget(Promise[TargetForm]):
    form_class = TargetForm
    heading = _("Watch another KPI")
    button = _("Add it")

    def act(self, form: TargetForm) -> str:
        promises.set_target(initiative=self.initiative, **form.said(), **self.stamp_new(form))
        return self.back()


class ReplaceTarget(Promise[ReplaceForm]):
    """The row in question is the target: its version is the one that counts."""

    form_class = ReplaceForm
    heading = _("Change what is promised")
    button = _("Promise this from now on")

    def find(self) -> Target:
        super().find()
        current = self.initiative.targets.current().select_related("kpi", "page_set")
        return seen(current, self.kwargs["target"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"target": self.row}

    def get_initial(self) -> dict[str, Any]:
        said = {name: getattr(self.row, name) for name in promises.Promise.__annotations__}
        return super().get_initial() | said | {"page_set": self.row.page_set_id, "control": self.row.control_id}

    def act(self, form: ReplaceForm) -> str:
        promises.replace_target(target=self.row, **form.said(), **self.stamp(form))
        return self.back()


class NewPageSet(Promise[PageSetForm]):
    form_class = PageSetForm
    heading = _("Name a set of pages")
    button = _("Keep this set")

    def act(self, form: PageSetForm) -> str:
        promises.add_page_set(initiative=self.initiative, **form.said(), **self.stamp_new(form))
        return self.back()


class NewKill(Promise[KillForm]):
    form_class = KillForm
    heading = _("What makes us stop")
    button = _("Agree on it")

    def act(self, form: KillForm) -> str:
        promises.add_kill_criterion(initiative=self.initiative, **form.said(), **self.stamp_new(form))
        return self.back()


class WithdrawKill(InitiativeAct[ReasonForm]):
    template_name = "initiatives/promise.html"
    form_class = ReasonForm

    def find(self) -> KillCriterion:
        super().find()
        return seen(self.initiative.kill_criteria.standing(), self.kwargs["criterion"])

    def act(self, form: ReasonForm) -> str:
        promises.withdraw_kill_criterion(criterion=self.row, **self.stamp(form))
        return reverse("targets", args=[self.initiative.ref])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        heading, button = _("Give up a stop condition"), _("Give it up")
        return super().get_context_data(**kwargs) | {"heading": heading, "button": button, "lede": self.row.text}


class NewBaseline(InitiativeAct[BaselineForm]):
    template_name = "initiatives/promise.html"
    form_class = BaselineForm

    def find(self) -> Target:
        super().find()
        return seen(self.initiative.targets.current().select_related("kpi"), self.kwargs["target"])

    def act(self, form: BaselineForm) -> str:
        baselines.compute_baseline(target=self.row, **form.cleaned_data, **self.stamp(form))
        return reverse("targets", args=[self.initiative.ref])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        heading, button = _("Measure the baseline"), _("Compute it")
        return super().get_context_data(**kwargs) | {"heading": heading, "button": button, "lede": self.row.kpi.name}


class LockBaseline(InitiativeAct[WhyForm]):
    template_name = "initiatives/lock.html"
    form_class = WhyForm

    def find(self) -> Baseline:
        super().find()
        visible = Baseline.objects.visible_to(person(self.request)).filter(target__initiative=self.initiative)
        return seen(visible.select_related("target__kpi__steward"), str(self.kwargs["pk"]))

    def act(self, form: WhyForm) -> str:
        baselines.lock_baseline(baseline=self.row, **self.stamp(form))
        return reverse("targets", args=[self.initiative.ref])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"baseline": self.row}
