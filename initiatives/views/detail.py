"""The page of an initiative: what, who, worth it, what next, in five seconds; then what that rests on."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from initiatives.models import Initiative
from initiatives.models.overview import Overview, read_overview
from ownership import clock
from ownership.models import Organisation
from ownership.pages import person, seen


def overview_of(request: HttpRequest, ref: str) -> Overview:
    """What one may see of the initiative, today; else 404."""
    row = seen(Initiative.objects.visible_to(person(request)).for_page(), ref)
    return read_overview(row, on=Organisation.the().day(clock.now()))


@require_safe
def initiative(request: HttpRequest, ref: str) -> HttpResponse:
    overview = overview_of(request, ref)
    return render(request, "initiatives/detail.html", {"overview": overview, "initiative": overview.initiative})
