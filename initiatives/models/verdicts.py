"""What the judge said, week by week, and the due row that asks it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from django.db import connection, models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from initiatives import guardrails, pilot_weeks, stories
from initiatives import verdicts as judges
from initiatives.lifecycle import LIVE
from initiatives.models.initiative import Initiative
from initiatives.models.targets import Target
from initiatives.pilot_weeks import PilotWeek
from initiatives.stories import PARAMETERS
from ownership.models import AppendOnly, Due, DueQuerySet, Organisation, User, copy_in

STATUSES = [
    "reached",
    "on-track",
    "behind",
    "unlikely",
    "stalled",
    "regressing",
    "missed",
    "insufficient-data",
    "data-stale",
]


_CHANCES = [field.name for field in fields(stories.Chances)]
LOOKED_BACK = 4  # weeks: a chance is compared with the one before, and up to two weeks may have had none


class Said(NamedTuple):
    """What an earlier verdict tells the next one. The last three are JSON."""

    week: int
    revision: int
    status: str
    sha256: str  # of its inputs
    chance: float | None  # of a positive return
    counters: str  # that it handed on
    money: str
    stops: str

    @property
    def facts(self) -> tuple[str, str, dict[str, Any], list[dict[str, Any]]]:
        """By which a verdict differs from another on the same week."""
        return self.sha256, self.status, json.loads(self.money), json.loads(self.stops)


_SAID = """
SELECT a.target, v.*
FROM unnest(%(targets)s::bigint[], %(starts)s::date[]) AS a(target, starts_on)
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (week) week, revision, status, inputs_sha256, (money->>'chance')::float8, counters, money, stops
    FROM initiatives_verdict WHERE target_id = a.target AND began_on = a.starts_on::text
    ORDER BY week DESC, revision DESC LIMIT %(weeks)s
) v
"""


_NEXT = """
SELECT nextval(pg_get_serial_sequence('initiatives_verdict', 'id')), 1 + coalesce((
    SELECT max(revision) FROM initiatives_verdict v WHERE v.target_id = n.target AND v.week = n.week), 0)
FROM unnest(%(targets)s::bigint[], %(weeks)s::int[]) WITH ORDINALITY AS n(target, week, place) ORDER BY place
"""


class VerdictQuerySet(models.QuerySet["Verdict"]):
    """Questions about verdicts."""

    def visible_to(self, user: User) -> VerdictQuerySet:
        return self.filter(target__initiative__in=Initiative.objects.visible_to(user))

    def ended(self) -> VerdictQuerySet:
        """What was counted at the end of each pilot on its main KPI that the story filter judged."""
        over = self.filter(target__role="primary", status__in=["reached", "missed"], parameters__isnull=False)
        return over.order_by("target_id", "began_on", "-pk").distinct("target_id", "began_on")

    def newest_of_weeks(self, targets: Collection[Target]) -> VerdictQuerySet:
        """The last revision of each week, the newest week first, per target."""
        return self.filter(target__in=targets).order_by("target_id", "-week", "-revision").distinct("target_id", "week")

    def said_of(self, targets: Collection[Target]) -> dict[int, list[Said]]:
        """By target, the last revision of each of the last weeks that were judged of the pilot that now runs, the
        newest first."""
        found: dict[int, list[Said]] = defaultdict(list)
        asked: dict[str, list[Any]] = {
            "targets": [target.pk for target in targets],
            "starts": [target.initiative.pilot_starts_on for target in targets],
        }
        with connection.cursor() as cursor:
            cursor.execute(_SAID, asked | {"weeks": LOOKED_BACK})
            for target, *row in cursor.fetchall():
                found[target].append(Said(*row))
        return found

    def store(self, verdicts: Sequence[Verdict]) -> None:
        """Copy many new ones into the table, each as the next revision of its week."""
        if not verdicts:
            return
        asked = {"targets": [verdict.target_id for verdict in verdicts], "weeks": [one.week for one in verdicts]}
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, asked)
            for verdict, (pk, revision) in zip(verdicts, cursor.fetchall(), strict=True):
                verdict.pk, verdict.revision = pk, revision
        copy_in(verdicts)

    def final_intervals(self, targets: RawSQL) -> dict[int, list[tuple[float | None, float | None]]]:
        """By target, the intervals that stood at the end of each of its pilots, the newest first."""
        over = self.filter(target__in=targets, status__in=["reached", "missed"], parameters__isnull=False)
        last = over.order_by("target_id", "-began_on", "-pk")
        found: dict[int, list[tuple[float | None, float | None]]] = {}
        for verdict in last.distinct("target_id", "began_on").only("target_id", "words"):
            said = verdict.words["parameters"]
            found.setdefault(verdict.target_id, []).append((said["low"], said["high"]))
        return found


class ParametersQuerySet(models.QuerySet["Parameters"]):
    """Questions about versions of the story filter's constants."""

    def current(self, *, at: datetime) -> Parameters:
        """The version in use: what was published last, unless the shipped constants have changed since."""
        last = Publication.objects.newest()
        return last.parameters if last else self.stored(PARAMETERS, at=at)

    def stored(self, parameters: stories.Parameters, *, at: datetime) -> Parameters:
        """The row of a version; made when it is first used."""
        values = {"values": asdict(parameters), "first_used_at": at}
        return self.get_or_create(sha256=parameters.sha256, defaults=values)[0]


class Parameters(AppendOnly):
    """Every constant of the story filter, as it was when verdicts were made with it."""

    sha256 = models.CharField(max_length=64, unique=True)
    values = models.JSONField()
    first_used_at = models.DateTimeField()

    objects = ParametersQuerySet.as_manager()

    def __str__(self) -> str:
        return self.sha256[:8]

    def pure(self) -> stories.Parameters:
        """As the judge takes them."""
        return stories.Parameters.of(self.values)


class PublicationQuerySet(models.QuerySet["Publication"]):
    """Questions about versions in force."""

    def newest(self) -> Publication | None:
        """On the shipped constants as they are: those of another release say nothing of this one."""
        return self.filter(base=PARAMETERS.sha256).select_related("parameters", "by").order_by("pk").last()


class Publication(AppendOnly):
    """Somebody put a version of the priors in force: those learnt from ended pilots, or the shipped ones again."""

    prefix: ClassVar[str] = "PV"
    stream: ClassVar[str] = "priors"
    stream_unit_id: ClassVar[None] = None

    parameters = models.ForeignKey(Parameters, on_delete=models.PROTECT, related_name="publications")
    base = models.CharField(max_length=64)  # the shipped constants that it stands on, by their hash
    pilots = models.PositiveIntegerField()  # that it was learnt from
    pseudo_count = models.PositiveSmallIntegerField()  # pilots that the shipped priors weighed as much as
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField()

    objects = PublicationQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(name="publication_has_a_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.parameters} since {self.at:%Y-%m-%d}"


class Verdict(AppendOnly):
    """The judgement of one target in one week on what was then known. Late data makes a new revision.

    The columns from `p_dead` to `tells_from` are of the story filter; empty on guardrails, and where arithmetic judged.
    """

    prefix: ClassVar[str] = "V"

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="verdicts")
    week = models.PositiveSmallIntegerField()  # closed pilot weeks
    revision = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=20)
    effect = models.FloatField(null=True)  # change of the KPI itself, a share of its baseline: -0.1 is 10 % less
    low = models.FloatField(null=True)  # ends of its 80 % interval
    high = models.FloatField(null=True)
    units = models.FloatField(null=True)  # incremental units to date
    units_sd = models.FloatField(null=True)
    p_dead = models.FloatField(null=True)  # chances: of no effect worth the name,
    p_neg = models.FloatField(null=True)  # of harm,
    p_reach = models.FloatField(null=True)  # and of the goal, by its day
    expected = models.FloatField(null=True)  # the change that the plan would show by now
    rate = models.FloatField(null=True)  # units gained in a week at present
    rate_sd = models.FloatField(null=True)
    stories = models.JSONField(default=list)  # the probability of each, in the order of the parameters
    counters = models.JSONField(default=list)  # the memory that next week's verdict goes on from
    detectable = models.FloatField(null=True)  # the smallest improvement that this pilot can show
    tells_from = models.PositiveSmallIntegerField(null=True)  # the first week that can tell; 0: none
    parameters = models.ForeignKey(Parameters, on_delete=models.PROTECT, null=True, related_name="+")
    badges = models.JSONField(default=list)
    words = models.JSONField(default=dict)  # sentence code and parameters
    money = models.JSONField(default=dict)  # of the whole initiative, beside its main KPI (initiatives/outlook.py)
    stops = models.JSONField(default=list)  # beside its main KPI: the conditions to stop, and whether they came true
    inputs = models.JSONField(default=dict)
    began_on = models.GeneratedField(  # week 0 of the pilot, an ISO date
        expression=KeyTextTransform("starts_on", KeyTransform("plan", "inputs")),
        output_field=models.CharField(max_length=10),
        db_persist=True,
    )
    inputs_sha256 = models.CharField(max_length=64)
    code_version = models.PositiveSmallIntegerField()
    judged_at = models.DateTimeField()

    objects = VerdictQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("target", "week", "revision", name="verdict_revision_is_taken_once"),
            models.CheckConstraint(name="verdict_status_is_known", condition=Q(status__in=STATUSES)),
            models.CheckConstraint(
                name="verdict_interval_is_ordered",
                condition=Q(effect=None, low=None, high=None)
                | Q(low__lte=models.F("effect"), high__gte=models.F("effect")),
            ),
            models.CheckConstraint(
                name="verdict_chances_are_all_or_none",
                condition=Q(p_dead=None, p_neg=None, p_reach=None)
                | Q(p_dead__range=(0, 1), p_dead__isnull=False, p_neg__range=(0, 1), p_neg__isnull=False)
                & Q(p_reach__range=(0, 1), p_reach__isnull=False, parameters__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} week {self.week}: {self.status}"

    @classmethod
    def saying(cls, said: judges.Verdict, **more: Any) -> Verdict:
        """A row, not saved, of what a judge said."""
        names = ("effect", "low", "high", "units", "units_sd")
        chances = {name: getattr(said.chances, name) for name in _CHANCES} if said.chances else {}
        figures = {name: getattr(said, name) for name in names}
        return cls(status=said.status, badges=list(said.badges), **figures, **chances, **more)

    def replay(self) -> list[tuple[str, Any, Any]]:
        """What differs when it is made again from its stored inputs: name, as stored, and again. None: they agree.
        Money rests on costs besides, so what is said of it is not made again. Not for those `is_of_old_arithmetic`."""
        again = self._again()
        names = _CHANCES if again.chances else []
        stored = judges.Verdict(
            status=judges.Status(self.status),
            words=judges.Words(self.words["code"], {k: v for k, v in self.words["parameters"].items() if k != "kpi"}),
            badges=tuple(judges.Badge(badge) for badge in self.badges if badge != judges.Badge.ROI_NEGATIVE),
            weeks_known=again.weeks_known,  # said in the badges
            chances=stories.Chances(**{name: getattr(self, name) for name in names}) if names else None,
            **{name: getattr(self, name) for name in ("effect", "low", "high", "units", "units_sd")},
        )
        found = pilot_weeks.differences(stored, again)
        if (sha256 := judges.sha256(self.inputs)) != self.inputs_sha256:
            found.append(("inputs_sha256", self.inputs_sha256, sha256))
        if found and self.code_version != judges.VERSION:
            found.append(("code_version", self.code_version, judges.VERSION))
        return found

    @property
    def is_on_guardrail_weeks(self) -> bool:
        """Whether the story filter judged a guardrail."""
        return "margin" in self.inputs and "weeks" in self.inputs

    @property
    def is_of_old_arithmetic(self) -> bool:
        """Whether rules made it that are no longer computed, so that it cannot be made again."""
        return self.parameters is None and self.code_version < 4

    def _again(self) -> judges.Verdict:
        if self.parameters:
            judge = guardrails.judge if self.is_on_guardrail_weeks else pilot_weeks.judge
            return judge([PilotWeek.of(self.inputs)], self.parameters.pure())[0]
        on = self.inputs.get("as_of")  # not stored before 5
        as_of = date.fromisoformat(on) if on else Organisation.the().day(self.judged_at)
        if "margin" in self.inputs:
            return guardrails.replay(self.inputs, as_of=as_of)
        return judges.replay(self.inputs, as_of=as_of)


class WatchQuerySet(DueQuerySet["Watch"]):
    """Questions about, and changes of, many watches."""

    def rouse(self, *, at: datetime) -> None:
        """Make due what has news: initiatives that just came alive or moved, whose seats changed hands, or whose KPIs
        got values.

        Everything is judged daily anyway, so it is enough to look at values of the last minutes.
        """
        with connection.cursor() as cursor:
            cursor.execute(_NEW, {"at": at, "live": [state.value for state in LIVE]})
            cursor.execute(_NEWS, {"at": at, "since": at - FRESH})

    def give_back(self, watches: Sequence[Watch], *, at: datetime, next_due_at: datetime | None) -> set[int]:
        """Settle many at once, inside the transaction of their effects. Returns the ids of those still held: what
        another worker holds by now is that worker's to write."""
        if not watches:
            return set()
        with connection.cursor() as cursor:
            held: dict[str, Any] = {"ids": [w.pk for w in watches], "tokens": [w.lease_token for w in watches]}
            cursor.execute(_SETTLE, held | {"at": at, "next": next_due_at})
            return {row[0] for row in cursor.fetchall()}


FRESH = timedelta(minutes=10)
_NEW = """
INSERT INTO initiatives_watch (initiative_id, due_at, attempts, failures, last_error, request_id)
SELECT i.id, %(at)s, 0, 0, '', ''
FROM initiatives_initiative i LEFT JOIN initiatives_watch w ON w.initiative_id = i.id
WHERE w.id IS NULL AND i.state = ANY (%(live)s)
ON CONFLICT DO NOTHING
"""
_NEWS = """
UPDATE initiatives_watch w SET due_at = %(at)s
FROM initiatives_initiative i
WHERE i.id = w.initiative_id AND w.dead_at IS NULL AND coalesce(w.due_at > %(at)s, true) AND (
    i.state_since > w.judged_at
    OR EXISTS (
        SELECT FROM ownership_appointment a
        WHERE a.seat_id IN (i.sponsor_id, i.owner_id) AND greatest(a.accepted_at, a.closed_at) > w.judged_at
    )
    OR w.due_at IS NOT NULL AND EXISTS (
        SELECT FROM initiatives_target t
        JOIN (
            SELECT kpi_id, max(recorded_at) AS recorded_at FROM metrics_snapshot
            WHERE recorded_at > %(since)s GROUP BY kpi_id
        ) s ON s.kpi_id = t.kpi_id
        WHERE t.initiative_id = i.id AND t.superseded_at IS NULL AND s.recorded_at > w.judged_at
    ))
"""
_SETTLE = """
UPDATE initiatives_watch w
SET due_at = %(next)s, judged_at = %(at)s, lease_token = NULL, leased_until = NULL, attempts = 0, failures = 0,
    last_error = '', dead_at = NULL
FROM unnest(%(ids)s::bigint[], %(tokens)s::uuid[]) AS held(id, token)
WHERE w.id = held.id AND w.lease_token = held.token
RETURNING w.id
"""


class Watch(Due):
    """When to judge an initiative next: one row per initiative that lives."""

    queue: ClassVar[str] = "judge"
    lease: ClassVar[timedelta] = timedelta(minutes=5)
    failure_limit: ClassVar[int] = 8
    claim_size: ClassVar[int] = 2000  # seconds of work, and some forty megabytes

    initiative = models.OneToOneField(Initiative, on_delete=models.PROTECT, related_name="watch")
    judged_at = models.DateTimeField(null=True, editable=False)

    objects = WatchQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="watch_due")]

    def __str__(self) -> str:
        return f"Watch on {self.initiative}"
