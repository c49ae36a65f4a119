"""Pages about files: upload, mapping, dry run, and the last step."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from metrics import tabular
from metrics.forms.files import ReadForm, UploadForm
from metrics.models import Import, Kpi
from metrics.services import files
from metrics.tabular import Mapping
from metrics.words import PRESET, ROW_ERROR
from ownership import clock
from ownership.models import Organisation, User
from ownership.pages import ActView, ReasonForm, person, seen
from ownership.spreadsheet import guarded

F = TypeVar("F", bound=forms.Form)
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
    given = reading(row, me)
    return {
        "row": row,
        "found": found,
        "proposal": given["proposal"],
        "preset": PRESET.get(given["proposal"].preset, ""),
        "read": ReadForm(initial={"version": row.version}, **given),
        "store": ReasonForm(initial={"version": row.version}, auto_id="store_%s"),
    }


def errors_csv(request: HttpRequest, ref: str) -> HttpResponse:
    """The rows as they came, with one column more that says what is wrong: ready to correct and upload."""
    row = find(request, ref)
    mapping = Mapping.of(row.mapping)
    said: dict[int, list[str]] = {}
    for error in files.errors(row=row, mapping=mapping, by=person(request), today=today()):
        said.setdefault(error.line, []).append(f"{error.column}: {ROW_ERROR[error.code]}".removeprefix(": "))
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=mapping.delimiter)
    lines = tabular.lines(bytes(row.file), mapping.encoding, mapping.delimiter)
    _line, headings = next(lines)
    width = len(headings) - (headings[-1] == ERRORS)  # of a file that comes back for the second time
    writer.writerow([*map(guarded, headings[:width]), ERRORS])
    for line, cells in lines:
        writer.writerow([*map(guarded, cells[:width]), " ".join(said.get(line, []))])
    answer = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{row.ref}-errors.csv"'
    return answer
