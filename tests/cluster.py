"""The database of a test run, ready before Django reads its settings (`-p tests.cluster`).

One template is migrated as the owner; tests run as the application role on copies of it. Ordinary tests of a process
share one copy, each in a transaction that is rolled back. A test that commits (`django_db(transaction=True)`) gets one
of its own: nothing is ever truncated, which the ledger would refuse. DATABASE_URL may name another server, as a
superuser. Processes of pytest-xdist share the server and the template of the one that started them.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase

from config import postgres
from config.environment import ROOT
from ownership import roles

HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
SHARED = "XDIST_DATABASES"  # variable that tells the processes of pytest-xdist the superuser's address and the template
TEMPORARY = ROOT / "var/test"  # nothing but sockets lies outside the checkout
HOME = "cluster-"  # prefix of a throw-away cluster's directory; the process id follows
ENVIRONMENT = {
    "MANDATE_API_RATE": "off",
    "MANDATE_DEV": "1",
    "MANDATE_URL": "http://testserver",
    "MANDATE_SECRET_KEYS": "only-for-tests-0123456789-0123456789-0123456789",
    "MANDATE_PRIVATE_NETS": "127.0.0.0/8 ::1/128",
}


class Databases:
    """The template and its copies on one server."""

    def __init__(self, superuser_url: str, template: str) -> None:
        self.superuser_url = superuser_url
        self.template = template
        self.demo = f"{template}_demo"  # the demo organisation, made when a test asks for it
        self.demo_tokens = TEMPORARY / f"{self.demo}.tokens"
        self.shared = f"{template}_{os.getpid()}"
        self._numbers = itertools.count(1)

    def execute(self, *statements: str, dbname: str = "") -> None:
        url = urlsplit(self.superuser_url)
        there = url._replace(path=f"/{dbname}") if dbname else url
        with psycopg.connect(there.geturl(), autocommit=True) as superuser:
            for statement in statements:
                superuser.execute(statement.encode())

    def once(self, name: str, fill: Callable[[str], None], *, template: str = "template1") -> None:
        """Let the first process that asks make and fill the database; it bears the name when it is complete."""
        with psycopg.connect(self.superuser_url, autocommit=True) as superuser:
            superuser.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])  # until the connection closes
            if superuser.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return
            with self.copy(f"{name}_new", template=template) as unfinished:
                fill(unfinished)
                superuser.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"'.encode())

    def environment(self, name: str) -> dict[str, str]:
        """What a process needs to work in the database of that name."""
        return {
            "DATABASE_URL": self._url(roles.APPLICATION, name),
            "DATABASE_OWNER_URL": self._url(roles.OWNER, name),
        }

    @contextmanager
    def copy(self, name: str = "", template: str = "") -> Iterator[str]:
        name = name or f"{self.shared}_{next(self._numbers)}"
        self.execute(roles.create_database(name, template=template or self.template))
        try:
            yield name
        finally:
            self.drop(name)

    def drop(self, name: str) -> None:
        """Also from under a connection that a thread of the test left open."""
        self.execute(roles.drop_database(name))

    def _url(self, role: str, name: str) -> str:
        """The superuser's own address, with another user and database; a password is taken to fit all three."""
        parts = urlsplit(self.superuser_url)
        password = f":{parts.password}" if parts.password else ""
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=f"{role}{password}@{host}", path=f"/{name}").geturl()


DATABASES = pytest.StashKey[Databases]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """A wrapper runs before pytest-django's own hook, which reads the settings."""
    TEMPORARY.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(TEMPORARY))  # where tmp_path is
    options = early_config.known_args_namespace
    if not (options.help or options.version):
        databases = early_config.stash[DATABASES] = _shared() or _prepare(early_config)
        os.environ |= ENVIRONMENT | databases.environment(databases.shared)
    return (yield)


def _shared() -> Databases | None:
    """What the process that started this one prepared."""
    return Databases(*os.environ[SHARED].split()) if "PYTEST_XDIST_WORKER" in os.environ else None


def _prepare(config: pytest.Config) -> Databases:
    """A server with the roles; the template comes with the first test that needs it."""
    server = os.environ.get("DATABASE_URL") or _start(config)
    databases = Databases(server, f"mandate_test_{os.getpid()}_{os.urandom(3).hex()}")
    databases.execute(roles.create_roles())
    for name in (databases.template, databases.demo):
        config.add_cleanup(partial(databases.drop, name))
    config.add_cleanup(partial(databases.demo_tokens.unlink, missing_ok=True))
    os.environ[SHARED] = f"{server} {databases.template}"
    return databases


def _start(config: pytest.Config) -> str:
    """A throw-away cluster, gone when pytest ends; one whose pytest was killed goes now."""
    for left_behind in TEMPORARY.glob(f"{HOME}*"):
        if not Path(f"/proc/{left_behind.name.removeprefix(HOME)}").exists():
            _throw_away(postgres.cluster(left_behind))
    home = TEMPORARY / f"{HOME}{os.getpid()}"
    home.mkdir(mode=0o711)  # so that `nobody` can pass where the cluster must run as nobody
    cluster = postgres.cluster(home)
    config.add_cleanup(lambda: _throw_away(cluster))
    cluster.start(**HASTY)
    return cluster.url(postgres.SUPERUSER, "postgres")


def _throw_away(cluster: postgres.Cluster) -> None:
    cluster.stop(mode="immediate")
    shutil.rmtree(cluster.data.parent, ignore_errors=True)
    shutil.rmtree(cluster.socket_dir, ignore_errors=True)


@contextmanager
def migrated(databases: Databases) -> Iterator[None]:
    """Migrate the template as the owner, grant, then let the tests work on copies of it as the application."""

    def fill(name: str) -> None:
        with moved(databases, name):
            call_command("migrate", database="owner", verbosity=0)
            call_command("grant")

    own_copy = ExitStack()
    databases.once(databases.template, fill)
    with databases.copy(databases.shared), pytest.MonkeyPatch.context() as patch:
        # Instead of TRUNCATE after each test that commits, a copy before it.
        patch.setattr(TransactionTestCase, "_fixture_setup", lambda: own_copy.enter_context(fresh(databases)))
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: own_copy.close())
        yield
        connections.close_all()


@contextmanager
def fresh(databases: Databases, template: str = "") -> Iterator[None]:
    """Work in a new copy of the template, or of another database that nobody works in."""
    with databases.copy(template=template) as name, moved(databases, name):
        yield


@contextmanager
def moved(databases: Databases, name: str) -> Iterator[None]:
    """Both connections, those that threads will open, and the environment of child processes: in another database."""
    before = connections["default"].settings_dict["NAME"]
    _move(databases, name)
    try:
        yield
    finally:
        _move(databases, before)


def _move(databases: Databases, name: str) -> None:
    for connection in connections.all():
        connection.close()
        connection.settings_dict["NAME"] = name
    os.environ |= databases.environment(name)
