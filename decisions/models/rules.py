"""Decision domains and their rule sets: who decides when the AI and experience differ."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Max, Prefetch, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from decisions import rules, standard, words
from initiatives.models import Initiative
from ownership import canonical
from ownership.models import Governed, Seat, Unit, User
from ownership.policy import Role

AUTHORITIES = [(level.key, name) for level, name in words.AUTHORITIES.items()]


def named_seat(title: str, initiative: Initiative) -> Seat | None:
    """The seat of that title: sponsor and owner are the initiative's own, any other is a decider's."""
    own = {"sponsor": initiative.sponsor, "owner": initiative.owner}
    if title.lower() in own:
        return own[title.lower()]
    return Seat.objects.deciding(title, near=initiative.unit)


class DomainQuerySet(models.QuerySet["Domain"]):
    """Questions about domains."""

    def visible_to(self, user: User) -> DomainQuerySet:
        """What kinds of decision exist is no secret within the organisation."""
        return self.all() if user.is_active else self.none()

    def used_by(self, initiative: Initiative) -> DomainQuerySet:
        """The domains for which an initiative has taken up rules."""
        return self.filter(rule_sets__initiative=initiative, rule_sets__layer="table")

    def without_rules(self, initiative: Initiative) -> DomainQuerySet:
        """Of those used, the ones for which no table is in force."""
        in_force = RuleSetVersion.objects.filter(
            rule_set__initiative=initiative, rule_set__layer="table", state="published"
        )
        return self.used_by(initiative).exclude(pk__in=in_force.values("rule_set__domain"))

    def without_decider(self, initiative: Initiative) -> DomainQuerySet:
        """Of those used, the ones whose deciding seat is empty."""
        return self.used_by(initiative).filter(decider__holder=None)

    def floor_facts(self) -> list[dict[str, Any]]:
        """What the floor may ask about: all that every domain has, and what any of them adds."""
        own = {fact["name"]: fact for facts in self.values_list("fact_schema", flat=True) for fact in facts}
        known = {fact["name"]: fact for fact in standard.floor_facts(self.values_list("key", flat=True))}
        return list((known | own).values())


class Domain(Governed):
    """A kind of decision on which AI gives input: page titles, links, drafts."""

    prefix: ClassVar[str] = "DOM"

    key = models.SlugField(_("key"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    fact_schema = models.JSONField(default=list)  # beside what is common to all domains
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
        """In the reader's language while it has the name that it came with."""
        return gettext(self.name)

    @property
    def stream(self) -> str:
        return f"domain:{self.pk}"

    def schema(self) -> rules.Schema:
        """What the rules of this domain may ask about."""
        return rules.read_schema(self.fact_schema + standard.common([self.key]))

    def default(self) -> rules.Default:
        """Who decides where no rule is known to fit."""
        return rules.Default(rules.Authority.of(self.default_authority), self.decider.title, self.sla_days)


class RuleSetQuerySet(models.QuerySet["RuleSet"]):
    """Questions about rule sets."""

    def visible_to(self, user: User) -> RuleSetQuerySet:
        """The floor is everybody's; a table is its initiative's."""
        return self.filter(Q(layer="floor") | Q(initiative__in=Initiative.objects.visible_to(user)))

    def for_list(self) -> RuleSetQuerySet:
        """All that a list of rule sets shows: the floor first, then by initiative."""
        versions = RuleSetVersion.objects.exclude(state="retired").select_related("author", "publisher")
        shown = Prefetch("versions", versions.order_by("number"), to_attr="current_versions")
        return (
            self.select_related("domain", "initiative")
            .prefetch_related(shown)
            .order_by(F("initiative__title").asc(nulls_first=True), "name", "layer", "pk")
        )


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
        """In the reader's language while it has the name that it came with."""
        return gettext(self.name)

    @property
    def stream(self) -> str:
        return self.initiative.stream if self.initiative else "organisation"

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id if self.initiative else None

    def schema(self) -> rules.Schema:
        """What its rows may ask about."""
        return self.domain.schema() if self.domain else rules.read_schema(Domain.objects.floor_facts())

    def serves(self, domain: Domain, initiative: Initiative) -> bool:
        """Whether its rules count there; the floor counts everywhere."""
        return self.layer == "floor" or (self.domain_id, self.initiative_id) == (domain.pk, initiative.pk)

    def seat(self, title: str) -> Seat | None:
        """The seat that a row names; the floor belongs to no initiative, so its rows can name none."""
        return named_seat(title, self.initiative) if self.initiative else None

    def next_number(self) -> int:
        return (self.versions.aggregate(last=Max("number"))["last"] or 0) + 1

    def current(self) -> RuleSetVersion | None:
        """The version in force."""
        return self.versions.filter(state="published").first()


class RuleSetVersionQuerySet(models.QuerySet["RuleSetVersion"]):
    """Questions about versions."""

    def visible_to(self, user: User) -> RuleSetVersionQuerySet:
        return self.filter(rule_set__in=RuleSet.objects.visible_to(user))

    def waiting_for(self, user: User) -> RuleSetVersionQuerySet:
        """What was sent to this person to put in force: as sponsor, the floor as a lead, and never one's own."""
        mine = Q(rule_set__initiative__sponsor__holder=user)
        if user.role == Role.LEAD:
            mine |= Q(rule_set__layer="floor")
        return self.filter(mine, state="in_review").exclude(author=user).order_by("pk")

    def floor_rows(self) -> tuple[rules.Row, ...]:
        """The floor that counts now."""
        schema = rules.read_schema(Domain.objects.floor_facts())
        published = self.filter(rule_set__layer="floor", state="published").first()
        return (published.read(schema) if published else rules.read_table(standard.FLOOR, schema)).rows

    def in_scope(self, rule_set: RuleSet) -> dict[str, RuleSetVersion]:
        """By layer, table and exception as published for the same domain and initiative."""
        scope = self.filter(
            rule_set__domain=rule_set.domain_id, rule_set__initiative=rule_set.initiative_id, state="published"
        )
        return {version.rule_set.layer: version for version in scope.select_related("rule_set__domain")}

    def in_force(self, *, domain: Domain, initiative: Initiative, on: date) -> dict[str, RuleSetVersion]:
        """By layer, what counts that day for a proposal in this domain and initiative. An exception ends by itself."""
        scope = Q(rule_set__layer="floor") | Q(rule_set__domain=domain, rule_set__initiative=initiative)
        published = self.filter(scope, state="published").select_related("rule_set")
        found = {version.rule_set.layer: version for version in published.order_by("pk")}
        if (exception := found.get("exception")) and exception.review_by and exception.review_by < on:
            del found["exception"]
        return found


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
        return gettext("%(rules)s, version %(number)s") % {"rules": self.rule_set, "number": self.number}

    @property
    def stream(self) -> str:
        return self.rule_set.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.rule_set.stream_unit_id

    def content(self) -> dict[str, Any]:
        """The table in the JSON of `decisions.rules`: what is hashed."""
        return {"hit_policy": self.hit_policy, "rows": self.table}

    def content_sha256(self) -> str:
        return canonical.sha256(self.content())

    def read(self, schema: rules.Schema | None = None) -> rules.Table:
        """The table, checked. Raises `rules.Wrong`."""
        return rules.read_table(self.content(), schema or self.rule_set.schema(), review_by=self.review_by)

    def edition(self, schema: rules.Schema) -> rules.Edition:
        return rules.Edition(self.read(schema), self.review_by, is_shadow=self.is_shadow)
