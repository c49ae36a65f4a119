"""A throw-away database for a benchmark: migrated like any other, with full durability, gone at the end."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from config import postgres
from ownership import roles


@contextmanager
def throw_away() -> Iterator[postgres.Cluster]:
    """Inside, Django is set up on an empty database, with the settings of the embedded cluster, fsync included."""
    home = Path(tempfile.mkdtemp(prefix="mandate-bench-"))
    home.chmod(0o711)  # so that `nobody` can pass where the cluster must run as nobody
    cluster = postgres.cluster(home)
    cluster.start()
    try:
        with psycopg.connect(cluster.url(postgres.SUPERUSER, "postgres"), autocommit=True) as superuser:
            for statement in (roles.create_roles(), roles.create_database(postgres.DATABASE)):
                superuser.execute(statement.encode())
        os.environ |= {
            "MANDATE_DEV": "1",
            "MANDATE_SECRET_KEYS": "only-for-benchmarks-0123456789-0123456789",
            "DATABASE_URL": cluster.url(roles.APPLICATION),
            "DATABASE_OWNER_URL": cluster.url(roles.OWNER),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        _migrate()
        yield cluster
    finally:
        cluster.stop(mode="immediate")
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(cluster.socket_dir, ignore_errors=True)


def _migrate() -> None:
    import django  # after the environment says where the database is

    django.setup()
    from django.core.management import call_command

    call_command("migrate", database="owner", verbosity=0)
    call_command("grant")
