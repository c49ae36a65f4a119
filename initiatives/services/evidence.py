"""Acts on what supports an initiative and what it costs: answers, their verification, cost entries."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils.translation import gettext_noop as _

from initiatives.models import CostEntry, Initiative, ReadinessAnswer
from initiatives.readiness import QUESTIONS
from ownership import policy
from ownership.models import Event, Organisation, User
from ownership.refusals import Incomplete, NotNow, NotYours, VersionMissing


@transaction.atomic
def answer_question(
    *,
    initiative: Initiative,
    question: str,
    by: User,
    at: datetime,
    text: str = "",
    number: float | None = None,
    evidence: str = "",
    not_applicable_reason: str = "",
    expected_version: int | None = None,
) -> ReadinessAnswer:
    """Answer one of the thirty questions, or say why it does not apply. A new answer is not verified.

    The first answer needs no version, a change does. Anybody with a seat in the initiative answers, and the stewards of
    its KPIs: they know the data.
    """
    initiative.hold()
    if not initiative.is_answered_by(by):
        raise NotYours(_("Those who hold a seat in this initiative answer its questions."), code="no_seat")
    initiative.require_alive()
    if question not in QUESTIONS:
        raise Incomplete(_("There is no question “%(code)s”."), code="unknown", field="question", code_given=question)
    if not text.strip() and not not_applicable_reason.strip():
        raise Incomplete(_("Give an answer, or say why the question does not apply."), code="empty", field="text")
    said = {
        "text": text,
        "number": number,
        "evidence": evidence,
        "not_applicable_reason": not_applicable_reason,
        "answered_by": by,
        "answered_at": at,
        "verified_by": None,
    }
    answer = initiative.answers.filter(question=question).first()
    before = {"score": answer.score} if answer else None
    if answer is None:
        answer = initiative.answers.create(question=question, **said)
    elif expected_version is None:
        raise VersionMissing(_("This question was answered before. Say which answer you saw."))
    else:
        answer.change(expected_version=expected_version, **said)
    answer.refresh_from_db(fields=["score"])
    after = {"question": question, "score": answer.score}
    Event.objects.record("readiness.answered", about=answer, by=by, at=at, before=before, after=after)
    return answer


@transaction.atomic
def verify_answer(
    *, answer: ReadinessAnswer, by: User, at: datetime, expected_version: int, reason: str = ""
) -> ReadinessAnswer:
    """Stand for somebody else's answer."""
    answer.initiative.hold()
    policy.require_writer(by.role)
    if answer.answered_by_id == by.pk:
        raise NotYours(_("Somebody else than who answered verifies an answer."), code="answerer")
    answer.initiative.require_alive()
    answer.change(expected_version=expected_version, verified_by=by)
    answer.refresh_from_db(fields=["score"])
    after = {"question": answer.question, "score": answer.score}
    Event.objects.record("readiness.verified", about=answer, by=by, at=at, reason=reason, after=after)
    return answer


@transaction.atomic
def book_cost(
    *,
    initiative: Initiative,
    category: str,
    on: date,
    by: User,
    at: datetime,
    reason: str = "",
    hours: Decimal | None = None,
    rate: Decimal | None = None,
    amount: Decimal | None = None,
    note: str = "",
) -> CostEntry:
    """Book what was spent: hours at a rate, or an amount. Also after the end, when the last invoice comes."""
    initiative.hold()
    if not initiative.is_written_by(by):
        raise NotYours(_("Only the owner, or who leads the change, books costs."), code="not_owner")
    if on > Organisation.the().day(at):
        raise Incomplete(_("What is still to be spent is budget; book it when it is spent."), code="ahead", field="on")
    if amount is None and hours is not None and rate is not None:
        amount = (hours * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
    elif amount is None or hours is not None or rate is not None:
        raise Incomplete(_("Give hours and their rate, or an amount."), code="amount", field="amount")
    cost = initiative.costs.create(
        category=category, on=on, hours=hours, rate=rate, amount=amount, note=note, booked_by=by, booked_at=at
    )
    after = {"cost": cost.pk, "category": category, "on": on, "amount": amount}
    Event.objects.record("cost.booked", about=initiative, by=by, at=at, reason=reason, after=after)
    return cost


@transaction.atomic
def reverse_cost(*, cost: CostEntry, by: User, at: datetime, reason: str) -> CostEntry:
    """Take a mistake back with its negative, on the same day in the books."""
    initiative = cost.initiative
    initiative.hold()
    if not initiative.is_written_by(by):
        raise NotYours(_("Only the owner, or who leads the change, books costs."), code="not_owner")
    if cost.reverses_id is not None or CostEntry.objects.filter(reverses=cost).exists():
        raise NotNow(_("This entry is a reversal, or was reversed before."), code="reversed")
    back = initiative.costs.create(
        category=cost.category,
        on=cost.on,
        hours=None if cost.hours is None else -cost.hours,
        rate=cost.rate,
        amount=-cost.amount,
        note=cost.note,
        reverses=cost,
        booked_by=by,
        booked_at=at,
    )
    after = {"cost": back.pk, "reverses": cost.pk, "amount": back.amount}
    Event.objects.record("cost.reversed", about=initiative, by=by, at=at, reason=reason, after=after)
    return back
