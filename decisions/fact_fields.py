"""Facts as people type and read them: one field per fact of a domain; what is left open is not known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import get_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from decisions import cell_words
from decisions.rules import Fact, FactType, Value
from initiatives.forms import PLAIN, PercentField
from metrics.tabular import cells
from ownership.forms import DayInput

NOT_KNOWN = ("", _("Not known"))


class Figure(forms.FloatField):
    """A number with the marks of the reader's language: 1,000 or 1.000."""

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        try:
            return cells.number(text, decimal=get_format("DECIMAL_SEPARATOR")) if text else None
        except cells.BadCell:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class Share(PercentField, Figure):
    """A share as 78 or 78%."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(str(value or "").strip().removesuffix("%"))


def field(fact: Fact) -> forms.Field:
    """The control of a fact. Empty is a choice: not known."""
    label: Any = cell_words.fact_name(fact.name)
    if fact.type is FactType.BOOLEAN:
        truths = [("yes", _("Yes")), ("no", _("No")), NOT_KNOWN]
        return forms.ChoiceField(label=label, choices=truths, required=False, widget=forms.RadioSelect)
    if fact.type is FactType.ENUM:
        values = [(value, capfirst(cell_words.value(fact, value))) for value in fact.values]
        return forms.ChoiceField(label=label, choices=[*values, NOT_KNOWN], required=False, widget=forms.RadioSelect)
    if fact.type is FactType.DATE:
        return forms.DateField(label=label, required=False, widget=DayInput())
    widget = forms.TextInput(attrs={**PLAIN.attrs, "placeholder": NOT_KNOWN[1]})
    if fact.type is FactType.RATIO:
        label = _("%(fact)s, in %%") % {"fact": label}
        least, most = (float(Decimal(str(end)) * 100) for end in (fact.minimum, fact.maximum))
        return Share(label=label, min_value=least, max_value=most, widget=widget)
    if fact.type is FactType.MONEY:
        label = _("%(fact)s, in %(currency)s") % {"fact": label, "currency": fact.unit}
    return Figure(
        label=label, min_value=fact.minimum, max_value=fact.maximum, required=False, localize=True, widget=widget
    )


def shown(fact: Fact, value: Value) -> Any:
    """A known value as the field shows it."""
    if fact.type is FactType.BOOLEAN:
        return "yes" if value else "no"
    return value / 100 if fact.type is FactType.MONEY and isinstance(value, int) else value


def posted(fact: Fact, given: Any) -> Any:
    """What was typed, as a tool would post it; null is "not known"."""
    if given in (None, ""):
        return None
    if fact.type is FactType.BOOLEAN:
        return given == "yes"
    if fact.type is FactType.MONEY:
        return {"amount": given, "currency": fact.unit}
    return given.isoformat() if fact.type is FactType.DATE else given
