"""What every test may use."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import translation
from hypothesis import configuration
from pytest_django import DjangoDbBlocker, Settings

from config.environment import ROOT
from tests import cluster
from tests.cast import MONDAY, Cast, assemble

configuration.set_hypothesis_home_dir(ROOT / "var/cache/hypothesis")


LONG = (
    "tests/chaos",
    "tests/decisions/test_demo",
    "tests/decisions/test_race",
    "tests/decisions/test_simulated",
    "tests/journeys",
    "tests/test_run",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that at the end no process works alone. What pytest-randomly shuffled stays so."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request leaves its language behind; no test begins in that of another."""
    with translation.override("en"):
        yield


@pytest.fixture
def passable_path() -> Iterator[Path]:
    """A directory for data of PostgreSQL. `nobody`, whom it may have to run as, cannot enter pytest's own ones."""
    with tempfile.TemporaryDirectory(dir=cluster.TEMPORARY) as path:
        Path(path).chmod(0o711)
        yield Path(path)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Replaces pytest-django's. Here and not in the plugin, which pytest-django would override."""
    with django_db_blocker.unblock(), cluster.migrated(request.config.stash[cluster.DATABASES]):
        yield


DEMO_NOW = datetime(2026, 11, 18, 14, tzinfo=ZoneInfo("Europe/Amsterdam"))


@dataclass(frozen=True)
class Demo:
    """The demo organisation: the database that holds it, and the texts of its two tokens by name."""

    database: str
    tokens: dict[str, str]


@pytest.fixture(scope="session")
def loaded_demo(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Demo:
    """Made once, for modules of all processes to copy."""
    databases = request.config.stash[cluster.DATABASES]
    path = databases.demo_tokens

    def fill(name: str) -> None:
        with django_db_blocker.unblock(), cluster.moved(databases, name), time_machine.travel(DEMO_NOW):
            call_command("demo", tokens=path, stdout=StringIO())
        assert path.stat().st_mode & 0o777 == 0o600

    databases.once(databases.demo, fill, template=databases.template)
    return Demo(databases.demo, dict(line.split() for line in path.read_text().splitlines()))


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest, loaded_demo: Demo, django_db_blocker: DjangoDbBlocker) -> Iterator[Demo]:
    """The module works in a copy, on the afternoon on which it was made. What a test writes stays for the next one."""
    databases = request.config.stash[cluster.DATABASES]
    copy = cluster.fresh(databases, template=loaded_demo.database)
    with django_db_blocker.unblock(), copy, time_machine.travel(DEMO_NOW):
        yield loaded_demo


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def superuser(request: pytest.FixtureRequest, transactional_db: None) -> Callable[[str], None]:
    """Runs a statement as a superuser with every trigger off: the worst that somebody with the keys can do."""
    databases = request.config.stash[cluster.DATABASES]

    def run(statement: str) -> None:
        name = str(connection.settings_dict["NAME"])
        databases.execute("SET session_replication_role = replica;", statement, dbname=name)

    return run


class Calendar:
    """What time it is for every process that reads the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def go_to(self, instant: datetime) -> None:
        """At once: nobody ever reads half a date."""
        new = self.path.with_suffix(".new")
        new.write_text(instant.isoformat())
        new.replace(self.path)

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.path.read_text())

    def forward(self, **span: float) -> datetime:
        """Let so much time pass, for instance `days=7`."""
        self.go_to(self.now + timedelta(**span))
        return self.now


@pytest.fixture
def calendar(tmp_path: Path, settings: Settings) -> Calendar:
    calendar = Calendar(tmp_path / "clock")
    calendar.go_to(MONDAY)
    settings.ENV = replace(settings.ENV, clock=str(calendar.path))
    return calendar
