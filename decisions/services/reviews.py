"""Acts on outcome reviews: somebody says how it turned out, or the clock asks the next in line."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from decisions.learning import Rate
from decisions.models import OutcomeReview, Situation, records
from initiatives.flags import RULES, FlagKind, Severity
from initiatives.models import Flag
from ownership import canonical, policy
from ownership.models import Event, User
from ownership.refusals import Incomplete, NotNow, NotYours
from ownership.refusals import gettext_noop as _


@transaction.atomic
def settle_review(
    *, review: OutcomeReview, result: str, process: int, by: User, at: datetime, reason: str, expected_version: int
) -> OutcomeReview:
    """Say how it turned out (good, bad, unclear) and, apart from that, how well it was decided (1 to 5)."""
    policy.require_writer(by.role)
    now = review.recommendation.situation(at)
    if review.result:
        raise NotNow(_("%(ref)s is settled; it stays as it is."), ref=review.ref)
    if by.pk == review.sole_decider_id:
        raise NotYours(_("You decided this alone, so somebody else says how it turned out."), code="sole_decider")
    if not review.is_for(by):
        raise NotYours(_("This review asks somebody else."), code="not_asked")
    if now.today < review.agreed_on:
        raise NotNow(_("It can be told from %(day)s on."), code="too_early", day=str(review.agreed_on))
    if not reason.strip():
        raise Incomplete(_("Say in a sentence how you know."), field="reason")
    before, verdict = now.track_record, review.measured()
    said: dict[str, Any] = {"result": result, "process": process, "note": reason, "reviewed_by": by, "reviewed_at": at}
    review.change(expected_version=expected_version, verdict=verdict, due_on=None, due_at=None, **said)
    review.flags().update(closed_at=at, version=F("version") + 1)
    after = {
        "recommendation": review.recommendation_id,
        "result": result,
        "process": process,
        "verdict": verdict.pk if verdict else None,
        **_moved(review, before, at),
    }
    Event.objects.record("review.settled", about=review, by=by, at=at, reason=reason, after=after)
    return review


@transaction.atomic
def lapse_review(*, review: OutcomeReview, by: User | None, at: datetime, expected_version: int) -> str:
    """The clock (`by=None`) finds that a last day has passed; answers with what came of it, "" if nothing.

    It asks somebody else or raises a flag, and touches nothing else: silence neither grants nor takes back.
    """
    now = review.recommendation.situation(at)
    moved: dict[str, Any] = {}
    if review.begins_to_count(now):
        day_before = now.setting.midnight(review.counts_on) - timedelta(hours=1)
        moved = _moved(review, review.recommendation.situation(day_before).track_record, at)
    act = review.lapse(now, expected_version=expected_version)
    if act or moved:
        after = {"reviewer": review.reviewer_id, "rung": review.rung, "due_on": review.due_on} | moved
        after |= {"flag": _raise_held(review, now).pk} if act == "held" else {}
        Event.objects.record(f"review.{act or 'overdue'}", about=review, by=by, at=at, after=after)
    return act


def _moved(review: OutcomeReview, before: Rate, at: datetime) -> dict[str, Any]:
    """What this outcome does to the track record, and to rules that ask for one. A lost say is told by a flag."""
    now = review.recommendation.situation(at)
    after, row = now.track_record, review.recommendation
    if after == before:
        return {}
    tables = [version.table for layer, version in now.setting.in_force.items() if layer != "floor"]
    asked = {code: least for table in tables for code, least in records.asked(table).items()}
    lost = sorted(code for code, least in asked.items() if before.low >= least > after.low)
    gained = sorted(code for code, least in asked.items() if after.low >= least > before.low)
    about = f"record:{row.domain_id}:{canonical.sha256([row.source, row.model])[:12]}"
    if gained:
        open_flags = Flag.objects.open().filter(initiative=row.initiative, kind=FlagKind.RECORD, subject=about)
        open_flags.update(closed_at=at, version=F("version") + 1)
    if lost:
        said = {"tool": row.source, "domain": row.domain.name, "good": after.hits, "of": after.of}
        _raise(now, FlagKind.RECORD, about, {"code": "record-lost", "parameters": said | {"rules": ", ".join(lost)}})
    return {"record": [before.low, after.low], "lost": lost, "gained": gained}


def _raise_held(review: OutcomeReview, now: Situation) -> Flag:
    said = {"ref": review.ref, "subject": review.recommendation.subject}
    return _raise(now, FlagKind.UNUSED, f"review:{review.pk}", {"code": "review-held", "parameters": said})


def _raise(now: Situation, kind: FlagKind, subject: str, words: dict[str, Any]) -> Flag:
    """It asks the owner; one is open at a time."""
    rule = RULES[kind]
    fields = {
        "severity": Severity.WARNING,
        "factor": rule.factor,
        "words": words,
        "addressee": now.setting.initiative.owner,
        "opened_at": now.at,
        "due_on": now.today + timedelta(days=rule.due_days),
    }
    key = {"kind": kind, "subject": subject, "closed_at": None}
    return Flag.objects.get_or_create(initiative=now.setting.initiative, **key, defaults=fields)[0]
