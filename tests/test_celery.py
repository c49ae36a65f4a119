"""The tick: it rings every kind of due row, says nothing in its messages, and shrugs at a missing broker."""

import os
import subprocess
import sys

import pytest
from kombu import Queue

from config import celery
from config.environment import ROOT

NOTHING: list[object] = [[], {}]  # the arguments of a task; what follows in a message is Celery's own


def taken_from_broker() -> list[tuple[str, str, list[object]]]:
    """Queue, task and arguments of each waiting message. In memory the broker belongs to this process."""
    with celery.app.connection_for_read() as connection:
        found = []
        for name in celery.QUEUES:
            queue = Queue(name, channel=connection.default_channel)
            queue.declare()
            while message := queue.get(no_ack=True):
                found.append((name, message.headers["task"], message.payload[:2]))
        return found


@pytest.mark.usefixtures("db")
def test_the_tick_rings_every_kind_in_its_queue_and_says_nothing() -> None:
    taken_from_broker()

    celery.tick()

    rung = taken_from_broker()
    assert {(queue, task) for queue, task, _ in rung} == {(queue, task) for task, queue in celery.doorbells()}
    assert [arguments for *_, arguments in rung] == [NOTHING] * len(rung)


def test_every_kind_has_its_task() -> None:
    celery.app.autodiscover_tasks(force=True)

    assert {task for task, _ in celery.doorbells()} <= set(celery.app.tasks)


def test_every_kind_goes_to_a_queue_that_workers_listen_to() -> None:
    assert {queue for _, queue in celery.doorbells()} <= set(celery.QUEUES)


@pytest.mark.usefixtures("db")
def test_without_a_broker_the_tick_gives_up_at_once() -> None:
    """In a process of its own: a broken connection would stay in this one's pool."""
    count = "import time; naps = []; time.sleep = naps.append"  # before anybody imports it by name
    ring = "import django; django.setup(); from config.celery import tick; tick()"
    done = subprocess.run(
        [sys.executable, "-c", f"{count}; {ring}; print(len(naps))"],
        cwd=ROOT,
        env=os.environ | {"REDIS_URL": "redis://127.0.0.1:1/0"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "0\n"
    assert "The broker did not take a message" in done.stderr
