"""Answering flags. Each act is one transaction with one event."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop as _

from decisions.models import GateDecision
from decisions.models.cases import Case, lock_case
from decisions.moves import ASKED_IN
from initiatives.flags import ACKNOWLEDGE_LIMIT_DAYS, PLAN_LIMIT_DAYS, RULES, Asked, FlagKind, Reply
from initiatives.lifecycle import Gate, State
from initiatives.models import Answer, Flag
from ownership.models import Event, User
from ownership.refusals import Incomplete, NotNow, NotYours

DATED = frozenset({Reply.RECOVER, Reply.CHANGE_GOAL, Reply.LATER})
ABOVE = frozenset({Asked.SPONSOR, Asked.LEAD})


@transaction.atomic
def answer_flag(
    *, flag: Flag, reply: Reply, until: date | None, by: User, at: datetime, reason: str, expected_version: int
) -> Answer:
    """Say what happens now. The flag is quiet until the day that the answer names, and closed by "done".

    A proposal to stop puts the initiative under review and asks its sponsor at gate 3.
    """
    case, flag, who = _facing(flag, by=by, reason=reason)
    _require_fit(flag, reply, until, today=case.local_day(at))
    if reply is Reply.PROPOSE_STOP:
        _ask_to_stop(case, who, by=by, at=at, reason=reason)
    closed_at = at if reply is Reply.DONE else None
    flag.change(expected_version=expected_version, acknowledged_until=until, closed_at=closed_at)
    if reply is Reply.RECOVER and not who & ABOVE and flag.answers.filter(reply=reply).exists():
        raise NotYours(_("A second plan to recover comes from the sponsor."), code="second_plan")
    answer = Answer.objects.create(flag=flag, reply=reply, reason=reason, until=until, by=by, at=at)
    after = {"reply": reply, "until": until, "state": case.initiative.state}
    Event.objects.record("flag.answered", about=flag, by=by, at=at, reason=reason, after=after)
    return answer


@transaction.atomic
def acknowledge_flag(
    *, flag: Flag, until: date | None, by: User, at: datetime, reason: str, expected_version: int
) -> Flag:
    """Seen, and for a good reason not answered yet: it is quiet for two weeks at most."""
    case, flag, _who = _facing(flag, by=by, reason=reason)
    if until is None:
        raise Incomplete(_("Say by when."), field="until")
    _require_near(until, today=case.local_day(at), days=ACKNOWLEDGE_LIMIT_DAYS)
    flag.change(expected_version=expected_version, acknowledged_until=until)
    Event.objects.record("flag.acknowledged", about=flag, by=by, at=at, reason=reason, after={"until": until})
    return flag


def _facing(flag: Flag, *, by: User, reason: str) -> tuple[Case, Flag, frozenset[Asked]]:
    """The case and the flag under the lock, before somebody whom it asks or who stands above them on its ladder."""
    case = lock_case(flag.initiative)
    flag = Flag.objects.select_related("addressee").get(pk=flag.pk)
    flag.initiative = case.initiative
    if not case.may_answer(flag, by):
        raise NotYours(_("This flag asks somebody else. They answer, or who stands above them."), code="not_asked")
    if flag.closed_at is not None:
        raise NotNow(_("%(ref)s is closed."), ref=flag.ref)
    if not reason.strip():
        raise Incomplete(_("Say what changes."), field="reason")
    return case, flag, case.asked_as(by)


def _require_fit(flag: Flag, reply: Reply, until: date | None, *, today: date) -> None:
    allowed = RULES[FlagKind(flag.kind)].replies
    if reply not in allowed:
        raise Incomplete(_("This flag takes one of: %(replies)s."), field="reply", replies=", ".join(allowed))
    if reply in DATED and until is None:
        raise Incomplete(_("Say by when."), field="until")
    if until is not None:
        _require_near(until, today=today, days=PLAN_LIMIT_DAYS)


def _require_near(until: date, *, today: date, days: int) -> None:
    if not today < until <= today + timedelta(days=days):
        said = _("Choose a day after today and within %(days)s days.")
        raise Incomplete(said, field="until", days=days)


def _ask_to_stop(case: Case, who: frozenset[Asked], *, by: User, at: datetime, reason: str) -> None:
    """The initiative goes under review, and its sponsor is asked. An open question at gate 3 stays as it was asked."""
    row = case.initiative
    if Asked.SPONSOR in who:
        raise NotNow(_("You are the sponsor: stop it, you need not propose it."), code="stop_it")
    if row.state not in ASKED_IN[Gate.G3]:
        raise NotNow(_("%(ref)s is %(state)s; there is nothing to review."), ref=row.ref, state=row.state)
    if row.state != State.REVIEW:
        row.move(to=State.REVIEW, by=by, at=at, reason=reason, expected_version=row.version)
    if not GateDecision.objects.filter(initiative=row, gate=Gate.G3).open().exists():
        GateDecision.objects.ask(case, Gate.G3, by=by, at=at)
