"""Looking a name up, once: the addresses that a connection may then use, all of them checked."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

from flowforge.transport.address import Address, read_literal
from flowforge.transport.policy import EgressPolicy

Resolver = Callable[[str, int], Awaitable[Sequence[Address]]]
ADDRESSES_MAX = 8  # that are tried; more than that were looked at


async def find_addresses(policy: EgressPolicy, host: str, port: int, resolve: Resolver | None = None) -> list[Address]:
    """The addresses of a host to which a connection may be made now.

    One address that may not be called is enough to refuse them all: which of them is used would be chance. Raises EgressRefused, and
    OSError for a name that is not known.
    """
    literal = read_literal(host)
    found = [literal] if literal is not None else list(await (resolve or look_up)(host, port))
    if not found:
        raise OSError(f"{host} has no address")
    for address in found:
        policy.check_address(host, address, port)
    return found[:ADDRESSES_MAX]


async def look_up(host: str, port: int) -> list[Address]:
    """What this machine's resolver says, without doubles."""
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(answer[4][0]) for answer in answers))
