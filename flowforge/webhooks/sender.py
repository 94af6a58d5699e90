"""The sender: in every worker and server, it makes deliveries of notices and sends what is due, several at once.

Of one endpoint a sender has at most four deliveries on their way, one while the endpoint fails, and of one tenant at most sixteen: who
answers slowly, or not at all, keeps nobody else waiting. The order in which deliveries arrive is not promised.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import httpx

from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.db.database import Database
from flowforge.lookout import looking
from flowforge.secrets.vault import Vault
from flowforge.transport.client import guarded_client
from flowforge.transport.guard import Limits
from flowforge.webhooks.attempt import Claimed, attempt
from flowforge.webhooks.fan_out import fan_out
from flowforge.webhooks.queries import sql

SEND_SECONDS = 15.0
HOLD_SECONDS = 60.0  # a claim; sending takes a quarter of it at most
EACH_ENDPOINT, EACH_TENANT, AT_ONCE = 4, 16, 64
LOOK_SECONDS, IDLE_SECONDS = 0.5, 5.0  # between two looks: with endpoints, and without any
TIDY_SECONDS = 3600.0
UNSIGNED_SECONDS = 60.0  # for which a process that lacks a tenant's key leaves its deliveries to those that have it
CLOSE_SECONDS = 5.0

log = logging.getLogger("flowforge.webhooks")


class Sender:
    """Sends for all tenants. `turn` does what is to be done now; `sending` repeats it."""

    def __init__(self, database: Database, vault: Vault, *, clock: Clock = SYSTEM_CLOCK, hold_seconds: float = HOLD_SECONDS) -> None:
        self._database, self._vault, self._clock, self._hold = database, vault, clock, hold_seconds
        self._under_way: dict[asyncio.Task[None], Claimed] = {}
        self._unsigned_until: dict[UUID, float] = {}
        self._client: httpx.AsyncClient | None = None
        self._tidied_at = clock.monotonic()
        self._room = asyncio.Event()

    async def turn(self) -> float:
        """Make deliveries, begin to send what is due and may be, and return the seconds until the next look."""
        if not await sql.glance.fetchval(self._database.pool):
            return IDLE_SECONDS
        await self._tidy()
        noticed = await fan_out(self._database)
        begun = await self._begin()
        return 0.0 if noticed or begun else LOOK_SECONDS

    async def idle(self) -> None:
        """Until nothing is on its way."""
        while self._under_way:
            await asyncio.wait(list(self._under_way))

    async def close(self) -> None:
        """What is on its way has a few seconds to arrive; what has not by then is sent again when its claim runs out."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.idle(), CLOSE_SECONDS)
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    async def pause(self, seconds: float) -> None:
        """Until then, or until a place is free."""
        self._room.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._room.wait(), seconds)

    async def _begin(self) -> int:
        free = AT_ONCE - len(self._under_way)
        if free <= 0:
            return 0
        busy, now = list(self._under_way.values()), self._clock.monotonic()
        self._unsigned_until = {tenant_id: until for tenant_id, until in self._unsigned_until.items() if until > now}
        rows = await sql.claim_deliveries.fetch(
            self._database.pool,
            hold=self._hold,
            each=EACH_ENDPOINT,
            each_tenant=EACH_TENANT,
            limit=free,
            busy_endpoints=[claimed.endpoint_id for claimed in busy],
            busy_tenants=[claimed.tenant_id for claimed in busy],
            unsigned_tenants=list(self._unsigned_until),
        )
        for row in rows:
            claimed = Claimed(**row)
            task = asyncio.create_task(self._attempt(claimed), name="flowforge-webhook")
            self._under_way[task] = claimed
            task.add_done_callback(self._ended)
        return len(rows)

    async def _attempt(self, claimed: Claimed) -> None:
        if self._client is None:
            self._client = guarded_client(limits=Limits(total_seconds=SEND_SECONDS))
        try:
            if not await attempt(self._database, self._vault, self._client, self._clock, claimed):
                self._unsigned_until[claimed.tenant_id] = self._clock.monotonic() + UNSIGNED_SECONDS
        except Exception as error:  # noqa: BLE001 - the database is away: the claim runs out, and it is sent again
            log.warning("webhook.not_noted", extra={"error": repr(error)})

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.pop(task, None)
        self._room.set()

    async def _tidy(self) -> None:
        if self._clock.monotonic() - self._tidied_at >= TIDY_SECONDS:
            self._tidied_at = self._clock.monotonic()
            await sql.drop_old_deliveries.execute(self._database.pool)


@asynccontextmanager
async def sending(database: Database, vault: Vault) -> AsyncIterator[None]:
    """Send while the context lasts."""
    sender = Sender(database, vault)
    try:
        async with looking(
            sender.turn, name="flowforge-webhooks", log=log, trouble="webhooks.not_sent", every_seconds=IDLE_SECONDS, rest=sender.pause
        ):
            yield
    finally:
        await sender.close()
