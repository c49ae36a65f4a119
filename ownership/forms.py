"""Forms about people and seats."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class LogInForm(AuthenticationForm):
    """E-mail address and password. A deactivated account fails exactly as a wrong password does."""

    error_messages = {
        "invalid_login": _("E-mail address and password do not belong together. Passwords tell upper from lower case."),
        "inactive": _("E-mail address and password do not belong together. Passwords tell upper from lower case."),
    }
    username = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))
