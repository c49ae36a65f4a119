"""`manage.py work`: worker and beat in one process, for a single machine, with or without Redis.

Not `celery worker -B`: that forks beat away from the in-memory broker, whose queues live in this process.
"""

import sys
import warnings
from threading import Thread
from typing import Any

from celery.beat import Scheduler, Service
from celery.exceptions import SecurityWarning
from django.core.management.base import BaseCommand, CommandParser

from config.celery import QUEUES, app


class Command(BaseCommand):
    help = "Do what is due: worker threads and beat in one process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=4)

    def handle(self, *args: Any, **options: Any) -> None:
        # As root Celery warns of pickled messages. Ours are JSON, and empty.
        warnings.simplefilter("ignore", SecurityWarning)
        beat = Service(app, max_interval=1, scheduler_cls=Scheduler)
        worker = app.Worker(
            pool="threads",
            concurrency=options["threads"],
            queues=QUEUES,
            loglevel="WARNING",
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        Thread(target=beat.start, name="beat", daemon=True).start()
        try:
            worker.start()
        finally:
            beat.stop(wait=True)
        sys.exit(worker.exitcode)
