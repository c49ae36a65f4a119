"""What every test may use."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import configuration
from pytest_django import DjangoDbBlocker

from config.environment import ROOT
from tests import cluster
from tests.cast import Cast, assemble

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
