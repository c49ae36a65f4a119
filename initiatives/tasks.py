"""The doorbell of the judge."""

from time import monotonic

from celery import shared_task

from initiatives.models import Watch
from initiatives.services import judging
from ownership import clock, origin

TURN = 20.0  # seconds; then the worker goes back to its queue


@shared_task
def watch_due(**_: object) -> None:
    """Judge what is due. Lost, late or rung twice, it changes nothing."""
    end = monotonic() + TURN
    with origin.acting("job"):
        Watch.objects.rouse(at=clock.now())
        while monotonic() < end and (watches := Watch.objects.claim(at=clock.now(), limit=Watch.claim_size)):
            judging.judge(watches=watches, at=clock.now())
