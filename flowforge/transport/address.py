"""Which addresses are public, and which hosts hand out the credentials of the machine that asks."""

from __future__ import annotations

import ipaddress
import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Clouds answer here with keys of the machine. A network in an allow-list does not open them; only their own name or address does.
METADATA_HOSTS = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.internal", "metadata.tencentyun.com"}
    | {"instance-data", "instance-data.ec2.internal"}
)
METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "169.254.0.23",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
    )
)

# Beside what `is_global` knows, which differs between versions of Python.
_NOT_PUBLIC: tuple[tuple[Network, str], ...] = tuple(
    (ipaddress.ip_network(network), what)
    for network, what in (
        ("0.0.0.0/8", "this host"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard"),
        ("2001:db8::/32", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")


def not_public(address: Address) -> str | None:
    """Why this address is not one of the public internet, or None where it is.

    >>> not_public(ipaddress.ip_address("::ffff:10.0.0.1"))
    'private'
    >>> not_public(ipaddress.ip_address("9.9.9.9")) is None
    True
    """
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return "it has a zone"
        for inner in _inner(address):
            if (why := not_public(inner)) is not None:
                return why
        if address.ipv4_mapped is not None or address in _NAT64:
            return None  # a public address in another form
    for network, what in _NOT_PUBLIC:
        if address.version == network.version and address in network:
            return what
    return None if address.is_global and not address.is_multicast else "not public"


def is_metadata(address: Address) -> bool:
    """Whether a cloud's metadata service answers there, in whatever form the address is written."""
    return not METADATA_ADDRESSES.isdisjoint(forms_of(address))


def forms_of(address: Address) -> tuple[Address, ...]:
    """The address, and the IPv4 addresses that packets to it may end up at."""
    return (address, *(_inner(address) if isinstance(address, IPv6Address) else ()))


def read_literal(host: str) -> Address | None:
    """The address that a host is, or None for a name. Raises ValueError for a number in a form that programs read differently.

    >>> read_literal("[::1]"), read_literal("example.com")
    (IPv6Address('::1'), None)
    """
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if "%" in bare:
        raise ValueError("it has a zone")
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        pass
    if ":" in bare or _NUMBER.fullmatch(bare.rpartition(".")[2]):
        raise ValueError("it is an address in a form that not everybody reads alike")
    return None


def _inner(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that packets to it may end up at."""
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(one for one in inner if one is not None)
