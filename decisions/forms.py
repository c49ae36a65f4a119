"""Forms by which somebody decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from initiatives.flags import Reply
from initiatives.lifecycle import Gate, State
from initiatives.words import REPLY
from ownership.forms import DayInput

OTHER = "other"
REASONS = {
    Gate.G1: [
        ("baseline", _("Clear baseline")),
        ("strategy", _("Fits the strategy")),
        ("small", _("Small and reversible")),
    ],
    Gate.G2: [("sound", _("The figures are sound")), ("complete", _("Complete and checked"))],
    Gate.G3: [("effect", _("The effect is there")), ("pays", _("It pays back")), ("asked", _("The team asks for it"))],
}
ONE_TAP = frozenset({"approve"})  # all other answers want a sentence


class DecideForm(forms.Form):
    """An answer at a gate: which button, why, and the hash of exactly what was shown. Nothing is preselected."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = forms.ChoiceField(
        label=_("Your reason, kept in the decision log"), widget=forms.RadioSelect, required=False
    )
    sentence = forms.CharField(
        label=_("In a sentence"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    choice = forms.ChoiceField(
        choices=[(act, act) for act in ("approve", "return", "reject", "iterate", "countersign", "refuse")],
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, gate: Gate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chips = dict(REASONS[gate])
        reason = self.fields["reason"]
        reason.choices = [*REASONS[gate], (OTHER, _("Other…"))]  # type: ignore[attr-defined]  # a choice field has them

    def clean(self) -> dict[str, Any]:
        """The reason in words. Asking for more and saying no want a sentence of their own."""
        given: dict[str, Any] = super().clean() or {}
        chip, sentence = given.get("reason", ""), given.get("sentence", "").strip()
        if given.get("choice") not in ONE_TAP and not sentence:
            self.add_error("sentence", _("Say in a sentence what the owner should know."))
        elif not sentence and (not chip or chip == OTHER):
            self.add_error("reason", _("Choose a reason, or say one. It is kept with the decision."))
        given["reason"] = sentence if chip in ("", OTHER) or not chip else self._said(chip, sentence)
        return given

    def _said(self, chip: str, sentence: str) -> str:
        return f"{self.chips[chip]}. {sentence}".strip() if sentence else str(self.chips[chip])


ACKNOWLEDGE = "acknowledge"


class FlagForm(forms.Form):
    """The required answer to a flag."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reply = forms.ChoiceField(label=_("What now?"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("What changes?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    until = forms.DateField(
        label=_("By when?"),
        required=False,
        widget=DayInput,
        help_text=_("Within four weeks; a proposal to stop needs no day."),
    )

    def __init__(self, *args: Any, replies: tuple[Reply, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reply = self.fields["reply"]
        seen = [] if Reply.LATER in replies else [(ACKNOWLEDGE, _("Seen: I answer by a day within two weeks"))]
        known = [(r.value, REPLY[r]) for r in replies]
        reply.choices = known + seen  # type: ignore[attr-defined]  # a choice field has them


class StepForm(forms.Form):
    """A step of the lifecycle: where to, why, and what was seen."""

    to = forms.CharField(widget=forms.HiddenInput, max_length=10)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    lesson = forms.CharField(label=_("What was learned?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lesson"].required = self["to"].value() == State.STOPPED
