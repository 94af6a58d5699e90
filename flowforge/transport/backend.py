"""Connections of httpcore that lead to checked addresses only. TLS above them still asks for, and verifies, the name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import httpcore

from flowforge.transport.destination import Resolver, find_addresses
from flowforge.transport.policy import EgressPolicy


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Looks a host up, checks what it finds, and connects to that: between the check and the connection nobody is asked again."""

    def __init__(self, policy: EgressPolicy, resolve: Resolver | None = None) -> None:
        self._policy, self._resolve = policy, resolve
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address that takes one, all within `timeout` seconds."""
        name = host.lower().rstrip(".")
        try:
            async with asyncio.timeout(timeout):
                addresses = await find_addresses(self._policy, name, port, self._resolve)
                for place, address in enumerate(addresses):
                    try:
                        return await self._plain.connect_tcp(str(address), port, None, local_address, socket_options)
                    except httpcore.ConnectError:
                        if place + 1 == len(addresses):
                            raise
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"{host} took no connection within {timeout} s") from None
        except OSError:
            raise httpcore.ConnectError(f"{host} is not a name that is known here") from None
        raise httpcore.ConnectError(f"{host} has no address")

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("a guarded call does not go to a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        await self._plain.sleep(seconds)
