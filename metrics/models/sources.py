"""Where figures come from, what is asked there, and with which secret and budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import connection, models
from django.db.models import F, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from metrics.catalogue import Grain
from metrics.health import health
from metrics.models.kpi import Kpi
from metrics.periods import period_end
from metrics.sources import CONNECTORS, Asked, AuthFailed, BadConfig, BudgetFull, Connector, Profile, Trouble, typed
from ownership import outbound
from ownership.models import Governed, Secret, Unit, User
from ownership.refusals import NotNow, gettext_noop

HEALTH = [
    ("new", _("New")),
    ("up", _("Working")),
    ("grace", _("Late")),
    ("down", _("Not working")),
    ("paused", _("Paused")),
]

KINDS = [
    ("manual", _("By hand")),
    ("import", _("Files")),
    ("push", _("Sent by a tool")),
    ("mentions", _("Worklist of mentions")),
    ("searchconsole", _("Google Search Console")),
    ("ga4", _("Google Analytics 4")),
    ("plausible", _("Plausible Analytics")),
    ("http", _("CSV or JSON over HTTP")),
    ("sql", _("PostgreSQL database")),
    ("dataforseo", _("DataForSEO")),
]

# Their names are stored in English; the others are in KINDS, too.
STANDING = {
    "manual": "By hand",
    "import": "Files",
    "push": gettext_noop("Sent by tools"),
    "mentions": "Worklist of mentions",
}


class SourceQuerySet(models.QuerySet["Source"]):
    """Questions about sources."""

    def visible_to(self, user: User) -> SourceQuerySet:
        return self.filter(unit__in=Unit.objects.visible_to(user))

    def for_list(self) -> SourceQuerySet:
        """All that a line of the data page says, in one query: `newest` period and `next_pull` besides the source."""
        fed = Kpi.objects.filter(source_of_record=OuterRef("pk"), snapshots__source=OuterRef("pk"))
        newest = fed.order_by("-snapshots__period_start").values("snapshots__period_start")[:1]
        rows = self.select_related("unit").annotate(newest=Subquery(newest), next_pull=Min("pulls__due_at"))
        return rows.order_by("name", "pk")

    def asked(self) -> SourceQuerySet:
        """Those that are asked by themselves, and not paused."""
        return self.filter(kind__in=CONNECTORS, paused_at=None)

    def standing(self, kind: str, unit: Unit) -> Source:
        """The unit's own source of figures that people or tools bring: made when it is first needed."""
        return self.get_or_create(unit=unit, kind=kind, name=STANDING[kind])[0]


class Source(Governed):
    """One place that gives figures: a person, a file, or an address that is asked."""

    prefix: ClassVar[str] = "SRC"

    kind = models.CharField(_("kind"), max_length=13, choices=KINDS)
    name = models.CharField(_("name"), max_length=120)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="sources")
    config = models.JSONField(default=dict, blank=True)
    secret_ref = models.CharField(_("secret reference"), max_length=120, blank=True)  # env:NAME, never the secret
    secret = models.OneToOneField(Secret, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    day_budget = models.DecimalField(_("dollars a day"), max_digits=8, decimal_places=2, null=True, blank=True)
    month_budget = models.DecimalField(_("dollars a month"), max_digits=8, decimal_places=2, null=True, blank=True)
    health = models.CharField(max_length=6, choices=HEALTH, default="new", editable=False)
    health_note = models.TextField(blank=True, editable=False)  # a message id; `note` is what people read
    health_params = models.JSONField(default=dict, blank=True, editable=False)
    last_success_at = models.DateTimeField(null=True, blank=True, editable=False)
    watermark = models.DateField(null=True, blank=True, editable=False)  # the last day that is wholly final
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)  # by a person
    spent_until = models.DateField(null=True, blank=True, editable=False)  # its budget is used up until this day

    objects = SourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="source_kind_is_known", condition=Q(kind__in=[key for key, _label in KINDS])),
            models.CheckConstraint(
                name="source_health_is_known", condition=Q(health__in=[key for key, _label in HEALTH])
            ),
            models.CheckConstraint(
                name="source_is_paused_or_not",
                condition=Q(health="paused") & (Q(paused_at__isnull=False) | Q(spent_until__isnull=False))
                | ~Q(health="paused") & Q(paused_at=None, spent_until=None),
            ),
            models.CheckConstraint(
                name="source_has_its_secret_in_one_place", condition=Q(secret_ref="") | Q(secret=None)
            ),
            models.CheckConstraint(
                name="source_budget_is_not_negative",
                condition=(Q(day_budget=None) | Q(day_budget__gte=0)) & (Q(month_budget=None) | Q(month_budget__gte=0)),
            ),
            models.UniqueConstraint("unit", "name", name="source_name_is_unique_in_its_unit"),
        ]

    def __str__(self) -> str:
        """A standing source has its name in the reader's language."""
        return gettext(self.name)

    @property
    def is_asked(self) -> bool:
        """Whether it is asked by itself; else people or tools bring its figures."""
        return self.kind in CONNECTORS

    def require_asked(self) -> None:
        if not self.is_asked:
            raise NotNow(
                gettext_noop("%(name)s is brought by people or tools: there is nobody to ask."), name=self.name
            )

    @property
    def connector(self) -> Connector:
        return CONNECTORS[self.kind]

    @property
    def settings(self) -> Any:
        """The configuration, typed. BadConfig: it was made for another version of the connector."""
        return typed(self.connector.Config, self.config)

    @property
    def profile(self) -> Profile:
        return self.connector.profile(self.settings)

    @property
    def note(self) -> str:
        """Why it is not well and what to do, in the reader's language."""
        said = gettext(self.health_note) if self.health_note else ""
        return said % self.health_params if self.health_params else said

    def today(self, at: datetime, zone: str) -> date:
        """The day that it is in the source's own zone, or else in the organisation's."""
        return at.astimezone(ZoneInfo(self.profile.zone or zone)).date()

    def questions(self) -> list[Asked]:
        """What it is asked for each KPI, typed."""
        rows = self.series.order_by("kpi_id")
        return [Asked(one.kpi_id, typed(self.connector.Query, one.query)) for one in rows]

    def credential(self) -> str:
        """Its secret, for the call that needs it."""
        return self.secret.reveal() if self.secret else outbound.credential(self.secret_ref)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody else asks with the same credential meanwhile. The database forgets a worker that dies."""
        name = f"pull {self.secret_ref or self.pk}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
            (is_ours,) = cursor.fetchone()
            try:
                yield is_ours
            finally:
                if is_ours:
                    cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])

    def newest_day(self) -> date | None:
        """The newest period that it gave for any KPI."""
        found: date | None = self.series.aggregate(
            newest=Max("kpi__snapshots__period_start", filter=Q(kpi__snapshots__source=self))
        )["newest"]
        return found

    def known_until(self) -> date | None:
        """First day after the newest value, stored or known to be none, of the KPI that is furthest behind; None while
        one has nothing at all."""
        newest = Max("kpi__snapshots__period_start", filter=Q(kpi__snapshots__source=self))
        rows = self.series.values_list("kpi__grain", "confirmed_until").annotate(newest=newest)
        ends = [
            max(filter(None, (period_end(day, Grain(grain)) if day else None, none_until)), default=None)
            for grain, none_until, day in rows
        ]
        return None if None in ends else min((end for end in ends if end), default=None)

    def judge(self, trouble: Trouble | None, *, failures: int, today: date) -> str:
        """Its health after a pull, on record. Returns what it was if that changed, else nothing."""
        before = self.health
        grace = self.series.aggregate(shortest=Min("kpi__grace_days"))["shortest"] or 0
        self.spent_until = trouble.until if isinstance(trouble, BudgetFull) else None
        is_refused = isinstance(trouble, AuthFailed | BadConfig)
        self.health = health(
            is_paused=self.paused_at is not None or self.spent_until is not None,
            is_refused=is_refused,
            failures=failures,
            known_until=self.known_until(),
            expected_until=today - timedelta(days=self._final_after()),
            grace_days=grace,
        )
        self.health_note, self.health_params = (trouble.detail, trouble.params) if trouble else ("", {})
        fields = ("health", "health_note", "health_params", "spent_until")
        Source.objects.filter(pk=self.pk, paused_at=None).update(**{name: getattr(self, name) for name in fields})
        return before if before != self.health else ""

    def _final_after(self) -> int:
        """Days after which a day is expected; a source that is asked once a month may be so much later."""
        try:
            profile = self.profile
        except BadConfig:
            return 0
        return max(profile.final_after, profile.lag_days) + {Grain.DAY: 0, Grain.WEEK: 6, Grain.MONTH: 30}[profile.step]

    def advance(self, *, until: date | None, at: datetime) -> None:
        """It answered; a current window up to `until`, if that is given. The last days may still change, so the
        watermark stays before them."""
        moved: dict[str, Any] = {"last_success_at": at}
        if until is not None:
            final = until - timedelta(days=self.profile.overlap_days)
            self.watermark = max(self.watermark or final, final)
            moved["watermark"] = Greatest(Coalesce("watermark", final), final)
        self.last_success_at = at
        Source.objects.filter(pk=self.pk).update(**moved)

    def confirm(self, none_until: Mapping[int, date]) -> None:
        """For these KPIs there is nothing before these days but what was stored."""
        for kpi, until in none_until.items():
            self.series.filter(kpi=kpi).update(confirmed_until=Greatest(Coalesce("confirmed_until", until), until))

    @property
    def stream_unit_id(self) -> int | None:
        return self.unit_id


class Series(models.Model):
    """The question that a source answers for one KPI."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="series")
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="series")
    query = models.JSONField(default=dict)
    confirmed_until = models.DateField(null=True, blank=True, editable=False)  # what has no value before, has none

    class Meta:
        constraints = [models.UniqueConstraint("source", "kpi", name="series_is_asked_once_per_source_and_kpi")]

    def __str__(self) -> str:
        return f"{self.source}: {self.kpi}"

    @property
    def question(self) -> str:
        """What is asked, in a few words: "keyEvents / sessions", "clicks, page contains sofa"."""
        try:
            query = typed(self.source.connector.Query, self.query)
        except BadConfig:
            return ""
        known = {name: getattr(query, name) for name in query.__struct_fields__}
        figure = " / ".join(str(known[name]) for name in ("metric", "num", "per", "den") if known.get(name))
        only = ("filter", "operator", "match", "expression", "value") if known.get("filter") else ()
        return ", ".join(filter(None, (figure, " ".join(str(known[name]) for name in only if known.get(name)))))


class SpendingQuerySet(models.QuerySet["Spending"]):
    """What sources have spent."""

    def reserve(self, source: Source, dollars: float, *, on: date) -> None:
        """Set so much aside for a call on this day. BudgetFull: it would be more than the day or the month allows.

        One conditional statement per span, inside the caller's transaction: two workers never overspend.
        """
        month, tomorrow = on.replace(day=1), on + timedelta(days=1)
        for span, start, limit, renews in (
            ("day", on, source.day_budget, tomorrow),
            ("month", month, source.month_budget, period_end(month, Grain.MONTH)),
        ):
            self.get_or_create(source=source, span=span, starts_on=start)
            row = self.filter(source=source, span=span, starts_on=start)
            if limit is not None:
                row = row.filter(dollars__lte=float(limit) - dollars)
            if not row.update(dollars=F("dollars") + dollars):
                raise BudgetFull(renews)

    def correct(self, source: Source, dollars: float, *, on: date) -> None:
        """It cost so much more, or less, than was set aside on that day."""
        spans = Q(span="day", starts_on=on) | Q(span="month", starts_on=on.replace(day=1))
        self.filter(spans, source=source).update(dollars=Greatest(F("dollars") + dollars, 0.0))


class Spending(models.Model):
    """US dollars that a source has cost in one day or month, with what is set aside for calls under way."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="spending")
    span = models.CharField(max_length=5, choices=[("day", _("day")), ("month", _("month"))])
    starts_on = models.DateField()
    dollars = models.FloatField(default=0)

    objects = SpendingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("source", "span", "starts_on", name="spending_is_counted_once_per_span"),
            models.CheckConstraint(name="spending_is_not_negative", condition=Q(dollars__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.span} {self.starts_on}: ${self.dollars:.2f}"
