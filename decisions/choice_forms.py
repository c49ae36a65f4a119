"""Forms about recommendations: what a person chooses, the facts that only a person can give, and how it turned out."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from decisions import fact_fields
from decisions.choices import ACCEPT, MODIFY, REJECT, WEIGHED, Choice
from decisions.models import Recommendation
from decisions.models.reviews import PROCESS, RESULTS
from decisions.rules import Authority, FactSource
from ownership.forms import why

REASONS = {
    "brand": _("Brand"),
    "facts_wrong": _("The facts are wrong"),
    "legal": _("Legal"),
    "strategy": _("Strategy"),
    "timing": _("Timing"),
    "better_idea": _("A better idea"),
}


class ChoiceForm(forms.Form):
    """Accept, change or reject. Only where a person merely confirms is the proposal preselected."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    chosen = forms.ChoiceField(
        label=_("Your decision"),
        choices=[(ACCEPT, _("Follow the AI")), (MODIFY, _("Do it differently")), (REJECT, _("Decide against it"))],
        widget=forms.RadioSelect,
    )
    modification = forms.CharField(
        label=_("What it should be instead"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reason_code = forms.ChoiceField(label=_("Reason, if you do not follow"), required=False)
    reason = forms.CharField(
        label=_("In a sentence"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    trade_off = forms.CharField(
        label=_("What we give up"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Brand, loyalty, the long term: asked whichever way you choose."),
    )
    probability = forms.TypedChoiceField(
        label=_("How sure are you that this turns out well?"),
        choices=lambda: [("", _("I cannot say")), *((n / 10, _("%(n)s in 10") % {"n": n}) for n in range(1, 10))],
        coerce=float,
        empty_value=None,
        required=False,
    )
    minutes = forms.IntegerField(label=_("Minutes it took"), min_value=0, max_value=10_000, required=False)

    def __init__(self, *args: Any, about: Recommendation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        level = Authority.of(str(about.authority))
        codes = [(code, REASONS.get(code, code)) for code in about.domain.reason_codes]
        self.fields["reason_code"].choices = [("", "–"), *codes]  # type: ignore[attr-defined]  # a choice field has them
        if level is Authority.HUMAN_CONFIRMS:
            self.fields["chosen"].initial = ACCEPT
        if level is Authority.TWO_PERSON:
            del self.fields["modification"]
            chosen = [(ACCEPT, _("Agree")), (REJECT, _("Decide against it"))]
            self.fields["chosen"].choices = chosen  # type: ignore[attr-defined]  # a choice field has them
        self.fields["trade_off"].required = level in WEIGHED
        if level not in WEIGHED:
            self.fields["trade_off"].help_text = ""

    def choice(self) -> Choice:
        given = self.cleaned_data
        instead = given.get("modification", "")
        return Choice(
            chosen=given["chosen"],
            rationale=given["reason"],
            reason_code=given["reason_code"] if given["chosen"] != ACCEPT else "",
            trade_off=given["trade_off"],
            modification={"after": instead} if instead and given["chosen"] == MODIFY else {},
            probability=given["probability"],
            minutes=given["minutes"],
        )


class FirstChoiceForm(forms.Form):
    """What the decider would do, before the proposal is shown."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    would = forms.ChoiceField(
        label=_("What would you do?"),
        choices=[("leave", _("Leave it as it is")), ("change", _("Change it"))],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("What it should become"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only if you would change it."),
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("would") == "change" and not given.get("text"):
            self.add_error("text", _("Say what it should become."))
        return given

    def choice(self) -> str:
        """What it should become; "" to leave it."""
        return str(self.cleaned_data["text"]) if self.cleaned_data["would"] == "change" else ""


class SeenField(forms.MultipleChoiceField):
    """Ticked rows with the versions that were on the screen, each as 203.4."""

    def valid_value(self, value: str) -> bool:
        """What is no longer there to be ticked is refused where it is known why."""
        return re.fullmatch(r"[0-9]{1,18}\.[0-9]{1,9}", value) is not None

    def clean(self, value: Any) -> dict[int, int]:
        """The versions by row."""
        return {int(row): int(version) for row, version in (one.split(".") for one in super().clean(value))}


class TogetherForm(forms.Form):
    """Yes to each that is ticked, for one reason."""

    items = SeenField(
        label=_("What you confirm"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one.")},
    )
    reason = forms.CharField(
        label=_("Your reason, kept with each of them"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class OutcomeForm(forms.Form):
    """How it turned out and, apart from that, how well it was decided. Nothing is preselected."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    result = forms.ChoiceField(label=_("Looking back, this was"), choices=RESULTS, widget=forms.RadioSelect)
    process = forms.TypedChoiceField(
        label=_("How well was it decided?"),
        choices=PROCESS,
        coerce=int,
        widget=forms.RadioSelect,
        help_text=_("On what could be known that day: a good decision can end badly, a careless one well."),
    )
    reason = forms.CharField(label=_("How do you know?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class FactsForm(forms.Form):
    """The facts of a domain that are a person's to give; what is left open stays unknown."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, about: Recommendation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.facts = [fact for fact in about.domain.schema().values() if fact.source is FactSource.PERSON]
        for fact in self.facts:
            self.fields[fact.name] = fact_fields.field(fact)
        self.fields["reason"] = why()

    def given(self) -> dict[str, Any]:
        """By name, as the API would take them."""
        found = {fact.name: fact_fields.posted(fact, self.cleaned_data[fact.name]) for fact in self.facts}
        return {name: value for name, value in found.items() if value is not None}
