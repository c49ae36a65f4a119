"""The way to the web: an HTTP client whose sockets go to addresses that were checked.

A name is resolved once, every address it gives is checked, and the connection goes to the address that was checked: a
name that changes its mind in between (DNS rebinding) gains nothing. Redirects pass the same door.
"""

import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import create_connection

from ownership.outbound.guard import Network, Refused, Unreachable, allowed

LARGEST = 5 * 1024 * 1024  # bytes
SECONDS = 30  # for the whole answer
BUSY = frozenset({429, 502, 503, 504})
PAUSES = (1, 3)  # seconds before a busy place is asked again, unless it says how long
LONGEST_PAUSE = 10  # seconds; who wants more is asked again by a later job
KEPT_ACROSS_HOSTS = frozenset({"accept", "accept-encoding", "user-agent", "connection"})


NOT_AN_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> int | None:
        """The seconds after which it wants to be asked again, if it said so in figures."""
        said = self.headers.get("retry-after", "")
        return int(said) if said.isascii() and said.isdigit() and len(said) < 7 else None


def _guarded(private: Sequence[Network]) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools whose sockets go to checked addresses. The name stays for Host, SNI and the certificate."""

    def connect(connection: HTTPConnection) -> socket.socket:
        address = allowed(connection.host, connection.port or connection.default_port, private)
        port = connection.port or connection.default_port
        return create_connection((address, port), connection.timeout, socket_options=connection.socket_options)

    class Plain(HTTPConnection):
        _new_conn = connect

    class Secure(HTTPSConnection):
        _new_conn = connect

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _Adapter(HTTPAdapter):
    """The guarded pools under requests. No proxies, no retries."""

    def __init__(self, private: Sequence[Network]) -> None:
        self.private = private
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(num_pools=4, maxsize=1)
        self.poolmanager.pool_classes_by_scheme = _guarded(self.private)


class _Session(requests.Session):
    """Follows three redirects; what is not about the transport stays behind when the host changes."""

    def __init__(self, private: Sequence[Network]) -> None:
        super().__init__()
        self.trust_env, self.max_redirects = False, 3
        self.adapters.clear()
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(private))

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        before, after = str(response.request.url), str(prepared_request.url)
        if self.should_strip_auth(before, after):  # type: ignore[no-untyped-call]  # the stubs leave it untyped
            for name in [name for name in prepared_request.headers if name.lower() not in KEPT_ACROSS_HOSTS]:
                del prepared_request.headers[name]


def once(
    private: Sequence[Network],
    method: str,
    url: str,
    headers: dict[str, str],
    auth: tuple[str, str] | None,
    data: bytes | None,
    largest: int,
) -> Answer:
    until = time.monotonic() + SECONDS
    try:
        with _Session(private) as session:
            response = session.request(
                method,
                url,
                headers=headers,
                auth=auth,
                data=data,
                timeout=(5, SECONDS),
                stream=True,
                allow_redirects=data is None,
            )
            body = bytearray()
            for chunk in response.iter_content(64 * 1024):
                body += chunk
                if len(body) > largest:
                    raise Refused(f"The answer is larger than {largest // 2**20} MB.")
                if time.monotonic() > until:
                    raise Unreachable("The answer took longer than 30 seconds.")
    except NOT_AN_ADDRESS as error:
        raise Refused(f"This is not an address that can be asked: {error}") from error
    except requests.exceptions.TooManyRedirects as error:
        raise Refused("More than three redirects.") from error
    except (requests.exceptions.RequestException, OSError) as error:
        raise Unreachable(f"No proper answer: {type(error).__name__}") from error
    return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, bytes(body))
