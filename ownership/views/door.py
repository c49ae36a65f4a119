"""The door."""

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse

from ownership import clock, presence
from ownership.forms import LogInForm


class LogIn(LoginView):
    """Log-in. Who already is inside is sent on."""

    template_name = "login.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        answer = super().form_valid(form)
        presence.note(self.request, at=clock.now())
        return answer
