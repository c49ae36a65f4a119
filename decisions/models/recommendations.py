"""What AI tools advised, where each piece of advice stands, and who is asked about it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from django.db import models
from django.db.models import Q

from decisions.models.facts import Situation
from decisions.models.rules import AUTHORITIES, Domain, named_seat
from decisions.rules import Authority
from initiatives.models import Initiative
from ownership.models import Governed, Seat, Token, User
from ownership.policy import Role

if TYPE_CHECKING:
    from decisions.models.evaluations import Evaluation

STATES = ["needs_facts", "waiting", "testing", "granted", "applied", "blocked", "rejected", "expired", "reverted"]
FACTS_DAYS: Final = 5  # to supply what is missing
APPLY_DAYS: Final = 7  # to apply what was granted
STATE_OF: Final = {
    Authority.BLOCK: "blocked",
    Authority.TWO_PERSON: "waiting",
    Authority.EXPERIMENT: "testing",
    Authority.HUMAN_DECIDES: "waiting",
    Authority.HUMAN_CONFIRMS: "waiting",
    Authority.AI_SAMPLED: "granted",
    Authority.AI_NOTIFY: "granted",
    Authority.AI_WINS: "granted",
}


class RecommendationQuerySet(models.QuerySet["Recommendation"]):
    """Questions about recommendations."""

    def visible_to(self, user: User) -> RecommendationQuerySet:
        """Those of visible initiatives, and those one is to decide."""
        mine = Q(decider__holder=user) | Q(second__holder=user)
        return self.filter(Q(initiative__in=Initiative.objects.visible_to(user)) | mine)

    def waiting_for(self, user: User) -> RecommendationQuerySet:
        """What this person is asked to decide, the most urgent first."""
        mine = Q(decider__holder=user) | Q(second__holder=user)
        waiting = self.filter(mine, state__in=["waiting", "testing"]).select_related("domain", "initiative", "decider")
        return waiting.order_by("due_on", "pk")

    def for_log(self) -> RecommendationQuerySet:
        """All that a row of a list shows."""
        return self.select_related("domain", "initiative", "decider__holder", "second__holder").order_by("-pk")


class Recommendation(Governed):
    """One piece of advice by an AI tool about one target (a page, a link, a batch of pages).

    `facts` are normalised readings: what the tool claimed, and what people added. `authority` is what counts here: that
    of the last evaluation, or stricter where `held_by` says so (drawn as a sample, or the name of a cap that is full).
    `due_on` is the day until which somebody answers; while `testing`, the day on which the test ends.
    """

    prefix: ClassVar[str] = "R"

    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="recommendations")
    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="recommendations")
    source = models.CharField(max_length=80)  # the tool
    model = models.CharField(max_length=80, blank=True)
    key = models.CharField(max_length=120)  # the tool's own id
    body_sha256 = models.CharField(max_length=64)
    subject = models.CharField(max_length=300)  # what it is about: /sofa/covers
    pages = models.PositiveIntegerField(default=1)  # how many it changes
    proposal = models.JSONField(default=dict)  # title, before, after, argument
    facts = models.JSONField(default=dict)
    confidence = models.FloatField(null=True)  # 0–1, as claimed
    expected_effect = models.FloatField(null=True)  # relative change, as claimed
    state = models.CharField(max_length=11)
    authority = models.CharField(max_length=14, choices=AUTHORITIES, null=True)  # noqa: DJ001  null until facts suffice
    held_by = models.CharField(max_length=20, blank=True)
    decider = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="recommendations")
    second = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    first_yes = models.JSONField(null=True)  # of two people: by, rationale, trade_off
    due_on = models.DateField(null=True)
    apply_by = models.DateField(null=True)
    revert_until = models.DateField(null=True)
    granted_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(Token, on_delete=models.PROTECT, null=True, related_name="+")

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("source", "key", name="recommendation_key_is_used_once_per_source"),
            models.CheckConstraint(name="recommendation_state_is_known", condition=Q(state__in=STATES)),
            models.CheckConstraint(
                name="recommendation_confidence_is_a_share",
                condition=Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1),
            ),
            models.CheckConstraint(
                name="recommendation_has_an_authority_once_facts_suffice",
                condition=Q(state__in=["needs_facts", "expired"]) | Q(authority__isnull=False),
            ),
            models.CheckConstraint(
                name="recommendation_blocked_is_never_granted",
                condition=~Q(authority="block") | Q(state__in=["blocked", "expired"]),
            ),
            models.CheckConstraint(
                name="recommendation_is_applied_only_when_granted",
                condition=~Q(state__in=["testing", "granted", "applied", "reverted"]) | Q(granted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="recommendation_changes_pages", condition=Q(pages__gte=1, pages__lte=10_000_000)
            ),
        ]
        indexes = [models.Index("initiative", "granted_at", name="recommendation_granted")]

    def __str__(self) -> str:
        return str(self.proposal.get("title") or self.subject)

    @property
    def stream(self) -> str:
        return self.initiative.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id

    def is_for(self, user: User) -> bool:
        """Whether this person is asked: in a deciding seat, or as a lead where all of them are empty."""
        holders = {seat.holder_id for seat in (self.decider, self.second) if seat} - {None}
        return user.pk in holders if holders else user.role == Role.LEAD

    def evaluation(self) -> Evaluation:
        """The newest one."""
        newest = self.evaluations.select_related("floor__rule_set", "table__rule_set", "exceptions__rule_set")
        return newest.order_by("-pk")[0]

    def may_apply(self, *, on: date) -> float:
        """The share of it that the tool may apply that day: 0 to 1."""
        if self.state not in ("granted", "testing") or self.apply_by is None or on > self.apply_by:
            return 0
        return 1 if self.state == "granted" else self.evaluation().duties["canary_share"] or 0

    def is_decidable(self, *, on: date) -> bool:
        """Whether a person may decide that day. No opinion cuts a test short."""
        if self.state == "testing":
            return self.due_on is None or on >= self.due_on
        return self.state == "waiting"

    def follow(self, evaluation: Evaluation, now: Situation) -> None:
        """Go where the evaluation sends it: to people, to a test, or to the tool. A full cap sends it to a person."""
        if evaluation.authority is None:
            due_on = now.today + timedelta(days=FACTS_DAYS)
            self.change(expected_version=self.version, state="needs_facts", authority=None, due_on=due_on)
            return
        level, duties = Authority.of(evaluation.authority), evaluation.duties
        held_by = "sample" if evaluation.is_drawn else self._full_cap(duties["caps"], now) if level.is_ai else ""
        level = Authority.HUMAN_CONFIRMS if held_by else level
        state = STATE_OF[level]
        is_granted = state in ("granted", "testing")
        decider = self._seat(duties["decider"])
        days = duties["canary_days"] if state == "testing" and duties["canary_days"] else duties["sla_days"]
        self.change(
            expected_version=self.version,
            state=state,
            authority=level.key,
            held_by=held_by,
            decider=decider,
            second=self._seat(duties["second"], apart=decider) if level is Authority.TWO_PERSON else None,
            first_yes=None,
            due_on=now.today + timedelta(days=days) if state in ("waiting", "testing") else None,
            granted_at=now.at if is_granted else None,
            apply_by=now.today + timedelta(days=APPLY_DAYS) if is_granted else None,
        )

    def grant(self, now: Situation, *, expected_version: int) -> None:
        """A person said yes: the tool may apply it."""
        apply_by = now.today + timedelta(days=APPLY_DAYS)
        self.change(
            expected_version=expected_version, state="granted", granted_at=now.at, apply_by=apply_by, due_on=None
        )

    def _seat(self, title: str, *, apart: Seat | None = None) -> Seat | None:
        """The named seat, else the domain's, the owner's, the sponsor's: the first that is held (by somebody else)."""
        initiative = self.initiative
        chain = [
            named_seat(title, initiative) if title else None,
            self.domain.decider,
            initiative.owner,
            initiative.sponsor,
        ]
        held = (seat for seat in chain if seat and seat.holder_id)
        return next((seat for seat in held if apart is None or seat.holder_id != apart.holder_id), None)

    def _full_cap(self, caps: dict[str, float], now: Situation) -> str:
        """The cap that this would overrun, if any. Callers hold the initiative's lock, so counting is exact."""
        monday = now.today - timedelta(days=now.today.weekday())
        for name, most in sorted(caps.items()):
            if name == "revenue_share":
                share = self.facts.get("revenue_share", {}).get("value")
                used = most + 1 if share is None else share
            else:
                counted, _per, period = name.split("_")
                changes, pages = now.granted_since(now.today if period == "day" else monday, domain=self.domain)
                used = changes + 1 if counted == "changes" else pages + self.pages
            if used > most:
                return name
        return ""
