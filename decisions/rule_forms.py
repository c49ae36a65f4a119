"""Forms about rules."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from decisions import fact_fields, rules, words
from decisions.models import Domain, RuleSetVersion
from decisions.row_forms import RowForm, RowFormSet, conditions
from initiatives.models import Initiative
from ownership.forms import DayInput, why
from ownership.models import User


class RulesForm(forms.Form):
    """A draft: its policy, its last day, why it changes, and its rows."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    hit_policy = forms.ChoiceField(
        label=_("If several rows fit"),
        choices=[
            ("restrictive", _("the strictest decides")),
            ("first", _("the first decides")),
            ("unique", _("cannot happen: only one ever fits")),
        ],
        widget=forms.RadioSelect,
    )
    review_by = forms.DateField(label=_("In force until, at most"), required=False, widget=DayInput())
    is_shadow = forms.BooleanField(label=_("In shadow: people decide while the evidence grows"), required=False)
    reason = why()

    def __init__(self, *args: Any, draft: RuleSetVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schema, domain = draft.rule_set.schema(), draft.rule_set.domain
        columns = {name for row in draft.table for name in row.get("when", {})}
        columns |= {fact["name"] for fact in domain.fact_schema} if domain else set()
        self.rows = RowFormSet(
            self.data if self.is_bound else None,
            prefix="row",
            initial=[RowForm.values_of(row, schema) for row in draft.table],
            form_kwargs={"schema": schema, "conditions": conditions(schema), "columns": columns},
        )

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.rows.is_valid()])

    @property
    def has_faults(self) -> bool:
        return bool(self.errors) or any(self.rows.errors)

    def table(self) -> list[dict[str, Any]]:
        return [form.cleaned_data["row"] for form in self.rows if form.cleaned_data.get("row")]


_NOT_THE_FLOOR = _("Not for the floor, which holds for all of them.")


class NewRulesForm(forms.Form):
    """Begin a draft: for a domain and an initiative, or of the floor."""

    layer = forms.ChoiceField(
        label=_("What"),
        choices=[
            ("table", _("rules for an initiative")),
            ("exception", _("an exception of some weeks")),
            ("floor", _("the floor of the organisation")),
        ],
        widget=forms.RadioSelect,
        initial="table",
    )
    initiative = forms.ModelChoiceField(
        label=_("Initiative"), queryset=Initiative.objects.none(), required=False, help_text=_NOT_THE_FLOOR
    )
    domain = forms.ModelChoiceField(
        label=_("Domain"), queryset=Domain.objects.none(), required=False, help_text=_NOT_THE_FLOOR
    )
    reason = why()

    def __init__(self, *args: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        initiatives = Initiative.objects.visible_to(me).order_by("title", "pk")
        self.fields["initiative"].queryset = initiatives  # type: ignore[attr-defined]  # the field has one
        self.fields["domain"].queryset = Domain.objects.visible_to(me).order_by("name", "pk")  # type: ignore[attr-defined]  # likewise


class RulesFileForm(forms.Form):
    """Rows that come as a file."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".dmn,.xml,.xlsx,.csv"}),
        help_text=_(
            "DMN 1.1 to 1.5 with one decision table, or a workbook or CSV as saved here. It replaces all rows."
        ),
    )
    reason = why()


class PublishForm(forms.Form):
    """The signature on exactly the text that was shown."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = why()


class TryForm(forms.Form):
    """A made-up case. `asked` are the facts that the rules look at; the floor looks at some of the others."""

    is_filter = True

    def __init__(
        self, *args: Any, schema: rules.Schema, asked: Collection[str], known: rules.Readings, at: datetime, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.schema, self.known, self.at = schema, known, at
        settled = {"domain"} & set(known)  # where the rules are one domain's
        self.facts = [fact for fact in schema.values() if fact.name not in settled]
        self.asked = [fact.name for fact in self.facts if fact.name in asked or fact.required]
        for fact in self.facts:
            self.fields[fact.name] = fact_fields.field(fact)
            if fact.name in known:
                self.initial[fact.name] = fact_fields.shown(fact, known[fact.name].value)

    def asked_fields(self) -> list[BoundField]:
        return [self[name] for name in self.asked]

    def other_fields(self) -> list[BoundField]:
        return [self[fact.name] for fact in self.facts if fact.name not in self.asked]

    def clean(self) -> dict[str, Any]:
        given = {fact.name: self.cleaned_data.get(fact.name) for fact in self.facts}
        posted = {fact.name: fact_fields.posted(fact, given[fact.name]) for fact in self.facts}
        try:
            readings = rules.read_posted(posted, self.schema, sources=set(rules.FactSource), at=self.at)
        except rules.Wrong as wrong:
            for fault in wrong.faults:
                self.add_error(fault.field.removeprefix("facts."), words.fault(fault))
        else:
            settled = {name: reading for name, reading in self.known.items() if name not in given}
            self.cleaned_data["readings"] = {**settled, **readings}
        return self.cleaned_data


class OtherVersionForm(forms.Form):
    """With which version of the same set to compare."""

    is_filter = True

    other = forms.ModelChoiceField(
        label=_("Compare with"), queryset=RuleSetVersion.objects.none(), empty_label=None, to_field_name="number"
    )

    def __init__(self, *args: Any, others: QuerySet[RuleSetVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = others  # type: ignore[attr-defined]  # the field has one
