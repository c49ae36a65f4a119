"""A peer with an audit of its own: Directus on the same database server, where `npm install directus pg` has put it."""

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.ingest.ways import Company
from config import postgres

PORT, TOKEN = 8055, "only-for-benchmarks"
FIELDS = {"kpi": "bigInteger", "source": "bigInteger", "period_start": "date", "num": "float"}
KEY = {"field": "id", "type": "bigInteger", "schema": {"is_primary_key": True, "has_auto_increment": True}, "meta": {}}
COLLECTION = {
    "collection": "snapshot",
    "schema": {},
    "meta": {"accountability": "all"},  # an activity and a revision per row: what Directus calls its audit
    "fields": [KEY, *({"field": name, "type": kind, "schema": {}, "meta": {}} for name, kind in FIELDS.items())],
}


@contextmanager
def serving(cluster: postgres.Cluster, home: Path) -> Iterator[int]:
    """Directus with an empty collection, answering; its process id. It logs into a file in its home."""
    with psycopg.connect(cluster.url(postgres.SUPERUSER, "postgres"), autocommit=True) as superuser:
        superuser.execute("CREATE DATABASE directus")
    where = {"DB_CLIENT": "pg", "DB_HOST": str(cluster.socket_dir), "DB_PORT": "5432", "DB_DATABASE": "directus"}
    who = {"DB_USER": postgres.SUPERUSER, "DB_PASSWORD": "-", "ADMIN_EMAIL": "tom@example.com", "ADMIN_PASSWORD": TOKEN}
    how = {"KEY": TOKEN, "SECRET": TOKEN, "ADMIN_TOKEN": TOKEN, "HOST": "127.0.0.1", "PORT": str(PORT)}
    quiet = {"TELEMETRY": "false", "LOG_LEVEL": "warn", "MAX_PAYLOAD_SIZE": "25mb"}
    command, env = ["node", "node_modules/directus/cli.js"], os.environ | where | who | how | quiet
    with home.joinpath("benchmark.log").open("w") as log:
        said: dict[str, Any] = {"cwd": home, "env": env, "stdout": log, "stderr": log}
        subprocess.run([*command, "bootstrap"], check=True, **said)  # noqa: S603  our own words, as below
        server = subprocess.Popen([*command, "start"], **said)  # noqa: S603
        try:
            for _ in range(600):
                time.sleep(0.1)
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                        break
            _post("/collections", json.dumps(COLLECTION).encode())
            yield server.pid
        finally:
            server.terminate()
            server.wait(30)


def bulk(company: Company) -> Callable[[], None]:
    """All rows in one request. Each run makes new rows: there is no natural key to meet again."""
    rows = [{"kpi": kpi, "source": 1, "period_start": str(day), "num": num} for kpi, day, num in company.rows]
    body = json.dumps(rows, separators=(",", ":")).encode()
    return lambda: _post("/items/snapshot?fields=id&limit=1", body)


def check(cluster: postgres.Cluster, rows: int) -> None:
    """Stored and audited, every one."""
    with psycopg.connect(cluster.url(postgres.SUPERUSER, "directus")) as superuser:
        for table in (b"snapshot", b"directus_revisions WHERE collection = 'snapshot'"):
            (count,) = superuser.execute(b"SELECT count(*) FROM " + table).fetchone() or (0,)
            if count != rows:
                raise AssertionError(f"{count} instead of {rows} in {table!r}")


def _post(path: str, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=600)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status >= 300:
        raise AssertionError(said[:300])
