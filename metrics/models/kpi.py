"""KPIs: one figure of one unit, defined once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Count, F, Max, Q
from django.utils.translation import gettext_lazy as _

from metrics.catalogue import CATALOGUE, OUTCOME_CLASSES, Grain, MetricClass, MetricType
from metrics.periods import period_end
from ownership.models import Governed, Seat, Unit, User

if TYPE_CHECKING:
    from metrics.models.sources import Source


class KpiQuerySet(models.QuerySet["Kpi"]):
    """Questions about KPIs."""

    def visible_to(self, user: User) -> KpiQuerySet:
        """The one read gate: KPIs of visible units, and those whose steward one is."""
        return self.filter(Q(unit__in=Unit.objects.visible_to(user)) | Q(steward__holder=user))

    def counting(self) -> KpiQuerySet:
        """All but activity, on which nothing is judged."""
        return self.exclude(metric_class=MetricClass.OUTPUT)

    def for_grid(self, unit: Unit) -> KpiQuerySet:
        """The unit's own, with all that a column says."""
        return self.filter(unit=unit).select_related("source_of_record", "steward").order_by("name", "pk")

    def named(self, names: Iterable[str]) -> dict[str, int]:
        """The ids of those that KPI-3, 3 or a full name mean, by the name as it was given; ambiguous names are out."""
        found: dict[str, int] = {}
        doubtful: set[str] = set()
        for pk, name in self.values_list("pk", "name"):
            for key in (f"kpi-{pk}", str(pk), name.casefold()):
                if found.setdefault(key, pk) != pk:
                    doubtful.add(key)
        keys = ((name, name.strip().casefold()) for name in names)
        return {name: found[key] for name, key in keys if key in found and key not in doubtful}

    def claim_for(self, source: Source) -> list[int]:
        """Those without a source of record get this one: the first to bring figures. Returns their ids."""
        unclaimed = self.filter(source_of_record=None)
        ids = list(unclaimed.order_by("pk").values_list("pk", flat=True))
        self.model.objects.filter(pk__in=ids, source_of_record=None).update(
            source_of_record=source, version=F("version") + 1
        )
        return ids

    def results_by_readiness(self, *, on: date, limit: int) -> list[dict[str, Any]]:
        """KPIs that measure a result, the best fed first: id, name, class, `known` values of record in the 16 weeks
        before the day, and the `latest`."""
        of_record = Q(snapshots__source=F("source_of_record"), snapshots__period_start__gte=on - timedelta(weeks=16))
        counted = self.filter(metric_class__in=OUTCOME_CLASSES).annotate(
            known=Count("snapshots__period_start", filter=of_record),
            latest=Max("snapshots__period_start", filter=of_record),
        )
        ranked = counted.order_by("-known", "name", "pk")[:limit]
        return [dict(row) for row in ranked.values("id", "name", "metric_class", "known", "latest")]


class Kpi(Governed):
    """A figure that is measured the same way every time. Type, scope and grain are frozen with the first value."""

    prefix: ClassVar[str] = "KPI"

    type = models.CharField(_("type"), max_length=40)  # a key of metrics.catalogue.CATALOGUE
    name = models.CharField(_("name"), max_length=120)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="kpis")
    scope = models.JSONField(_("scope"), default=dict, blank=True)  # filters: which pages, which country
    metric_class = models.CharField(_("class"), max_length=2)
    chain = models.CharField(_("value chain"), max_length=8, default="none")
    grain = models.CharField(
        _("stored per"), max_length=5, choices=[("day", _("day")), ("week", _("week")), ("month", _("month"))]
    )
    cadence_days = models.PositiveSmallIntegerField(_("expected every (days)"), default=1)
    grace_days = models.PositiveSmallIntegerField(_("may be late by (days)"), default=3)
    source_of_record = models.ForeignKey(
        "metrics.Source", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    steward = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, blank=True, related_name="kpis")

    objects = KpiQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="kpi_class_is_known", condition=Q(metric_class__in=["O", "O*", "L", "G", "A", "V"])
            ),
            models.CheckConstraint(
                name="kpi_chain_is_known", condition=Q(chain__in=["Demand", "Effort", "Quality", "none"])
            ),
            models.CheckConstraint(name="kpi_grain_is_known", condition=Q(grain__in=["day", "week", "month"])),
            models.UniqueConstraint("unit", "name", name="kpi_name_is_unique_in_its_unit"),
            # Target copies class and chain; its foreign key on these three keeps the copy true.
            models.UniqueConstraint("id", "metric_class", "chain", name="kpi_id_with_class_and_chain"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_automatic(self) -> bool:
        """Whether its values come by themselves."""
        return self.source_of_record is not None and self.source_of_record.kind != "manual"

    @property
    def stream_unit_id(self) -> int | None:
        return self.unit_id

    @property
    def definition(self) -> MetricType:
        return CATALOGUE[self.type]

    def expected_by(self, newest: date) -> date:
        """The last day on which the value after the newest one, which began then, may still come."""
        end = period_end(newest, Grain(self.grain))
        next_one = max(period_end(end, Grain(self.grain)), end + timedelta(days=self.cadence_days))
        return next_one + timedelta(days=self.definition.lag_days + self.grace_days)

    @property
    def judged(self) -> Grain:
        """The grain in which it is judged: what comes by the month cannot be judged by the week."""
        return Grain.MONTH if self.grain == Grain.MONTH else self.definition.grain
