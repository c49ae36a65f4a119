"""Forms about sources."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from metrics.models import Kpi
from ownership.forms import DayInput, why
from ownership.models import Unit, User

SERIES = 3  # KPIs that the form offers; the API takes more
SETTINGS = ("url", "format", "rows", "date", "delimiter", "decimal", "auth", "header", "lag_days", "overlap_days")


class HttpSourceForm(forms.Form):
    """An address that answers with CSV or JSON, and what its columns are."""

    name = forms.CharField(label=_("Name"), max_length=120)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none())
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("{start} and {end} stand for the first and the last day that is asked for."),
    )
    format = forms.ChoiceField(label=_("Answers with"), choices=[("csv", "CSV"), ("json", "JSON")])
    rows = forms.CharField(label=_("JSON: path of the list"), initial="@", max_length=200)
    date = forms.CharField(label=_("Column of the date"), initial="date", max_length=200)
    delimiter = forms.ChoiceField(
        label=_("CSV: columns are separated by"),
        choices=[(",", _("comma")), (";", _("semicolon")), ("\t", _("tab")), ("|", _("bar"))],
    )
    decimal = forms.ChoiceField(label=_("CSV: decimal mark"), choices=[(".", _("point")), (",", _("comma"))])
    auth = forms.ChoiceField(
        label=_("Shows its secret as"),
        choices=[
            ("none", _("none needed")),
            ("bearer", _("bearer token")),
            ("basic", _("user:password")),
            ("header", _("a header")),
        ],
    )
    header = forms.CharField(label=_("Name of that header"), required=False, max_length=100)
    secret_ref = forms.RegexField(
        r"^(env|file):[A-Z0-9_]{1,60}$",
        label=_("Where the secret is"),
        required=False,
        help_text=_("env:SHOP names the variable MANDATE_SECRET_SHOP. The secret itself is never typed here."),
    )
    lag_days = forms.IntegerField(label=_("Days until a day is known"), initial=0, min_value=0, max_value=60)
    overlap_days = forms.IntegerField(label=_("Last days that may still change"), initial=3, min_value=0, max_value=92)
    since = forms.DateField(label=_("First day to ask for"), required=False, widget=DayInput())
    reason = why()

    def __init__(self, *args: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.visible_to(me).order_by("path")  # type: ignore[attr-defined]  # has one
        reason = self.fields.pop("reason")
        for place in range(1, SERIES + 1):
            kpis = Kpi.objects.visible_to(me).order_by("name", "pk")
            self.fields[f"kpi{place}"] = forms.ModelChoiceField(
                label=_("KPI %(n)s") % {"n": place}, queryset=kpis, required=place == 1
            )
            self.fields[f"num{place}"] = forms.CharField(label=_("its column"), max_length=200, required=place == 1)
            self.fields[f"den{place}"] = forms.CharField(
                label=_("its denominator's column"), max_length=200, required=False
            )
        self.fields["reason"] = reason

    def config(self) -> dict[str, Any]:
        """The configuration of the source."""
        given = self.cleaned_data
        since = {"since": given["since"].isoformat()} if given["since"] else {}
        return {name: given[name] for name in SETTINGS} | since

    def series(self) -> list[tuple[Kpi, dict[str, Any]]]:
        """KPIs with their questions."""
        given = self.cleaned_data
        found = []
        for place in range(1, SERIES + 1):
            if given[f"kpi{place}"]:
                query = {"num": given[f"num{place}"], "den": given[f"den{place}"]}
                found.append((given[f"kpi{place}"], {name: text for name, text in query.items() if text}))
        return found
