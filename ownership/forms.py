"""Forms about people, seats, tokens and the ledger."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from ownership.models import Unit, User
from ownership.models.seats import KINDS
from ownership.policy import Scope, SeatKind


class LogInForm(AuthenticationForm):
    """E-mail address and password. A deactivated account fails exactly as a wrong password does."""

    error_messages = {
        "invalid_login": _("E-mail address and password do not belong together. Passwords tell upper from lower case."),
        "inactive": _("E-mail address and password do not belong together. Passwords tell upper from lower case."),
    }
    username = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))


class DayInput(forms.DateInput):
    """The browser's own calendar; what it sends is ISO 8601 in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def why(*, required: bool = True) -> forms.CharField:
    """The reason that an act is kept with."""
    words = _("Your reason, kept in the ledger")
    return forms.CharField(label=words, max_length=2000, required=required, widget=forms.Textarea(attrs={"rows": 2}))


class ProposeForm(forms.Form):
    """Ask somebody to take a seat."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.none())
    reason = why()

    def __init__(self, *args: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.visible_to(me).filter(is_active=True).order_by("name", "pk")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]  # the field of this form has one


class AnswerForm(forms.Form):
    """Yes to a seat, with or without a word."""

    reason = why(required=False)


class WhyForm(forms.Form):
    """An act that needs its reason and nothing else."""

    reason = why()


class SeatForm(forms.Form):
    """A new seat. Those of sponsors and owners come with their initiative."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(key, words) for key, words in KINDS if key not in {SeatKind.SPONSOR, SeatKind.OWNER}],
        widget=forms.RadioSelect,
    )
    title = forms.CharField(label=_("What it answers for"), max_length=120)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none())
    reason = why()

    def __init__(self, *args: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Unit.objects.visible_to(me).order_by("path")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]  # the field of this form has one


class TokenForm(forms.Form):
    """A token for oneself."""

    name = forms.CharField(label=_("What will use it"), max_length=80, help_text=_("Power BI, a notebook, a script."))
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=[
            (Scope.READ, _("Read")),
            (Scope.WRITE, _("Write")),
            (Scope.DECIDE, _("Decide, for one day at most")),
        ],
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(label=_("Days until it expires"), min_value=1, max_value=365, initial=90)


class AppearanceForm(forms.Form):
    """How this browser shows Mandate."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
    theme = forms.ChoiceField(
        label=_("Colours"),
        choices=[("system", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect,
    )


class LedgerFilter(forms.Form):
    """Which events to show; everything that is given must match."""

    is_filter = True

    actor = forms.ModelChoiceField(
        label=_("Who"), queryset=User.objects.none(), required=False, empty_label=_("Anybody")
    )
    subject = forms.CharField(
        label=_("About"),
        required=False,
        max_length=24,
        widget=forms.TextInput(attrs={"placeholder": "INI-14"}),
        validators=[RegexValidator(r"^[A-Za-z]{1,3}-\d{1,18}\Z", _("Write it as INI-14."))],
    )
    action = forms.CharField(
        label=_("Kind"), required=False, max_length=60, widget=forms.TextInput(attrs={"placeholder": "gate.approved"})
    )
    on = forms.DateField(label=_("Day"), required=False, widget=DayInput)

    def __init__(self, *args: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].queryset = User.objects.visible_to(me).order_by("name", "pk")  # type: ignore[attr-defined]  # as above
