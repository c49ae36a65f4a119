"""What admins look into when something does not arrive. Figures are changed on their pages, where each act is kept."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from metrics.models import Batch, Pull


class ReadOnly(admin.ModelAdmin[Any]):
    """Lists and details, nothing to press."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Pull)
class PullAdmin(ReadOnly):
    """The queue of pulls: what is due, what failed and why, what was given up."""

    list_display = ["source", "starts_on", "ends_on", "due_at", "failures", "last_error", "dead_at", "settled_at"]
    list_filter = ["source"]


@admin.register(Batch)
class BatchAdmin(ReadOnly):
    list_display = ["id", "kind", "source", "by", "at", "inserted", "revised", "unchanged"]
    list_filter = ["kind", "source"]
