"""A flag and its required answer."""

from typing import Any

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _

from decisions.forms import ACKNOWLEDGE, FlagForm
from decisions.models.cases import read_case
from decisions.services import flags
from initiatives.flags import RULES, Asked, FlagKind, Reply
from initiatives.models import Flag, Initiative
from ownership.pages import ActView, person, seen


class FlagPage(ActView[FlagForm]):
    """What is wrong in sentences and facts, one of the agreed answers, and who gets it next."""

    template_name = "decisions/flag.html"
    form_class = FlagForm

    def find(self) -> Flag:
        me = person(self.request)
        initiative = seen(Initiative.objects.visible_to(me), self.kwargs["ref"])
        asked = Flag.objects.visible_to(me).filter(initiative=initiative)
        return seen(asked.select_related("initiative", "addressee__holder"), self.kwargs["flag"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"replies": RULES[FlagKind(self.row.kind)].replies}

    def act(self, form: FlagForm) -> str:
        given = form.cleaned_data
        said: dict[str, Any] = {"flag": self.row, "until": given["until"], **self.stamp(form)}
        if given["reply"] == ACKNOWLEDGE:
            flags.acknowledge_flag(**said)
        else:
            flags.answer_flag(reply=Reply(given["reply"]), **said)
        messages.success(self.request, _("Your answer is kept with the flag."))
        return reverse("flag", args=[self.row.initiative.ref, self.row.ref])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rule = RULES[FlagKind(self.row.kind)]
        return super().get_context_data(**kwargs) | {
            "flag": self.row,
            "may_answer": read_case(self.row.initiative).may_answer(self.row, person(self.request)),
            "initiative": self.row.initiative,
            "next": sorted(rule.asked(self.row.rung + 1), key=list(Asked).index),
            "answers": self.row.answers.select_related("by").order_by("-pk"),
        }
