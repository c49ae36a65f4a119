"""Where the present act comes from: set by the edge that received it, read by the ledger and the log."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """`via` is page, token:<id>, job or command; the request id ties log, event and answer together."""

    via: str = "command"
    request_id: str = ""


_origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039  frozen, so safe to share


def current() -> Origin:
    return _origin.get()


@contextmanager
def acting(via: str, request_id: str = "") -> Iterator[None]:
    """Everything inside comes from here."""
    token = _origin.set(Origin(via, request_id))
    try:
        yield
    finally:
        _origin.reset(token)


def arrived(via: str) -> None:
    """A request has shown a token: from here on it acts through it."""
    _origin.set(Origin(via, current().request_id))
