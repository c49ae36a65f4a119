"""What AI tools advised, where each piece of advice stands, and who is asked about it."""

from __future__ import annotations

import hmac
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from decisions.choices import BLIND
from decisions.models.facts import Setting, Situation
from decisions.models.rules import AUTHORITIES, Domain
from decisions.rules import Authority, Timeout, is_drawn
from initiatives.flags import FlagKind
from initiatives.lifecycle import ENDED
from initiatives.models import Flag, Initiative
from initiatives.models.flags import FlagQuerySet
from ownership.models import Due, DueQuerySet, Governed, Seat, Token, User
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


class RecommendationQuerySet(DueQuerySet["Recommendation"]):
    """Questions about recommendations."""

    def visible_to(self, user: User) -> RecommendationQuerySet:
        """Those of visible initiatives, and those one is to decide."""
        mine = Q(decider__holder=user) | Q(second__holder=user)
        return self.filter(Q(initiative__in=Initiative.objects.visible_to(user)) | mine)

    def waiting_for(self, user: User) -> RecommendationQuerySet:
        """What this person is asked to decide, the most urgent first. Leads are asked where no seat answers."""
        mine = Q(decider__holder=user) | Q(second__holder=user)
        if user.role == Role.LEAD:
            mine |= Q(asks_lead=True) | Q(decider__holder=None, second__holder=None)
        waiting = self.filter(mine, state__in=["waiting", "testing"]).select_related("domain", "initiative", "decider")
        return waiting.order_by("due_on", "pk")

    def for_log(self) -> RecommendationQuerySet:
        """All that a row of a list shows."""
        return self.select_related("domain", "initiative", "decider__holder", "second__holder").order_by("-pk")


class Recommendation(Due, Governed):
    """One piece of advice by an AI tool about one target (a page, a link, a batch of pages).

    `facts` are normalised readings: what the tool claimed, and what people added. `authority` is what counts here: that
    of the last evaluation, or stricter where `held_by` says so (a sample, the breaker, or the name of a full cap), or
    where people were asked before the newest facts came.
    `due_on` is the day until which somebody answers; while `testing`, the day on which the test ends. `due_at` is when
    the clock looks whether that has happened. Of one that `is_blind` the deciders say what they would do before they
    see the proposal.
    """

    prefix: ClassVar[str] = "R"
    queue: ClassVar[str] = "judge"
    claim_size: ClassVar[int] = 100

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
    asks_lead = models.BooleanField(default=False)  # the seats were silent: any portfolio lead may answer, too
    is_blind = models.BooleanField(default=False)
    first_yes = models.JSONField(null=True)  # of two people: by, rationale, trade_off
    due_on = models.DateField(null=True)
    apply_by = models.DateField(null=True)
    revert_until = models.DateField(null=True)
    granted_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    reported = models.JSONField(null=True)  # how it turned out, as its tool says: result, effect, note, on
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(Token, on_delete=models.PROTECT, null=True, related_name="+")

    newest: Evaluation | None = None  # left by whoever has just made or read it; gone with the next change

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
        indexes = [
            models.Index("initiative", "granted_at", name="recommendation_granted"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="recommendation_due"),
        ]

    def __str__(self) -> str:
        is_secret = self.is_blind and self.state == "waiting"
        return str((not is_secret and self.proposal.get("title")) or self.subject)

    @property
    def stream(self) -> str:
        return self.initiative.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.newest = None
        super().refresh_from_db(*args, **kwargs)

    def is_for(self, user: User) -> bool:
        """Whether this person is asked: in a deciding seat, or as a lead where all of them are empty or silent."""
        holders = {seat.holder_id for seat in (self.decider, self.second) if seat} - {None}
        return user.pk in holders or (user.role == Role.LEAD and (self.asks_lead or not holders))

    def is_hidden_from(self, user: User) -> bool:
        """Whether this person is asked, and has to say what they would do before they see the proposal."""
        is_asked = self.is_blind and self.state == "waiting" and self.is_for(user)
        return is_asked and all(first.by_id != user.pk for first in self.first_choices.all())

    def evaluation(self) -> Evaluation:
        """The newest one."""
        return self.newest or self.evaluations.with_rules().order_by("-pk")[0]

    def situation(self, at: datetime) -> Situation:
        """This one alone, at that instant."""
        return Situation(self, Setting(self.domain, self.initiative, at, [self.subject]))

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

    def course(self, evaluation: Evaluation, now: Situation) -> dict[str, Any]:
        """Where the evaluation sends it, in fields: to people, to a test, or to the tool. A full cap sends it to a
        person, and so does the breaker with a test, which begins unseen."""
        if evaluation.authority is None:
            until = now.today + timedelta(days=FACTS_DAYS)
            return {"state": "needs_facts", "authority": None, "due_on": until, "due_at": now.end_of(until)}
        level, duties = Authority.of(evaluation.authority), evaluation.duties
        held_by = "sample" if evaluation.is_drawn else self._full_cap(duties["caps"], now) if level.is_ai else ""
        if level is Authority.EXPERIMENT and now.setting.guardrail_breached:
            held_by = "breaker"
        level = min(level, Authority.HUMAN_CONFIRMS) if held_by else level
        state = "waiting" if held_by else STATE_OF[level]
        is_granted = state in ("granted", "testing")
        decider = next(iter(now.setting.chain(duties["decider"])), None)
        days = duties["canary_days"] if state == "testing" and duties["canary_days"] else duties["sla_days"]
        due_on = now.today + timedelta(days=days) if state in ("waiting", "testing") else None
        apply_by = now.today + timedelta(days=APPLY_DAYS) if is_granted else None
        last_day = {"waiting": due_on, "testing": due_on, "granted": apply_by}.get(state)
        others = [
            seat for seat in now.setting.chain(duties["second"]) if not decider or seat.holder_id != decider.holder_id
        ]
        return {
            "state": state,
            "authority": level.key,
            "held_by": held_by,
            "decider": decider,
            "second": next(iter(others), None) if level is Authority.TWO_PERSON else None,
            "asks_lead": False,
            "is_blind": level in BLIND and self.is_drawn(b"mandate.blind", now.setting.organisation.blind_share),
            "first_yes": None,
            "due_on": due_on,
            "due_at": now.end_of(last_day) if last_day else None,
            "granted_at": now.at if is_granted else None,
            "apply_by": apply_by,
        }

    def reconsider(self, evaluation: Evaluation, now: Situation) -> dict[str, Any]:
        """Where it goes after new facts, in fields. What people were asked because a breaker took it back, because its
        test is over or because one of two agreed stays theirs: there facts may only tighten."""
        fields = self.course(evaluation, now)
        if not (self.held_by == "breaker" or self.first_yes or self.granted_at):
            return fields
        was, level = (Authority.of(key) if key else None for key in (self.authority, fields["authority"]))
        if was is None or level is Authority.BLOCK:
            return fields
        if level is None:
            return fields | {"authority": self.authority}  # remembered until the facts suffice
        until = now.today + timedelta(days=evaluation.duties["sla_days"])
        stays = ["held_by", "granted_at"]
        if was < level or self.first_yes:
            stays += ["authority", "decider", "second", "asks_lead", "is_blind", "first_yes"]
        asked = {"state": "waiting", "apply_by": None, "due_on": until, "due_at": now.end_of(until)}
        return fields | {name: getattr(self, name) for name in stays} | asked

    def grant(self, now: Situation, *, expected_version: int) -> None:
        """A person said yes: the tool may apply it, or begin the test that the breaker kept from beginning."""
        apply_by = now.today + timedelta(days=APPLY_DAYS)
        until: dict[str, Any] = {"state": "granted", "due_on": None, "due_at": now.end_of(apply_by)}
        if self.is_untested:
            ends = now.today + timedelta(days=self.evaluation().duties["canary_days"])
            until = {"state": "testing", "due_on": ends, "due_at": now.end_of(ends), "held_by": ""}
        self.change(expected_version=expected_version, granted_at=now.at, apply_by=apply_by, **until)

    @property
    def is_untested(self) -> bool:
        """Whether the breaker stopped it before its test had begun."""
        return self.authority == "experiment" and self.held_by == "breaker" and self.applied_at is None

    def recall(self, setting: Setting, *, expected_version: int) -> None:
        """The breaker opened before it was applied: somebody decides anew, as if nothing had been granted."""
        level = min(Authority.of(str(self.authority)), Authority.HUMAN_CONFIRMS)
        until = setting.today + timedelta(days=setting.domain.sla_days)
        asked = {"due_on": until, "due_at": setting.end_of(until), "first_yes": None}
        taken_back = {"state": "waiting", "authority": level.key, "held_by": "breaker"}
        self.change(expected_version=expected_version, granted_at=None, apply_by=None, **taken_back, **asked)

    @property
    def last_day(self) -> date | None:
        """Until when somebody may do what it waits for."""
        days = {"granted": self.apply_by, **dict.fromkeys(["needs_facts", "waiting", "testing"], self.due_on)}
        return days.get(self.state)

    def lapse(self, now: Situation, *, expected_version: int) -> str:
        """What the clock makes of a last day that has passed, and its name in the ledger; "": that day was answered.

        No silence approves: what nobody supplied or applied expires, what nobody decided climbs, is rejected or held.
        """
        if self.last_day is None or now.today <= self.last_day:
            return ""
        act, fields = "expired", dict[str, Any](state="expired")
        if self.state == "testing":
            until = now.today + timedelta(days=self.evaluation().duties["sla_days"])
            act, fields = "test_ended", {"state": "waiting", "due_on": until}
        elif self.state == "waiting" and self.initiative.state not in ENDED:
            act, fields = self._unanswered(now)
        self.change(expected_version=expected_version, **fields)
        return act

    def flags(self) -> FlagQuerySet:
        """The open question why nobody decides about it."""
        return Flag.objects.open().filter(initiative=self.initiative, kind=FlagKind.UNUSED, subject=self.flag_subject)

    @property
    def flag_subject(self) -> str:
        return f"recommendation:{self.pk}"

    def _unanswered(self, now: Situation) -> tuple[str, dict[str, Any]]:
        """Nobody decided in time: what the rules want then. Each in the chain has the same number of days, once."""
        duties = self.evaluation().duties
        if duties["on_timeout"] == Timeout.REJECT:
            return "timed_out", {"state": "rejected", "due_on": None}
        climbed = self._next_asked(duties, now) if duties["on_timeout"] == Timeout.ESCALATE else {}
        if not climbed:
            return "held", {"due_on": None}
        return "escalated", {**climbed, "due_on": now.today + timedelta(days=duties["sla_days"])}

    def _next_asked(self, duties: dict[str, Any], now: Situation) -> dict[str, Any]:
        """Up the chain from the seat that was silent, to somebody who was not asked yet; after the seats the leads."""
        agreed = self.first_yes["by"] if self.first_yes else None
        silent = "second" if self.decider and agreed == self.decider.holder_id else "decider"
        chain, seat = now.setting.chain(duties[silent]), getattr(self, silent)
        passed = chain[: chain.index(seat) + 1] if seat in chain else []
        asked = {seat.holder_id for seat in (*passed, self.decider, self.second) if seat}
        above = next((seat for seat in chain[len(passed) :] if seat.holder_id not in asked), None)
        if above:
            return {silent: above}
        were_asked = self.asks_lead or not (self.decider or self.second)
        return {} if were_asked else {"asks_lead": True}

    def seats_in_line(self) -> list[Seat | None]:
        """Who was asked, the domain's decider, the owner, the sponsor."""
        return [self.decider, self.domain.decider, self.initiative.owner, self.initiative.sponsor]

    def is_drawn(self, purpose: bytes, share: float) -> bool:
        """Whether it belongs to a drawn share. No tool can predict the draw, and posting again does not repeat it."""
        key = hmac.digest(settings.SECRET_KEY.encode(), purpose, "sha256")
        what = {"domain": self.domain.key, "target": self.subject, "proposal": self.proposal}
        return is_drawn(key=key, share=share, **what)

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
