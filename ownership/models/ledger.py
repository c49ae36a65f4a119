"""The ledger: one event per governed act, in hash chains that the database itself writes."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection, models
from django.db.models import Max, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from ownership import canonical, ledger, origin, policy
from ownership.models.governed import AppendOnly
from ownership.models.people import Organisation, Unit, User

SCHEMA = 1  # of the event body


class Act(NamedTuple):
    """What one event tells of one governed row (see `EventQuerySet.record`)."""

    action: str
    about: Any
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class Stream(AppendOnly):
    """The head of one chain: an initiative, a decision domain, or the organisation."""

    name = models.CharField(max_length=80, primary_key=True)
    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=b"")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.name


class EventText(models.Model):
    """What a person wrote. Kept apart so that it can be blanked: the event's body has only its salted hash."""

    salt = models.CharField(max_length=32)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.text


_APPEND = """
INSERT INTO ownership_event (stream, body, seq, prev_hash, hash)
SELECT stream, body, 0, '', '' FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS n(stream, body, place)
ORDER BY place
"""


class EventQuerySet(models.QuerySet["Event"]):
    """Reading and writing the ledger."""

    def visible_to(self, user: User) -> EventQuerySet:
        """Events of streams in visible units; what belongs to no unit is for leads, admins, auditors and its actor."""
        if policy.may_read_everything(user.role):
            return self
        seen = Q(stream__in=Stream.objects.filter(unit__in=Unit.objects.visible_to(user)).values("name"))
        if user.role in {policy.Role.LEAD, policy.Role.ADMIN}:
            seen |= Q(stream__in=Stream.objects.filter(unit=None).values("name"))
        return self.filter(seen | Q(actor_id=user.pk))

    def record(
        self,
        action: str,
        *,
        about: Any,
        by: User | None,
        at: datetime,
        reason: str = "",
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> Event:
        """Append what happened. `about` is the governed row; its stream and unit decide where the event is kept.

        `by=None` is the clock. `before` and `after` hold ids and figures, never free text: that is `reason`.
        """
        text = _keep(reason) if reason else None
        Stream.objects.get_or_create(name=about.stream, defaults={"unit_id": about.stream_unit_id})
        body = self._body(action, about, by, at, text, before=before, after=after)
        return self.create(stream=about.stream, body=body, text=text, actor=by)

    def record_each(self, acts: Iterable[Act], *, by: User | None, at: datetime) -> None:
        """Many acts at once, each an event. One chain after the other, so that two writers never cross."""
        rows = sorted(acts, key=lambda act: act.about.stream)
        if not rows:
            return
        units = {act.about.stream: act.about.stream_unit_id for act in rows}
        streams = [Stream(name=name, unit_id=unit) for name, unit in units.items()]
        Stream.objects.bulk_create(streams, ignore_conflicts=True)
        bodies = [self._body(act.action, act.about, by, at, before=act.before, after=act.after) for act in rows]
        with connection.cursor() as cursor:
            cursor.execute(_APPEND, [[act.about.stream for act in rows], bodies])

    def _body(
        self, action: str, about: Any, by: User | None, at: datetime, text: EventText | None = None, **figures: Any
    ) -> str:
        """What is chained and can never change."""
        source = origin.current()
        body = {
            "schema": SCHEMA,
            "action": action,
            "actor": by.pk if by else None,
            "at": at,
            "via": source.via,
            "request_id": source.request_id or None,
            "subject": about._meta.label_lower,
            "subject_id": about.pk,
            "text": text.sha256 if text else None,
            **figures,
        }
        return canonical.render(body)

    def matching(
        self, *, actor: User | None = None, subject: str = "", action: str = "", on: date | None = None
    ) -> EventQuerySet:
        """The events of a person, a thing (INI-14), a kind (gate or gate.approved) or a local day, newest first."""
        found = self.select_related("text", "actor").order_by("-pk")
        if actor:
            found = found.filter(actor=actor)
        if subject:
            prefix, _dash, number = subject.upper().rpartition("-")
            kinds = [model._meta.label_lower for model in apps.get_models() if getattr(model, "prefix", "") == prefix]
            found = found.filter(data__subject__in=kinds, data__subject_id=int(number))
        if action:
            found = found.filter(data__action__startswith=action)
        if on:
            start, end = (datetime.combine(on + timedelta(days=n), time.min, Organisation.the().tz) for n in (0, 1))
            at = KeyTextTransform("at", "data")  # canonical, so it sorts as time does
            since, until = Value(canonical.instant(start)), Value(canonical.instant(end))
            found = found.filter(GreaterThanOrEqual(at, since), LessThan(at, until))
        return found

    def last_acts(self, people: Collection[int]) -> dict[int, datetime]:
        """When each of these people last did something that the ledger knows: the heartbeat of a seat."""
        acted = self.filter(actor__in=people).values("actor").annotate(latest=Max(KeyTextTransform("at", "data")))
        return {row["actor"]: datetime.fromisoformat(row["latest"]) for row in acted.order_by("actor")}

    def verify(self) -> tuple[int, list[str]]:
        """How many events were checked, and what is wrong with them (see ownership.ledger)."""
        heads = {name: (seq, bytes(head)) for name, seq, head in Stream.objects.values_list("name", "seq", "hash")}
        found = list(ledger.faults((row.link() for row in self._chained()), heads))
        return self.count(), found

    def _chained(self) -> Iterator[Event]:
        return self.select_related("text").order_by("stream", "seq").iterator(chunk_size=2000)

    def last_acts_in(self, streams: Collection[str]) -> dict[tuple[str, int], datetime]:
        """When each person last acted in each stream, by the instants that the events name."""
        acted = self.filter(stream__in=streams, actor__isnull=False).values_list("stream", "actor_id")
        newest = acted.annotate(latest=Max(KeyTextTransform("at", "data")))
        return {(stream, actor): datetime.fromisoformat(at) for stream, actor, at in newest}

    def about(self, row: models.Model) -> EventQuerySet:
        """The events of one row, newest first."""
        about = self.filter(data__subject=row._meta.label_lower, data__subject_id=row.pk)
        return about.select_related("text", "actor").order_by("-pk")


class Event(AppendOnly):
    """One thing that happened. A trigger fills seq, recorded_at, prev_hash and hash, whatever the caller claims.

    `actor` repeats the body's, so that a page need not look people up one by one; the trigger takes it from the body.
    """

    stream = models.CharField(max_length=80)
    seq = models.BigIntegerField(default=0)
    recorded_at = models.DateTimeField(null=True)
    body = models.TextField()
    data = models.GeneratedField(
        expression=Cast("body", models.JSONField()), output_field=models.JSONField(), db_persist=True
    )
    text = models.ForeignKey(EventText, on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    prev_hash = models.BinaryField(default=b"")
    hash = models.BinaryField(default=b"")

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("stream", "seq", name="event_has_its_place_in_its_stream")]
        indexes = [
            models.Index(models.F("data__subject"), models.F("data__subject_id"), name="event_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.seq}"

    @property
    def at(self) -> datetime:
        """When it happened, as the act says; `recorded_at` is when the database wrote it."""
        return datetime.fromisoformat(self.data["at"])

    @property
    def action(self) -> str:
        return str(self.data["action"])

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """Each figure that the act names, before and after; None where it names only one."""
        before, after = self.data.get("before") or {}, self.data.get("after") or {}
        return [(key, before.get(key), after.get(key)) for key in sorted({*before, *after})]

    @property
    def ref(self) -> str:
        """What it was about, as people read it: INI-14."""
        subject = apps.get_model(self.data["subject"])
        return f"{getattr(subject, 'prefix', subject._meta.verbose_name)}-{self.data['subject_id']}"

    def link(self) -> ledger.Link:
        """This event as the arithmetic wants it. What its text must hash to is read from the body, which is chained."""
        if self.recorded_at is None:
            raise ValueError("An event gets its place when it is stored.")
        return ledger.Link(
            stream=self.stream,
            seq=self.seq,
            recorded_at=self.recorded_at,
            body=self.body,
            prev_hash=bytes(self.prev_hash),
            hash=bytes(self.hash),
            text_sha256=self.data.get("text"),
            salt=self.text.salt if self.text else "",
            text=self.text.text if self.text else None,
        )


def _keep(reason: str) -> EventText:
    salt = secrets.token_hex(16)
    return EventText.objects.create(salt=salt, text=reason, sha256=sha256((salt + reason).encode()).hexdigest())
