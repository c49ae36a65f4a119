"""Doorbells of the due rows of figures. A message carries nothing; lost, late or rung twice it changes nothing."""

import logging
from time import monotonic

from celery import shared_task

from metrics.models import Pull
from metrics.services import pulls
from ownership import clock, origin
from ownership.models import LeaseLost, Organisation

SECONDS = 20  # then the worker goes back to its queue
logger = logging.getLogger(__name__)


@shared_task
def pull_due(**_: object) -> None:
    """Plan what should be asked by now, then ask, one window at a time."""
    end, zone = monotonic() + SECONDS, Organisation.the().zone
    pulls.plan(at=clock.now(), zone=zone)
    while monotonic() < end and (rows := Pull.objects.claim(at=clock.now())):
        for row in rows:
            with origin.acting("job", row.request_id):
                try:
                    pulls.pull(row=row, at=clock.now(), zone=zone)
                except LeaseLost:
                    logger.info("Another worker took pull %s meanwhile.", row.pk)
