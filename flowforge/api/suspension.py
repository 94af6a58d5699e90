"""Nobody of a suspended tenant gets in: asked once for every request whose caller is known, from a list that is a second old at most."""

from __future__ import annotations

import asyncio
from uuid import UUID

from starlette.types import ASGIApp, Receive, Scope, Send

from flowforge.access.principal import Principal
from flowforge.access.tenant import inactive_tenants
from flowforge.api.problem import refuse
from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.db.database import Database
from flowforge.db.hosts import FAILURES

FRESH_SECONDS = 1.0
OF_A_SESSION = frozenset({"/v1/session", "/v1/session/tenant"})  # see where one is, sign out, and go to a tenant that is not suspended


class Suspensions:
    """The tenants that are suspended or being deleted, as this process knows them."""

    def __init__(self, database: Database, clock: Clock = SYSTEM_CLOCK) -> None:
        self._database, self._clock = database, clock
        self._known: frozenset[UUID] = frozenset()
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def hold(self, tenant_id: UUID) -> bool:
        """Whether the tenant is kept out. While the database is away what was known last counts; no request gets anywhere then."""
        if self._is_old():
            async with self._reading:
                if self._is_old():
                    await self._read()
        return tenant_id in self._known

    def forget(self) -> None:
        """Look anew at the next request: this process has just changed something."""
        self._read_at = float("-inf")

    def _is_old(self) -> bool:
        return self._clock.monotonic() - self._read_at >= FRESH_SECONDS

    async def _read(self) -> None:
        try:
            self._known = await inactive_tenants(self._database.pool)
        except (*FAILURES, TimeoutError):
            return
        self._read_at = self._clock.monotonic()


class SuspensionGate:
    """ASGI layer behind the one that says who is calling."""

    def __init__(self, app: ASGIApp, suspensions: Suspensions) -> None:
        self.app, self.suspensions = app, suspensions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller: Principal | None = scope.get("state", {}).get("caller") if scope["type"] == "http" else None
        if caller is not None and not _leaves(caller, scope["path"]) and await self.suspensions.hold(caller.tenant_id):
            raise refuse("forbidden", "this tenant is suspended; whoever runs this installation can tell why and let it go on")
        await self.app(scope, receive, send)


def _leaves(caller: Principal, path: str) -> bool:
    return caller.kind == "person" and caller.id is not None and path in OF_A_SESSION
