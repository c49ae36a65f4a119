"""`make run`: everything starts, what dies is started again, and Ctrl-C leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from config import postgres, run
from config.environment import ROOT

pytestmark = pytest.mark.alone


@pytest.fixture
def environment(passable_path: Path) -> Iterator[dict[str, str]]:
    """A caller who has said nothing but where to keep the data, and a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    caller = {name: value for name, value in os.environ.items() if not name.startswith(("MANDATE_", "DATABASE_"))}
    caller.pop("REDIS_URL", "")
    yield caller | {"MANDATE_DATA_DIR": str(passable_path), "PORT": str(port)}
    shutil.rmtree(postgres.cluster(passable_path).socket_dir, ignore_errors=True)


def start(environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "config.run"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def eventually(is_so: Callable[[], bool], seconds: float = 180) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.1)
    return False


def answers(environment: dict[str, str]) -> bool:
    connection = HTTPConnection("127.0.0.1", int(environment["PORT"]), timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def processes(environment: dict[str, str], having: str = "") -> list[int]:
    """Who inherited the data directory from the supervisor, and has that word in the command line."""
    mark = f"MANDATE_DATA_DIR={environment['MANDATE_DATA_DIR']}\0".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in entry.joinpath("environ").read_bytes() and having in entry.joinpath("cmdline").read_text():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_it_runs_heals_and_stops(environment: dict[str, str], passable_path: Path) -> None:
    supervisor = start(environment)
    try:
        assert eventually(lambda: answers(environment))
        worker = processes(environment, "manage.py\0work")
        postmaster = processes(environment, "bin/postgres\0-D")
        assert (len(worker), len(postmaster)) == (1, 1)

        for process in worker + postmaster:
            os.kill(process, signal.SIGKILL)

        assert eventually(lambda: processes(environment, "manage.py\0work") not in ([], worker))
        assert eventually(lambda: processes(environment, "bin/postgres\0-D") not in ([], postmaster))
        second = subprocess.run(
            [sys.executable, "-m", "config.run"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert (second.returncode, second.stdout) == (
            2,
            f"Mandate already runs from {environment['MANDATE_DATA_DIR']}.\n",
        )
    finally:
        supervisor.send_signal(signal.SIGINT)
        said, _ = supervisor.communicate(timeout=60)

    assert supervisor.returncode == 0
    assert f"Mandate runs at http://127.0.0.1:{environment['PORT']}" in said
    assert eventually(lambda: processes(environment) == [], seconds=5)
    assert not postgres.cluster(passable_path).socket_dir.exists()


def test_a_taken_port_is_named(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environment["PORT"]))):
        supervisor = start(environment)
        said, _ = supervisor.communicate(timeout=60)

    assert supervisor.returncode == 2
    assert f"Port {environment['PORT']} is taken" in said


def test_where_none_was_asked_for_the_next_free_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(run, "FIRST_PORT", taken.getsockname()[1])

        port = run.choose_port()

        assert port > taken.getsockname()[1]
        assert run.is_free(port)


def test_the_demo_never_replaces_a_database_of_yours(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "config.run", "demo"],
        cwd=ROOT,
        env=environment | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/theirs"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "DATABASE_URL is set" in done.stdout
