"""Configuration pages for admins. Nothing here can pass a gate: seats, tokens and the ledger have no page."""

from django.contrib import admin
from django.contrib.auth.models import Group

from ownership.models import Organisation, Unit

admin.site.site_header = admin.site.site_title = "Mandate"
admin.site.unregister(Group)


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin[Organisation]):
    list_display = ["name", "zone", "currency"]


@admin.register(Unit)
class UnitAdmin(admin.ModelAdmin[Unit]):
    list_display = ["name", "parent", "path"]
