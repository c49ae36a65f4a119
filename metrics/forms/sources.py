"""Forms about sources, made from the typed configuration and question of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _
from msgspec import inspect

from metrics.models import Kpi, Source
from metrics.services.sources import Setup
from metrics.sources import CONNECTORS
from metrics.sources.connector import Given, free
from ownership.forms import DayInput, why
from ownership.models import Unit, User

SERIES = 3  # KPIs that the form offers; the API takes more


def fields_of(kind: type[Given]) -> Iterator[tuple[str, forms.Field]]:
    """A form field for each field of the struct."""
    about = inspect.type_info(kind)
    assert isinstance(about, inspect.StructType)  # noqa: S101  what `Given` is
    for one in about.fields:
        yield one.name, _field(one)


def _field(one: inspect.Field) -> forms.Field:
    type_: Any = one.type
    said: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    if isinstance(type_, inspect.Metadata):
        said, extra, type_ = type_.extra_json_schema or {}, type_.extra or {}, type_.type
    usual: dict[str, Any] = {
        "label": gettext_lazy(said.get("title", one.name)),
        "help_text": gettext_lazy(said["description"]) if "description" in said else "",
        "required": one.required,
        "initial": None if one.required else one.default,
    }
    match type_:
        case inspect.LiteralType(values=values):
            words = extra.get("words", {})
            ordered = sorted(values, key=lambda value: (value != one.default, value))
            choices = [(value, gettext_lazy(words[value]) if value in words else _shown(value)) for value in ordered]
            return forms.ChoiceField(choices=choices, **usual | {"required": "" not in values and one.required})
        case inspect.BoolType():
            return forms.BooleanField(**usual | {"required": False})
        case inspect.IntType(ge=least, le=most):
            return forms.IntegerField(min_value=least, max_value=most, **usual)
        case inspect.UnionType():
            return forms.DateField(widget=DayInput(), **usual)
        case inspect.StrType(max_length=most):
            widget = forms.Textarea(attrs={"rows": 4}) if extra.get("is_long") else forms.TextInput()
            return forms.CharField(max_length=most, widget=widget, **usual)
    raise TypeError(f"{one.name}: no form field is known for {type_}")


def _shown(value: Any) -> Any:
    return str(value).replace("_", " ") if value else _("everything")


def given(kind: type[Given], cleaned: dict[str, Any], suffix: str = "") -> dict[str, Any]:
    """What was typed, as JSON for the struct: what was left empty keeps its default."""
    found = {}
    for name in kind.__struct_fields__:
        value = cleaned.get(f"{name}{suffix}")
        if value not in (None, "", False):
            found[name] = value.isoformat() if isinstance(value, date) else value
    return found


class SetupForm(forms.Form):
    """How a source of one kind is asked. Subclassed for a new source and for one that exists."""

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.connector = kind, CONNECTORS[kind]
        reason = self.fields.pop("reason")
        self.fields |= dict(fields_of(self.connector.Config))
        self.fields["secret"] = forms.CharField(
            label=_("Secret"),
            help_text=gettext(self.connector.SECRET),
            required=False,
            max_length=10_000,
            strip=True,
            widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        )
        self.fields["secret_ref"] = forms.RegexField(
            r"^(env|file):[A-Z0-9_]{1,60}$",
            label=_("Or where the secret is"),
            required=False,
            help_text=_(
                "env:SHOP names the variable MANDATE_SECRET_SHOP, file:SHOP the file in MANDATE_SECRET_SHOP_FILE."
            ),
        )
        if self.costs_money():
            for name, label in (
                ("day_budget", _("Dollars a day at most")),
                ("month_budget", _("Dollars a month at most")),
            ):
                self.fields[name] = forms.DecimalField(label=label, min_value=0, max_digits=8, decimal_places=2)
        self.fields["reason"] = reason

    def costs_money(self) -> bool:
        return self.connector.estimate is not free

    def setup(self) -> Setup:
        """What was typed, for the service."""
        named = ("secret", "secret_ref", "day_budget", "month_budget")
        rest = {name: self.cleaned_data[name] for name in named if self.cleaned_data.get(name)}
        return Setup(config=given(self.connector.Config, self.cleaned_data), **rest)


class NewSourceForm(SetupForm):
    """A new source of one kind, with up to three KPIs."""

    name = forms.CharField(label=_("Name"), max_length=120)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none())
    reason = why()

    def __init__(self, *args: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.visible_to(me).order_by("path")  # type: ignore[attr-defined]  # has one
        reason = self.fields.pop("reason")
        kpis = Kpi.objects.visible_to(me).order_by("name", "pk")
        for place in range(1, SERIES + 1):
            self.fields[f"kpi{place}"] = forms.ModelChoiceField(
                label=_("KPI %(n)s") % {"n": place}, queryset=kpis, required=place == 1
            )
            for name, field in fields_of(self.connector.Query):
                field.required = field.required and place == 1
                self.fields[f"{name}{place}"] = field
        self.fields["reason"] = reason

    def series(self) -> list[tuple[Kpi, dict[str, Any]]]:
        """KPIs with their questions."""
        places = [place for place in range(1, SERIES + 1) if self.cleaned_data[f"kpi{place}"]]
        return [
            (self.cleaned_data[f"kpi{place}"], given(self.connector.Query, self.cleaned_data, str(place)))
            for place in places
        ]


class ChangeSourceForm(SetupForm):
    """The same for a source that exists; its secret stays unless another is given."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = why()

    def __init__(self, *args: Any, source: Source, **kwargs: Any) -> None:
        super().__init__(*args, kind=source.kind, **kwargs)
        for name in (*self.connector.Config.__struct_fields__, "day_budget", "month_budget"):
            if name in self.fields:
                known = source.config.get(name) if name in source.config else getattr(source, name, None)
                self.fields[name].initial = known if known is not None else self.fields[name].initial
        self.fields["secret"].label = _("Another secret")
        self.fields["secret_ref"].initial = source.secret_ref
