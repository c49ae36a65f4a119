"""What happened outside of an initiative and shows in figures: core updates, migrations, campaigns."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from metrics.models.kpi import Kpi
from ownership.models import Governed, Unit, User, any_of


class AnnotationKind(models.TextChoices):
    """What it was. Verdicts allow more drift in weeks of a core update; a season explains no single value."""

    CORE_UPDATE = "core_update", _("Core update")
    MIGRATION = "migration", _("Migration")
    TRACKING = "tracking", _("Change of tracking")
    SEASON = "season", _("Season")
    CAMPAIGN = "campaign", _("Campaign")
    OTHER = "other", _("Something else")


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    """Questions about annotations."""

    def visible_to(self, user: User) -> AnnotationQuerySet:
        """Those of visible units and, because they hold there as well, of the units above the own one."""
        above = user.unit.line() if user.unit else []
        return self.filter(Q(unit__in=Unit.objects.visible_to(user)) | Q(unit__in=above))

    def for_list(self) -> AnnotationQuerySet:
        """The newest first, with all that a line says."""
        return self.select_related("unit", "kpi", "by").order_by("-starts_on", "-pk")

    def standing(self) -> AnnotationQuerySet:
        """Not withdrawn."""
        return self.filter(withdrawn_at=None)

    def touching(self, kpis: Collection[Kpi]) -> dict[int, list[Annotation]]:
        """By KPI, the standing ones that hold for it, the oldest first: of its unit or one above. One query; the KPIs
        come with their unit."""
        unit_of = {kpi.pk: kpi.unit_id for kpi in kpis}
        lines = {kpi.unit_id: kpi.unit.line() for kpi in kpis}
        its_own = Q(kpi=None) | Q(kpi__in=any_of(unit_of))
        rows = self.standing().filter(its_own, unit__in={unit for line in lines.values() for unit in line})
        found: dict[int, list[Annotation]] = {kpi: [] for kpi in unit_of}
        for row in rows.order_by("starts_on", "pk"):
            for kpi, unit in unit_of.items():
                if row.unit_id in lines[unit] and row.kpi_id in (None, kpi):
                    found[kpi].append(row)
        return found

    def is_frozen(self, unit: Unit, *, on: date) -> bool:
        """Whether a standing one says that nothing should change in this unit on that day."""
        marked = self.standing().filter(is_freeze=True, starts_on__lte=on, last_on__gte=on)
        return marked.filter(unit__in=unit.line()).exists()


class Annotation(Governed):
    """Something that happened from `starts_on` to `last_on`, both included, in a unit and all below it, or to one KPI
    of it."""

    prefix: ClassVar[str] = "ANN"

    kind = models.CharField(_("kind"), max_length=11, choices=AnnotationKind.choices)
    name = models.CharField(_("name"), max_length=80)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="annotations")
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, null=True, blank=True, related_name="annotations")
    starts_on = models.DateField(_("from"))
    last_on = models.DateField(_("to"))
    is_freeze = models.BooleanField(_("nothing should change meanwhile"), default=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="annotation_kind_is_known", condition=Q(kind__in=AnnotationKind.values)),
            models.CheckConstraint(name="annotation_ends_after_it_began", condition=Q(last_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="annotation_lasts_a_year_at_most",
                condition=Q(last_on__lt=F("starts_on") + timedelta(days=367)),
            ),
            models.CheckConstraint(name="annotation_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stream_unit_id(self) -> int | None:
        return self.unit_id

    @property
    def until(self) -> date:
        """The first day after it."""
        return self.last_on + timedelta(days=1)

    @property
    def explains(self) -> bool:
        """Whether a single value that is unusual or missing meanwhile needs no other explanation."""
        return self.kind != AnnotationKind.SEASON
