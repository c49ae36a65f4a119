"""Configuration pages for admins. Nothing here can pass a gate: seats, tokens and the ledger have no page."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ownership import clock
from ownership.forms import why
from ownership.models import Organisation, Unit
from ownership.pages import person
from ownership.services import add_unit, rename_unit, set_up

admin.site.site_header = admin.site.site_title = "Mandate"
admin.site.unregister(Group)


class GovernedForm(forms.ModelForm[Any]):
    """A row, why it changes, and which version was on the screen."""

    reason = why()
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.version

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if self.instance.pk and given.get("seen") != self.instance.version:
            raise forms.ValidationError(_("Somebody changed this meanwhile. Open the page again."))
        return given


class OrganisationForm(GovernedForm):
    """The settings. A zone that nobody knows would stop every page."""

    zone = forms.ChoiceField(
        label=_("time zone"), choices=lambda: [(one, one) for one in sorted(available_timezones())]
    )
    currency = forms.RegexField("^[A-Z]{3}$", label=_("currency"), help_text=_("Three letters, such as EUR."))

    class Meta:
        model = Organisation
        fields = ["name", "zone", "currency", "discount_rate", "sponsor_rank", "blind_share"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["blind_share"].validators += [MinValueValidator(0), MaxValueValidator(1)]


class UnitForm(GovernedForm):
    """A part of the organisation; where it belongs is said once, when it is made."""

    class Meta:
        model = Unit
        fields = ["name", "parent"]


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin[Organisation]):
    """There is one, and each change of it is an event in the ledger."""

    list_display = ["name", "zone", "currency"]
    form = OrganisationForm

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Organisation | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: Any) -> None:
        given = form.cleaned_data
        settings = {name: given[name] for name in form.changed_data if name in OrganisationForm.Meta.fields}
        if settings:
            stamp = {"by": person(request), "at": clock.now(), "reason": given["reason"]}
            set_up(**stamp, expected_version=given["seen"], **settings)


@admin.register(Unit)
class UnitAdmin(admin.ModelAdmin[Unit]):
    """Each new unit and each new name is an event in the ledger. Units stay: rows of all apps belong to them."""

    list_display = ["name", "parent", "path"]
    form = UnitForm

    def get_readonly_fields(self, request: HttpRequest, obj: Unit | None = None) -> list[str]:
        return ["parent"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Unit | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: Any) -> None:
        given = form.cleaned_data
        stamp = {"by": person(request), "at": clock.now(), "reason": given["reason"]}
        if not change:
            obj.pk = add_unit(**stamp, name=given["name"], parent=given["parent"]).pk
        elif "name" in form.changed_data:
            rename_unit(**stamp, unit=obj, name=given["name"], expected_version=given["seen"])
