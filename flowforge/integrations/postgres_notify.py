"""A PostgreSQL channel: what `NOTIFY` says while a worker listens is an event. At most once: what nobody hears is lost.

Of all workers one listens at a time, the one that holds an advisory lock on the server; the others take over when it is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import asyncpg

from flowforge.integrations.consumer import BATCH, WAIT_SECONDS, Message

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.integrations.queue import Queue

LOCK = "select pg_try_advisory_lock(hashtextextended($1, 0))"


class NotifyChannel:
    """Listens to one channel of FlowForge's own database (`notify://channel`) or of another."""

    def __init__(self, queue: Queue, database: Database) -> None:
        self._queue, self._database = queue, database
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        self._connection: asyncpg.Connection[Any] | Any = None
        self._listening = False

    async def open(self) -> None:
        if self._queue.scheme == "notify":
            self._connection = await self._database.connect(application_name="ff:notify", direct=True)
        else:
            self._connection = await asyncpg.connect(
                self._queue.server_url, timeout=5, command_timeout=6, server_settings={"application_name": "ff:notify"}
            )

    async def receive(self) -> Sequence[Message]:
        if self._connection.is_closed():
            raise ConnectionError("the connection was closed")
        if not self._listening and not await self._listen():
            await asyncio.sleep(WAIT_SECONDS)
            return ()
        found: list[str] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SECONDS):
                found.append(await self._heard.get())
        while found and len(found) < BATCH and not self._heard.empty():
            found.append(self._heard.get_nowait())
        return [Message(payload.encode(), None, {"channel": self._queue.name}) for payload in found]

    async def ack(self, messages: Sequence[Message]) -> None:
        """Nobody would deliver them again."""

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _listen(self) -> bool:
        self._listening = await self._connection.fetchval(LOCK, f"flowforge/{self._queue.group}/{self._queue.name}")
        if self._listening:
            await self._connection.add_listener(self._queue.name, self._hear)
        return self._listening

    def _hear(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        self._heard.put_nowait(str(payload))


def consumer(queue: Queue, database: Database, _name: str) -> NotifyChannel:
    return NotifyChannel(queue, database)
