"""Forms about mentions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metrics.models import Outcome
from metrics.tabular import MAX_BYTES, RowError
from metrics.tabular.addresses import Found, listed, pasted
from metrics.tabular.reading import Unreadable
from metrics.unpacking import is_container, unpack
from metrics.words import ROW_ERROR
from ownership.forms import DayInput, why
from ownership.pages import ReasonForm


class BringForm(forms.Form):
    """Pages that name the brand, pasted or in a file."""

    pasted = forms.CharField(
        label=gettext_lazy("A page per line"),
        help_text=gettext_lazy("Its address; its title and day may stand beside it, as a spreadsheet copies them."),
        required=False,
        max_length=1_000_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file of a tool"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.zip,text/csv"}),
    )
    reason = why()

    def clean(self) -> dict[str, Any]:
        """The pages, as `found`; `kind` says how they came."""
        given = super().clean() or {}
        file = given.get("file")
        found, errors = self._in_file(file.read(MAX_BYTES + 1)) if file else pasted(given.get("pasted", ""))
        for error in errors[:20]:
            said = {"line": error.line, "why": ROW_ERROR[error.code], "value": error.value}
            self.add_error(
                "file" if file else "pasted", _("Line %(line)s: %(why)s") % said + f" {error.value}".rstrip()
            )
        if not found and not errors and not self.errors:
            self.add_error("pasted", _("Paste at least one page, or choose a file."))
        return {**given, "found": found, "kind": "import" if file else "manual"}

    @staticmethod
    def _in_file(data: bytes) -> tuple[list[Found], list[RowError]]:
        try:
            return listed(unpack(data)[1] if is_container(data) else data)
        except Unreadable as broken:
            return [], [broken.error]


class BrandForm(ReasonForm):
    """The name to look for, and the own site."""

    brand = forms.CharField(label=gettext_lazy("Brand, as others write it"), max_length=80)
    site = forms.RegexField(
        r"^[a-z0-9-]+(\.[a-z0-9-]+)+$",
        label=gettext_lazy("Own site"),
        max_length=253,
        help_text=gettext_lazy("Without www., for instance sofa.example"),
    )
    field_order = ["brand", "site", "reason", "version"]


class ContactForm(ReasonForm):
    """When somebody wrote to the site."""

    on = forms.DateField(label=gettext_lazy("Contacted on"), widget=DayInput())
    field_order = ["on", "reason", "version"]


class SettleForm(ReasonForm):
    """What became of it."""

    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), choices=Outcome.choices)
    on = forms.DateField(label=gettext_lazy("On"), widget=DayInput())
    field_order = ["outcome", "on", "reason", "version"]
