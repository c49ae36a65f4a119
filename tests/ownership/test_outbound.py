"""Nothing inside the house can be reached from outside configuration, whatever the address looks like."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from typing import Any, ClassVar

import pytest

from ownership import outbound
from ownership.outbound import Client, Refused, Unreachable, is_public

LOOPBACK = ["127.0.0.0/8"]


class Handler(BaseHTTPRequestHandler):
    """Answers by path; keeps the headers it saw."""

    seen: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def do_GET(self) -> None:
        self.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
            return
        body = b"x" * (6 * 1024 * 1024) if self.path == "/large" else b"hello"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Silence."""


@pytest.fixture
def server() -> Iterator[str]:
    Handler.seen.clear()
    running = ThreadingHTTPServer(("", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",  # noqa: S104  an address under test
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::1",
        "2002:a00:1::",
        "2001:0:7f00:1::1",
    ],
)
def test_an_address_that_is_not_public_is_known_in_every_wrapping(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111"])
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://[::1]/",
        "http://[::ffff:7f00:1]/",
        "http://user:pass@127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://1.1.1.1:22/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://127.0.0.1/",
        "//127.0.0.1/",
        "127.0.0.1",
        "",
        "http://",
    ],
)
def test_no_form_of_an_inner_address_is_asked(url: str) -> None:
    with pytest.raises((Refused, Unreachable)):
        Client().get(url, headers={})


def test_an_operator_can_list_inner_networks(server: str) -> None:
    answer = Client(LOOPBACK).get(f"{server}/", headers={"X-Key": "k"})

    assert (answer.status, answer.body) == (200, b"hello")
    assert Handler.seen[0][1]["x-key"] == "k"


def test_a_name_is_refused_if_any_of_its_addresses_is_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        outbound.allowed("two.example", 80, [])


def test_the_connection_goes_to_the_address_that_was_checked(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves to something else the second time is only ever resolved once."""
    port, asked = int(server.rpartition(":")[2]), []
    real: Callable[..., Any] = socket.getaddrinfo

    def resolve(host: str, *args: object, **options: object) -> Any:
        if host != "rebinding.example":
            return real(host, *args, **options)
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    answer = Client(["127.0.0.1/32"]).get(f"http://rebinding.example:{port}/", headers={})

    assert (answer.status, asked) == (200, ["rebinding.example"])
    assert Handler.seen[0][1]["host"] == f"rebinding.example:{port}"


def test_a_redirect_passes_the_same_door(server: str) -> None:
    with pytest.raises(Refused):
        Client(["127.0.0.1/32"]).get(f"{server}/to/http://127.0.0.2/", headers={})


def test_a_secret_stays_behind_when_the_host_changes(server: str) -> None:
    port = server.rpartition(":")[2]

    Client(LOOPBACK).get(f"{server}/to/http://127.0.0.2:{port}/there", headers={"X-Key": "k", "Authorization": "b"})
    Client(LOOPBACK).get(f"{server}/to/{server}/here", headers={"X-Key": "k"})

    seen = dict(Handler.seen)
    assert not {"x-key", "authorization"} & set(seen.get("/there", {}))
    assert seen["/here"]["x-key"] == "k"


def test_the_fourth_redirect_is_one_too_many(server: str) -> None:
    with pytest.raises(Refused):
        Client(LOOPBACK).get(f"{server}/to/{server}/to/{server}/to/{server}/to/{server}/", headers={})


def test_an_endless_answer_is_cut_off(server: str) -> None:
    with pytest.raises(Refused, match="5 MB"):
        Client(LOOPBACK).get(f"{server}/large", headers={})


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        Client(LOOPBACK).get("http://127.0.0.1:1/", headers={})


def test_proxy_variables_are_ignored(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert Client(LOOPBACK).get(f"{server}/", headers={}).status == 200


def test_a_secret_is_named_and_never_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANDATE_SECRET_SHOP", "s3cret")

    assert outbound.credential("env:SHOP") == "s3cret"
    assert outbound.credential("") == ""
    for reference in ("env:NOPE", "env:PATH", "file:SHOP", "s3cret"):
        with pytest.raises(Refused):
            outbound.credential(reference)


def test_listed_networks_are_compared_within_their_family() -> None:
    private = [ip_network("127.0.0.0/8"), ip_network("::1/128")]

    assert outbound.allowed("127.0.0.1", 8080, private) == "127.0.0.1"
