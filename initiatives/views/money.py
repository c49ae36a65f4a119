"""What an initiative costs and brings back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from initiatives import drawings
from initiatives.views.detail import overview_of


@require_safe
def money(request: HttpRequest, ref: str) -> HttpResponse:
    """Returns with their ranges, what they rest on, and where the money went."""
    overview = overview_of(request, ref)
    booked = list(overview.initiative.costs.order_by("on", "pk").values_list("on", "amount"))
    context = {
        "overview": overview,
        "initiative": overview.initiative,
        "chart": drawings.money(overview, booked),
        "valued": [line for line in overview.lines if line.target.value_likely is not None],
    }
    return render(request, "initiatives/money.html", context)
