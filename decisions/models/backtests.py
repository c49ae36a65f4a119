"""A draft put to everything recorded in its scope: asked for by a person, done by a worker, kept as it came out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, ClassVar, Final

from django.db import models, transaction
from django.db.models import Max, Q

from decisions import rules
from decisions.models.checks import programs
from decisions.models.decisions import Decision
from decisions.models.evaluations import Evaluation
from decisions.models.reviews import outcome_of
from decisions.models.rules import RuleSetVersion
from decisions.rules import Authority, Edition, HitPolicy, backtest
from decisions.rules.backtest import Recorded, Report
from ownership.models import Due, DueQuerySet, Organisation, User

MOST_NAMED: Final = 100  # cases that the report names of each kind; all of them are counted
QUIET: Final = 1.0  # seconds between two words of progress


class Stopped(Exception):
    """Somebody does not want to wait for the rest."""


class BackTestQuerySet(DueQuerySet["BackTest"]):
    """Questions about back-tests."""

    def of(self, version: RuleSetVersion) -> BackTestQuerySet:
        """Those of its text as it now stands, the newest first."""
        return self.filter(draft=version, sha256=version.sha256).order_by("-pk")

    def proving(self, *, since: datetime) -> BackTestQuerySet:
        """Those that ended since then and could replay enough to say something."""
        return self.filter(finished_at__gte=since, report__is_enough=True)

    def running(self) -> BackTestQuerySet:
        """Those that will still come to an end by themselves."""
        return self.filter(due_at__isnull=False, stop_asked_at=None)

    def visible_to(self, user: User) -> BackTestQuerySet:
        return self.filter(draft__in=RuleSetVersion.objects.visible_to(user))


class BackTest(Due):
    """One run. `sha256` is that of the text that it tried; `report` is null until it is done."""

    prefix: ClassVar[str] = "BT"
    queue: ClassVar[str] = "judge"
    lease: ClassVar[timedelta] = timedelta(minutes=5)

    draft = models.ForeignKey(RuleSetVersion, on_delete=models.PROTECT, related_name="backtests")
    sha256 = models.CharField(max_length=64)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    report = models.JSONField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stop_asked_at = models.DateTimeField(null=True)

    next_word = 0.0  # when progress may be told again, by a clock that only ever goes forward

    objects = BackTestQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="backtest_due")]
        constraints = [
            models.CheckConstraint(
                name="backtest_is_finished_with_a_report",
                condition=Q(report=None, finished_at=None) | Q(report__isnull=False, finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Back-test of {self.draft}"

    @property
    def ref(self) -> str:
        return f"{self.prefix}-{self.pk}"

    @property
    def phase(self) -> str:
        """waiting, reading, replaying, stopping, stopped, done or failed."""
        if self.finished_at:
            return "done"
        if self.dead_at:
            return "failed"
        if self.stop_asked_at:
            return "stopping" if self.due_at else "stopped"
        if self.total is None:
            return "waiting"
        return "reading" if self.done < self.total else "replaying"

    @property
    def is_over(self) -> bool:
        return self.phase in ("done", "failed", "stopped")

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1."""
        return self.done / self.total if self.total else 0.0

    def seconds_left(self, at: datetime) -> float | None:
        """At the pace so far; None while that says nothing."""
        if self.phase != "reading" or self.started_at is None or self.total is None:
            return None
        return backtest.seconds_left(self.done, self.total, (at - self.started_at).total_seconds())

    def run(self, *, at: datetime) -> None:
        """Read what is recorded, replay it, keep the report. Progress is committed as it goes; LeaseLost: roll back."""
        type(self)._base_manager.filter(pk=self.pk).update(started_at=at)
        try:
            cases = list(self._cases())
        except Stopped:
            self.settle()
            return
        floor = Edition(rules.Table(HitPolicy.RESTRICTIVE, RuleSetVersion.objects.floor_rows(), {}))
        _old, draft = programs(self.draft, on=at.astimezone(Organisation.the().tz).date(), floor=floor)
        report = plain(backtest.replay(cases, draft))
        with transaction.atomic():
            self.settle(report=report, finished_at=at, done=len(cases), total=len(cases))

    def stop(self, *, at: datetime) -> bool:
        """End it now if nobody works on it; else whoever does sees the wish before the next word of progress.

        Whether this was the first wish; False also where it is over.
        """
        row = type(self).objects.select_for_update(of=["self"]).get(pk=self.pk)
        is_first = not row.is_over and row.stop_asked_at is None
        if is_first:
            due_at = row.due_at if row.lease_token else None
            type(self)._base_manager.filter(pk=self.pk).update(stop_asked_at=at, due_at=due_at)
        self.refresh_from_db()
        return is_first

    def _cases(self) -> Iterator[Recorded]:
        """The last evaluation of every recommendation in the draft's scope, oldest first."""
        scope = self.draft.rule_set
        answered = Evaluation.objects.filter(
            recommendation__domain=scope.domain_id,
            recommendation__initiative=scope.initiative_id,
            authority__isnull=False,
        )
        newest = answered.values("recommendation").annotate(newest=Max("pk")).values("newest")
        told = ["recommendation__review__decision"]
        found = Evaluation.objects.filter(pk__in=newest).select_related("recommendation", *told).order_by("at", "pk")
        minutes = dict(
            Decision.objects.filter(evaluation__in=newest, minutes__isnull=False).values_list("evaluation", "minutes")
        )
        schemas: dict[str, rules.Schema] = {}  # reading one takes longer than a case
        total, zone = found.count(), Organisation.the().tz
        for done, row in enumerate(found.iterator(chunk_size=backtest.CHUNK)):
            if done % backtest.CHUNK == 0:
                self._tell(done, total)
            declared = row.frame["facts"]
            schema = schemas.get(key := json.dumps(declared)) or schemas.setdefault(key, rules.read_schema(declared))
            yield Recorded(
                row.recommendation.ref,
                row.at.astimezone(zone).date(),
                rules.known(rules.load_readings(row.facts, schema), schema, at=row.at),
                Authority.of(str(row.authority)),
                row.recommendation.pages,
                outcome=outcome_of(row.recommendation),
                minutes=minutes.get(row.pk),
            )

    def _tell(self, done: int, total: int) -> None:
        """Keep the lease, say how far it is, hear whether it should stop: at most once a second."""
        if monotonic() < self.next_word:
            return
        self.next_word = monotonic() + QUIET
        self.renew()
        mine = type(self)._base_manager.filter(pk=self.pk)
        mine.update(done=done, total=total)
        if mine.filter(stop_asked_at__isnull=False).exists():
            raise Stopped


def plain(report: Report) -> dict[str, Any]:
    """A report as JSON, the strictest old level first."""
    return {
        "cases": report.cases,
        "replayed": report.replayed,
        "is_enough": report.is_enough,
        "matrix": [
            {"was": was.key, "becomes": becomes.key, "cases": n} for (was, becomes), n in sorted(report.matrix.items())
        ],
        "loosened": len(report.loosened),
        "tightened": len(report.tightened),
        "moved": [
            {"ref": one.ref, "was": one.was.key, "becomes": one.becomes.key, "row": one.code}
            for one in (*report.loosened[:MOST_NAMED], *report.tightened[:MOST_NAMED])
        ],
        "not_replayable": [{"ref": ref, "missing": list(names)} for ref, names in report.not_replayable[:MOST_NAMED]],
        "newly_automatic": report.newly_automatic._asdict(),
        "already_automatic": report.already_automatic._asdict(),
        "hours_saved": report.hours_saved,
        "breached": len(report.breaches),
        "breaches": [one._asdict() for one in report.breaches[:MOST_NAMED]],
    }
