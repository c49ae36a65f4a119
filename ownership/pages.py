"""The frame of every page on which something is done: a form, one domain call, then 303 or the refusal beside it."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from django import forms
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from ownership import clock, presence
from ownership.models import User
from ownership.refusals import Refusal, Stale

M = TypeVar("M", bound=models.Model)
F = TypeVar("F", bound=forms.Form)


def person(request: HttpRequest) -> User:
    """Who is logged in. Pages are behind the log-in; anything else is a bug."""
    if not isinstance(request.user, User):
        raise TypeError("This page is open to people who are not logged in.")
    return request.user


def seen(visible: models.QuerySet[M], ref: str) -> M:
    """The row that `14` or `INI-14` names among those that `visible_to` gave; else 404."""
    prefix, _dash, number = ref.rpartition("-")
    is_of_another_kind = prefix and prefix.upper() != getattr(visible.model, "prefix", "")
    if is_of_another_kind or not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise Http404
    row = visible.filter(pk=int(number)).first()
    if row is None:
        raise Http404
    return row


class ReasonForm(forms.Form):
    """An act on something that exists: why, and which version was on the screen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class ActView(FormView[F], Generic[F]):
    """Subclasses name a form and a template and write `act`: one domain call, then the next address."""

    row: Any = None  # the governed row in question, set by `find`

    def find(self) -> Any:
        """The row that this page is about; None for something new."""
        return None

    def act(self, form: F) -> str:
        raise NotImplementedError

    def decides(self, form: F) -> bool:
        """Whether this needs somebody who gave their password in the last quarter of an hour."""
        return False

    def stamp(self, form: F) -> dict[str, Any]:
        """Who, when, why and, for a change, the version that was shown."""
        reason = form.cleaned_data.get("reason", "")
        stamp: dict[str, Any] = {"by": person(self.request), "at": clock.now(), "reason": reason}
        if "version" in form.cleaned_data:
            stamp["expected_version"] = form.cleaned_data["version"]
        return stamp

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.row = self.find()
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        version = getattr(self.row, "version", None)
        return super().get_initial() | ({"version": version} if version else {})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form()
        if not form.is_valid():
            return self.form_invalid(form)
        question = presence.ask_again(request, person(request), at=clock.now()) if self.decides(form) else None
        return question or self.form_valid(form)

    def form_valid(self, form: F) -> HttpResponse:
        try:
            return HttpResponseRedirect(self.act(form), status=303)
        except Refusal as refusal:
            return self.refused(form, refusal)

    def form_invalid(self, form: F) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def refused(self, form: F, refusal: Refusal) -> HttpResponse:
        """The same page with the refusal on top; everything typed stays, the form now carries the newest version."""
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.words(_))
        if isinstance(refusal, Stale) and "version" in form.fields:
            self.row = self.find()
            kept = self.request.POST.copy()
            kept["version"] = str(self.row.version)
            form.data = kept
        context = self.get_context_data(form=form, refusal=refusal)
        return self.render_to_response(context, status=refusal.status)
