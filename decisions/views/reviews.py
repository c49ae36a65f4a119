"""How a piece of advice turned out."""

from typing import Any

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _

from decisions.choice_forms import OutcomeForm
from decisions.models import OutcomeReview
from decisions.services import reviews as services
from ownership import clock
from ownership.models import Organisation, User
from ownership.pages import ActView, person, seen


class ReviewPage(ActView[OutcomeForm]):
    """What was advised, decided and expected, what is measured, and the form for whoever is asked."""

    template_name = "decisions/review.html"
    form_class = OutcomeForm

    def find(self) -> OutcomeReview:
        return seen(OutcomeReview.objects.visible_to(person(self.request)).for_page(), self.kwargs["ref"])

    def decides(self, form: OutcomeForm) -> bool:
        return True

    def act(self, form: OutcomeForm) -> str:
        given = {name: form.cleaned_data[name] for name in ("result", "process")}
        services.settle_review(review=self.row, **given, **self.stamp(form))
        messages.success(self.request, _("Kept. It counts in what the AI may decide."))
        return reverse("review", args=[self.row.ref])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        me, review = person(self.request), self.row
        is_open = not review.result
        today = clock.today(Organisation.the().zone)
        return super().get_context_data(**kwargs) | {
            "review": review,
            "row": review.recommendation,
            "decision": review.decision,
            "deciders": User.objects.visible_to(me).filter(pk__in=review.decision.deciders) if review.decision else [],
            "verdict": review.measured(),
            "proposed": review.proposes() if is_open else "",
            "is_asked": is_open and review.is_for(me) and today >= review.agreed_on,
        }
