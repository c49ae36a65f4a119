"""Goals, initiatives and the steps they took."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Count, F, FilteredRelation, OuterRef, Q, Subquery, Sum, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from initiatives.lifecycle import ENDED, State, next_states
from initiatives.readiness import weekly_cost
from metrics.models import Kpi
from ownership import policy
from ownership.models import AppendOnly, Governed, Seat, Unit, User
from ownership.refusals import Incomplete, NotNow, NotYours
from ownership.refusals import gettext_noop as words

MONEY_LIMIT = 10**11


class GoalQuerySet(models.QuerySet["Goal"]):
    """Questions about goals."""

    def visible_to(self, user: User) -> GoalQuerySet:
        return self.filter(unit__in=Unit.objects.visible_to(user))


class Goal(Governed):
    """A business goal: what initiatives serve."""

    prefix: ClassVar[str] = "G"

    statement = models.CharField(_("statement"), max_length=200)
    horizon_on = models.DateField(_("horizon"))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="goals")
    owner = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="goals")
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, null=True, blank=True, related_name="goals")

    objects = GoalQuerySet.as_manager()

    def __str__(self) -> str:
        return self.statement

    @property
    def stream_unit_id(self) -> int | None:
        return self.unit_id


# As text, for the number beside the inbox asks six times on every page, and putting together the same from Q objects
# took ten times as long as the answer of the database.
_VISIBLE = """
WITH mine AS (
    SELECT id FROM ownership_seat WHERE holder_id = %s
    UNION SELECT seat_id FROM ownership_appointment WHERE person_id = %s AND closed_at IS NULL
)
SELECT i.id FROM initiatives_initiative i JOIN ownership_unit u ON u.id = i.unit_id
WHERE u.path LIKE %s
    OR i.sponsor_id IN (SELECT id FROM mine)
    OR i.owner_id IN (SELECT id FROM mine)
    OR i.change_lead_id IN (SELECT id FROM mine)
    OR i.id IN (
        SELECT t.initiative_id FROM initiatives_target t JOIN metrics_kpi k ON k.id = t.kpi_id
        WHERE k.steward_id IN (SELECT id FROM mine)
    )
"""


class InitiativeQuerySet(models.QuerySet["Initiative"]):
    """Questions about initiatives."""

    def visible_to(self, user: User) -> InitiativeQuerySet:
        """The one read gate: those of visible units, those in which one holds or is offered a seat, and those whose
        figures one vouches for."""
        if policy.may_read_everything(user.role):
            return self
        below = f"{user.unit.path}%" if user.unit else ""
        return self.filter(pk__in=RawSQL(_VISIBLE, [user.pk, user.pk, below]))  # noqa: S611  constant

    def with_standing(self) -> InitiativeQuerySet:
        """How each stands: the current verdict on its main KPI, open flags, money spent. One query, any number of rows.

        Adds verdict_status ("" before the first verdict), effect, effect_low and effect_high, main_kpi (its name),
        flag_count and spent.
        """
        this = Initiative.objects.filter(pk=OuterRef("pk"))
        flags = this.annotate(n=Count("flags", filter=Q(flags__closed_at=None)))
        costs = this.annotate(total=Coalesce(Sum("costs__amount"), Value(Decimal(0))))
        current_main = Q(targets__role="primary", targets__superseded_at=None)  # one at most, says a constraint
        return self.annotate(
            main=FilteredRelation("targets", condition=current_main),
            verdict_status=Coalesce(F("main__status"), Value("")),
            effect=F("main__verdict__effect"),
            effect_low=F("main__verdict__low"),
            effect_high=F("main__verdict__high"),
            main_kpi=F("main__kpi__name"),
            flag_count=Subquery(flags.values("n")),
            spent=Subquery(costs.values("total")),
        )

    def for_portfolio(self) -> InitiativeQuerySet:
        """All that a portfolio row shows, in one query however many rows."""
        rows = self.with_standing().select_related("goal", "unit", "sponsor__holder", "owner__holder")
        return rows.order_by("title", "pk")

    def for_page(self) -> InitiativeQuerySet:
        """All that stands at the head of an initiative's pages."""
        return self.with_standing().select_related(
            "goal", "unit", "sponsor__holder", "owner__holder", "change_lead__holder", "created_by"
        )


P = TypeVar("P", bound=models.Model)


class PartQuerySet(models.QuerySet[P]):
    """Questions about rows that belong to one initiative."""

    def visible_to(self, user: User) -> Self:
        """Whoever sees the initiative sees its parts."""
        return self.filter(initiative__in=Initiative.objects.visible_to(user))


class Initiative(Governed):
    """One attempt, from idea to proven value or a lesson."""

    prefix: ClassVar[str] = "INI"

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, null=True, blank=True, related_name="initiatives")
    title = models.CharField(_("title"), max_length=120)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="initiatives")
    sponsor = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, blank=True, related_name="sponsored")
    owner = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, blank=True, related_name="owned")
    change_lead = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    track = models.CharField(
        _("track"), max_length=8, default="standard", choices=[("standard", _("standard")), ("light", _("light"))]
    )
    state = models.CharField(
        _("state"), max_length=10, default=State.DRAFT, editable=False, choices=[(s.value, s.value) for s in State]
    )
    paused_from = models.CharField(max_length=10, null=True, blank=True, editable=False)  # noqa: DJ001  null is "not paused"
    process = models.TextField(_("which process hurts, and whom"), blank=True)
    hours_per_week = models.FloatField(_("hours a week it takes"), null=True, blank=True)
    hourly_rate = models.DecimalField(_("cost of an hour"), max_digits=14, decimal_places=2, null=True, blank=True)
    error_share = models.FloatField(_("share that goes wrong"), null=True, blank=True)  # 0–1
    errors_per_week = models.FloatField(_("pieces of work a week"), null=True, blank=True)
    cost_per_error = models.DecimalField(_("cost of an error"), max_digits=14, decimal_places=2, null=True, blank=True)
    scope = models.TextField(_("scope"), blank=True)
    data_classes = models.TextField(_("personal or confidential data"), blank=True)
    timebox_weeks = models.PositiveSmallIntegerField(_("time-box in weeks"), default=6)
    pilot_starts_on = models.DateField(null=True, blank=True, editable=False)
    pilot_ends_on = models.DateField(null=True, blank=True, editable=False)
    budget = models.DecimalField(_("budget"), max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    horizon_months = models.PositiveSmallIntegerField(_("horizon in months"), default=12)
    alarm_policy = models.CharField(
        _("alarm policy"),
        max_length=8,
        default="balanced",
        choices=[("strict", _("strict")), ("balanced", _("balanced")), ("eager", _("eager"))],
    )
    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    state_since = models.DateTimeField(editable=False)

    objects = InitiativeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="initiative_state_is_known", condition=Q(state__in=list(State))),
            models.CheckConstraint(
                name="initiative_beyond_draft_has_both_seats",
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(sponsor__isnull=False, owner__isnull=False, goal__isnull=False),
            ),
            models.CheckConstraint(
                name="initiative_is_paused_from_somewhere",
                condition=Q(state="paused", paused_from__isnull=False) | (~Q(state="paused") & Q(paused_from=None)),
            ),
            models.CheckConstraint(
                name="initiative_timebox_is_one_to_fifty_two_weeks",
                condition=Q(timebox_weeks__gte=1, timebox_weeks__lte=52),
            ),
            models.CheckConstraint(
                name="initiative_horizon_is_one_to_sixty_months",
                condition=Q(horizon_months__gte=1, horizon_months__lte=60),
            ),
            models.CheckConstraint(
                name="initiative_budget_is_an_amount",
                condition=Q(budget=None) | Q(budget__gte=0, budget__lt=MONEY_LIMIT),
            ),
            models.CheckConstraint(
                name="initiative_problem_figures_are_finite",
                condition=(Q(hours_per_week=None) | Q(hours_per_week__gte=0, hours_per_week__lte=100_000))
                & (Q(errors_per_week=None) | Q(errors_per_week__gte=0, errors_per_week__lte=10_000_000))
                & (Q(error_share=None) | Q(error_share__gte=0, error_share__lte=1))
                & (Q(hourly_rate=None) | Q(hourly_rate__gte=0, hourly_rate__lt=MONEY_LIMIT))
                & (Q(cost_per_error=None) | Q(cost_per_error__gte=0, cost_per_error__lt=MONEY_LIMIT)),
            ),
            models.CheckConstraint(
                name="initiative_pilot_ends_after_it_starts",
                condition=Q(pilot_starts_on=None, pilot_ends_on=None)
                | Q(pilot_starts_on__isnull=False, pilot_ends_on__isnull=False, pilot_ends_on__gt=F("pilot_starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def stream(self) -> str:
        return f"initiative:{self.pk}"

    @property
    def stream_unit_id(self) -> int | None:
        return self.unit_id

    def problem_cost(self) -> float | None:
        """What the problem costs a week, in the initiative's currency; None until hours and rate are known."""
        if self.hours_per_week is None or self.hourly_rate is None:
            return None
        return weekly_cost(
            hours=self.hours_per_week,
            rate=float(self.hourly_rate),
            pieces=self.errors_per_week or 0.0,
            error_share=self.error_share or 0.0,
            cost_per_error=float(self.cost_per_error or 0),
        )

    def is_written_by(self, user: User) -> bool:
        """Whether this person writes the plan: its owner, or who leads the change."""
        return any(seat is not None and seat.holder_id == user.pk for seat in (self.owner, self.change_lead))

    def is_answered_by(self, user: User) -> bool:
        """Whether this person answers for part of it: holds one of its seats, or vouches for one of its KPIs."""
        seats = Seat.objects.filter(holder=user)
        own = seats.filter(pk__in=[self.sponsor_id, self.owner_id, self.change_lead_id])
        return own.exists() or self.targets.filter(kpi__steward__in=seats).exists()

    def hold(self) -> None:
        """Let others who write or decide here wait until the transaction ends; see what they left."""
        self.refresh_from_db(from_queryset=Initiative.objects.select_for_update(no_key=True))

    def open_to(self, user: User, *, reason: str) -> None:
        """Hold it for a writer. NotYours: somebody else's plan; NotNow: it has ended; Incomplete: beyond the draft, a
        change of what others rely on says why."""
        self.hold()
        if not self.is_written_by(user):
            raise NotYours(words("Only the owner, or who leads the change, writes the plan."), code="not_owner")
        self.require_alive()
        if self.state != State.DRAFT and not reason.strip():
            raise Incomplete(words("Say why you change what others rely on."), code="no_reason", field="reason")

    def require_alive(self) -> None:
        if self.state in ENDED:
            raise NotNow(words("%(ref)s has ended; it stays as it was."), code="ended", ref=self.ref)

    def move(
        self,
        *,
        to: State,
        by: User | None,
        at: datetime,
        reason: str,
        expected_version: int,
        criteria: list[dict[str, Any]] | None = None,
        lesson: str = "",
        **fields: Any,
    ) -> Transition:
        """Take one step: the version (one winner), the transition, then the state, which a trigger now accepts."""
        here = State(self.paused_from) if self.paused_from else None
        if to not in next_states(State(self.state), paused_from=here):
            raise NotNow(words("%(ref)s is %(state)s and cannot become %(to)s."), ref=self.ref, state=self.state, to=to)
        before = self.state
        self.change(expected_version=expected_version)
        step = self.transitions.create(
            version=self.version,
            from_state=before,
            to_state=to,
            by=by,
            at=at,
            reason=reason,
            lesson=lesson,
            criteria=criteria or [],
        )
        paused_from = before if to is State.PAUSED else None
        Initiative.objects.filter(pk=self.pk).update(state=to, state_since=at, paused_from=paused_from, **fields)
        self.refresh_from_db()
        return step


class Transition(AppendOnly):
    """One step of the lifecycle. A trigger refuses a change of state without its row."""

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="transitions")
    version = models.PositiveIntegerField()
    from_state = models.CharField(max_length=10)
    to_state = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField()
    lesson = models.TextField(blank=True)
    criteria = models.JSONField(default=list)  # what was met, at that moment
    xid = models.BigIntegerField(null=True, editable=False)  # the transaction, filled by a trigger

    class Meta:
        constraints = [
            models.UniqueConstraint("initiative", "version", name="transition_version_is_taken_once"),
            models.CheckConstraint(name="transition_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="transition_leads_elsewhere", condition=~Q(from_state=F("to_state"))),
        ]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"
