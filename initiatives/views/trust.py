"""Were we right? What was said of pilots that have ended, and what a lead makes of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from initiatives import calibration, drawings
from initiatives.models.trust import PARTS, read_lesson, read_record
from initiatives.services import learning
from initiatives.words import POLICY, STORY_BAR
from metrics.catalogue import CATALOGUE
from metrics.forms.kpis import type_name
from ownership import clock, services
from ownership.models import Organisation
from ownership.models.people import ALARM_POLICIES
from ownership.pages import ActView, person
from ownership.policy import Role


class TrustForm(forms.Form):
    """What a lead may do here: learn from ended pilots, forget it again, or move the price of a false alarm."""

    act = forms.ChoiceField(choices=[("learn", ""), ("forget", ""), *((policy, "") for policy in calibration.PRICE)])
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class TrustPage(ActView[TrustForm]):
    template_name = "initiatives/trust.html"
    form_class = TrustForm

    def find(self) -> Organisation:
        return Organisation.the()

    def act(self, form: TrustForm) -> str:
        act, stamp = form.cleaned_data["act"], self.stamp(form)
        if act in calibration.PRICE:
            services.set_alarm_policy(to=act, **stamp)
            messages.success(self.request, _("Kept. It holds for what is drafted from now on."))
        else:
            del stamp["expected_version"]
            learning.publish_priors(learned=act == "learn", **stamp)
            messages.success(self.request, _("Published. Verdicts use it from now on."))
        return reverse("trust")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        me, at = person(self.request), clock.now()
        part = self.request.GET.get("at", "")
        part = part if part in PARTS else "half"
        record = read_record(me, part=part, kpi_type=self.request.GET.get("kpi", ""))
        lesson = read_lesson(at=at)
        pilots, red, works = calibration.NOTHING_DONE
        return super().get_context_data(**kwargs) | {
            "record": record,
            "part": part,
            "chart": drawings.calibrated(record),
            "kpi_types": [(key, type_name(CATALOGUE[key])) for key in record.kpi_types],
            "lesson": lesson,
            "stories": [(STORY_BAR[name][0], *priors) for name, *priors in lesson.by_story()],
            "days_left": lesson.days_left(at),
            "rules": calibration,
            "policies": [(key, POLICY[key], *price) for key, price in calibration.PRICE.items()],
            "others": [(key, name) for key, name in ALARM_POLICIES if key != self.row.alarm_policy],
            "organisation": self.row,
            "nothing_done": {"pilots": pilots, "red": red, "works": works},
            "may_lead": me.role == Role.LEAD,
        }
