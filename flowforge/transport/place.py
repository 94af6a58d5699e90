"""What stands in an allow-list or a deny-list: a host's name, a network, or one of them at one port."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from flowforge.errors import ConfigurationError
from flowforge.transport.address import Address, Network


@dataclass(frozen=True)
class Place:
    """One entry. Either `name` (`*.example.com` stands for every name below it) or `network` is set; without `port`, every port."""

    name: str | None = None
    network: Network | None = None
    port: int | None = None

    def is_host(self, host: str, port: int) -> bool:
        """Whether the entry names this host, at this port."""
        if self.name is None or (self.port is not None and self.port != port):
            return False
        return host.endswith(self.name[1:]) if self.name.startswith("*.") else host == self.name

    def holds(self, address: Address, port: int) -> bool:
        """Whether the address lies in the entry's network, at this port."""
        if self.network is None or (self.port is not None and self.port != port):
            return False
        return address.version == self.network.version and address in self.network

    @property
    def is_one_address(self) -> bool:
        return self.network is not None and self.network.num_addresses == 1


def read_places(text: str, variable: str) -> tuple[Place, ...]:
    """Entries with commas or blanks between them. Raises ConfigurationError that names the variable and the entry.

    >>> read_places("hooks.internal, 10.1.0.0/16, [::1]:9000", "FLOWFORGE_EGRESS_ALLOW")[0].name
    'hooks.internal'
    """
    return tuple(_read(entry, variable) for entry in text.replace(",", " ").split())


def _read(entry: str, variable: str) -> Place:
    host, port = entry, None
    if entry.startswith("[") or entry.count(":") == 1:
        host, colon, digits = entry.rpartition(":") if not entry.endswith("]") else (entry, "", "")
        if colon:
            if not digits.isdecimal() or not 0 < int(digits) < 65536:
                raise _unreadable(entry, variable)
            port = int(digits)
        host = host.removeprefix("[").removesuffix("]")
    try:
        return Place(network=ipaddress.ip_network(host, strict=False), port=port)
    except ValueError:
        pass
    name = host.lower().rstrip(".")
    bare = name.removeprefix("*.")
    if not bare or "/" in bare or "*" in bare or ":" in bare or "@" in bare or bare.replace(".", "").isdecimal():
        raise _unreadable(entry, variable)
    try:
        bare = bare if bare.isascii() else bare.encode("idna").decode()
    except UnicodeError:
        raise _unreadable(entry, variable) from None
    return Place(name=("*." if name.startswith("*.") else "") + bare, port=port)


def _unreadable(entry: str, variable: str) -> ConfigurationError:
    return ConfigurationError(
        f"{variable} has an entry that is neither a host's name nor a network: {entry!r}",
        hint="as in hooks.internal, *.example.com, 10.1.0.0/16, 127.0.0.1:9000, [::1]:9000",
    )
