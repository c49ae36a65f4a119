"""The wizard: three strategic questions before any tool, then problem, scope and risks. Every step is saved as it is
answered, so one can leave and come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from initiatives.forms import GoalForm, MeasureForm, NewGoalForm, PlanForm, ProblemForm, ScopeForm, SponsorForm
from initiatives.lifecycle import Gate
from initiatives.models import Baseline, Initiative, Target
from initiatives.readiness import QUESTIONS
from initiatives.services import drafting, promises
from initiatives.services.baselines import PERIODS
from initiatives.vanity import NotAnOutcome
from initiatives.views.frame import PlanAct, find
from initiatives.views.readiness import asked
from metrics.periods import last_periods
from ownership import clock, services
from ownership.models import Organisation
from ownership.pages import ActView, person
from ownership.refusals import Refusal

F = TypeVar("F", bound=forms.Form)


@dataclass(frozen=True)
class Step:
    """One question of the wizard."""

    key: str
    question: str | Promise
    why: str | Promise


STEPS = (
    Step(
        "goal",
        gettext_lazy("Which business goal does it serve?"),
        gettext_lazy("An initiative without a goal cannot fail, and cannot succeed."),
    ),
    Step(
        "measure",
        gettext_lazy("How do we measure it, from which baseline?"),
        gettext_lazy("The main KPI is the number the sponsor will judge. There is one."),
    ),
    Step(
        "people",
        gettext_lazy("Who answers for it, and who reports to whom?"),
        gettext_lazy(
            "A sponsor who can spend the money, an owner who does the work, someone who vouches for the data."
        ),
    ),
    Step(
        "problem",
        gettext_lazy("What does the problem cost today?"),
        gettext_lazy("Without a problem there is nothing to solve, however clever the tool."),
    ),
    Step(
        "scope",
        gettext_lazy("What is touched, for how long, for how much?"),
        gettext_lazy("A pilot is small enough to be stopped."),
    ),
    Step(
        "risks",
        gettext_lazy("What could go wrong, and what makes us stop?"),
        gettext_lazy("Five ways in which such initiatives fail, asked before they can."),
    ),
)
KEYS = [step.key for step in STEPS]


def is_done(initiative: Initiative) -> dict[str, bool]:
    """Which questions have an answer. Whether it is good enough is for the gate to say."""
    seat = initiative.sponsor
    is_sponsored = bool(seat and (seat.holder_id or seat.appointments.open_offers().exists()))
    scores = dict(initiative.answers.values_list("question", "score"))
    first = [code for code, question in QUESTIONS.items() if question.gate is Gate.G0]
    return {
        "goal": initiative.goal_id is not None,
        "measure": initiative.targets.current().filter(role="primary").exists(),
        "people": is_sponsored,
        "problem": initiative.problem_cost() is not None,
        "scope": bool(initiative.scope) and initiative.budget is not None,
        "risks": all(scores.get(code) for code in first) and initiative.kill_criteria.standing().exists(),
    }


class Drafting(ActView[F]):
    """The page of one step; the others stand around it, answered or to come."""

    template_name = "initiatives/wizard.html"
    step: ClassVar[str]
    initiative: Initiative | None = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        done = is_done(self.initiative) if self.initiative else dict.fromkeys(KEYS, False)
        return super().get_context_data(**kwargs) | {
            "initiative": self.initiative,
            "now": self.step,
            "steps": [(step, done[step.key]) for step in STEPS],
            "answered": sum(done.values()),
            "part": f"initiatives/_step_{self.step}.html",
        }

    def next(self, initiative: Initiative) -> str:
        """The step after this one; after the last the page of the initiative."""
        after = KEYS.index(self.step) + 1
        if after == len(KEYS):
            return reverse("initiative", args=[initiative.ref])
        return reverse("plan_step", args=[initiative.ref, KEYS[after]])


class NewInitiative(Drafting[GoalForm]):
    """The first question makes the draft."""

    form_class = GoalForm
    step = "goal"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"me": person(self.request)}

    def act(self, form: GoalForm) -> str:
        stamp = self.stamp(form)
        stamp.pop("expected_version")
        unit = form.cleaned_data["goal"].unit
        return self.next(drafting.draft(unit=unit, **form.said(), **stamp))


class PlanStep(Drafting[F], PlanAct[F]):
    """A step of a draft that exists."""

    initiative: Initiative


class GoalStep(PlanStep[GoalForm]):
    form_class = GoalForm
    step = "goal"

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"title": self.initiative.title, "goal": self.initiative.goal_id}

    def act(self, form: GoalForm) -> str:
        return self.next(drafting.edit(initiative=self.initiative, **form.said(), **self.stamp(form)))


class MeasureStep(PlanStep[MeasureForm]):
    """A vanity metric is refused in place: why, what it may be used for, and three results to choose from."""

    form_class = MeasureForm
    step = "measure"

    @cached_property
    def target(self) -> Target | None:
        current = self.initiative.targets.current().filter(role="primary").select_related("kpi__steward__holder")
        return current.first()

    def get_initial(self) -> dict[str, Any]:
        initial = super().get_initial()
        if self.target is None:
            return initial
        names = promises.Promise.__annotations__
        said = {name: getattr(self.target, name) for name in names} | {"kpi": self.target.kpi_id}
        rows = {"page_set": self.target.page_set_id, "control": self.target.control_id}
        return initial | said | rows | {"version": self.target.version}

    def act(self, form: MeasureForm) -> str:
        stamp = self.stamp(form)
        if self.target is not None:
            promises.replace_target(target=self.target, **form.said(), **stamp)
        else:
            stamp.pop("expected_version")
            promises.set_target(initiative=self.initiative, role="primary", **form.said(), **stamp)
        return self.next(self.initiative)

    def refused(self, form: MeasureForm, refusal: Refusal) -> HttpResponse:
        if not isinstance(refusal, NotAnOutcome):
            return super().refused(form, refusal)
        form.add_error(refusal.field, _(refusal.title))
        said = refusal.words(_)
        context = self.get_context_data(form=form, instead=refusal.items, said=said, kpi_name=refusal.params["name"])
        return self.render_to_response(context, status=refusal.status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        baseline = self._baseline()
        prospect = baseline.prospect() if baseline and baseline.n else None
        return super().get_context_data(**kwargs) | {"target": self.target, "baseline": baseline, "prospect": prospect}

    def _baseline(self) -> Baseline | None:
        """What the last weeks would give as a baseline today; nothing is written."""
        if self.target is None:
            return None
        until = self.target.known_by(Organisation.the().day(clock.now()))
        starts_on, ends_on = last_periods(until, PERIODS, self.target.kpi.judged)
        return self.target.measured(starts_on=starts_on, ends_on=ends_on)


class PeopleStep(PlanStep[SponsorForm]):
    form_class = SponsorForm
    step = "people"

    def act(self, form: SponsorForm) -> str:
        seat = self.initiative.sponsor
        if seat is None:
            raise Http404
        stamp = self.stamp(form)
        stamp["reason"] = stamp["reason"] or _("Sponsor of “%(title)s”") % {"title": self.initiative.title}
        services.propose_appointment(seat=seat, person=form.cleaned_data["person"], **stamp)
        return self.next(self.initiative)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        seat = self.initiative.sponsor
        main = self.initiative.targets.current().filter(role="primary").select_related("kpi__steward__holder").first()
        return super().get_context_data(**kwargs) | {
            "offers": seat.appointments.open_offers().select_related("person") if seat else (),
            "steward": main.kpi.steward if main else None,
        }


class ProblemStep(PlanStep[ProblemForm]):
    form_class = ProblemForm
    step = "problem"

    def get_initial(self) -> dict[str, Any]:
        fields = ["process", "hours_per_week", "hourly_rate", "errors_per_week", "error_share", "cost_per_error"]
        return super().get_initial() | {name: getattr(self.initiative, name) for name in fields}

    def act(self, form: ProblemForm) -> str:
        drafting.describe_problem(initiative=self.initiative, **form.said(), **self.stamp(form))
        return self.next(self.initiative)


class ScopeStep(PlanStep[ScopeForm]):
    form_class = ScopeForm
    step = "scope"

    def get_initial(self) -> dict[str, Any]:
        fields = ["scope", "data_classes", "timebox_weeks", "budget", "horizon_months", "track"]
        return super().get_initial() | {name: getattr(self.initiative, name) for name in fields}

    def act(self, form: ScopeForm) -> str:
        return self.next(drafting.edit(initiative=self.initiative, **form.said(), **self.stamp(form)))


class RisksStep(PlanStep[PlanForm]):
    """The questions that the first two gates insist on, each with its own form, and the stop conditions."""

    form_class = PlanForm
    step = "risks"
    http_method_names = ["get", "head", "options"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        first = [code for code, question in QUESTIONS.items() if question.gate in {Gate.G0, Gate.G1}]
        problem = [code for code in QUESTIONS if code.startswith("F2.")]
        return super().get_context_data(**kwargs) | {
            "questions": asked(self.initiative, person(self.request), sorted({*first, *problem})),
            "kills": self.initiative.kill_criteria.standing().order_by("by_on", "pk"),
        }


VIEWS: dict[str, type[Any]] = {
    "goal": GoalStep,
    "measure": MeasureStep,
    "people": PeopleStep,
    "problem": ProblemStep,
    "scope": ScopeStep,
    "risks": RisksStep,
}


def step(request: HttpRequest, ref: str, key: str) -> HttpResponseBase:
    """The page of one step."""
    answer: HttpResponseBase = VIEWS[key].as_view()(request, ref=ref)
    return answer


@require_safe
def plan(request: HttpRequest, ref: str) -> HttpResponse:
    """On to the first question without an answer."""
    initiative = find(request, ref)
    open_steps = [key for key, done in is_done(initiative).items() if not done]
    return HttpResponseRedirect(reverse("plan_step", args=[initiative.ref, (open_steps or KEYS)[0]]))


class NewGoal(ActView[NewGoalForm]):
    """A goal that is not in the list yet; then back to where it was missed."""

    template_name = "initiatives/goal_new.html"
    form_class = NewGoalForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"me": person(self.request)}

    def act(self, form: NewGoalForm) -> str:
        drafting.set_goal(**form.cleaned_data, **self.stamp(form))
        return reverse("initiative_new")
