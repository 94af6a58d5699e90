"""How many live streams a tenant has open, at all servers together."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from flowforge.access.tenant import sql
from flowforge.db.database import Database
from flowforge.db.hosts import FAILURES
from flowforge.db.queries import Connection
from flowforge.errors import DatabaseUnavailable
from flowforge.ids import new_id

ALIVE_SECONDS = 60.0
TELL_EVERY_SECONDS = 20.0
_AWAY = (*FAILURES, TimeoutError, DatabaseUnavailable)


class StreamCount:
    """One server's part of the count. It tells the others when a stream opens, when one ends, and in between that it is alive."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.server_id = new_id()
        self._open: Counter[UUID] = Counter()

    async def open(self, tenant_id: UUID, allowed: int) -> bool:
        """Count one more, or return False when the tenant has as many as it may (`allowed`, unless an operator has said otherwise).

        While the database is away it is counted here alone.
        """
        self._open[tenant_id] += 1
        try:
            fits = await self._fits(tenant_id, allowed)
        except _AWAY:
            return True
        if not fits:
            self._open[tenant_id] -= 1
        return fits

    async def close(self, tenant_id: UUID) -> None:
        """One stream less."""
        self._open[tenant_id] -= 1
        await self.tell(tenant_id)

    async def tell(self, tenant_id: UUID) -> None:
        """Say how many are open here. To be called every `TELL_EVERY_SECONDS` while there are any."""
        try:
            await self._note(self.database.pool, tenant_id)
        except _AWAY:
            return  # the next one tells

    async def _fits(self, tenant_id: UUID, allowed: int) -> bool:
        async with self.database.pool.acquire() as connection, connection.transaction():
            await sql.lock_streams.execute(connection, tenant_id=tenant_id)
            row = await sql.streams_elsewhere.fetchrow(
                connection, tenant_id=tenant_id, server_id=self.server_id, streams=allowed, alive_seconds=ALIVE_SECONDS
            )
            if self._open[tenant_id] + row["elsewhere"] > row["allowed"]:
                return False
            await self._note(connection, tenant_id)
        return True

    async def _note(self, connection: Connection, tenant_id: UUID) -> None:
        streams = self._open[tenant_id]
        if streams <= 0:
            del self._open[tenant_id]
            await sql.forget_streams.execute(connection, tenant_id=tenant_id, server_id=self.server_id)
        else:
            await sql.note_streams.execute(connection, tenant_id=tenant_id, server_id=self.server_id, streams=streams)
