"""Decision domains and their rule sets: who decides when the AI and experience differ."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from initiatives.models import Initiative
from ownership.models import Governed, Seat, Unit, User

AUTHORITIES = [
    ("block", _("Forbidden")),
    ("two_person", _("Two people agree")),
    ("experiment", _("Test first")),
    ("human_decides", _("Person decides")),
    ("human_confirms", _("Person confirms")),
    ("ai_sampled", _("AI wins, sampled")),
    ("ai_notify", _("AI wins, reported")),
    ("ai_wins", _("AI wins")),
]


class DomainQuerySet(models.QuerySet["Domain"]):
    """Questions about domains."""

    def visible_to(self, user: User) -> DomainQuerySet:
        """What kinds of decision exist is no secret within the organisation."""
        return self.all() if user.is_active else self.none()


class Domain(Governed):
    """A kind of decision on which AI gives input: page titles, links, drafts."""

    prefix: ClassVar[str] = "DOM"

    key = models.SlugField(_("key"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    fact_schema = models.JSONField(default=dict)
    decider = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="domains")
    default_authority = models.CharField(max_length=14, choices=AUTHORITIES, default="human_decides")
    is_strategic = models.BooleanField(default=False)  # positioning, brand, pricing, which markets
    reason_codes = models.JSONField(default=list)
    sla_days = models.PositiveSmallIntegerField(default=5)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")

    objects = DomainQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="domain_default_is_human_decides_or_stricter",
                condition=Q(default_authority__in=["block", "two_person", "experiment", "human_decides"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stream(self) -> str:
        return f"domain:{self.pk}"


class RuleSetQuerySet(models.QuerySet["RuleSet"]):
    """Questions about rule sets."""

    def visible_to(self, user: User) -> RuleSetQuerySet:
        """The floor is everybody's; a table is its initiative's."""
        return self.filter(Q(layer="floor") | Q(initiative__in=Initiative.objects.visible_to(user)))


class RuleSet(Governed):
    """The scope of a table: the organisation's floor, or one initiative and domain (table, or exceptions to it)."""

    prefix: ClassVar[str] = "RS"

    layer = models.CharField(max_length=9, choices=[("floor", ""), ("table", ""), ("exception", "")])
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, null=True, blank=True, related_name="rule_sets")
    initiative = models.ForeignKey(
        Initiative, on_delete=models.PROTECT, null=True, blank=True, related_name="rule_sets"
    )
    name = models.CharField(_("name"), max_length=80)

    objects = RuleSetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="rule_set_scope_fits_its_layer",
                condition=Q(layer="floor", domain=None, initiative=None)
                | Q(layer__in=["table", "exception"], domain__isnull=False, initiative__isnull=False),
            ),
            models.UniqueConstraint(
                "layer", "domain", "initiative", nulls_distinct=False, name="rule_set_is_one_per_scope"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stream(self) -> str:
        return self.initiative.stream if self.initiative else "organisation"

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id if self.initiative else None


class RuleSetVersionQuerySet(models.QuerySet["RuleSetVersion"]):
    """Questions about versions."""

    def visible_to(self, user: User) -> RuleSetVersionQuerySet:
        return self.filter(rule_set__in=RuleSet.objects.visible_to(user))


class RuleSetVersion(Governed):
    """One version of a decision table (the JSON of `decisions.rules`). Published, it never changes by a byte."""

    prefix: ClassVar[str] = "RV"

    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    hit_policy = models.CharField(
        max_length=11,
        choices=[("restrictive", _("strictest wins")), ("first", _("first wins")), ("unique", _("only one fits"))],
    )
    table = models.JSONField(default=list)  # rows: code, when, then
    sha256 = models.CharField(max_length=64)
    state = models.CharField(
        max_length=9,
        default="draft",
        choices=[
            ("draft", _("draft")),
            ("in_review", _("in review")),
            ("published", _("published")),
            ("retired", _("retired")),
        ],
    )
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    publisher = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    review_by = models.DateField(null=True, blank=True)
    is_shadow = models.BooleanField(default=False)  # AI rows count as unknown while evidence grows

    objects = RuleSetVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("rule_set", "number", name="rule_version_number_is_taken_once"),
            models.UniqueConstraint(
                "rule_set", condition=Q(state="published"), name="rule_version_is_published_once_per_scope"
            ),
            models.CheckConstraint(
                name="rule_version_publisher_is_not_its_author",
                condition=Q(publisher=None) | ~Q(publisher=F("author")),
            ),
            models.CheckConstraint(
                name="rule_version_published_has_publisher_and_review",
                condition=Q(state__in=["draft", "in_review"], publisher=None)
                | Q(
                    state__in=["published", "retired"],
                    publisher__isnull=False,
                    published_at__isnull=False,
                    review_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="rule_version_hit_policy_is_known", condition=Q(hit_policy__in=["restrictive", "first", "unique"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_set}, version {self.number}"

    @property
    def stream(self) -> str:
        return self.rule_set.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.rule_set.stream_unit_id
