"""Forms about files that people bring."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metrics.models import Kpi, Source
from metrics.sources import CONNECTORS
from metrics.tabular import Mapping, Measure, Proposal
from metrics.tabular.mapping import DELIMITERS, ENCODINGS
from metrics.words import DECIMAL_MARKS
from ownership.forms import DayInput, why
from ownership.models import Unit, User

WRITTEN = ("encoding", "delimiter", "decimal", "order", "date", "on", "adds_up")  # how a file is written
FILES = ".csv,.tsv,.txt,.xlsx,.zip,text/csv"
DELIMITER_WORDS = [gettext_lazy("comma"), gettext_lazy("semicolon"), gettext_lazy("tab"), gettext_lazy("bar")]


class UploadForm(forms.Form):
    """A file, and whose figures are in it."""

    file = forms.FileField(
        label=gettext_lazy("CSV, Excel or ZIP file"), widget=forms.ClearableFileInput(attrs={"accept": FILES})
    )
    unit = forms.ModelChoiceField(label=gettext_lazy("Unit"), queryset=Unit.objects.none())
    source = forms.ModelChoiceField(
        label=gettext_lazy("Fills the history of a source"),
        queryset=Source.objects.none(),
        required=False,
        empty_label=gettext_lazy("none: a file of its own"),
    )
    reason = why()

    def __init__(self, *args: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = Source.objects.visible_to(me).filter(kind__in=CONNECTORS).order_by("name", "pk")
        self.fields["unit"].queryset = Unit.objects.visible_to(me).order_by("path")  # type: ignore[attr-defined]  # has one
        self.fields["unit"].initial = me.unit_id
        self.fields["source"].queryset = asked  # type: ignore[attr-defined]  # likewise


class MappingForm(forms.Form):
    """What the columns of a file mean. Figures are offered as the file suggests them; people say which KPI they are."""

    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), choices=[(name, name) for name in ENCODINGS])
    delimiter = forms.ChoiceField(
        label=gettext_lazy("Columns are separated by"), choices=list(zip(DELIMITERS, DELIMITER_WORDS, strict=True))
    )
    decimal = forms.ChoiceField(label=gettext_lazy("Decimal mark"), required=False, choices=DECIMAL_MARKS)
    order = forms.ChoiceField(
        label=gettext_lazy("Dates"),
        required=False,
        choices=[
            ("", gettext_lazy("year first, or months in words")),
            ("dmy", gettext_lazy("day first: 31-1-2026")),
            ("mdy", gettext_lazy("month first: 1/31/2026")),
        ],
    )
    date = forms.ChoiceField(label=gettext_lazy("Column of the date"), required=False)
    on = forms.DateField(label=gettext_lazy("Or the day that all rows are of"), required=False, widget=DayInput())
    adds_up = forms.BooleanField(label=gettext_lazy("Rows of one period are parts of it and add up"), required=False)

    def __init__(self, *args: Any, proposal: Proposal, mapping: Mapping, me: User, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(mapping, name) for name in WRITTEN} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.mapping, self.proposal = mapping, proposal
        columns = [(name, name) for name in proposal.headings if name]
        self.fields["date"].choices = [("", _("no column says it")), *columns]  # type: ignore[attr-defined]  # the field of this form has some
        self.kpis = list(Kpi.objects.visible_to(me).order_by("name", "pk"))
        if mapping.is_long:
            for name, words in LONG_COLUMNS.items():
                self.fields[name] = forms.ChoiceField(
                    label=words, choices=[("", "–"), *columns], required=name != "den", initial=getattr(mapping, name)
                )
            return
        self.measures = _offered(mapping, proposal)
        choices = [("", _("leave out")), *((kpi.ref, kpi.name) for kpi in self.kpis)]
        for place, measure in enumerate(self.measures):
            self.fields[f"m{place}"] = forms.ChoiceField(
                label=_said(measure), choices=choices, required=False, initial=measure.kpi
            )
        for name, words in PAIR.items():
            options = choices if name == "pair_kpi" else [("", "–"), *columns]
            self.fields[name] = forms.ChoiceField(label=words, choices=options, required=False)

    def clean(self) -> dict[str, Any]:
        """The mapping that was chosen, as `mapping`."""
        given = self.cleaned_data
        plain = {name: given.get(name, getattr(self.mapping, name)) for name in WRITTEN}
        plain["on"] = given["on"].isoformat() if given.get("on") and not plain["date"] else ""
        if not plain["date"] and not plain["on"]:
            self.add_error("date", _("Name the column of the date, or the day that all rows are of."))
        if self.mapping.is_long:
            plain |= {name: given.get(name, "") for name in LONG_COLUMNS}
        else:
            plain["measures"] = tuple(self._chosen())
            if not plain["measures"] and not self.errors:
                self.add_error(None, _("Say of at least one column which KPI it is."))
        return {**given, "mapping": Mapping.of(plain)} if not self.errors else given

    def _chosen(self) -> list[Measure]:
        given = self.cleaned_data
        found = [
            replace(measure, kpi=kpi) for place, measure in enumerate(self.measures) if (kpi := given.get(f"m{place}"))
        ]
        if given.get("pair_kpi"):
            if not given.get("pair_num") or not given.get("pair_den"):
                self.add_error("pair_num", _("A ratio needs two columns."))
            found.append(Measure(given["pair_kpi"], given.get("pair_num", ""), given.get("pair_den", "")))
        return found


LONG_COLUMNS = {
    "kpi": gettext_lazy("Column that names the KPI"),
    "num": gettext_lazy("Column of the figure"),
    "den": gettext_lazy("Column of the denominator"),
}
PAIR = {
    "pair_kpi": gettext_lazy("Another ratio of two columns: its KPI"),
    "pair_num": gettext_lazy("The part"),
    "pair_den": gettext_lazy("Of how many"),
}


def _offered(mapping: Mapping, proposal: Proposal) -> list[Measure]:
    """What the mapping has, then what the file suggests besides."""
    chosen = [measure for measure in mapping.measures if measure.kpi]
    known = {replace(measure, kpi="") for measure in chosen}
    return chosen + [measure for measure in proposal.mapping.measures if measure not in known]


COUNTED_WORDS = {
    "yes": gettext_lazy("Share of rows with %(num)s"),
    "things": gettext_lazy("Number of different entries in %(num)s"),
    "sites": gettext_lazy("Number of different sites in %(num)s"),
}


def _said(measure: Measure) -> str:
    if measure.counted:
        return str(COUNTED_WORDS[measure.counted]) % {"num": measure.num}
    if measure.is_mean:
        return _("%(num)s, weighed by %(den)s") % {"num": measure.num, "den": measure.den}
    return _("%(num)s out of %(den)s") % {"num": measure.num, "den": measure.den} if measure.den else measure.num


class ReadForm(MappingForm):
    """The mapping, with the version that was on the screen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = why()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = [name for name in self.fields if name not in {*WRITTEN, "version", "reason"}]
        self.order_fields(["date", "on", *columns, *WRITTEN, "reason"])
