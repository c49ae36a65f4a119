"""Forms about KPIs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from metrics.catalogue import CATALOGUE, MetricClass, MetricType
from ownership.forms import why
from ownership.models import Seat, Unit, User
from ownership.policy import SeatKind

CLASSES = [
    (_("Results"), {MetricClass.OUTCOME, MetricClass.SCOPED}),
    (_("Early signs"), {MetricClass.LEADING}),
    (_("Must not fall"), {MetricClass.GUARDRAIL}),
    (_("Use by people"), {MetricClass.ADOPTION}),
    (_("Activity, does not count as a result"), {MetricClass.OUTPUT}),
]


def type_choices() -> list[tuple[Any, list[tuple[str, str]]]]:
    """The catalogue in the reader's language, by what a type may prove."""
    return [
        (said, [(row.key, type_name(row)) for row in CATALOGUE.values() if row.metric_class in classes])
        for said, classes in CLASSES
    ]


def type_name(row: MetricType) -> str:
    return row.dutch if (get_language() or "en").startswith("nl") else row.english


class KpiForm(forms.Form):
    """A figure that is measured the same way every time."""

    type = forms.ChoiceField(label=_("What it measures"), choices=type_choices)
    name = forms.CharField(label=_("Name"), max_length=120)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none())
    grain = forms.ChoiceField(
        label=_("Stored per"), choices=[("week", _("week")), ("day", _("day")), ("month", _("month"))]
    )
    steward = forms.ModelChoiceField(label=_("Data steward"), queryset=Seat.objects.none(), required=False)
    reason = why()

    def __init__(self, *args: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Unit.objects.visible_to(me).order_by("path")
        seats = Seat.objects.visible_to(me).filter(kind=SeatKind.STEWARD).order_by("title", "pk")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]  # the field of this form has one
        self.fields["unit"].initial = me.unit_id
        self.fields["steward"].queryset = seats  # type: ignore[attr-defined]  # likewise
