"""`python -m metrics.sources.fakes`: the stand-ins on loopback, to try sources without a network.

It prints the address and the secret of each, as a source's form wants them. Sources may only reach them where
MANDATE_PRIVATE_NETS lists loopback, as `make run` does.
"""

import sys
from contextlib import ExitStack
from datetime import UTC, date, datetime
from threading import Event

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from metrics.sources.fakes import dataforseo, google, plausible, shop
from metrics.sources.fakes.serving import serving

FIRST_PORT = 8761


def today() -> date:
    """A vendor has a clock of its own."""
    return datetime.now(UTC).date()  # noqa: TID251  as it says


def main() -> None:
    with ExitStack() as running:
        kinds = (google.Google, plausible.Plausible, dataforseo.DataForSeo, shop.Shop)
        urls = [running.enter_context(serving(kind(today), port)) for port, kind in enumerate(kinds, start=FIRST_PORT)]
        key = generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        account = google.service_account(urls[0], pem)
        secrets = (account, plausible.KEY, dataforseo.LOGIN, shop.TOKEN)
        for name, url, secret in zip(("Google", "Plausible", "DataForSEO", "Shop"), urls, secrets, strict=True):
            sys.stdout.write(f"{name}: {url}\n{secret}\n")
        sys.stdout.flush()
        Event().wait()


main()
