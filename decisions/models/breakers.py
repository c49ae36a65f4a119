"""The breaker: where an AI did harm, or what nobody granted, it applies nothing unseen until the sponsor says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from decisions.models.rules import Domain
from initiatives.flags import FlagKind
from initiatives.models import Flag, Initiative
from initiatives.models.flags import FlagQuerySet
from ownership.models import Governed, User

if TYPE_CHECKING:
    from decisions.models.facts import Setting
    from decisions.models.recommendations import Recommendation, RecommendationQuerySet


class Cause(models.TextChoices):
    """Why it opened."""

    GUARDRAIL = "guardrail", _("A guardrail is broken")
    UNGRANTED = "ungranted", _("A tool applied what nobody had granted")


class BreakerQuerySet(models.QuerySet["Breaker"]):
    """Questions about breakers, and their opening."""

    def visible_to(self, user: User) -> BreakerQuerySet:
        return self.filter(initiative__in=Initiative.objects.visible_to(user))

    def open(self) -> BreakerQuerySet:
        return self.filter(rearmed_at=None)

    def for_page(self) -> BreakerQuerySet:
        """All that a page shows of them, the newest first."""
        about = ["initiative__sponsor__holder", "domain", "flag", "recommendation", "rearmed_by"]
        return self.select_related(*about).order_by("-pk")

    def waiting_for(self, user: User) -> BreakerQuerySet:
        """Those that only this person can close."""
        return self.open().filter(initiative__sponsor__holder=user).for_page()

    def trip(
        self, setting: Setting, cause: Cause, *, flag: Flag | None = None, recommendation: Recommendation | None = None
    ) -> tuple[Breaker, list[Recommendation]] | None:
        """Open it, and let people decide anew about what was granted, or to be tested, and not applied yet; None: it is
        open already.

        Callers hold the initiative, so nothing is granted meanwhile.
        """
        where: dict[str, Any] = {"initiative": setting.initiative, "domain": setting.domain}
        if self.open().filter(**where).exists():
            return None
        breaker = self.create(**where, cause=cause, flag=flag, recommendation=recommendation, tripped_at=setting.at)
        unapplied = Q(state="granted") | Q(state="testing", applied_at=None)
        granted = setting.initiative.recommendations.filter(unapplied, domain=setting.domain).order_by("pk")
        recalled = list(granted.select_related("initiative"))
        for row in recalled:
            row.recall(setting, expected_version=row.version)
        return breaker, recalled


class Breaker(Governed):
    """One opening, in one domain of one initiative: open whatever becomes of its cause. Once closed, it stays so."""

    prefix: ClassVar[str] = "CB"

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="breakers")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="breakers")
    cause = models.CharField(max_length=9, choices=Cause.choices)
    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, null=True, related_name="+")
    recommendation = models.ForeignKey(
        "decisions.Recommendation", on_delete=models.PROTECT, null=True, related_name="+"
    )
    tripped_at = models.DateTimeField()
    rearmed_at = models.DateTimeField(null=True)
    rearmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)

    objects = BreakerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "initiative", "domain", condition=Q(rearmed_at=None), name="breaker_is_open_once_per_domain"
            ),
            models.CheckConstraint(
                name="breaker_names_what_opened_it",
                condition=Q(cause="guardrail", flag__isnull=False, recommendation=None)
                | Q(cause="ungranted", flag=None, recommendation__isnull=False),
            ),
            models.CheckConstraint(
                name="breaker_is_closed_by_somebody_for_a_reason",
                condition=Q(rearmed_at=None, rearmed_by=None, reason="")
                | Q(rearmed_at__isnull=False, rearmed_by__isnull=False) & ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.domain)

    @property
    def stream(self) -> str:
        return self.initiative.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id

    @property
    def is_open(self) -> bool:
        return self.rearmed_at is None

    def is_for(self, user: User) -> bool:
        """Whether this person may close it: whoever holds the sponsor's seat."""
        seat = self.initiative.sponsor
        return seat is not None and seat.holder_id == user.pk

    def recalled(self) -> RecommendationQuerySet:
        """What was taken back there and still waits for people."""
        rows = self.initiative.recommendations.filter(domain=self.domain, held_by="breaker", state="waiting")
        return rows.order_by("due_on", "pk")

    def unsettled(self, setting: Setting) -> FlagQuerySet:
        """Flags about broken guardrails that keep it open: what opened it, and what would open it again."""
        opened = Flag.objects.open().filter(pk=self.flag_id or 0)
        return (opened | broken_guardrails(setting)).order_by("pk")


def guardrail_flags(initiative: Initiative) -> FlagQuerySet:
    """The open flags that say of any guardrail that it is broken."""
    return Flag.objects.open().filter(initiative=initiative, kind=FlagKind.GUARDRAIL)


def broken_guardrails(setting: Setting) -> FlagQuerySet:
    """Those of guardrails which count in that domain."""
    flags = guardrail_flags(setting.initiative)
    if setting.bound is None:
        return flags
    counting = setting.initiative.targets.filter(role="guardrail", kpi__type__in=setting.bound)
    return flags.filter(subject__in=[target.flag_subject for target in counting])
