"""Who has shown no valid key is counted by address, before a key is looked up: guessing and hammering cost a dictionary's entry.

Each server counts for itself, and forgets the addresses that it has not heard of for longest. A key or session that has been found good is
let through whatever others at the same address (a proxy, an office) have tried.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections import OrderedDict
from typing import TypeVar

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from flowforge.api.problem import Refusal, refuse
from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.errors import SignatureRejected

FAILURES_PER_MINUTE = 300
ADDRESSES_MAX = 10_000
GOOD_MAX = 10_000
GOOD_SECONDS = 600.0
UNAUTHORIZED = 401

Key = TypeVar("Key")


class AddressLimit:
    """ASGI layer before CallerResolver: refuses an address that has failed too often in the last minute."""

    def __init__(self, app: ASGIApp, clock: Clock = SYSTEM_CLOCK, per_minute: int = FAILURES_PER_MINUTE) -> None:
        self.app, self.clock = app, clock
        self.per_minute = per_minute
        self._failures: OrderedDict[str, float] = OrderedDict()  # by address: how many, as seconds of a minute's rate, ends when
        self._good: OrderedDict[bytes, float] = OrderedDict()  # digests of credentials: until when they need no counting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        address, credential = _address(scope), _credential(scope)
        now = self.clock.monotonic()
        if self._good.get(credential, 0.0) < now and (wait := self._failures.get(address, 0.0) - now - 60.0) > 0:
            raise refuse("too-many", "too many requests from this address without a valid key", retry_after=str(int(wait) + 1))
        try:
            await self.app(scope, receive, send)
        except (Refusal, SignatureRejected) as refusal:
            if isinstance(refusal, SignatureRejected) or refusal.problem.status == UNAUTHORIZED:
                self._count(address, now)
                self._good.pop(credential, None)
            raise
        if credential and "caller" in scope.get("state", {}):
            _remember(self._good, credential, now + GOOD_SECONDS, GOOD_MAX)

    def _count(self, address: str, now: float) -> None:
        """Each failure stays for a part of a minute; a minute's worth of them is the limit."""
        ends = max(self._failures.get(address, 0.0), now) + 60.0 / self.per_minute
        _remember(self._failures, address, ends, ADDRESSES_MAX)


def _remember(kept: OrderedDict[Key, float], key: Key, value: float, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)


def _address(scope: Scope) -> str:
    """An IPv6 client has a whole /64 to come from."""
    host = str((scope.get("client") or ("",))[0])
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return host if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


def _credential(scope: Scope) -> bytes:
    headers = Headers(scope=scope)
    shown = headers.get("authorization") or headers.get("cookie") or ""
    return hashlib.sha256(shown.encode("latin-1")).digest() if shown else b""
