"""Doorbells of what is decided. A message carries nothing; lost, late or rung twice it changes nothing."""

import logging
from datetime import datetime
from time import monotonic
from typing import Any

from celery import shared_task
from django.db import transaction

from decisions.models import BackTest, OutcomeReview, Recommendation, Timer
from decisions.models.cases import lock_case
from decisions.models.timers import EVERY
from decisions.moves import Act, due_act
from decisions.services import breakers, gates, lifecycle, recommendations, reviews
from initiatives.lifecycle import LIVE, Gate
from ownership import clock, origin
from ownership.models import LeaseLost
from ownership.refusals import Refusal

SECONDS = 20  # then the worker goes back to its queue
logger = logging.getLogger(__name__)


@shared_task
def timer_due(**_: object) -> None:
    """Do what the clock does by itself: end time-boxes, pause what nobody leads, ask anew after a year."""
    end = monotonic() + SECONDS
    while monotonic() < end and (rows := Timer.objects.claim(at=clock.now(), limit=Timer.claim_size)):
        for timer in rows:
            with origin.acting("job", timer.request_id):
                _look(timer, at=clock.now())


@shared_task
def recommendation_due(**_: object) -> None:
    """Let pass what nobody supplied, applied or decided in time."""
    end = monotonic() + SECONDS
    rows = Recommendation.objects
    while monotonic() < end and (due := rows.claim(at=clock.now(), limit=Recommendation.claim_size)):
        for row in due:
            with origin.acting("job", row.request_id):
                _lapse(row, at=clock.now())


def _lapse(row: Recommendation, *, at: datetime) -> None:
    """One last day, in one transaction with the next."""
    try:
        with transaction.atomic():
            recommendations.lapse(recommendation=row, by=None, at=at, expected_version=row.version)
            row.settle(next_due_at=row.situation(at).end_of(row.last_day) if row.last_day else None)
    except LeaseLost:
        logger.info("Another worker looked at %s meanwhile.", row.ref)
    except Refusal as refusal:
        row.fail(at=at, error=str(refusal))


@shared_task
def outcomereview_due(**_: object) -> None:
    """Ask the next in line about outcomes that nobody has looked at."""
    end = monotonic() + SECONDS
    rows = OutcomeReview.objects
    while monotonic() < end and (due := rows.claim(at=clock.now(), limit=OutcomeReview.claim_size)):
        for row in due:
            with origin.acting("job", row.request_id):
                _lapse_review(row, at=clock.now())


def _lapse_review(row: OutcomeReview, *, at: datetime) -> None:
    try:
        with transaction.atomic():
            reviews.lapse_review(review=row, by=None, at=at, expected_version=row.version)
            row.settle(next_due_at=row.next_look(row.recommendation.situation(at)))
    except LeaseLost:
        logger.info("Another worker looked at %s meanwhile.", row.ref)
    except Refusal as refusal:
        row.fail(at=at, error=str(refusal))


@shared_task
def backtest_due(**_: object) -> None:
    """Put drafts to what is recorded."""
    end = monotonic() + SECONDS
    while monotonic() < end and (rows := BackTest.objects.claim(at=clock.now())):
        for row in rows:
            try:
                row.run(at=clock.now())
            except LeaseLost:
                logger.info("Another worker took over %s.", row.ref)
            except Exception as error:
                logger.exception("%s failed.", row.ref)
                row.fail(at=clock.now(), error=str(error))


def _look(timer: Timer, *, at: datetime) -> None:
    """One initiative: what harm opens, then at most one act, in one transaction with its next hour."""
    try:
        with transaction.atomic():
            case = lock_case(timer.initiative)
            row = case.initiative
            breakers.trip_broken(initiative=row, by=None, at=at)
            stamp: dict[str, Any] = {"initiative": row, "by": None, "at": at, "expected_version": row.version}
            match due_act(case.hands(at)):
                case Act.REVIEW, reason:
                    gates.request_gate(gate=Gate.G3, reason=reason, **stamp)
                case Act.PAUSE, reason:
                    lifecycle.pause(reason=reason, **stamp)
            timer.settle(next_due_at=at + EVERY if row.state in LIVE else None)
    except LeaseLost:
        logger.info("Another worker looked at %s meanwhile.", timer)
    except Refusal as refusal:
        timer.fail(at=at, error=str(refusal))
