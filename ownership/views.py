"""Pages about who answers."""

from django.contrib.auth.views import LoginView

from ownership.forms import LogInForm


class LogIn(LoginView):
    """The door."""

    template_name = "login.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True
