"""Pages elsewhere that name the brand without a link, and what became of them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from ownership.models import Governed, Unit, User


class Outcome(models.TextChoices):
    """What became of a mention."""

    OPEN = "open", _("Open")
    LINKED = "linked", _("Links to us now")
    DECLINED = "declined", _("Declined")
    SILENT = "silent", _("No answer")
    UNFIT = "unfit", _("Not worth a link")


class MentionQuerySet(models.QuerySet["Mention"]):
    """Questions about mentions."""

    def visible_to(self, user: User) -> MentionQuerySet:
        return self.filter(unit__in=Unit.objects.visible_to(user))

    def for_list(self, unit: Unit, outcome: str = "") -> MentionQuerySet:
        """The unit's, open ones first, the newest first."""
        found = self.filter(unit=unit, outcome=outcome) if outcome else self.filter(unit=unit)
        return found.select_related("brought_by").order_by(F("settled_on").desc(nulls_first=True), "-found_on", "-pk")

    def tally(self, unit: Unit) -> Counter[str]:
        """How many there are of each outcome and in `all`; `contacted` counts open ones that were written to."""
        rows = self.filter(unit=unit).values_list("outcome").annotate(n=Count("pk"))
        found = Counter(dict(rows))
        found["all"] = found.total()
        found["contacted"] = self.filter(unit=unit, outcome=Outcome.OPEN, contacted_on__isnull=False).count()
        return found

    def tallies(self, unit: Unit) -> list[tuple[date, str, int]]:
        """How many of the unit's were found on which day, with which outcome."""
        rows = self.filter(unit=unit).values_list("found_on", "outcome").annotate(n=Count("pk"))
        return list(rows.order_by("found_on", "outcome"))


class Mention(Governed):
    """One page that names the brand and did not link to it when it was found."""

    prefix: ClassVar[str] = "M"

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="mentions")
    url = models.CharField(_("page"), max_length=2000)
    site = models.CharField(_("site"), max_length=253)
    title = models.CharField(_("title"), max_length=300, blank=True)
    found_on = models.DateField(_("found on"))
    contacted_on = models.DateField(_("contacted on"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, default=Outcome.OPEN)
    settled_on = models.DateField(_("settled on"), null=True, blank=True)
    brought_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    brought_at = models.DateTimeField()

    objects = MentionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("unit", "url", name="mention_is_listed_once_per_unit"),
            models.CheckConstraint(name="mention_outcome_is_known", condition=Q(outcome__in=Outcome.values)),
            models.CheckConstraint(name="mention_is_a_page_of_the_web", condition=Q(url__regex=r"^https?://[^\s/]+")),
            models.CheckConstraint(
                name="mention_is_settled_or_open",
                condition=Q(outcome="open", settled_on=None) | (~Q(outcome="open") & Q(settled_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="mention_is_contacted_after_it_was_found",
                condition=Q(contacted_on=None) | Q(contacted_on__gte=F("found_on")),
            ),
            models.CheckConstraint(
                name="mention_is_settled_after_it_was_found",
                condition=Q(settled_on=None) | Q(settled_on__gte=F("found_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.url

    @property
    def stream_unit_id(self) -> int | None:
        return self.unit_id
