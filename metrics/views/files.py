"""Pages about files: upload, mapping, dry run, and the last step."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from metrics import tabular
from metrics.catalogue import Grain
from metrics.forms.files import ReadForm, UploadForm
from metrics.models import Import, Kpi, Snapshot
from metrics.periods import last_closed, period_end
from metrics.services import files
from metrics.tabular import Mapping, Unreadable
from metrics.words import PRESET, ROW_ERROR
from ownership import clock
from ownership.models import Organisation, User
from ownership.pages import ActView, ReasonForm, person, seen
from ownership.spreadsheet import guarded

F = TypeVar("F", bound=forms.Form)
DRAWN_KPIS, DRAWN = 8, 60  # KPIs, and periods of each
ERRORS = "error"  # the heading of the column that the error file has more


class Imports(ActView[UploadForm]):
    """All files so far, and the form for another one."""

    template_name = "metrics/imports.html"
    form_class = UploadForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"me": person(self.request)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = Import.objects.visible_to(person(self.request)).for_list()[:50]
        return super().get_context_data(**kwargs) | {"imports": rows}

    def act(self, form: UploadForm) -> str:
        given = form.cleaned_data
        row = files.upload(
            into=given["source"] or given["unit"],
            file_name=given["file"].name,
            data=given["file"].read(tabular.MAX_BYTES + 1),
            **self.stamp(form),
        )
        return reverse("import", args=[row.ref])


def find(request: HttpRequest, ref: str) -> Import:
    return seen(Import.objects.visible_to(person(request)).select_related("source", "uploaded_by"), ref)


class Page(TemplateView):
    """One file: its mapping, what it would do, and the two steps."""

    template_name = "metrics/import.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = find(self.request, self.kwargs["ref"])
        return super().get_context_data(**kwargs) | page_of(row, person(self.request))


class Step(ActView[F]):
    """One of the forms on that page; refused, the page comes back with it as it was filled in."""

    template_name = "metrics/import.html"
    slot: ClassVar[str]

    def find(self) -> Import:
        return find(self.request, self.kwargs["ref"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | page_of(self.row, person(self.request)) | {self.slot: context["form"]}

    def here(self) -> str:
        return reverse("import", args=[self.row.ref])


class Read(Step[ReadForm]):
    """Read the file as a trial."""

    form_class, slot = ReadForm, "read"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | reading(self.row, person(self.request))

    def act(self, form: ReadForm) -> str:
        files.read(row=self.row, mapping=form.cleaned_data["mapping"], today=today(), **self.stamp(form))
        return self.here()


class Store(Step[ReasonForm]):
    """Store what was read."""

    form_class, slot = ReasonForm, "store"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"auto_id": "store_%s"}

    def act(self, form: ReasonForm) -> str:
        stored = files.store(row=self.row, today=today(), **self.stamp(form))
        if stored.pk != self.row.pk:
            messages.info(self.request, _("This file was stored before, with the same mapping: here it is."))
        return reverse("import", args=[stored.ref])


def today() -> date:
    return clock.today(Organisation.the().zone)


def reading(row: Import, me: User) -> dict[str, Any]:
    """What the form of the mapping is made from."""
    return {"proposal": tabular.propose(bytes(row.file)), "mapping": Mapping.of(row.mapping), "me": me}


def page_of(row: Import, me: User) -> dict[str, Any]:
    """All that the page of an import shows, with its forms still empty."""
    found = row.dry_run
    names = dict(Kpi.objects.visible_to(me).values_list("pk", "name"))
    for error in found.get("errors", []):
        error["why"] = ROW_ERROR[error["code"]]
    for revision in found.get("revisions", []):
        revision["kpi_name"] = names.get(revision["kpi"], "")
    drawn = drawings(row, found.get("coverage", []), me)
    for about in found.get("coverage", []):
        about["kpi_name"] = names.get(about["kpi"], "")
        about["drawn"] = drawn.get(about["kpi"])
        about["gaps"] = [(date.fromisoformat(a), date.fromisoformat(b) - timedelta(days=1)) for a, b in about["gaps"]]
        about |= {end: date.fromisoformat(about[end]) for end in ("first", "last")}
    given = reading(row, me)
    return {
        "row": row,
        "found": found,
        "proposal": given["proposal"],
        "preset": PRESET.get(given["proposal"].preset, ""),
        "read": ReadForm(initial={"version": row.version}, **given),
        "store": ReasonForm(initial={"version": row.version}, auto_id="store_%s"),
    }


def readable(data: bytes, mapping: Mapping) -> Iterator[tuple[int, list[str]]]:
    """The rows of the file, as far as it can be read this way."""
    with suppress(Unreadable):
        yield from tabular.lines(data, mapping.encoding, mapping.delimiter)


def drawings(row: Import, coverage: list[dict[str, Any]], me: User) -> dict[int, list[float | None]]:
    """Of a stored file the newest values of each KPI, a gap where one is missing."""
    if row.state != "stored":
        return {}
    found: dict[int, list[float | None]] = {}
    last = {about["kpi"]: date.fromisoformat(about["last"]) for about in coverage[:DRAWN_KPIS]}
    grains = dict(Kpi.objects.visible_to(me).filter(pk__in=last).values_list("pk", "grain"))
    for kpi, grain in grains.items():
        newest = last[kpi]
        starts = last_closed(period_end(newest, Grain(grain)), Grain(grain), count=DRAWN)
        known = Snapshot.objects.visible_to(me).filter(kpi=kpi, source=row.source, period_start__gte=starts[0])
        values = dict(known.values_list("period_start", "value"))
        found[kpi] = [values.get(start) for start in starts if start >= min(values, default=newest)]
    return found


def errors_csv(request: HttpRequest, ref: str) -> HttpResponse:
    """The rows as they came, with one column more that says what is wrong: ready to correct and upload."""
    row = find(request, ref)
    mapping = Mapping.of(row.mapping)
    said: dict[int, list[str]] = {}
    for error in files.errors(row=row, mapping=mapping, by=person(request), today=today()):
        said.setdefault(error.line, []).append(f"{error.column}: {ROW_ERROR[error.code]}".removeprefix(": "))
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=mapping.delimiter)
    data = bytes(row.file)
    lines = list(readable(data, mapping)) or list(readable(data, tabular.propose(data).mapping))
    _line, headings = lines.pop(0)
    width = len(headings) - (headings[-1] == ERRORS)  # of a file that comes back for the second time
    writer.writerow([*map(guarded, headings[:width]), ERRORS])
    for line, cells in lines:
        writer.writerow([*map(guarded, cells[:width]), " ".join(said.get(line, []))])
    answer = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{row.ref}-errors.csv"'
    return answer
