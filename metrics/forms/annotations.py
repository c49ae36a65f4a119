"""Forms about annotations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from metrics.models import AnnotationKind, Kpi
from ownership.forms import DayInput
from ownership.models import Unit, User
from ownership.pages import ReasonForm


class WhatForm(forms.Form):
    """What happened, from when to when."""

    kind = forms.ChoiceField(label=_("What it was"), choices=AnnotationKind.choices)
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("As charts call it, for instance “June core update”.")
    )
    starts_on = forms.DateField(label=_("From"), widget=DayInput())
    last_on = forms.DateField(label=_("To"), widget=DayInput(), help_text=_("The last day that belongs to it."))
    is_freeze = forms.BooleanField(
        label=_("Nothing should change meanwhile"),
        help_text=_("AI recommendations of these days are confirmed by people where the rules say so."),
        required=False,
    )
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class AnnotateForm(WhatForm):
    """Something new, in a unit and all below it, or for one KPI."""

    unit = forms.ModelChoiceField(
        label=_("Unit"), queryset=Unit.objects.none(), help_text=_("It holds for all below it too.")
    )
    kpi = forms.ModelChoiceField(
        label=_("Only for one KPI"), queryset=Kpi.objects.none(), required=False, empty_label=_("for all of the unit")
    )
    field_order = ["kind", "name", "starts_on", "last_on", "unit", "kpi", "is_freeze", "note"]

    def __init__(self, *args: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.visible_to(me).order_by("path")  # type: ignore[attr-defined]  # the field of this form has one
        self.fields["unit"].initial = me.unit_id
        self.fields["kpi"].queryset = Kpi.objects.visible_to(me).order_by("name", "pk")  # type: ignore[attr-defined]  # likewise


class ChangeForm(WhatForm, ReasonForm):
    """The same, corrected."""

    field_order = ["kind", "name", "starts_on", "last_on", "is_freeze", "note", "reason", "version"]

    def what(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in {"reason", "version"}}
