"""Configuration pages for admins. Nothing here can pass a gate: seats, tokens and the ledger have no page."""

from typing import Any

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
from ownership.services import set_up

admin.site.site_header = admin.site.site_title = "Mandate"
admin.site.unregister(Group)


class OrganisationForm(forms.ModelForm[Organisation]):
    """The settings, why they change, and which version was on the screen."""

    reason = why()
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Organisation
        fields = ["name", "zone", "currency", "discount_rate", "sponsor_rank", "blind_share"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.version
        self.fields["blind_share"].validators += [MinValueValidator(0), MaxValueValidator(1)]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("seen") != Organisation.the().version:
            raise forms.ValidationError(_("Somebody changed these settings meanwhile. Open the page again."))
        return given


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
    list_display = ["name", "parent", "path"]
