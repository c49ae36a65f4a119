"""The launcher of the embedded PostgreSQL, on a cluster of its own."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config import postgres


@pytest.fixture
def cluster(passable_path: Path) -> Iterator[postgres.Cluster]:
    made = postgres.cluster(passable_path)
    yield made
    made.stop(mode="immediate")
    shutil.rmtree(made.socket_dir, ignore_errors=True)


def test_it_starts_from_nothing_and_again_after_its_server_was_killed(cluster: postgres.Cluster) -> None:
    cluster.start(fsync="off")
    cluster.make_database()
    with psycopg.connect(cluster.url("mandate_owner")) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 1")
    os.kill(int(cluster.data.joinpath("postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    assert cluster.start(fsync="off")

    with psycopg.connect(cluster.url("mandate_owner")) as owner:
        assert owner.execute("SELECT * FROM kept").fetchall() == [(1,)]


def test_starting_twice_is_starting_once(cluster: postgres.Cluster) -> None:
    assert cluster.start(fsync="off")
    cluster.make_database()

    assert not cluster.start()
    cluster.make_database()


def test_only_its_owner_reaches_it(cluster: postgres.Cluster) -> None:
    cluster.start(fsync="off")

    with psycopg.connect(cluster.url("postgres", "postgres")) as superuser:
        assert superuser.execute("SHOW listen_addresses").fetchone() == ("",)
    assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700


def test_a_socket_directory_that_somebody_put_there_is_refused(cluster: postgres.Cluster) -> None:
    cluster.socket_dir.mkdir(mode=0o755)

    with pytest.raises(postgres.Unavailable, match="0700"):
        cluster.start()


def test_without_programs_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_binaries", lambda: iter(()))

    with pytest.raises(postgres.Unavailable, match="DATABASE_URL=postgres://"):
        postgres.cluster(tmp_path)
