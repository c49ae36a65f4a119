"""The organisation as it is set up, and its ledger."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ownership.forms import LedgerFilter
from ownership.models import Event, Organisation, Unit, User
from ownership.models.ledger import EventQuerySet
from ownership.pages import person
from ownership.spreadsheet import guarded

PAGE = 50  # rows
COLUMNS = ["at", "action", "subject", "actor", "via", "reason", "before", "after", "stream", "seq", "hash"]


@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    """Read only: an admin changes things on the configuration pages."""
    me = person(request)
    accounts = User.objects.visible_to(me).select_related("unit").order_by("name", "pk")
    context = {
        "organisation": Organisation.the(),
        "units": Unit.objects.visible_to(me).select_related("parent").order_by("path"),
        "page": Paginator(accounts, PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "ownership/settings.html", context)


def asked(request: HttpRequest) -> tuple[LedgerFilter, EventQuerySet]:
    """The filter in the query string and the events that match it; a filter that cannot be read matches nothing."""
    me = person(request)
    form = LedgerFilter(request.GET, me=me)
    events = Event.objects.visible_to(me)
    return form, events.matching(**form.cleaned_data) if form.is_valid() else events.none()


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """What one may see of the ledger, the newest first."""
    form, events = asked(request)
    page = Paginator(events, PAGE).get_page(request.GET.get("page"))
    return render(request, "ownership/audit.html", {"form": form, "page": page})


@require_safe
def audit_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same events as a file, however many."""
    _form, events = asked(request)
    writer: Any = csv.writer(Echo())
    lines = (writer.writerow(line) for line in table(events))
    headers = {"Content-Disposition": 'attachment; filename="ledger.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def table(events: EventQuerySet) -> Iterator[list[str]]:
    """The ledger as rows of cells, its head first."""
    yield COLUMNS
    for event in events.iterator(chunk_size=1000):
        body = event.data
        words = [body["at"], event.action, event.ref, str(event.actor or ""), body["via"], str(event.text or "")]
        words += [body.get("before", ""), body.get("after", ""), event.stream, event.seq, bytes(event.hash).hex()]
        yield [guarded(str(word)) for word in words]
