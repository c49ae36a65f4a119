"""The one way out. It reaches public addresses, and private ones only where an operator listed them."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from django.conf import settings

from ownership.outbound import database, web
from ownership.outbound.database import Failed
from ownership.outbound.guard import Refused, Unreachable
from ownership.outbound.web import Answer

__all__ = ["Answer", "Client", "Failed", "Refused", "Unreachable", "client", "credential"]


class Client:
    """Asks places outside. `private`: networks that may be reached although they are not public. `pace`: seconds that
    lie between two questions. `heartbeat` is called before each, for a caller who must show that it lives.
    """

    def __init__(
        self,
        private: Sequence[str] = (),
        *,
        pace: float = 0,
        heartbeat: Callable[[], None] = lambda: None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.private = [ip_network(text) for text in private]
        self.pace, self.heartbeat, self.wait = pace, heartbeat, wait
        self._next = 0.0

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        data: bytes | None = None,
        is_repeatable: bool = True,
        largest: int = web.LARGEST,
    ) -> Answer:
        """One request; one that may be repeated is, twice, when the other side was only busy.

        Refused: not an address we go to. Unreachable: no proper answer of at most `largest` bytes in 30 seconds.
        A request with a body follows no redirect: what it carries was meant for one place.
        """
        for pause in [*web.PAUSES, None]:
            self._take_turn()
            answer = web.once(self.private, method, url, dict(headers or {}), auth, data, largest)
            wanted = answer.retry_after if answer.retry_after is not None else pause
            is_last = not is_repeatable or pause is None or answer.status not in web.BUSY
            if is_last or (wanted or 0) > web.LONGEST_PAUSE:
                break
            self.wait(wanted or 0)
        return answer

    def select(self, dsn: str, query: str, values: Mapping[str, Any], *, most: int) -> list[dict[str, Any]]:
        """The rows of one SELECT in a PostgreSQL database; one more than `most` if there are more."""
        self._take_turn()
        return database.select(self.private, dsn, query, values, most=most)

    def _take_turn(self) -> None:
        self.heartbeat()
        if (early := self._next - time.monotonic()) > 0:
            self.wait(early)
        self._next = time.monotonic() + self.pace


def client(*, pace: float = 0, heartbeat: Callable[[], None] = lambda: None) -> Client:
    """The client of this installation. Refused: an operator switched all that leaves the house off."""
    if not settings.ENV.outbound:
        raise Refused("MANDATE_OUTBOUND is off: nothing leaves this installation.")
    return Client(settings.ENV.private_nets, pace=pace, heartbeat=heartbeat)


def credential(reference: str) -> str:
    """The secret that a reference names: env:NAME is the variable MANDATE_SECRET_NAME, file:NAME the file it names."""
    kind, _colon, name = reference.partition(":")
    if not reference:
        return ""
    if kind == "env" and (secret := os.environ.get(f"MANDATE_SECRET_{name}")):
        return secret
    if kind == "file" and (path := os.environ.get(f"MANDATE_SECRET_{name}_FILE")):
        return Path(path).read_text().strip()
    raise Refused(f"The secret {reference} is not set in this installation.")
