"""A whole day with two beats and eight workers: twice the rings and eight at each bell, and everything happens once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from queue import Queue

import pytest
import time_machine
from django.db import connection

from config import celery
from initiatives.models import Flag, Flip, Initiative, Verdict
from ownership.models import Event
from tests.cast import MONDAY, assemble
from tests.initiatives.build import TODAY, a_pilot, deliver, weeks

BEATS, WORKERS, EVERY = 2, 8, timedelta(minutes=30)
GROWING, FLAT, FALLING = [455, 470, 462, 475], [408, 412, 404, 413], [350, 340, 345, 335]
MORNING = MONDAY.replace(hour=0) + timedelta(weeks=4, days=1)
NOON = MORNING + timedelta(hours=12)


def ring(_: int) -> None:
    celery.tick()
    connection.close()


def answer(name: str) -> None:
    celery.app.tasks[name].apply(throw=True)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_two_beats_and_eight_workers_judge_each_pilot_once_and_tell_everybody_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cast = assemble()
    pilots: list[Initiative] = []
    for n, levels in enumerate([GROWING, FLAT, FALLING] * 4):
        pilots.append(a_pilot(cast, title=f"Pilot {n}"))
        known = levels if n else levels[:3]
        deliver(pilots[-1].targets.get().kpi, TODAY, weeks(known), at=MORNING - timedelta(hours=1))
    before = Event.objects.count()
    bell: Queue[str] = Queue()
    rings: Counter[str] = Counter()
    monkeypatch.setattr(celery.app, "send_task", lambda name, **_: bell.put(name))
    celery.app.loader.import_default_modules()  # as a worker does

    with (
        time_machine.travel(MORNING, tick=False) as clock,
        ThreadPoolExecutor(BEATS) as beats,
        ThreadPoolExecutor(WORKERS) as workers,
    ):
        for at in (MORNING + n * EVERY for n in range(48)):
            clock.move_to(at)
            if at == NOON:  # the first one's last week comes late
                deliver(pilots[0].targets.get().kpi, TODAY + timedelta(weeks=3), weeks(GROWING[3:]), at=NOON)
            list(beats.map(ring, range(BEATS)))
            rung = [bell.get() for _ in range(bell.qsize())]
            rings.update(rung)
            list(workers.map(answer, rung))

    said = Counter(Verdict.objects.values_list("target__initiative__title", "week", "revision"))
    assert rings["initiatives.tasks.watch_due"] == 48 * BEATS
    assert set(said.values()) == {1}
    assert len(said) == 12 * 4 + 1
    assert said["Pilot 0", 4, 2] == 1
    assert Counter(Flip.objects.values_list("new", flat=True)) == {
        "behind": 1,
        "on-track": 4,
        "stalled": 4,
        "regressing": 4,
    }
    told = Counter(Flag.objects.values_list("initiative__title", "kind"))
    assert told == {
        **{(f"Pilot {n}", "S2"): 1 for n in range(12) if n % 3},
        **{(f"Pilot {n}", "S4"): 1 for n in range(12) if n % 3 == 2},  # what falls does not pay, either
    }
    acts = Counter(event.data["action"] for event in Event.objects.order_by("pk")[before:])
    assert acts == {"verdict.flipped": 13, "flag.raised": 12}
