"""Whether the person behind a session was at the keyboard lately: deciding wants to know."""

from datetime import datetime, timedelta
from typing import Final

from django import forms
from django.contrib.auth import authenticate, login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ownership.models import User

FRESH: Final = timedelta(minutes=15)
LOGGED_IN_AT: Final = "logged_in_at"  # in the session
NOT_TYPED: Final = ("csrfmiddlewaretoken", "again")


class AgainForm(forms.Form):
    """The password, once more."""

    again = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


def note(request: HttpRequest, *, at: datetime) -> None:
    """Somebody gave their password."""
    request.session[LOGGED_IN_AT] = at.isoformat()


def is_fresh(request: HttpRequest, *, at: datetime) -> bool:
    logged_in_at = request.session.get(LOGGED_IN_AT)
    return logged_in_at is not None and at - datetime.fromisoformat(logged_in_at) < FRESH


def ask_again(request: HttpRequest, me: User, *, at: datetime) -> HttpResponse | None:
    """The question for the password, with all that was typed; None when the person is known to be there.

    Its answer comes to the same address, so that the act goes on where it was interrupted.
    """
    if is_fresh(request, at=at):
        return None
    form = AgainForm(request.POST if "again" in request.POST else None)
    if form.is_valid():
        if me == authenticate(request, username=me.email, password=form.cleaned_data["again"]):
            login(request, me, backend="django.contrib.auth.backends.ModelBackend")
            note(request, at=at)
            return None
        form.add_error("again", _("This is not your password."))
    kept = [(name, value) for name, values in request.POST.lists() if name not in NOT_TYPED for value in values]
    return render(request, "ownership/again.html", {"form": form, "kept": kept}, status=403)
