"""Saying yes to several pieces of advice at once."""

from typing import Any

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from decisions.choice_forms import TogetherForm
from decisions.models import Decision, Evaluation, Recommendation
from decisions.rules import FactSource
from decisions.services.together import AT_ONCE, confirm_together
from decisions.views.recommendations import advice, facts_of
from ownership.pages import ActView, person, seen
from ownership.refusals import Refusal


def weakest(evaluation: Evaluation) -> list[dict[str, Any]]:
    """The facts to doubt: those that nobody knows, then the tool's own word. How sure it is stands beside them."""
    facts = [fact for fact in facts_of(evaluation) if fact["fact"].name != "ai_confidence"]
    unknown = [fact for fact in facts if not fact["is_known"]]
    return unknown + [fact for fact in facts if fact["is_known"] and fact["reading"].source is FactSource.TOOL]


def item(evaluation: Evaluation, ticked: list[str] | None) -> dict[str, Any]:
    """One to tick; before anything was sent each is."""
    row = evaluation.recommendation
    value = f"{row.pk}.{row.version}"
    return {"row": row, "value": value, "is_ticked": ticked is None or value in ticked, "weak": weakest(evaluation)}


class Together(ActView[TogetherForm]):
    """All that one row of the rules left to this person to confirm: each listed and ticked, one reason."""

    form_class = TogetherForm
    template_name = "decisions/together.html"
    row: Recommendation  # any of them

    def find(self) -> Recommendation:
        return seen(advice(self.request), self.kwargs["ref"])

    def decides(self, form: TogetherForm) -> bool:
        return True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        newest = self.row.evaluation()
        me = person(self.request)
        asked = Evaluation.objects.visible_to(me).to_confirm(me).alike(newest)
        alike = list(asked.with_rules().select_related("recommendation")[:AT_ONCE])
        for one in alike:
            one.program = newest.program  # alike: the same rules
        ticked = context["form"]["items"].value() if self.request.method == "POST" else None
        items = [item(one, ticked) for one in alike]
        return context | {"row": self.row, "evaluation": newest, "items": items, "more": asked.count() - len(items)}

    def act(self, form: TogetherForm) -> str:
        versions: dict[int, int] = form.cleaned_data["items"]
        rows = advice(self.request).filter(pk__in=versions)
        answers = confirm_together(seen={row: versions[row.pk] for row in rows}, **self.stamp(form))
        confirmed = sum(isinstance(answer, Decision) for answer in answers.values())
        if confirmed:
            said = ngettext("Confirmed: one recommendation.", "Confirmed: %(n)s recommendations.", confirmed)
            messages.success(self.request, said % {"n": confirmed})
        for row, answer in answers.items():
            if isinstance(answer, Refusal):
                why = _(answer.detail) % answer.params if answer.params else _(answer.detail)
                said = _("Not confirmed: %(ref)s %(title)s. %(why)s")
                messages.warning(self.request, said % {"ref": row.ref, "title": row, "why": why})
        return reverse("inbox")
