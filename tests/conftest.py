"""What every test may use."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import configuration
from pytest_django import DjangoDbBlocker, Settings

from config.environment import ROOT
from tests import cluster
from tests.cast import MONDAY, Cast, assemble

configuration.set_hypothesis_home_dir(ROOT / "var/cache/hypothesis")


@pytest.fixture
def passable_path() -> Iterator[Path]:
    """A directory for data of PostgreSQL. `nobody`, whom it may have to run as, cannot enter pytest's own ones."""
    with tempfile.TemporaryDirectory() as path:
        Path(path).chmod(0o711)
        yield Path(path)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Replaces pytest-django's. Here and not in the plugin, which pytest-django would override."""
    with django_db_blocker.unblock(), cluster.migrated(request.config.stash[cluster.DATABASES]):
        yield


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
        self.path.write_text(instant.isoformat())

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
