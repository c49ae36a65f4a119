"""`make run`: the whole product on this machine until Ctrl-C; and `make demo`: its database anew.

Everything listens on loopback or on a socket in a directory of ours, and all files lie in the data directory.
"""

import contextlib
import fcntl
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import django
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections

from config import postgres
from config.environment import ROOT
from ownership import roles

FIRST_PORT = 8000
PATIENCE = 20  # seconds that a child has to stop
QUICK_DEATH = 10  # seconds; a child that lived shorter is restarted more slowly each time
SLOWEST_RESTART = 30  # seconds


class Refused(Exception):
    """It cannot start; the message says why."""


@dataclass
class Child:
    """A process in a session of its own, so Ctrl-C reaches only the supervisor."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0
    deaths: int = 0  # quick ones in a row

    def keep_alive(self) -> None:
        """Start it unless it lives; after a quick death wait 1, 2, 4 … seconds since the start."""
        if self.process and self.process.poll() is None:
            return
        age = time.monotonic() - self.started
        if self.process and age < min(2**self.deaths, SLOWEST_RESTART):
            return
        if self.process:
            say(f"{self.name} ended ({self.process.returncode}); starting it again.")
            self._kill_group()
        self.deaths = self.deaths + 1 if age < QUICK_DEATH else 0
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, cwd=ROOT, start_new_session=True)  # noqa: S603  (our own words)

    def stop(self) -> None:
        if not self.process:
            return
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            say(f"{self.name} did not stop; killing it.")
        self._kill_group()
        self.process.wait()

    def _kill_group(self) -> None:
        """The child, if it lives, and whatever it started and left."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


def main(arguments: list[str]) -> int:
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _interrupt)
    data = Path(os.environ.get("MANDATE_DATA_DIR") or ROOT / "var").resolve()
    data.mkdir(parents=True, exist_ok=True)
    try:
        with only_one(data):
            demo(data) if arguments == ["demo"] else run(data)
    except KeyboardInterrupt:
        say("Stopped.")
    except (Refused, postgres.Unavailable) as refusal:
        say(str(refusal))
        return 2
    return 0


def run(data: Path) -> None:
    """Database, web server and worker, in this order; stopped in the opposite one."""
    port = choose_port()
    with database(data) as cluster:
        configure(data, port)
        logins = prepare(data)
        children = [Child("The web server", web(port)), Child("The worker", [sys.executable, "manage.py", "work"])]
        try:
            supervise(children, cluster, lambda: greet(port, logins))
        finally:
            for child in children:
                child.stop()


def demo(data: Path) -> None:
    """Throw the embedded database away and fill a new one. An event cannot be deleted, so a demo cannot be either."""
    if "DATABASE_URL" in os.environ:
        raise Refused("make demo only replaces the embedded database, and DATABASE_URL is set.")
    with database(data) as cluster:
        assert cluster  # noqa: S101  (there is no DATABASE_URL)
        cluster.drop_database()
        cluster.make_database()
        configure(data, FIRST_PORT)
        say("\n".join(prepare(data)))


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """The kernel lets go of the lock however its holder ends."""
    with data.joinpath("run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"Mandate already runs from {data}.") from None
        yield


@contextlib.contextmanager
def database(data: Path) -> Iterator[postgres.Cluster | None]:
    """The embedded server, running; None where DATABASE_URL names another."""
    if "DATABASE_URL" in os.environ:
        yield None
        return
    cluster = postgres.cluster(data)
    try:
        cluster.start()
        cluster.make_database()
        os.environ["DATABASE_URL"] = cluster.url(roles.APPLICATION)
        os.environ["DATABASE_OWNER_URL"] = cluster.url(roles.OWNER)
        yield cluster
    finally:
        cluster.stop(seconds=PATIENCE)


def choose_port() -> int:
    """PORT, or the first free one from 8000."""
    if wanted := os.environ.get("PORT"):
        if not wanted.isdigit() or not is_free(int(wanted)):
            raise Refused(f"Port {wanted} is taken or no port. Choose another: make run PORT=8001")
        return int(wanted)
    return next(port for port in range(FIRST_PORT, 65536) if is_free(port))


def is_free(port: int) -> bool:
    """Whether a server could listen there now; connections of a server just stopped do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def configure(data: Path, port: int) -> None:
    """The environment of the children, where the caller has not said otherwise."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("MANDATE_DEV", "1")
    os.environ.setdefault("MANDATE_URL", f"http://127.0.0.1:{port}")
    os.environ.setdefault("MANDATE_PRIVATE_NETS", "127.0.0.0/8")  # where `make fakes` stands in for vendors
    if "MANDATE_SECRET_KEYS" not in os.environ:
        os.environ.setdefault("MANDATE_SECRET_KEYS_FILE", str(secret(data / "secret-key")))
    django.setup()


def prepare(data: Path) -> list[str]:
    """Migrate as the owner, grant, fill an empty database with the demo organisation. Lines about its log-ins."""
    call_command("migrate", database="owner", verbosity=0)
    call_command("grant")
    people = get_user_model()._base_manager.order_by("pk")
    password = secret(data / "demo-password").read_text()
    tokens = data / "demo-tokens"
    if not people.exists():
        say("Making the demo organisation …")
        call_command("demo", password=password, tokens=tokens)
    first = people.first()
    logins = []
    if first and first.check_password(password):  # else these people are real
        logins = [f"  {who.email:<30} {who.title}" for who in people.filter(is_active=True)]
        logins = ["Log in as one of", *logins, f"with the password {password}", f"API tokens: {tokens}"]
    connections.close_all()
    return logins


def secret(path: Path) -> Path:
    """A file with a random word that only its owner may read; made once."""
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48 if "key" in path.name else 9))
    return path


def web(port: int) -> list[str]:
    """Two processes of eight threads. The control socket would lie outside the data directory."""
    options = (
        "--worker-class gthread --workers 2 --threads 8 --graceful-timeout 10 --no-control-socket --log-level warning"
    )
    return [sys.executable, "-m", "gunicorn", "config.wsgi", f"--bind=127.0.0.1:{port}", *options.split()]


def supervise(children: list[Child], cluster: postgres.Cluster | None, greeted: Callable[[], bool]) -> None:
    """Until Ctrl-C: start again whatever died. The database comes first, as all others need it."""
    is_greeted = False
    while True:
        if cluster:
            keep_running(cluster)
        for child in children:
            child.keep_alive()
        is_greeted = is_greeted or greeted()
        time.sleep(1 if is_greeted else 0.1)


def greet(port: int, logins: list[str]) -> bool:
    """Once a page comes, say where and for whom."""
    if not answers(port):
        return False
    say("\n".join([f"Mandate runs at {os.environ['MANDATE_URL']} until you press Ctrl-C.", *logins]))
    return True


def keep_running(cluster: postgres.Cluster) -> None:
    """A failed start is told and tried again: the disk may have room in a moment."""
    try:
        if cluster.start():
            say("The database had stopped; it runs again.")
    except postgres.Unavailable as failure:
        say(str(failure))


def answers(port: int) -> bool:
    """Whether a page comes, whatever it says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  (this is what the command is for)


def _interrupt(*_: object) -> None:
    """The first signal begins the end; more of them must not break it off."""
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
