"""What opened a breaker, and the form by which its sponsor closes it."""

from typing import Any

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _

from decisions.models import Breaker, Setting
from decisions.services import breakers as services
from ownership import clock
from ownership.models import Event
from ownership.pages import ActView, ReasonForm, person, seen

SHOWN = 20  # recommendations


class BreakerPage(ActView[ReasonForm]):
    """What happened, what waits since, and who ends it."""

    template_name = "decisions/breaker.html"
    form_class = ReasonForm

    def find(self) -> Breaker:
        return seen(Breaker.objects.visible_to(person(self.request)).for_page(), self.kwargs["ref"])

    def decides(self, form: ReasonForm) -> bool:
        return True

    def act(self, form: ReasonForm) -> str:
        services.rearm(breaker=self.row, **self.stamp(form))
        messages.success(self.request, _("Armed. The rules in force count again."))
        return reverse("breaker", args=[self.row.ref])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        me, breaker = person(self.request), self.row
        return super().get_context_data(**kwargs) | {
            "breaker": breaker,
            "is_asked": breaker.is_open and breaker.is_for(me),
            "unsettled": breaker.unsettled(Setting(breaker.domain, breaker.initiative, clock.now())),
            "recalled": breaker.recalled()[:SHOWN],
            "story": Event.objects.visible_to(me).about(breaker).order_by("pk"),
        }
