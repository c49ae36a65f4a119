"""One's own account: offers, tokens, language and colours."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from ownership import clock, services
from ownership.forms import AppearanceForm, TokenForm
from ownership.models import Token
from ownership.pages import ActView, person, seen
from ownership.refusals import Refusal

YEAR = 365 * 24 * 3600  # seconds


class Account(ActView[TokenForm]):
    """The page, and a new token: its text is in the answer to the form that made it and nowhere else."""

    template_name = "ownership/account.html"
    form_class = TokenForm

    def decides(self, form: TokenForm) -> bool:
        return True

    def form_valid(self, form: TokenForm) -> HttpResponse:
        me = person(self.request)
        try:
            token, secret = services.issue_token(user=me, by=me, at=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            return self.refused(form, refusal)
        context = self.get_context_data(form=TokenForm(), token=token, secret=secret)
        return self.render_to_response(context, status=201, headers={"Cache-Control": "no-store"})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        me = person(self.request)
        look = {"language": self.request.LANGUAGE_CODE, "theme": self.request.COOKIES.get("theme", "system")}
        return super().get_context_data(**kwargs) | {
            "now": clock.now(),
            "tokens": Token.objects.visible_to(me),
            "offers": me.appointments.offered_to(me),
            "appearance": AppearanceForm(initial=look, auto_id="look_%s"),
        }


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    me = person(request)
    services.revoke_token(token=seen(Token.objects.visible_to(me), str(pk)), by=me, at=clock.now())
    return HttpResponseRedirect(reverse("account"), status=303)


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Language and colours belong to this browser, so they live in its cookies."""
    form = AppearanceForm(request.POST)
    answer = HttpResponseRedirect(reverse("account"), status=303)
    if form.is_valid():
        for name, value in (
            (settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"]),
            ("theme", form.cleaned_data["theme"]),
        ):
            answer.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    return answer
