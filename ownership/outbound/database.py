"""The way to a PostgreSQL database of one's own: one SELECT, read-only, on a host that an operator listed."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from ownership.outbound.guard import Network, Refused, Unreachable, allowed

SECONDS = 30
KNOWN = frozenset({"host", "port", "user", "password", "dbname", "sslmode"})
BUSY = ("too many", "connection slots", "starting up", "shutting down")  # refusals that pass
SAFELY = (
    f"-c default_transaction_read_only=on -c statement_timeout={SECONDS}s -c idle_in_transaction_session_timeout=60s"
)


class Failed(Exception):
    """The database understood and says no: the class of the error (SQLSTATE) and its first line, without values."""

    def __init__(self, state: str, said: str) -> None:
        super().__init__(said)
        self.state, self.said = state, said


def select(
    private: Sequence[Network], dsn: str, query: str, values: Mapping[str, Any], *, most: int
) -> list[dict[str, Any]]:
    """The rows, one more than `most` if there are more. A cursor is declared, so one SELECT is all that can run.

    Refused: not a host we go to. Unreachable: nobody there, or too slow. Failed: it says no.
    """
    try:
        with psycopg.connect(**_checked(dsn, private), options=SAFELY, connect_timeout=5, row_factory=dict_row) as link:
            link.read_only = True
            with link.cursor(name="pull") as cursor:
                cursor.execute(query.encode(), dict(values))
                return cursor.fetchmany(most + 1)
    except (psycopg.errors.QueryCanceled, psycopg.OperationalError) as error:
        if "FATAL" in str(error) and not any(said in str(error) for said in BUSY):
            raise Failed("28000", "") from None  # libpq hands on the words of a refusal, not its code
        raise Unreachable(f"No proper answer from the database: {type(error).__name__}") from None
    except psycopg.Error as error:
        raise Failed(error.sqlstate or "", str(error).partition("\n")[0][:200]) from None


def _checked(dsn: str, private: Sequence[Network]) -> dict[str, Any]:
    """The parts of the address with the host's checked address. The name stays for the certificate."""
    try:
        parts = conninfo_to_dict(dsn)
        port = int(parts.get("port") or 5432)
    except (psycopg.Error, ValueError):
        raise Refused("The secret is not an address like postgresql://user:password@host/database.") from None
    host = str(parts.get("host") or "")
    if not host or host.startswith(("/", "@")) or "," in host or set(parts) - KNOWN:
        known = ", ".join(sorted(KNOWN))
        raise Refused(f"A database is named by one host and nothing but {known}.")
    return {**parts, "port": port, "hostaddr": allowed(host, port, private)}
