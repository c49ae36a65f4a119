"""Celery as a doorbell: one beat entry, the tick, rings every kind of due row; messages carry nothing.

What must happen is a row (`ownership.models.Due`), so losing any message, or the whole broker, only costs the seconds
until the next tick. Nothing else in the house may publish: requests write rows.
"""

import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime

import django
from celery import Celery
from django.apps import apps
from django.conf import settings
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()  # `celery -A config.celery worker` begins here

from ownership import clock  # noqa: E402  (models need the line above)
from ownership.models import Due, DueQuerySet  # noqa: E402

logger = logging.getLogger(__name__)

TICK_SECONDS = 10
LONG_AGO = datetime.fromtimestamp(0, UTC)
QUEUES = ["pull", "judge", "deliver"]
REDIS_OPTIONS = {
    "visibility_timeout": 1800,  # longer than the hard time limit, so no living task is given to a second worker
    "unacked_restore_interval": 10,  # by default a message of a killed worker came back after 95 seconds
    "unacked_restore_throttle": 1,
}

MEMORY_OPTIONS = {"polling_interval": 0.1}  # seconds
BROKER = settings.ENV.broker_url or "memory://localhost"
OPTIONS = {"redis": REDIS_OPTIONS, "rediss": REDIS_OPTIONS, "memory": MEMORY_OPTIONS}

app = Celery("mandate")
app.conf.update(
    broker_url=BROKER,
    broker_transport_options=OPTIONS.get(BROKER.partition(":")[0], {}),
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    accept_content=["json"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_soft_time_limit=840,
    task_time_limit=900,
    task_default_queue="deliver",
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,  # a broker that blinks is no crash
    worker_soft_shutdown_timeout=20,
    worker_max_tasks_per_child=500,
    worker_hijack_root_logger=False,
    beat_scheduler="celery.beat:Scheduler",  # keeps no state file
    beat_schedule={
        "tick": {
            "task": "tick",
            "schedule": TICK_SECONDS,
            "last_run_at": LONG_AGO,  # the first comes at once, so even a worker that dies every few seconds gets on
            "options": {"expires": TICK_SECONDS},
        }
    },
)
app.autodiscover_tasks()


def kinds() -> Iterator[type[Due]]:
    """Every model whose rows are due some time."""
    return (model for model in apps.get_models() if issubclass(model, Due))


def doorbells() -> Iterator[tuple[str, str]]:
    """The task of each kind of due row, and its queue: `metrics.tasks.pull_due` for Pull."""
    for model in kinds():
        yield f"{model._meta.app_label}.tasks.{model._meta.model_name}_due", model.queue


@app.task(name="tick")
def tick(**_: object) -> None:
    """Bury the dead, then ring every kind. What nobody hears expires, so rings never pile up; in vain costs a query.

    Without a broker the first ring fails at once, and the next tick is the retry. The connection is the tick's own:
    one of the pool would go on trying for six seconds.
    """
    for model in kinds():
        DueQuerySet(model).bury(at=clock.now())
    with app.connection_for_write(transport_options={"max_retries": 0}) as connection:
        try:
            for name, queue in doorbells():
                app.send_task(name, queue=queue, expires=TICK_SECONDS, retry=False, connection=connection)
        except OperationalError as error:
            logger.warning("The broker did not take a message: %s", error)
