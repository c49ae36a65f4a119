"""What the pages of one initiative share: finding it, and the forms in which its plan is written."""

from __future__ import annotations

from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest

from initiatives.models import Initiative
from ownership.pages import ActView, person, seen

F = TypeVar("F", bound=forms.Form)


def find(request: HttpRequest, ref: str) -> Initiative:
    """The initiative in the address, with all that stands at the head of its pages; else 404."""
    return seen(Initiative.objects.visible_to(person(request)).for_page(), ref)


class InitiativeAct(ActView[F]):
    """A form on a page of one initiative."""

    initiative: Initiative

    def find(self) -> Any:
        self.initiative = find(self.request, self.kwargs["ref"])
        return self.initiative

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        may_write = self.initiative.is_written_by(person(self.request))
        return context | {"initiative": self.initiative, "may_write": may_write}


class PlanAct(InitiativeAct[F]):
    """A form in which the plan is written; it knows who writes in which plan."""

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"me": person(self.request), "initiative": self.initiative}
