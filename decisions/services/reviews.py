"""Acts on outcome reviews: somebody says how it turned out, or the clock asks the next in line."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from decisions.models import OutcomeReview, Situation
from initiatives.flags import RULES, FlagKind, Severity
from initiatives.models import Flag
from ownership import policy
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
    said: dict[str, Any] = {"result": result, "process": process, "note": reason, "reviewed_by": by, "reviewed_at": at}
    verdict = review.measured()
    review.change(expected_version=expected_version, verdict=verdict, due_on=None, due_at=None, **said)
    review.flags().update(closed_at=at, version=F("version") + 1)
    after = {
        "recommendation": review.recommendation_id,
        "result": result,
        "process": process,
        "verdict": verdict.pk if verdict else None,
    }
    Event.objects.record("review.settled", about=review, by=by, at=at, reason=reason, after=after)
    return review


@transaction.atomic
def lapse_review(*, review: OutcomeReview, by: User | None, at: datetime, expected_version: int) -> str:
    """The clock (`by=None`) finds that a last day has passed; answers with what came of it, "" if nothing.

    It asks somebody else or raises a flag, and touches nothing else: silence neither grants nor takes back.
    """
    now = review.recommendation.situation(at)
    act = review.lapse(now, expected_version=expected_version)
    if act:
        after: dict[str, Any] = {"reviewer": review.reviewer_id, "rung": review.rung, "due_on": review.due_on}
        after |= {"flag": _raise_flag(review, now).pk} if act == "held" else {}
        Event.objects.record(f"review.{act}", about=review, by=by, at=at, after=after)
    return act


def _raise_flag(review: OutcomeReview, now: Situation) -> Flag:
    """It asks the owner; one is open at a time."""
    rule, row = RULES[FlagKind.UNUSED], review.recommendation
    fields = {
        "severity": Severity.WARNING,
        "factor": rule.factor,
        "words": {"code": "review-held", "parameters": {"ref": review.ref, "subject": row.subject}},
        "addressee": row.initiative.owner,
        "opened_at": now.at,
        "due_on": now.today + timedelta(days=rule.due_days),
    }
    key = {"kind": FlagKind.UNUSED, "subject": f"review:{review.pk}", "closed_at": None}
    return Flag.objects.get_or_create(initiative=row.initiative, **key, defaults=fields)[0]
