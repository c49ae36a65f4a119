"""The one way out: an HTTP client that reaches public addresses, and private ones only where an operator listed them.

A name is resolved once, every address it gives is checked, and the connection goes to the address that was checked: a
name that changes its mind in between (DNS rebinding) gains nothing. Redirects pass the same door.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import create_connection

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LARGEST = 5 * 1024 * 1024  # bytes
SECONDS = 30  # for the whole answer
PORTS = frozenset({80, 443})
BUSY = frozenset({429, 502, 503, 504})
PAUSES = (1, 3)  # seconds before a busy place is asked again, unless it says how long
LONGEST_PAUSE = 10  # seconds; who wants more is asked again by a later job
NAT64 = IPv6Network("64:ff9b::/96")
UNICAST = IPv6Network("2000::/3")  # all that IANA has given out for the open internet
# Public by their number, yet no place of a source; what versions of Python disagree about stands here too.
SPECIAL: Sequence[Network] = [
    IPv4Network("168.63.129.16/32"),  # metadata of a cloud
    IPv4Network("192.0.0.0/24"),
    *map(IPv4Network, ("192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24")),  # anycast services
    *map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")),  # Teredo, documentation, 6to4
]
KEPT_ACROSS_HOSTS = frozenset({"accept", "accept-encoding", "user-agent", "connection"})


NOT_AN_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
)


class Refused(Exception):
    """We will not go there; the text says why."""


class Unreachable(Exception):
    """The other side did not answer properly in time; asking later may help."""


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


def is_public(address: Address) -> bool:
    """Whether it belongs to the open internet; what merely wraps an IPv4 address is judged as that address."""
    if isinstance(address, IPv6Address):
        if inner := _inner(address):
            return is_public(inner)
        is_isatap = int(address) >> 32 & 0xFDFFFFFF == 0x5EFE  # the interface's half of the address holds an IPv4 one
        if address not in UNICAST or is_isatap:
            return False
    is_special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not is_special and not _is_in(address, SPECIAL)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a mapped or NAT64 one stands for: a translator would go there."""
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address.ipv4_mapped


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


def allowed(host: str, port: int, private: Sequence[Network]) -> str:
    """The address to connect to. Refused unless every address of the host is public, or listed."""
    try:
        resolved = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} has no address: {error}") from error
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in resolved]
    for address in addresses:
        if _is_in(address, private):
            continue
        if not is_public(address):
            raise Refused(f"{host} leads to {address}, which is not on the open internet.")
        if port not in PORTS:
            raise Refused(f"Port {port} is not one that is asked on the open internet.")
    return str(addresses[0])


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


class Client:
    """Asks addresses outside. `private` lists networks that may be reached although they are not public."""

    def __init__(self, private: Sequence[str] = (), wait: Callable[[float], None] = time.sleep) -> None:
        self.private = [ip_network(text) for text in private]
        self.wait = wait

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        data: bytes | None = None,
        is_repeatable: bool = True,
        largest: int = LARGEST,
    ) -> Answer:
        """One request; one that may be repeated is, twice, when the other side was only busy.

        Refused: not an address we go to. Unreachable: no proper answer of at most `largest` bytes in 30 seconds.
        A request with a body follows no redirect: what it carries was meant for one place.
        """
        for pause in [*PAUSES, None]:
            answer = self._once(method, url, dict(headers or {}), auth, data, largest)
            wanted = answer.retry_after if answer.retry_after is not None else pause
            if not is_repeatable or pause is None or answer.status not in BUSY or (wanted or 0) > LONGEST_PAUSE:
                break
            self.wait(wanted or 0)
        return answer

    def _once(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        auth: tuple[str, str] | None,
        data: bytes | None,
        largest: int,
    ) -> Answer:
        until = time.monotonic() + SECONDS
        try:
            with _Session(self.private) as session:
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


def client() -> Client:
    """The client of this installation. Refused: an operator switched all that leaves the house off."""
    if not settings.ENV.outbound:
        raise Refused("MANDATE_OUTBOUND is off: nothing leaves this installation.")
    return Client(settings.ENV.private_nets)


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
