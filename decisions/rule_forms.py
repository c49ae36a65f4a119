"""Forms about rules: a plain one, a block per row. What the fields mean is judged where the table is read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.forms import BoundField
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from decisions import fact_fields, rule_words, rules, words
from decisions.models import Domain, RuleSetVersion
from decisions.models.rules import AUTHORITIES
from decisions.rules import notation
from decisions.rules.then import CAPS
from initiatives.models import Initiative
from ownership.forms import DayInput, why
from ownership.models import User

TIMEOUTS = [("", "–"), *rule_words.TIMEOUTS.items()]
SPARE = 1  # empty blocks at the end, to add a row


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


class RowForm(forms.Form):
    """One row: its conditions as lines, its answer and the duties that come with it."""

    code = forms.CharField(label=_("Code"), max_length=8)
    when = forms.CharField(
        label=_("If"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One condition a line, such as “clicks_28d >= 1000”. No line: always."),
    )
    authority = forms.ChoiceField(label=_("Then"), choices=[("", "–"), *AUTHORITIES])
    because = forms.CharField(label=_("Because"), max_length=300)
    decider = forms.CharField(label=_("Deciding seat"), max_length=80, required=False)
    second = forms.CharField(label=_("Second seat, where two people agree"), max_length=80, required=False)
    sla = forms.IntegerField(label=_("Days to answer"), required=False)
    on_timeout = forms.ChoiceField(label=_("If nobody answers"), choices=TIMEOUTS, required=False)
    sample = forms.FloatField(label=_("Share that waits for a person, 0 to 1"), required=False)
    revert = forms.IntegerField(label=_("Days in which it can be undone"), required=False)
    canary_share = forms.FloatField(label=_("Share of pages in the test, 0 to 1"), required=False)
    canary_days = forms.IntegerField(label=_("Days of the test"), required=False)
    guardrails = forms.CharField(label=_("Guardrails, by KPI type"), max_length=400, required=False)
    evidence = forms.CharField(label=_("Evidence to attach"), max_length=400, required=False)
    caps = forms.CharField(
        label=_("Caps"),
        max_length=200,
        required=False,
        help_text=format_lazy(_("Such as changes_per_day = 15. Known: {known}."), known=", ".join(CAPS)),
    )
    review_by = forms.DateField(label=_("Row ends on"), required=False, widget=DayInput())
    remove = forms.BooleanField(label=_("Remove this row"), required=False)

    duties: ClassVar[list[str]] = [
        *("second", "sla", "on_timeout", "sample", "revert", "canary_share", "canary_days", "guardrails", "evidence"),
        *("caps", "review_by"),
    ]

    @classmethod
    def values_of(cls, row: dict[str, Any]) -> dict[str, Any]:
        """What the form of a stored row shows."""
        then: dict[str, Any] = row["then"]
        return then | {
            "code": row["code"],
            "when": notation.write(row.get("when", {})),
            "canary_share": then.get("canary", {}).get("share"),
            "canary_days": then.get("canary", {}).get("days"),
            "guardrails": ", ".join(then.get("guardrails", [])),
            "evidence": ", ".join(then.get("evidence", [])),
            "caps": ", ".join(f"{name} = {most}" for name, most in then.get("caps", {}).items()),
        }

    def clean_when(self) -> dict[str, Any]:
        try:
            return notation.read(self.cleaned_data["when"])
        except rules.Wrong as wrong:
            raise forms.ValidationError([words.fault(fault) for fault in wrong.faults]) from wrong

    def clean_caps(self) -> dict[str, Any]:
        try:
            read = notation.read("\n".join(_names(self.cleaned_data["caps"])))
        except rules.Wrong as wrong:
            raise forms.ValidationError([words.fault(fault) for fault in wrong.faults]) from wrong
        return {name: cell.get("eq") for name, cell in read.items()}

    def row(self) -> dict[str, Any] | None:
        """The row as JSON; None for a block that was left empty or is to go."""
        given = self.cleaned_data
        if not given or given["remove"]:
            return None
        then = {name: given[name] for name in ("authority", "because", "decider", "second", "sla", "on_timeout")}
        then |= {"sample": given["sample"], "revert": given["revert"], "caps": given["caps"]}
        if given["canary_share"] is not None or given["canary_days"] is not None:
            then["canary"] = {"share": given["canary_share"], "days": given["canary_days"]}
        then |= {"guardrails": _names(given["guardrails"]), "evidence": _names(given["evidence"])}
        then["review_by"] = given["review_by"].isoformat() if given["review_by"] else None
        kept = {name: value for name, value in then.items() if value not in (None, "", [], {})}
        return {"code": given["code"], "when": given["when"], "then": kept}


RowFormSet = forms.formset_factory(RowForm, extra=SPARE, max_num=201, absolute_max=201)


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
        shown = [RowForm.values_of(row) for row in draft.table]
        self.rows = RowFormSet(self.data if self.is_bound else None, prefix="row", initial=shown)

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.rows.is_valid()])

    def table(self) -> list[dict[str, Any]]:
        return [row for form in self.rows if (row := form.row())]


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
    initiative = forms.ModelChoiceField(label=_("Initiative"), queryset=Initiative.objects.none(), required=False)
    domain = forms.ModelChoiceField(label=_("Domain"), queryset=Domain.objects.none(), required=False)
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
        self.facts = [fact for fact in schema.values() if fact.name != "domain"]  # which is never in question
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
            self.cleaned_data["readings"] = {"domain": self.known["domain"], **readings}
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
