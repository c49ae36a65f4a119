"""The one way out: what it sends along, what it refuses to swallow. Where it goes at all: test_ssrf.py."""

from ipaddress import ip_network

import pytest

from ownership import outbound
from ownership.outbound import Client, Refused, Unreachable, guard
from tests.ownership.conftest import Handler

LOOPBACK = ["127.0.0.0/8"]


def test_an_operator_can_list_inner_networks(server: str) -> None:
    answer = Client(LOOPBACK).call("GET", f"{server}/", headers={"X-Key": "k"})

    assert (answer.status, answer.body) == (200, b"hello")
    assert Handler.seen[0][1]["x-key"] == "k"


def test_a_secret_stays_behind_when_the_host_changes(server: str) -> None:
    port = server.rpartition(":")[2]

    Client(LOOPBACK).call(
        "GET", f"{server}/to/http://127.0.0.2:{port}/there", headers={"X-Key": "k", "Authorization": "b"}
    )
    Client(LOOPBACK).call("GET", f"{server}/to/{server}/here", headers={"X-Key": "k"})

    seen = dict(Handler.seen)
    assert not {"x-key", "authorization"} & set(seen.get("/there", {}))
    assert seen["/here"]["x-key"] == "k"


def test_the_fourth_redirect_is_one_too_many(server: str) -> None:
    with pytest.raises(Refused):
        Client(LOOPBACK).call("GET", f"{server}/to/{server}/to/{server}/to/{server}/to/{server}/")


def test_an_endless_answer_is_cut_off(server: str) -> None:
    with pytest.raises(Refused, match="5 MB"):
        Client(LOOPBACK).call("GET", f"{server}/large")


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        Client(LOOPBACK).call("GET", "http://127.0.0.1:1/")


def test_proxy_variables_are_ignored(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert Client(LOOPBACK).call("GET", f"{server}/").status == 200


def test_a_secret_is_named_and_never_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANDATE_SECRET_SHOP", "s3cret")

    assert outbound.credential("env:SHOP") == "s3cret"
    assert outbound.credential("") == ""
    for reference in ("env:NOPE", "env:PATH", "file:SHOP", "s3cret"):
        with pytest.raises(Refused):
            outbound.credential(reference)


def test_listed_networks_are_compared_within_their_family() -> None:
    private = [ip_network("127.0.0.0/8"), ip_network("::1/128")]

    assert guard.allowed("127.0.0.1", 8080, private) == "127.0.0.1"


@pytest.mark.parametrize(
    ("busy", "status", "waits"),
    [
        ([(503, "")], 200, [1]),
        ([(429, "2"), (502, "")], 200, [2, 3]),
        ([(504, "")] * 3, 504, [1, 3]),
        ([(429, "11")], 429, []),
        ([(500, "")], 500, []),
    ],
)
def test_a_busy_place_is_asked_twice_more_and_given_the_time_it_wants(
    busy: list[tuple[int, str]], status: int, waits: list[int], server: str
) -> None:
    waited: list[float] = []
    Handler.busy[:] = busy

    answer = Client(LOOPBACK, wait=waited.append).call("GET", f"{server}/")

    assert (answer.status, waited) == (status, waits)


def test_a_call_that_may_not_be_repeated_is_not(server: str) -> None:
    Handler.busy[:] = [(503, "0")]

    answer = Client(LOOPBACK).call("POST", f"{server}/", data=b"{}", is_repeatable=False)

    assert (answer.status, len(Handler.seen)) == (503, 1)


def test_a_body_follows_no_redirect(server: str) -> None:
    answer = Client(LOOPBACK).call("POST", f"{server}/to/{server}/there", data=b"secret")

    assert (answer.status, len(Handler.seen)) == (307, 1)
