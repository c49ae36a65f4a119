"""What needs an answer, who must give it, and what they said."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.models import Prefetch, Q

from initiatives.flags import RULES, Asked, FlagKind
from initiatives.models.initiative import Initiative
from initiatives.models.targets import Target
from ownership.models import AppendOnly, Governed, Seat, User, any_of
from ownership.policy import Role

KINDS = [kind.value for kind in FlagKind]
OWNER_AND_SPONSOR, SPONSOR_AND_LEAD = (
    [kind.value for kind, rule in RULES.items() if rule.asked(0) == asked]
    for asked in ({Asked.OWNER, Asked.SPONSOR}, {Asked.SPONSOR, Asked.LEAD})
)


_RECORDS = """jsonb_to_recordset(%s) AS n(
    id bigint, initiative_id bigint, kind text, subject text, severity text, factor text, words jsonb, evidence jsonb,
    addressee_id bigint, rung smallint, opened_at timestamptz, due_on date, closed_at timestamptz)"""
_OPEN = f"""
INSERT INTO initiatives_flag (version, initiative_id, kind, subject, severity, factor, words, evidence, addressee_id,
                              rung, opened_at, due_on)
SELECT 1, initiative_id, kind, subject, severity, factor, words, evidence, addressee_id, rung, opened_at, due_on
FROM {_RECORDS} ORDER BY initiative_id, kind, subject
ON CONFLICT (initiative_id, kind, subject) WHERE closed_at IS NULL DO NOTHING
RETURNING id, initiative_id, kind, subject
"""  # noqa: S608  constants of this module, as below
_REWRITE = f"""
UPDATE initiatives_flag f
SET version = f.version + 1, severity = n.severity, words = n.words, evidence = n.evidence, rung = n.rung,
    addressee_id = n.addressee_id, due_on = n.due_on, closed_at = n.closed_at
FROM {_RECORDS} WHERE f.id = n.id
"""  # noqa: S608


def _records(flags: Iterable[Flag]) -> str:
    names = [field.attname for field in Flag._meta.concrete_fields]
    rows = [{name: getattr(flag, name) for name in names} for flag in flags]
    return json.dumps(rows, cls=DjangoJSONEncoder)


class FlagQuerySet(models.QuerySet["Flag"]):
    """Questions about flags."""

    def for_page(self) -> FlagQuerySet:
        """All that a page shows of them, in two queries: the loudest first, then the most urgent."""
        answers = Prefetch("answers", Answer.objects.select_related("by").order_by("-pk"), to_attr="given")
        return self.select_related("addressee__holder").prefetch_related(answers).order_by("severity", "due_on", "pk")

    def visible_to(self, user: User) -> FlagQuerySet:
        return self.filter(initiative__in=Initiative.objects.visible_to(user))

    def open(self) -> FlagQuerySet:
        return self.filter(closed_at=None)

    def asking(self, user: User, *, on: date) -> FlagQuerySet:
        """Open flags that this person should answer today, the most urgent first. What was answered or acknowledged
        is quiet until its day; what nobody answered asks the portfolio leads."""
        mine = Q(addressee__holder=user)
        mine |= Q(kind__in=OWNER_AND_SPONSOR, rung=0, initiative__sponsor__holder=user)
        if user.role == Role.LEAD:
            mine |= Q(addressee=None) | Q(kind__in=SPONSOR_AND_LEAD)
        asking = self.open().filter(mine).exclude(acknowledged_until__gte=on)
        return asking.select_related("initiative").order_by("due_on", "pk")

    def open_each(self, flags: Sequence[Flag]) -> list[Flag]:
        """Store those whose kind and subject is not open yet, with an id; the others are left out."""
        if not flags:
            return []
        by_key = {(flag.initiative_id, flag.kind, flag.subject): flag for flag in flags}
        with connection.cursor() as cursor:
            cursor.execute(_OPEN, [_records(flags)])
            for pk, *key in cursor.fetchall():
                by_key[tuple(key)].pk = pk
        return [flag for flag in flags if flag.pk]

    def rewrite(self, flags: Sequence[Flag]) -> None:
        """Store what has changed of flags that `open_of` has locked: what is said, who must answer, and the end."""
        if flags:
            with connection.cursor() as cursor:
                cursor.execute(_REWRITE, [_records(flags)])

    def open_of(self, initiatives: Collection[Initiative]) -> dict[int, list[Flag]]:
        """Open flags by initiative, locked: nobody answers one while it is judged anew."""
        found: dict[int, list[Flag]] = {initiative.pk: [] for initiative in initiatives}
        by_id = {initiative.pk: initiative for initiative in initiatives}
        for flag in self.open().filter(initiative__in=any_of(by_id)).order_by("pk").select_for_update():
            flag.initiative = by_id[flag.initiative_id]
            found[flag.initiative_id].append(flag)
        return found


class Flag(Governed):
    """One open question about one initiative. At most one is open per kind and subject."""

    prefix: ClassVar[str] = "F"

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="flags")
    kind = models.CharField(max_length=3)
    subject = models.CharField(max_length=40, blank=True)  # target:8, seat:12 or nothing
    severity = models.CharField(max_length=4, choices=[("warn", ""), ("bad", "")])
    factor = models.CharField(max_length=2)  # F1 … F5
    words = models.JSONField(default=dict)  # sentence code and parameters
    evidence = models.JSONField(default=list)  # two to four facts, likewise
    addressee = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    rung = models.PositiveSmallIntegerField(default=0)  # how far it has climbed
    opened_at = models.DateTimeField()
    due_on = models.DateField()
    acknowledged_until = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "initiative", "kind", "subject", condition=Q(closed_at=None), name="flag_is_open_once_per_subject"
            ),
            models.CheckConstraint(name="flag_kind_is_known", condition=Q(kind__in=KINDS)),
            models.CheckConstraint(name="flag_factor_is_known", condition=Q(factor__in=["F1", "F2", "F3", "F4", "F5"])),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.initiative}"

    @property
    def stream(self) -> str:
        return self.initiative.stream

    @property
    def stream_unit_id(self) -> int | None:
        return self.initiative.unit_id


class Flip(AppendOnly):
    """A target's status changed from one verdict to the next."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="flips")
    verdict = models.OneToOneField("initiatives.Verdict", on_delete=models.PROTECT, related_name="flip")
    old = models.CharField(max_length=20, blank=True)
    new = models.CharField(max_length=20)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class Answer(AppendOnly):
    """What the addressee answered: one of three choices for a flag about return, else a date."""

    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="answers")
    reply = models.CharField(max_length=15)
    reason = models.TextField()
    until = models.DateField(null=True, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="answer_is_one_of_the_agreed",
                condition=Q(reply__in=["recover", "change_goal", "propose_stop", "done", "later"]),
            ),
            models.CheckConstraint(name="answer_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return self.reply
