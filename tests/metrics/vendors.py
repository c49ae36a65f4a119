"""Fakes on loopback and connectors that ask them, as the tests of each kind use them."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from metrics.sources import CONNECTORS, Asked, Cost, NoData, Observation, Window, typed
from metrics.sources.fakes.serving import Fake, serving
from ownership.outbound import Client

TODAY = date(2026, 3, 2)
FEBRUARY = Window(date(2026, 2, 1), date(2026, 3, 2), TODAY)


class Calendar:
    """The day on which a fake is asked."""

    def __init__(self) -> None:
        self.day = TODAY

    def __call__(self) -> date:
        return self.day


@cache
def private_key() -> str:
    """Of a service account; Google's fake does not look at signatures."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def running(kind: type[Fake]) -> Iterator[tuple[Fake, str]]:
    """The fake and its address, for a fixture."""
    fake = kind(Calendar())
    with serving(fake) as url:
        yield fake, url


def client() -> Client:
    """The guarded client, which waits for nobody."""
    return Client(["127.0.0.0/8"], wait=lambda _seconds: None)


def ask(
    kind: str, config: dict[str, Any], secret: str, *queries: dict[str, Any], window: Window = FEBRUARY
) -> list[Observation | NoData | Cost]:
    """What a connector of the kind brings; the n-th query is KPI n."""
    connector = CONNECTORS[kind]
    asked = [Asked(at, typed(connector.Query, query)) for at, query in enumerate(queries or ({},), start=1)]
    settings = typed(connector.Config, config)
    return list(connector.pull(settings, asked, window=window, secret=secret, outside=client()))


def values(found: list[Observation | NoData | Cost]) -> dict[date, tuple[float, float | None, int]]:
    """The observations of a single KPI by day: numerator, denominator, quality."""
    return {one.starts_on: (one.num, one.den, one.quality) for one in found if isinstance(one, Observation)}
