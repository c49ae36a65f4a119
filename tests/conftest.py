"""What every test may use."""

from collections.abc import Iterator

import pytest
from hypothesis import configuration
from pytest_django import DjangoDbBlocker

from config.environment import ROOT
from tests import cluster

configuration.set_hypothesis_home_dir(ROOT / "var/cache/hypothesis")


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Replaces pytest-django's. Here and not in the plugin, which pytest-django would override."""
    with django_db_blocker.unblock(), cluster.migrated(request.config.stash[cluster.DATABASES]):
        yield
