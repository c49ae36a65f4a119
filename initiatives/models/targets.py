"""What an initiative promises to move, from where, on which pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from statistics import stdev
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connection, models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from initiatives import pilot_weeks
from initiatives.lifecycle import LIVE
from initiatives.models.initiative import MONEY_LIMIT, Initiative, PartQuerySet
from initiatives.pilot_weeks import Prospect
from initiatives.verdicts import Plan, detectable_effect, mean_value
from metrics.catalogue import Direction, Grain
from metrics.models import Kpi, Snapshot
from metrics.periods import Period, closed, roll_up, value_of
from ownership import canonical
from ownership.models import Governed, User

if TYPE_CHECKING:
    from initiatives.models.verdicts import Verdict

ROLES = [
    ("primary", _("main KPI")),
    ("secondary", _("also watched")),
    ("guardrail", _("must not fall")),
    ("activity", _("activity, does not count as a result")),
]


class PageSet(Governed):
    """Pages by pattern: treated ones, or an untreated group to compare with."""

    prefix: ClassVar[str] = "PS"

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="page_sets")
    name = models.CharField(_("name"), max_length=120)
    patterns = models.TextField(_("address patterns, one a line"))
    page_class = models.CharField(
        _("class"),
        max_length=9,
        choices=[
            ("money", _("money pages")),
            ("ymyl", _("your money or your life")),
            ("long_tail", _("long tail")),
            ("support", _("support")),
        ],
    )
    is_control = models.BooleanField(_("untreated, for comparison"), default=False)

    objects = PartQuerySet["PageSet"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("initiative", "name", name="page_set_name_is_unique_in_its_initiative"),
            models.CheckConstraint(
                name="page_set_class_is_known", condition=Q(page_class__in=["money", "ymyl", "long_tail", "support"])
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def holds(self, address: str) -> bool:
        """Whether a page belongs to it: a pattern is an address in which * stands for anything."""
        return any(fnmatchcase(address, pattern.strip()) for pattern in self.patterns.splitlines() if pattern.strip())

    @property
    def stream(self) -> str:
        return self.initiative.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id


class TargetQuerySet(PartQuerySet["Target"]):
    """Questions about targets."""

    def for_page(self) -> TargetQuerySet:
        """All that a page shows of them, the main one first."""
        rank = Case(*[When(role=role, then=Value(place)) for place, (role, _label) in enumerate(ROLES)])
        related = [
            "kpi__source_of_record",
            "kpi__unit",
            "kpi__steward__holder",
            "page_set",
            "control",
            "verdict__parameters",
        ]
        return self.select_related(*related).order_by(rank, "pk")

    def current(self) -> TargetQuerySet:
        """Those that hold: not replaced by another."""
        return self.filter(superseded_at=None)

    def judged_on(self, kpis: Iterable[Kpi]) -> dict[int, list[Initiative]]:
        """By KPI, the live initiatives of which a target counts on it."""
        counting = self.current().filter(kpi__in=[kpi.pk for kpi in kpis], initiative__state__in=LIVE)
        rows = counting.exclude(role="activity").select_related("initiative").order_by("initiative", "pk")
        found: dict[int, list[Initiative]] = defaultdict(list)
        for row in rows:
            if row.initiative not in found[row.kpi_id]:
                found[row.kpi_id].append(row.initiative)
        return found

    def turn_to(self, verdicts: Sequence[Verdict], *, seen: dict[int, int | None]) -> set[int]:
        """Make these the current verdicts of their targets, where that is still the one `seen` when judging began.

        Returns the targets that were turned; for the others somebody else was faster.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE initiatives_target t SET verdict_id = n.verdict, status = n.status
                   FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) AS n(id, seen, verdict, status)
                   WHERE t.id = n.id AND t.verdict_id IS NOT DISTINCT FROM n.seen RETURNING t.id""",
                [
                    [verdict.target_id for verdict in verdicts],
                    [seen[verdict.target_id] for verdict in verdicts],
                    [verdict.pk for verdict in verdicts],
                    [verdict.status for verdict in verdicts],
                ],
            )
            return {row[0] for row in cursor.fetchall()}

    def claiming(self, kpi: Kpi) -> TargetQuerySet:
        """Those by which live initiatives claim a share of what the KPI earns."""
        return self.filter(kpi=kpi, value_likely__isnull=False, initiative__state__in=LIVE)


class Target(Governed):
    """One promise about one KPI. A changed goal is a new row; the old one keeps `superseded_at`.

    `goal` and `smallest_effect` are relative changes (0.12 is +12 % in the wanted direction), `margin` the fall that a
    guardrail tolerates (0.03 is 3 %). `metric_class` and `chain` copy the KPI's; a foreign key keeps the copy true.
    """

    prefix: ClassVar[str] = "T"

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="targets")
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="targets")
    metric_class = models.CharField(max_length=2, editable=False)
    chain = models.CharField(max_length=8, editable=False)
    role = models.CharField(_("role"), max_length=9, choices=ROLES)
    goal = models.FloatField(_("goal"), null=True, blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    smallest_effect = models.FloatField(_("smallest effect worth its money"), null=True, blank=True)
    margin = models.FloatField(_("tolerated fall"), null=True, blank=True)
    lag_weeks = models.PositiveSmallIntegerField(_("weeks before anything can show"), null=True, blank=True)
    ramp_weeks = models.PositiveSmallIntegerField(_("weeks from first to full effect"), null=True, blank=True)
    page_set = models.ForeignKey(PageSet, on_delete=models.PROTECT, null=True, blank=True, related_name="targets")
    control = models.ForeignKey(
        Kpi,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("the same of untreated pages, to compare with"),
    )
    value_low = models.DecimalField(_("value of a unit, low"), max_digits=14, decimal_places=2, null=True, blank=True)
    value_likely = models.DecimalField(
        _("value of a unit, likely"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    value_high = models.DecimalField(_("value of a unit, high"), max_digits=14, decimal_places=2, null=True, blank=True)
    attribution = models.FloatField(_("share attributed to this initiative"), default=1.0)
    cashable = models.FloatField(_("share that can be cashed"), default=1.0)
    status = models.CharField(max_length=20, blank=True, editable=False)  # of the current verdict
    verdict = models.ForeignKey(
        "initiatives.Verdict", on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    superseded_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TargetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="target_role_is_known", condition=Q(role__in=[key for key, _label in ROLES])),
            models.CheckConstraint(
                name="target_main_kpi_is_an_outcome",
                condition=~Q(role="primary")
                | Q(metric_class="O")
                | Q(metric_class="O*", page_set__isnull=False, value_likely__isnull=False),
            ),
            models.CheckConstraint(
                name="target_value_only_on_an_outcome",
                condition=Q(value_low=None, value_likely=None, value_high=None)
                | (
                    Q(metric_class__in=["O", "O*"])
                    & ~Q(chain="none")
                    & Q(value_low__gte=0, value_likely__gte=F("value_low"), value_high__gte=F("value_likely"))
                    & Q(value_high__lt=MONEY_LIMIT)
                ),
            ),
            models.CheckConstraint(
                name="target_guardrail_has_a_margin",
                condition=~Q(role="guardrail") | Q(margin__isnull=False, margin__gte=0, margin__lte=1),
            ),
            models.CheckConstraint(
                name="target_control_is_another_kpi", condition=Q(control=None) | ~Q(control=F("kpi"))
            ),
            models.CheckConstraint(
                name="target_output_is_activity_only",
                condition=Q(metric_class="V", role="activity") | (~Q(metric_class="V") & ~Q(role="activity")),
            ),
            models.CheckConstraint(
                name="target_figures_are_sensible",
                condition=(Q(goal=None) | Q(goal__gt=0, goal__lte=100))
                & (Q(smallest_effect=None) | Q(smallest_effect__gt=0, smallest_effect__lte=100))
                & Q(attribution__gte=0, attribution__lte=1, cashable__gte=0, cashable__lte=1),
            ),
            models.UniqueConstraint(
                "initiative", condition=Q(role="primary", superseded_at=None), name="target_main_kpi_is_one"
            ),
            models.UniqueConstraint(
                "initiative",
                "chain",
                condition=Q(value_likely__isnull=False, superseded_at=None),
                name="target_values_one_kpi_per_chain",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} ({self.role})"

    @property
    def flag_subject(self) -> str:
        """How flags name it."""
        return f"target:{self.pk}"

    @property
    def stream(self) -> str:
        return self.initiative.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id

    @property
    def is_under_ceiling(self) -> bool:
        """Whether it is a guardrail that must stay below a figure."""
        return self.role == "guardrail" and self.kpi.definition.direction is Direction.NOT_ABOVE

    def figures(self) -> dict[str, Any]:
        """Ids and figures, for the ledger."""
        names = ["goal", "due_on", "smallest_effect", "margin", "lag_weeks", "ramp_weeks", "page_set_id", "control_id"]
        names += ["value_low", "value_likely", "value_high", "attribution", "cashable"]
        return {"target": self.pk, "kpi": self.kpi_id, "role": self.role} | {n: getattr(self, n) for n in names}

    def known_by(self, on: date) -> date:
        """The first day that the source cannot be expected to have delivered in full."""
        return on - timedelta(days=self.kpi.definition.lag_days)

    def plan(self, *, starts_on: date, due_on: date) -> Plan:
        """What was agreed, as the judge reads it. What is not agreed yet counts as nothing."""
        definition = self.kpi.definition
        return Plan(
            kind=definition.kind,
            lower_is_better=definition.lower_is_better,
            goal=self.goal or 0.0,
            smallest_effect=self.smallest_effect or 0.0,
            starts_on=starts_on,
            due_on=due_on,
            lag_weeks=self.lag_weeks or 0,
            ramp_weeks=self.ramp_weeks or 0,
            source_lag_days=definition.lag_days,
            stored=Grain(self.kpi.grain),
            judged=self.kpi.judged,
        )

    def measured(self, *, starts_on: date, ends_on: date) -> Baseline:
        """A baseline, not saved, from the values of record in whole judging periods, as they stand now."""
        stored, judged, kind = Grain(self.kpi.grain), self.kpi.judged, self.kpi.definition.kind
        values = Snapshot.objects.of_record().between(self.kpi, starts_on, ends_on)
        found = roll_up(values, kind=kind, stored=stored, judged=judged, from_day=starts_on, until=ends_on)
        length = closed(starts_on, ends_on, stored=stored, judged=judged)
        periods = [replace(period, index=period.index - length) for period in found]
        known = [value for period in periods if (value := value_of(period, kind)) is not None]
        prospect = self.prospect(periods, starts_on=ends_on)
        return Baseline(
            target=self,
            starts_on=starts_on,
            ends_on=ends_on,
            inputs=[period.row() for period in periods],
            value=mean_value(periods, kind, known),
            sd=stdev(known) if len(known) > 1 else 0.0,
            n=len(known),
            coverage=sum(period.days for period in periods) / (ends_on - starts_on).days,
            detectable_effect=prospect.detectable,
        )

    def prospect(self, baseline: Sequence[Period], *, starts_on: date) -> Prospect:
        """What a pilot of this time-box could show on top of these periods, whenever it starts."""
        weeks = self.initiative.timebox_weeks
        plan = self.plan(starts_on=starts_on, due_on=starts_on + timedelta(weeks=weeks))
        if self.kpi.judged is Grain.MONTH:
            return Prospect(detectable_effect(plan, baseline), 0, None, None)
        return pilot_weeks.prospect(plan, baseline)


class BaselineQuerySet(models.QuerySet["Baseline"]):
    """Questions about baselines."""

    def visible_to(self, user: User) -> BaselineQuerySet:
        return self.filter(target__in=Target.objects.visible_to(user))

    def locked(self) -> BaselineQuerySet:
        return self.filter(locked_at__isnull=False)

    def carry_over(self, old: Target, new: Target) -> None:
        """What was locked for the old target holds for the new one, as long as KPI and pages are the same."""
        if (old.kpi_id, old.page_set_id) != (new.kpi_id, new.page_set_id):
            return
        for baseline in self.locked().filter(target=old):
            baseline.pk, baseline.target, baseline.number = None, new, 1
            baseline.save(force_insert=True)


class Baseline(models.Model):
    """Where a target starts: eight weeks or more before the pilot. Locked, it never changes by a byte."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="baselines")
    number = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()  # the first day after the window
    method = models.CharField(max_length=40, default="weekly mean")
    inputs = models.JSONField(default=list)  # [[week, num, den, days], …] as they stood
    value = models.FloatField()  # a week, on the KPI's own scale
    sd = models.FloatField()
    n = models.PositiveSmallIntegerField()  # known weeks
    coverage = models.FloatField()  # known share of the days
    detectable_effect = models.FloatField(null=True, blank=True)  # smallest relative change this time-box can show
    computed_at = models.DateTimeField()
    locked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    locked_at = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField(max_length=64)

    objects = BaselineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("target", "number", name="baseline_number_is_taken_once"),
            models.UniqueConstraint(
                "target", condition=Q(locked_at__isnull=False), name="baseline_is_locked_once_per_target"
            ),
            models.CheckConstraint(
                name="baseline_is_locked_by_somebody",
                condition=Q(locked_by=None, locked_at=None) | Q(locked_by__isnull=False, locked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="baseline_figures_are_finite",
                condition=Q(
                    value__gte=-1e15, value__lte=1e15, sd__gte=0, sd__lte=1e15, coverage__gte=0, coverage__lte=1
                ),
            ),
            models.CheckConstraint(name="baseline_window_is_not_empty", condition=Q(ends_on__gt=F("starts_on"))),
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.starts_on}–{self.ends_on}"

    @property
    def periods(self) -> list[Period]:
        return [Period.of(row) for row in self.inputs]

    def prospect(self) -> Prospect:
        """What a pilot that starts when it ends could show, by the plan as it stands now."""
        return self.target.prospect(self.periods, starts_on=self.ends_on)

    def digest(self) -> str:
        """The hash of what is measured; a replaced target may carry it on, so the target is not part of it."""
        names = ["starts_on", "ends_on", "method", "inputs", "value", "sd", "n", "coverage"]
        return canonical.sha256({"kpi": self.target.kpi_id} | {name: getattr(self, name) for name in names})

    def lock(self, *, by: User, at: datetime) -> None:
        Baseline.objects.filter(pk=self.pk, locked_at=None).update(locked_by=by, locked_at=at)
        self.refresh_from_db()
