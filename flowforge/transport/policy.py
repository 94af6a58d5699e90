"""The egress policy: where this process may call to, when somebody else than its operator names the address.

Without settings: every public address, over http and https, and nothing else. `FLOWFORGE_EGRESS_ALLOW` opens private places,
`FLOWFORGE_EGRESS_DENY` closes any, and with `FLOWFORGE_EGRESS_ONLY` nothing is open but what it and the allow-list name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import httpx

from flowforge.errors import ConfigurationError
from flowforge.transport.address import METADATA_HOSTS, Address, forms_of, is_metadata, not_public, read_literal
from flowforge.transport.failure import EgressRefused
from flowforge.transport.place import Place, read_places

ALLOW, DENY, ONLY, PROXY = (f"FLOWFORGE_EGRESS_{name}" for name in ("ALLOW", "DENY", "ONLY", "PROXY"))
LOOPBACK = (*read_places("localhost 127.0.0.0/8 ::1", ALLOW),)

# Services that would read the lines of an HTTP request as commands of their own.
CLOSED_PORTS = frozenset({0, 21, 22, 23, 25, 110, 143, 465, 587, 993, 995, 6379, 11211})
_HINT = f"whoever runs this server can allow it by name, network or address in {ALLOW}"


@dataclass(frozen=True)
class EgressPolicy:
    """Where calls may go.

    >>> EgressPolicy().check_host("localhost", 80)
    >>> EgressPolicy().check_address("localhost", ipaddress.ip_address("127.0.0.1"), 80)     # doctest: +SKIP
    Traceback (most recent call last):
    EgressRefused: localhost may not be called from here: it is not at a public address
    """

    allow: tuple[Place, ...] = ()
    deny: tuple[Place, ...] = ()
    only: tuple[Place, ...] = ()
    proxy: str | None = field(default=None, repr=False)  # then names are looked up there, and only what is written can be checked here

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> EgressPolicy:
        """What the variables say. Raises ConfigurationError for an entry that cannot be read."""
        lists = {variable: read_places(environment.get(variable, ""), variable) for variable in (ALLOW, DENY, ONLY)}
        return cls(lists[ALLOW], lists[DENY], lists[ONLY], _read_proxy(environment.get(PROXY) or None))

    def trusting(self, url: str) -> EgressPolicy:
        """The same policy for an address that the operator set: its host and port may be called, because they were set.

        Raises InvalidURL of httpx for what is no address.
        """
        target = httpx.URL(url)
        host, port = plain_host(target), port_of(target)
        address = read_literal(host)
        place = Place(name=host, port=port) if address is None else read_places(f"[{address}]:{port}", ALLOW)[0]
        return replace(self, allow=(*self.allow, place))

    def allowing(self, *places: Place) -> EgressPolicy:
        """The same policy with more in its allow-list."""
        return replace(self, allow=(*self.allow, *places))

    def check_url(self, url: httpx.URL) -> None:
        """Everything that can be said of an address before its name is looked up. Raises EgressRefused."""
        host = plain_host(url)
        if url.scheme not in ("http", "https"):
            raise EgressRefused(host, "only http and https are")
        if url.userinfo:
            raise EgressRefused(host, "an address with a user or a password in it is not", hint="send credentials in a header")
        self.check_host(host, port_of(url), ports_closed=CLOSED_PORTS)

    def check_host(self, host: str, port: int, *, ports_closed: frozenset[int] = frozenset({0})) -> None:
        """The same for a host and a port; a host that is an address is checked as one. Raises EgressRefused."""
        try:
            literal = read_literal(host)
        except ValueError as error:
            raise EgressRefused(host, str(error), hint="write it as four decimal numbers, or use its name") from None
        if not host or len(host) > 253:
            raise EgressRefused(host, "it has no host, or one that is too long")
        if any(place.is_host(host, port) for place in self.deny):
            raise EgressRefused(host, "it is on the deny-list of this server")
        named = any(place.is_host(host, port) for place in self.allow)
        listed = named or (literal is not None and any(place.holds(literal, port) for place in self.allow))
        if port in ports_closed and not (listed and port):
            raise EgressRefused(host, f"port {port} is not for HTTP", hint=_HINT)
        if host in METADATA_HOSTS and not named:
            raise EgressRefused(host, "it hands out the credentials of machines", hint=_HINT)
        if literal is not None:
            self.check_address(host, literal, port)
        elif self.only and not named and not any(place.is_host(host, port) or place.network is not None for place in self.only):
            raise EgressRefused(host, "only what its operator listed may be", hint=f"the list is {ONLY}")

    def check_address(self, host: str, address: Address, port: int) -> None:
        """One address that a host has. Raises EgressRefused, which does not tell the address."""
        inner = getattr(address, "ipv4_mapped", None) or address
        if any(place.holds(form, port) for place in self.deny for form in forms_of(address)):
            raise EgressRefused(host, "it is on the deny-list of this server")
        named = any(place.is_host(host, port) for place in self.allow)
        inside = [place for place in self.allow if place.holds(inner, port)]
        told_so = (named and host in METADATA_HOSTS) or any(place.is_one_address for place in inside)
        if is_metadata(address) and not told_so:
            raise EgressRefused(host, "it hands out the credentials of machines", hint=_HINT)
        if named or inside:
            return
        if not_public(address) is not None:
            raise EgressRefused(host, "it is not at a public address", hint=_HINT)
        if self.only and not any(place.is_host(host, port) or place.holds(inner, port) for place in self.only):
            raise EgressRefused(host, "only what its operator listed may be", hint=f"the list is {ONLY}")


def plain_host(url: httpx.URL) -> str:
    """The host as it is looked up and compared: ASCII, in small letters, without the dot that ends a full name."""
    return url.raw_host.decode("ascii").lower().rstrip(".")


def port_of(url: httpx.URL) -> int:
    return url.port if url.port is not None else 443 if url.scheme == "https" else 80


def process_policy() -> EgressPolicy:
    """The policy of this process, read from its environment at the first call. Raises ConfigurationError."""
    global _of_process
    if _of_process is None:
        _of_process = EgressPolicy.from_environment()
    return _of_process


def replace_policy(policy: EgressPolicy | None) -> EgressPolicy | None:
    """Put another policy in force; None reads the environment again. Returns what was there."""
    global _of_process
    before, _of_process = _of_process, policy
    return before


_of_process: EgressPolicy | None = None


def _read_proxy(url: str | None) -> str | None:
    if url is not None and not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"{PROXY} must begin with http:// or https://")
    return url
