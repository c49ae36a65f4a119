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
    organisation = Organisation.the()
    return read_overview(row, on=organisation.day(clock.now()), organisation=organisation)


@require_safe
def initiative(request: HttpRequest, ref: str) -> HttpResponse:
    """Everything at a glance."""
    overview = overview_of(request, ref)
    return render(request, "initiatives/detail.html", {"overview": overview, "initiative": overview.initiative})


@require_safe
def metrics(request: HttpRequest, ref: str) -> HttpResponse:
    """Each of its KPIs, week by week."""
    overview = overview_of(request, ref)
    return render(request, "initiatives/metrics.html", {"overview": overview, "initiative": overview.initiative})
