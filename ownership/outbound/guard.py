"""Where one may go: public addresses, and private ones only where an operator listed them."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS = frozenset({80, 443})
NAT64 = IPv6Network("64:ff9b::/96")
UNICAST = IPv6Network("2000::/3")  # all that IANA has given out for the open internet
# Public by their number, yet no place of a source; what versions of Python disagree about stands here too.
SPECIAL: Sequence[Network] = [
    IPv4Network("168.63.129.16/32"),  # metadata of a cloud
    IPv4Network("192.0.0.0/24"),
    *map(IPv4Network, ("192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24")),  # anycast services
    *map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")),  # Teredo, documentation, 6to4
]


class Refused(Exception):
    """We will not go there; the text says why."""


class Unreachable(Exception):
    """The other side did not answer properly in time; asking later may help."""


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
