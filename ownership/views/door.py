"""The door."""

from django.contrib.auth.views import LoginView

from ownership.forms import LogInForm


class LogIn(LoginView):
    """Log-in. Who already is inside is sent on."""

    template_name = "login.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True
