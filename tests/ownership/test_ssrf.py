"""Nothing inside the house can be reached through a source's address, however that address is written."""

import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest

from ownership import outbound
from ownership.outbound import Client, Refused, web
from ownership.outbound.guard import is_public

PUBLIC, INSIDE = "93.184.216.34", "10.0.0.1"

INNER_ADDRESSES = [
    # IPv4: this host, private networks, link-local with its metadata, CGNAT, documentation, tests, multicast, the rest
    *("0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),  # noqa: S104
    *("169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.1", "192.0.0.192"),
    *("192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "192.88.99.1", "224.0.0.1", "240.0.0.1"),
    "255.255.255.255",
    # IPv6 of its own: loopback, none, link-local, site-local, unique local with its metadata, multicast, documentation
    *("::1", "::", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "3fff::1", "100::1"),
    *("5f00::1", "4000::1", "2001:20::1"),
    # IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo (server, client), ISATAP
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::127.0.0.1"),
    *("::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.1.2.3", "64:ff9b:1::a00:1"),
    *("64:ff9b:1:7f00:0:100::", "2002:7f00:1::1", "2002:a00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::1"),
    *("2001:0:808:808::f5ff:fffe", "2001:470:1::5efe:7f00:1", "2001:470:1::200:5efe:a00:1"),
]
OTHER_SPELLINGS = [
    *("2130706433", "0x7f000001", "0x7F.0x0.0x0.0x1", "0177.0.0.1", "0177.0000.0000.0001", "017700000001", "127.1"),
    *("127.0.1", "0x7f.1", "127.0.0.01", "0", "0x0", "3232235777", "0xc0a80101", "0300.0250.1.1", "192.168.257"),
    *("2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "169.254.43518", "1684301000"),
    *(
        "localhost",
        "localhost.",
        "LOCALHOST",
        "127.0.0.1.",
        "1\N{FULLWIDTH DIGIT TWO}7.0.0.1",
        "127\u30020\u30020\u30021",
    ),
    *(
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:7f00:1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1%25lo]",
        "[::]",
        "[64:ff9b::7f00:1]",
    ),
    *(
        "user:pass@127.0.0.1",
        "1.1.1.1@127.0.0.1",
        "127.0.0.1#@1.1.1.1",
        "1.1.1.1:22",
        "1.1.1.1:6379",
    ),
    *("%31%32%37.0.0.1", "127.0.0.1:80", "[::1]:443", "", "127.0.0.1\t.example", "\N{CIRCLED DIGIT ONE}27.0.0.1"),
]
OTHER_SCHEMES = [
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "ftp://127.0.0.1/",
    "//127.0.0.1/",
    "127.0.0.1",
    "data:,x",
]


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Where a connection was opened to. A test that finds anything here has found a hole."""
    found: list[Any] = []

    def connect(address: Any, *_: object, **__: object) -> None:
        found.append(address)
        raise OSError("nobody may come here")

    monkeypatch.setattr(web, "create_connection", connect)
    return found


def resolving(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[list[str]]]) -> list[str]:
    """A name server that gives each name its next answer, the last one for ever. Returns the names it was asked."""
    real: Callable[..., Any] = socket.getaddrinfo
    asked: list[str] = []

    def resolve(host: str, port: int, *args: object, **options: object) -> Any:
        if host not in answers:
            return real(host, port, *args, **options)
        asked.append(host)
        addresses = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize("address", INNER_ADDRESSES)
def test_an_address_that_is_not_public_is_known_in_every_wrapping(address: str, reached: list[Any]) -> None:
    host = f"[{address}]" if ":" in address else address

    with pytest.raises(Refused):
        Client().call("GET", f"http://{host}/latest/meta-data/")

    assert not is_public(ip_address(address))
    assert reached == []


@pytest.mark.parametrize("address", ["1.1.1.1", PUBLIC, "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("host", OTHER_SPELLINGS)
def test_no_spelling_of_an_inner_address_is_asked(host: str, reached: list[Any]) -> None:
    with pytest.raises((Refused, outbound.Unreachable)):
        Client().call("GET", f"http://{host}/")

    assert reached == []


@pytest.mark.parametrize("url", OTHER_SCHEMES)
def test_nothing_but_the_web_is_asked(url: str, reached: list[Any]) -> None:
    with pytest.raises(Refused):
        Client().call("GET", url)

    assert reached == []


@pytest.mark.parametrize(
    "target", [f"http://{host}/" for host in ("127.0.0.2", "2130706434", "[::1]", "0x7f.2", "[::ffff:7f00:2]")]
)
def test_a_redirect_passes_the_same_door(server: str, target: str) -> None:
    with pytest.raises(Refused):
        Client(["127.0.0.1/32"]).call("GET", f"{server}/to/{target}")


def test_a_name_is_refused_if_any_of_its_addresses_is_inside(
    monkeypatch: pytest.MonkeyPatch, reached: list[Any]
) -> None:
    resolving(monkeypatch, {"two.example": [[PUBLIC, INSIDE]]})

    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        Client().call("GET", "http://two.example/")

    assert reached == []


def test_the_connection_goes_to_the_address_that_was_checked(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves to something else the second time is only ever resolved once for a connection."""
    asked = resolving(monkeypatch, {"rebinding.example": [["127.0.0.1"], ["127.0.0.2"]]})
    port = server.rpartition(":")[2]

    answer = Client(["127.0.0.1/32"]).call("GET", f"http://rebinding.example:{port}/")

    assert (answer.status, asked) == (200, ["rebinding.example"])


def test_a_name_that_turns_inside_between_two_calls_is_refused(
    monkeypatch: pytest.MonkeyPatch, reached: list[Any]
) -> None:
    resolving(monkeypatch, {"rebinding.example": [[PUBLIC], [INSIDE]]})
    client = Client()

    with pytest.raises(outbound.Unreachable):
        client.call("GET", "http://rebinding.example/")
    with pytest.raises(Refused):
        client.call("GET", "http://rebinding.example/")

    assert [address for address, _port in reached] == [PUBLIC]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "own-matomo.example"])
def test_what_an_operator_listed_is_reached(host: str, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, {"own-matomo.example": [["127.0.0.1"]], "localhost": [["127.0.0.1"]]})
    port = server.rpartition(":")[2]

    answer = Client(["127.0.0.1/32"]).call("GET", f"http://{host}:{port}/")

    assert (answer.status, answer.body) == (200, b"hello")
