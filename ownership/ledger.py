"""The ledger's arithmetic, as pure functions: what a chain of hashes must look like."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256


@dataclass(frozen=True)
class Link:
    """One event as stored. `text` is what a person wrote, None where there is none or it was blanked on request."""

    stream: str
    seq: int
    recorded_at: datetime
    body: str
    prev_hash: bytes
    hash: bytes
    text_sha256: str | None = None
    salt: str = ""
    text: str | None = None


def link_hash(stream: str, seq: int, recorded_at: datetime, body: str, prev_hash: bytes) -> bytes:
    """SHA-256 over the previous hash and stream, number, instant, body, parted by line feeds: as the trigger does."""
    instant = recorded_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return sha256(prev_hash + "\n".join([stream, str(seq), instant, body]).encode()).digest()


def faults(links: Iterable[Link], heads: Mapping[str, tuple[int, bytes]]) -> Iterator[str]:
    """A sentence per fault. `links` come ordered by stream and number; `heads` give a stream's last number and hash."""
    last: dict[str, tuple[int, bytes]] = {}
    for link in links:
        yield from _link_faults(link, *last.get(link.stream, (0, b"")))
        last[link.stream] = (link.seq, link.hash)
    for stream, head in heads.items():
        if head != last.get(stream, (0, b"")):
            yield f"{stream}: its last event is not the head of the stream; its end was cut off or forged."
    for stream in last.keys() - heads.keys():
        yield f"{stream}: has events and no head."


def _link_faults(link: Link, seq: int, previous: bytes) -> Iterator[str]:
    where = f"{link.stream} {link.seq}"
    if link.seq != seq + 1:
        yield f"{where}: {link.seq - seq - 1} events are missing before it."
    elif link.prev_hash != previous:
        yield f"{where}: does not follow from the event before it."
    if link.hash != link_hash(link.stream, link.seq, link.recorded_at, link.body, link.prev_hash):
        yield f"{where}: was changed after it was written."
    if link.text and sha256((link.salt + link.text).encode()).hexdigest() != link.text_sha256:
        yield f"{where}: its text was changed after it was written."
