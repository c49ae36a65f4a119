"""What came of it: on the agreed day somebody who did not decide it alone says how it turned out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from decisions.choices import ACCEPT, WEIGHED
from decisions.learning import GOOD, OVERDUE_DAYS, of_advice, proposed
from decisions.models.decisions import Decision
from decisions.models.recommendations import Recommendation
from decisions.rules import Authority
from initiatives.flags import FlagKind
from initiatives.models import Flag, Verdict
from initiatives.models.flags import FlagQuerySet
from ownership.models import Due, DueQuerySet, Governed, Seat, User
from ownership.policy import Role

if TYPE_CHECKING:
    from decisions.models.facts import Situation

SHARE: Final = 0.1  # of what need not be reviewed, unless its rule names a sample
RESULTS = [("good", _("Right")), ("bad", _("Wrong")), ("unclear", _("Unclear"))]
PROCESS = [(1, _("1, poor")), (2, "2"), (3, _("3, sound")), (4, "4"), (5, _("5, exemplary"))]
LEADS: Final = 5  # rungs: four seats in line, then the portfolio leads, then it is held
HELD: Final = 6


class OutcomeReviewQuerySet(DueQuerySet["OutcomeReview"]):
    """Questions about outcome reviews, and their making."""

    def visible_to(self, user: User) -> OutcomeReviewQuerySet:
        """Those of visible recommendations, and those one is asked for."""
        return self.filter(Q(recommendation__in=Recommendation.objects.visible_to(user)) | Q(reviewer__holder=user))

    def waiting_for(self, user: User, *, on: date) -> OutcomeReviewQuerySet:
        """What this person is asked to review that day, the oldest first."""
        mine = Q(reviewer__holder=user)
        if user.role == Role.LEAD:
            mine |= Q(rung__gte=LEADS) | Q(reviewer__holder=None)
        asked = self.filter(mine, result="", agreed_on__lte=on).exclude(sole_decider=user)
        return asked.select_related("recommendation__domain", "recommendation__initiative").order_by("agreed_on", "pk")

    def for_page(self) -> OutcomeReviewQuerySet:
        row = "recommendation"
        return self.select_related(
            "decision", "reviewer__holder", "reviewed_by", "verdict__target__kpi", row, f"{row}__domain",
            f"{row}__initiative", f"{row}__decider",
        )  # fmt: skip

    def schedule(self, now: Situation, *, on: date, decision: Decision | None = None) -> None:
        """Agree to look at an outcome: always where people weigh or oppose the AI, of the rest a drawn share."""
        row = now.recommendation
        is_weighed = decision is not None and Authority.of(decision.authority) in WEIGHED
        is_opposed = decision is not None and not decision.followed_ai
        if is_weighed or is_opposed:
            self._agree(now, on=on, why="always", decision=decision)
        elif row.is_drawn(b"mandate.review", row.evaluation().duties["sample"] or SHARE):
            self._agree(now, on=on, why="drawn", decision=decision)

    def bring_forward(self, now: Situation) -> None:
        """It was undone, or its tool says that it went wrong: somebody looks today, agreed or not."""
        review = self.filter(recommendation=now.recommendation).first()
        if review is None:
            decision = now.recommendation.decisions.order_by("-pk").first()
            self._agree(now, on=now.today, why="reported", decision=decision)
        elif not review.result and review.agreed_on > now.today:
            review.agreed_on = now.today
            review.change(expected_version=review.version, agreed_on=now.today, **review.asks_until(now.today, now))

    def _agree(self, now: Situation, *, on: date, why: str, decision: Decision | None) -> None:
        deciders = decision.deciders if decision else []
        review = OutcomeReview(
            recommendation=now.recommendation,
            decision=decision,
            why=why,
            agreed_on=on,
            sole_decider_id=deciders[0] if len(deciders) == 1 else None,
        )
        for name, value in (review.next_in_line() | review.asks_until(on, now)).items():
            setattr(review, name, value)
        review.save(force_insert=True)


class OutcomeReview(Due, Governed):
    """One recommendation's outcome, whether it was followed or not. Settled once, it stays.

    `agreed_on` is the day from which it can be told, `due_on` the last day of whom it asks now (null: held or settled).
    `rung` says how far it has climbed. A decision and its outcome are judged apart: a good one can end badly.
    """

    prefix: ClassVar[str] = "OR"
    queue: ClassVar[str] = "judge"
    claim_size: ClassVar[int] = 100

    recommendation = models.OneToOneField(Recommendation, on_delete=models.PROTECT, related_name="review")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=8, choices=[("always", ""), ("drawn", ""), ("reported", "")])
    agreed_on = models.DateField()
    sole_decider = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    rung = models.PositiveSmallIntegerField(default=0)
    reviewer = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)
    verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, null=True, related_name="+")  # the effect then shown
    result = models.CharField(max_length=7, choices=RESULTS, blank=True)
    process = models.PositiveSmallIntegerField(choices=PROCESS, null=True)
    note = models.TextField(blank=True)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)

    objects = OutcomeReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="review_is_settled_whole_or_not_at_all",
                condition=Q(result="", process=None, note="", reviewed_by=None, reviewed_at=None)
                | Q(result__in=["good", "bad", "unclear"], process__isnull=False, process__range=(1, 5))
                & ~Q(note="")
                & Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="review_is_not_by_the_sole_decider",
                condition=Q(sole_decider=None) | Q(reviewed_by=None) | ~Q(reviewed_by=F("sole_decider")),
            ),
            models.CheckConstraint(name="review_climbs_to_a_known_rung", condition=Q(rung__lte=HELD)),
            models.CheckConstraint(name="review_reason_is_known", condition=Q(why__in=["always", "drawn", "reported"])),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="review_due")]

    def __str__(self) -> str:
        return str(self.recommendation)

    @property
    def stream(self) -> str:
        return self.recommendation.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.recommendation.stream_unit_id

    @property
    def counts_on(self) -> date:
        """From that day on it counts as a bad outcome, if nobody has looked."""
        return self.agreed_on + timedelta(days=OVERDUE_DAYS + 1)

    def next_look(self, now: Situation) -> datetime | None:
        """When the clock looks again: after the last day of whom it asks, and when it begins to count."""
        looks = [now.end_of(self.due_on)] if self.due_on else []
        if now.today < self.counts_on:
            looks.append(now.setting.midnight(self.counts_on))
        return min(looks, default=None)

    def begins_to_count(self, now: Situation) -> bool:
        """Whether this look is the one."""
        return self.due_at is not None and self.due_at <= now.setting.midnight(self.counts_on) <= now.at

    def is_for(self, user: User) -> bool:
        """Whether this person is asked; whoever decided it alone never is."""
        holder = self.reviewer.holder_id if self.reviewer else None
        is_theirs = user.pk == holder or (user.role == Role.LEAD and (self.rung >= LEADS or holder is None))
        return is_theirs and user.pk != self.sole_decider_id

    def next_in_line(self) -> dict[str, Any]:
        """Who is asked next: a seat held by somebody who was not asked yet and did not decide it alone; the leads."""
        seats = self.recommendation.seats_in_line()
        passed = {seat.holder_id for seat in seats[: self.rung] if seat} | {self.sole_decider_id, None}
        for rung, seat in enumerate(seats[self.rung :], start=self.rung + 1):
            if seat and seat.holder_id not in passed:
                return {"rung": rung, "reviewer": seat}
        return {"rung": HELD if self.rung >= LEADS else LEADS}

    def asks_until(self, on: date, now: Situation) -> dict[str, Any]:
        """Whom it asks from that day on has as many days as the domain gives for deciding."""
        self.due_on = on + timedelta(days=now.setting.domain.sla_days)
        return {"due_on": self.due_on, "due_at": self.next_look(now)}

    def lapse(self, now: Situation, *, expected_version: int) -> str:
        """The last day passed in silence: the next in line is asked; after the leads it is held. "": not yet."""
        if self.due_on is None or now.today <= self.due_on:
            return ""
        fields = self.next_in_line()
        is_held = fields["rung"] == HELD
        fields |= {"due_on": None} if is_held else self.asks_until(now.today, now)
        self.change(expected_version=expected_version, **fields)
        return "held" if is_held else "escalated"

    def flags(self) -> FlagQuerySet:
        """The open question why nobody reviews it."""
        subject = f"review:{self.pk}"
        return Flag.objects.open().filter(
            initiative=self.recommendation.initiative, kind=FlagKind.UNUSED, subject=subject
        )

    def measured(self) -> Verdict | None:
        """What the main KPI says, if it was judged since the advice was taken or not; once settled, what it then said.

        It is of the whole initiative: nothing measures one recommendation alone.
        """
        if self.result:
            return self.verdict
        row = self.recommendation
        main = (
            row.initiative.targets.filter(role="primary", superseded_at=None).select_related("verdict", "kpi").first()
        )
        verdict = main.verdict if main else None
        since = row.applied_at or (self.decision.decided_at if self.decision else row.received_at)
        return verdict if verdict and verdict.effect is not None and verdict.judged_at > since else None

    def proposes(self) -> str:
        """What the measured effect says of the outcome, "" where nothing was measured. The reviewer has the last word.

        Of advice that was not followed the initiative's figures tell nothing.
        """
        verdict = self.measured()
        is_followed = self.decision is None or self.decision.followed_ai
        if verdict is None or not is_followed:
            return ""
        return proposed(verdict.low, verdict.high, lower_is_better=verdict.target.kpi.definition.lower_is_better)

    @property
    def is_good(self) -> bool:
        return self.result == GOOD


def outcome_of(row: Recommendation) -> str | None:
    """How its advice turned out, or would have: None is not known. Reads `row.review` and its decision."""
    review: OutcomeReview | None = getattr(row, "review", None)
    if review is None or not review.result:
        return None
    return of_advice(review.result, review.decision.chosen if review.decision else ACCEPT)
