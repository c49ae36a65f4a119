"""Every address there is, walked from the resolver: closed to strangers unless this file says why it is open."""

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.cast import Caller, Cast

OPEN = {
    "login/": "the door",
    "logout/": "POST only; there is nothing to end for a stranger",
    "health/live": "a supervisor asks it",
    "health/ready": "a supervisor asks it",
    "admin/login/": "Django's own door, for the same accounts",
    "admin/(?P<url>.*)$": "sends a stranger to the log-in",
}
SAMPLES = {
    "ref": "999999",
    "pk": "999999",
    "id": "999999",
    "gate": "G1",
    "flag": "999999",
    "url": "x",
    "format": "json",
}


def addresses(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[str]:
    """Each pattern as one string, for instance `initiatives/<ref>/`."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = before + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        else:
            yield route


def sample(route: str) -> str:
    """An address that the pattern matches, about things that do not exist."""
    route = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", lambda found: SAMPLES.get(found[1], "999999"), route)
    route = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: SAMPLES.get(found[1], "999999"), route)
    return "/" + route.replace("\\.", ".").replace("\\Z", "").replace("/?", "/").rstrip("$").replace(".*", "nothing")


ROUTES = sorted(set(addresses()))


@pytest.mark.parametrize("route", ROUTES)
def test_a_stranger_is_asked_to_log_in(cast: Cast, route: str) -> None:
    answer = Caller().get(sample(route))

    if route in OPEN or route.startswith("api/v1/^"):
        assert answer.status_code < 500
    elif route.startswith("api/"):
        assert answer.status_code in {401, 404, 405}
        assert answer["Content-Type"] == "application/problem+json"
    else:
        assert answer.status_code in {302, 404, 405}
        assert answer.status_code != 302 or "login/" in answer["Location"]


@pytest.mark.parametrize("route", [route for route in ROUTES if "999999" in sample(route)])
def test_what_does_not_exist_is_a_404_for_everybody(cast: Cast, route: str) -> None:
    for person in (cast.tom, cast.eva, cast.ruth):
        gone = {302, 404, 405} | ({403} if route.startswith("admin/") else set())  # what nobody may delete there
        assert Caller(person).get(sample(route)).status_code in gone


def test_no_open_address_is_declared_in_vain() -> None:
    assert set(OPEN) <= set(ROUTES)
