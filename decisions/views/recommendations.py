"""Pages about what AI tools advised and what people made of it."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from decisions import cell_words, words
from decisions.choice_forms import ChoiceForm, FactsForm, FirstChoiceForm
from decisions.models import Decision, Evaluation, GateDecision, OutcomeReview, Recommendation
from decisions.models.hindsight import changed_figures
from decisions.models.log import Log
from decisions.services import recommendations as services
from initiatives.models import Initiative
from ownership import clock
from ownership.models import Event, Organisation, User
from ownership.pages import ActView, person, seen
from ownership.policy import Role

F = TypeVar("F", bound=forms.Form)
PAGE = 25  # entries of the log
KINDS = ("all", "gates", "followed", "opposed")


@require_safe
def decision_log(request: HttpRequest) -> HttpResponse:
    """What was decided, at gates and about recommendations, the newest first."""
    me = person(request)
    kind = request.GET.get("show") if request.GET.get("show") in KINDS else "all"
    decisions, gates = Decision.objects.visible_to(me), GateDecision.objects.visible_to(me)
    initiative = None
    if request.GET.get("initiative"):
        initiative = seen(Initiative.objects.visible_to(me), request.GET["initiative"])
        decisions, gates = decisions.filter(initiative=initiative), gates.filter(initiative=initiative)
    entries: Any = Log(decisions, gates, kind=str(kind))  # it counts and slices, which is all that pages need
    page = Paginator(entries, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "kind": kind, "initiative": initiative}
    waiting = Recommendation.objects.visible_to(me).waiting_for(me)
    return render(request, "decisions/log.html", context | {"waiting": waiting})


@require_safe
def decision(request: HttpRequest, ref: str) -> HttpResponse:
    """A decision is shown with the advice it was about."""
    row = seen(Decision.objects.visible_to(person(request)).select_related("recommendation"), ref)
    return HttpResponseRedirect(reverse("recommendation", args=[row.recommendation.ref]))


def advice(request: HttpRequest) -> QuerySet[Recommendation]:
    return Recommendation.objects.visible_to(person(request)).for_log()


def facts_of(evaluation: Evaluation) -> list[dict[str, Any]]:
    """The facts on the table: what each was, whose word, and how old; unknown ones too, if a rule asked for them."""
    schema, readings, known = evaluation.schema, evaluation.readings(), evaluation.known()
    asked = {cell.fact.name for row in evaluation.program.rows().values() for cell in row.when}
    return [
        {
            "fact": fact,
            "reading": readings.get(name),
            "is_known": name in known,
            "value": known.get(name),
        }
        for name, fact in schema.items()
        if name in asked or name in readings or fact.required
    ]


def forms_for(row: Recommendation, me: User) -> dict[str, forms.Form]:
    """What this person may try. The service has the last word."""
    stamp = {"version": row.version}
    found: dict[str, forms.Form] = {}
    if row.state in ("needs_facts", "waiting") and me.role != Role.AUDITOR:
        facts = FactsForm(initial=stamp, about=row, auto_id="facts_%s")
        if facts.facts:
            found["facts"] = facts
    if row.is_for(me) and row.is_decidable(on=clock.today(Organisation.the().zone)):
        own = "".join(first.text for first in row.first_choices.filter(by=me))
        found["decide"] = ChoiceForm(initial=stamp | {"modification": own}, about=row, auto_id="decide_%s")
    return found


def page_of(row: Recommendation, me: User) -> dict[str, Any]:
    """The record: what was advised, who decides and why, the facts, the rules, the decision, the story. Where the
    reader has to say first what they would do, only that question."""
    if row.is_hidden_from(me):
        first = FirstChoiceForm(initial={"version": row.version}, auto_id="first_%s")
        return {"row": row, "is_hidden": True, "acts": {"first": first}}
    evaluation = row.evaluation()
    decisions = list(row.decisions.for_log())
    changed = changed_figures([], decisions[:1])
    return {
        "row": row,
        "evaluation": evaluation,
        "steps": words.told(evaluation.steps()),
        "decided": evaluation.decided(),
        "facts": facts_of(evaluation),
        "missing": [cell_words.fact_name(name) for name in evaluation.duties.get("missing", [])],
        "review": OutcomeReview.objects.visible_to(me).for_page().filter(recommendation=row).first(),
        "decision": decisions[0] if decisions else None,
        "changed": [one for figures in changed.values() for one in figures],
        "firsts": row.first_choices.select_related("by").order_by("pk"),
        "deciders": User.objects.visible_to(me).filter(pk__in=decisions[0].deciders) if decisions else [],
        "story": Event.objects.visible_to(me).about(row).order_by("pk"),
        "acts": forms_for(row, me),
    }


class RecommendationPage(TemplateView):
    """One piece of advice, from its arrival to its outcome."""

    template_name = "decisions/recommendation.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = seen(advice(self.request), self.kwargs["ref"])
        return super().get_context_data(**kwargs) | page_of(row, person(self.request))


class RecommendationAct(ActView[F]):
    """One of the forms on that page."""

    template_name = "decisions/recommendation.html"
    slot: ClassVar[str]

    def find(self) -> Recommendation:
        return seen(advice(self.request), self.kwargs["ref"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"auto_id": f"{self.slot}_%s"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs) | page_of(self.row, person(self.request))
        context["acts"][self.slot] = context["form"]
        return context

    def here(self) -> str:
        return reverse("recommendation", args=[self.row.ref])


class ChooseFirst(RecommendationAct[FirstChoiceForm]):
    form_class = FirstChoiceForm
    slot = "first"

    def decides(self, form: FirstChoiceForm) -> bool:
        return True

    def act(self, form: FirstChoiceForm) -> str:
        stamp = self.stamp(form)
        del stamp["reason"]  # it is the choice
        services.choose_first(recommendation=self.row, text=form.choice(), **stamp)
        return self.here()


class Decide(RecommendationAct[ChoiceForm]):
    form_class = ChoiceForm
    slot = "decide"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"about": self.row}

    def decides(self, form: ChoiceForm) -> bool:
        return True

    def act(self, form: ChoiceForm) -> str:
        stamp = self.stamp(form)
        del stamp["reason"]  # it is part of the choice
        services.decide(recommendation=self.row, choice=form.choice(), **stamp)
        return self.here()


class SupplyFacts(RecommendationAct[FactsForm]):
    form_class = FactsForm
    slot = "facts"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"about": self.row}

    def act(self, form: FactsForm) -> str:
        services.supply_facts(recommendation=self.row, facts=form.given(), **self.stamp(form))
        return self.here()
