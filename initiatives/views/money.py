"""What an initiative costs and brings back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from initiatives.views.detail import overview_of


@require_safe
def money(request: HttpRequest, ref: str) -> HttpResponse:
    overview = overview_of(request, ref)
    return render(request, "initiatives/money.html", {"overview": overview, "initiative": overview.initiative})
