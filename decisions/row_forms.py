"""The form of one rule: its conditions in words, what follows from it, and the duties that come with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import deepcopy
from functools import cached_property
from typing import Any, Final

from django import forms
from django.forms import BoundField
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from decisions import cell_words, rule_words, words
from decisions.fact_fields import Share
from decisions.models.rules import AUTHORITIES
from decisions.rules import Fact, FactType, Schema, Wrong, read_cell
from decisions.rules.faults import Fault, Faults
from decisions.rules.then import CAPS, read_then
from metrics.catalogue import CATALOGUE
from ownership.forms import DayInput

TIMEOUTS: Final = [("", "–"), *rule_words.TIMEOUTS.items()]
ANSWERS: Final = ("authority", "because", "decider", "second", "sla", "on_timeout", "sample", "revert")
DUTIES: Final = [
    *("second", "sla", "on_timeout", "sample", "revert", *CAPS, "canary_share", "canary_days", "guardrails"),
    *("evidence", "review_by"),
]
SHARES: Final = ("sample", "canary_share", "revenue_share")
PERCENT: Final = {"min_value": 0.01, "max_value": 100}
UNREADABLE: Final = _("“%(typed)s” cannot be read. Write for instance %(examples)s, or leave it open.")
NOT_KNOWN: Final = _("No rule can ask for what is not known: it would reward silence. Leave it open for any.")
OUT_OF_REACH: Final = _("%(fact)s can only be %(reach)s.")
NO_SUCH_KPI: Final = _("“%(typed)s” names no KPI types. Write for instance “%(example)s”, with commas between several.")
SPARE: Final = 1  # empty blocks at the end, to add a row
MOST_CAPS: Final = {
    "changes_per_day": _("Changes a day, at most"),
    "changes_per_week": _("Changes a week, at most"),
    "pages_per_day": _("Pages a day, at most"),
    "pages_per_week": _("Pages a week, at most"),
    "revenue_share": _("Revenue of its pages, at most, in percent"),
}


def conditions(schema: Schema) -> dict[str, forms.Field]:
    """The fields of all facts, made once for all rows."""
    return {f"if_{name}": _condition(fact) for name, fact in schema.items()}


def _condition(fact: Fact) -> forms.Field:
    """The cell of one fact; left open it is any."""
    label: Any = cell_words.fact_name(fact.name)
    if fact.type is FactType.BOOLEAN:
        truths = [("", _("Any")), ("yes", _("Yes")), ("no", _("No"))]
        return forms.ChoiceField(label=label, choices=truths, required=False)
    examples = cell_words.examples(fact)
    said: Any = format_lazy(_("Such as “{example}”."), example=examples[0]) if examples else ""
    if fact.values:
        known = ", ".join(cell_words.value(fact, value) for value in fact.values)
        said = format_lazy(_("Of: {known}. Such as “{example}”."), known=known, example=examples[-1])
    widget = forms.TextInput(attrs={"placeholder": _("Any")})
    return forms.CharField(label=label, required=False, max_length=400, help_text=said, widget=widget)


class RowForm(forms.Form):
    """One row as JSON in `row`. Whatever is wrong with it stands at the field."""

    is_filter = True  # most may stay open, which need not be said at each

    code = forms.CharField(label=_("Code"), max_length=8)
    authority = forms.ChoiceField(label=_("Then"), choices=[("", "–"), *AUTHORITIES])
    because = forms.CharField(label=_("Because"), max_length=300)
    decider = forms.CharField(label=_("Deciding seat"), max_length=80, required=False)
    second = forms.CharField(label=_("Second seat, where two people agree"), max_length=80, required=False)
    sla = forms.IntegerField(label=_("Days to answer"), required=False)
    on_timeout = forms.ChoiceField(label=_("If nobody answers"), choices=TIMEOUTS, required=False)
    sample = Share(label=_("Share that waits for a person, in percent"), **PERCENT)
    revert = forms.IntegerField(label=_("Days in which it can be undone"), required=False)
    canary_share = Share(label=_("Share of pages in the test, in percent"), **PERCENT)
    canary_days = forms.IntegerField(label=_("Days of the test"), required=False)
    guardrails = forms.CharField(
        label=_("Guardrails"),
        max_length=400,
        required=False,
        help_text=_("Names of KPI types. Where none are named, every guardrail of the initiative opens the breaker."),
    )
    evidence = forms.CharField(
        label=_("Evidence to attach"), max_length=400, required=False, help_text=_("Such as “sources, fact check”.")
    )
    review_by = forms.DateField(label=_("Row ends on"), required=False, widget=DayInput())
    remove = forms.BooleanField(label=_("Remove this row"), required=False)

    def __init__(
        self, *args: Any, schema: Schema, conditions: Mapping[str, forms.Field], columns: Collection[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.schema, self.columns = schema, columns
        self.fields |= deepcopy(conditions)
        for name in CAPS:
            label = MOST_CAPS[name]
            is_share = name == "revenue_share"
            self.fields[name] = (
                Share(label=label, **PERCENT) if is_share else forms.IntegerField(label=label, required=False)
            )

    @classmethod
    def values_of(cls, row: dict[str, Any], schema: Schema) -> dict[str, Any]:
        """What the form of a stored row shows. Its cells as stored stand under `when`, its shares under `shares`."""
        when, then = row.get("when", {}), row["then"]
        shown: dict[str, Any] = {f"if_{name}": _shown(schema[name], spec) for name, spec in when.items()}
        shown |= {**then, **then.get("caps", {})}
        shown |= {f"canary_{name}": value for name, value in then.get("canary", {}).items()}
        shares = {name: shown[name] for name in SHARES if name in shown}
        shown |= {name: float(share) for name, share in shares.items()}
        shown["guardrails"] = ", ".join(words.kpi(name) for name in then.get("guardrails", []))
        shown["evidence"] = ", ".join(name.replace("_", " ") for name in then.get("evidence", []))
        return shown | {"code": row["code"], "when": when, "shares": shares}

    @cached_property
    def asked_fields(self) -> list[BoundField]:
        """What this row asks about, or others do."""
        cells = {name: self[f"if_{name}"] for name in self.schema}
        return [cell for name, cell in cells.items() if name in self.columns or cell.value()]

    @cached_property
    def other_fields(self) -> list[BoundField]:
        asked = {cell.name for cell in self.asked_fields}
        return [self[f"if_{name}"] for name in self.schema if f"if_{name}" not in asked]

    def duty_fields(self) -> list[BoundField]:
        return [self[name] for name in DUTIES]

    @property
    def has_faulty_duties(self) -> bool:
        return any(name in self.errors for name in DUTIES)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not given.get("remove"):
            when = {name: spec for name in self.schema if (spec := self._cell(name, given.get(f"if_{name}", "")))}
            given["row"] = {"code": given.get("code"), "when": when, "then": self._then(given)}
        return given

    def _cell(self, name: str, typed: str) -> dict[str, Any]:
        """The cell as JSON, empty for any. What was not touched stays as it was stored, to the last digit."""
        field, fact = f"if_{name}", self.schema[name]
        if not typed or typed == self.initial.get(field):
            return self.initial["when"][name] if typed else {}
        if fact.type is FactType.BOOLEAN:
            return {"eq": typed == "yes"}
        try:
            spec = cell_words.read(fact, typed)
            if spec:
                read_cell(fact, spec)
        except cell_words.Unreadable:
            examples = [f"“{example}”" for example in cell_words.examples(fact)]
            said = NOT_KNOWN if cell_words.is_not_known(typed) else UNREADABLE
            self.add_error(field, said % {"typed": typed, "examples": ", ".join(examples)})
        except Wrong as wrong:
            self.add_error(field, [self._said(fact, fault) for fault in wrong.faults])
        else:
            return spec
        return {}

    def _said(self, fact: Fact, fault: Fault) -> str:
        if fault.code == "out_of_range":
            return OUT_OF_REACH % {"fact": cell_words.fact_name(fact.name), "reach": cell_words.reach(fact)}
        return words.fault(fault)

    def _then(self, given: dict[str, Any]) -> dict[str, Any]:
        """The right-hand side as JSON. A share that was not touched stays as it was stored, to the last digit."""
        stored = self.initial.get("shares", {})
        given = given | {name: share for name, share in stored.items() if name not in self.changed_data}
        then = {name: given.get(name) for name in ANSWERS}
        then["caps"] = _kept({name: given.get(name) for name in CAPS})
        then["canary"] = _kept({name: given.get(f"canary_{name}") for name in ("share", "days")})
        then["guardrails"] = self._guardrails(given.get("guardrails", ""))
        evidence = [name.strip().replace(" ", "_") for name in given.get("evidence", "").lower().split(",")]
        then["evidence"] = [name for name in evidence if name]
        then["review_by"] = given["review_by"].isoformat() if given.get("review_by") else None
        then = _kept(then)
        faults = Faults()
        read_then(then, None, faults)
        for fault in faults.found:
            field = self._field(fault.field.split(".")[1:], given)
            if field not in self.errors:
                self.add_error(field, words.fault(fault))
        return then

    def _field(self, path: list[str], given: dict[str, Any]) -> str:
        """The field in which a part of the right-hand side is typed."""
        if path[0] == "canary":
            return "canary_days" if "days" in path or (given.get("canary_share") and len(path) == 1) else "canary_share"
        if path[0] == "caps":
            return next(name for name in CAPS if name in path or (given.get(name) and len(path) == 1))
        return path[0]

    def _guardrails(self, typed: str) -> list[str]:
        names = {name: key for key, kpi in CATALOGUE.items() for name in (key, kpi.english, kpi.dutch)}
        found = cell_words.listed(" ".join(typed.split()), names)
        if typed and not found:
            self.add_error("guardrails", NO_SUCH_KPI % {"typed": typed, "example": words.kpi("g_money_cvr")})
        return found


def _shown(fact: Fact, spec: dict[str, Any]) -> str:
    return ("yes" if spec["eq"] else "no") if fact.type is FactType.BOOLEAN else cell_words.cell(read_cell(fact, spec))


def _kept(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in (None, "", [], {})}


RowFormSet = forms.formset_factory(RowForm, extra=SPARE, max_num=201, absolute_max=201)
