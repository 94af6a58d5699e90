"""Redis Streams: a consumer group; entries of a dead consumer are claimed after `redeliver_after`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from flowforge.clock import SYSTEM_CLOCK
from flowforge.integrations.consumer import BATCH, WAIT_SECONDS, Message, text_headers

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.integrations.queue import Queue

DATA = b"data"  # the field that holds the JSON; an entry without it is the object of all its fields


class RedisStream:
    """One consumer of the group. Reads first what it had taken and not acknowledged, then what others left, then what is new."""

    def __init__(self, queue: Queue, name: str) -> None:
        self._queue, self._name = queue, name
        self._stream, self._group = queue.name, queue.group
        self._claim_seconds = max(0.1, queue.redeliver_seconds / 2)
        self._claim_at = float("-inf")
        self._own_after: str | None = "0"
        self._redis: Redis[Any] | Any = None

    async def open(self) -> None:
        self._redis = Redis.from_url(self._queue.server_url, protocol=2, socket_connect_timeout=5, socket_timeout=WAIT_SECONDS + 10)
        try:  # from the first entry on: what was added before the first worker came is not lost
            await self._redis.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def receive(self) -> Sequence[Message]:
        if self._own_after is not None:
            found = await self._read(self._own_after, block=None)
            self._own_after = found[-1].receipt if found else None
            return found
        if SYSTEM_CLOCK.monotonic() - self._claim_at >= self._claim_seconds:
            claimed = await self._claim()
            if len(claimed) < BATCH:
                self._claim_at = SYSTEM_CLOCK.monotonic()
            if claimed:
                return claimed
        wait = min(WAIT_SECONDS, self._claim_seconds)
        return await self._read(">", block=max(1, round(wait * 1000)))

    async def ack(self, messages: Sequence[Message]) -> None:
        await self._redis.xack(self._stream, self._group, *(message.receipt for message in messages))

    async def close(self) -> None:
        redis, self._redis = self._redis, None
        if redis is None:
            return
        try:
            pending = await redis.xpending_range(self._stream, self._group, "-", "+", 1, consumername=self._name)
            if not pending:  # a consumer that is forgotten takes its unacknowledged entries along
                await redis.xgroup_delconsumer(self._stream, self._group, self._name)
        finally:
            await redis.aclose()

    async def _read(self, after: str, block: int | None) -> list[Message]:
        found = await self._redis.xreadgroup(self._group, self._name, {self._stream: after}, count=BATCH, block=block)
        return [_message(entry_id, fields) for _, entries in found or () for entry_id, fields in entries]

    async def _claim(self) -> list[Message]:
        idle = max(1, round(self._queue.redeliver_seconds * 1000))
        _, entries, *_ = await self._redis.xautoclaim(self._stream, self._group, self._name, idle, "0-0", count=BATCH)
        return [_message(entry_id, fields) for entry_id, fields in entries if entry_id is not None]


def _message(entry_id: bytes, fields: dict[bytes, bytes] | None) -> Message:
    fields = dict(fields or {})  # none of an entry that was deleted while it was pending: it is rejected, and acknowledged
    identity = entry_id.decode()
    if DATA in fields:
        body = fields.pop(DATA)
        return Message(body, identity, text_headers(fields), identity)
    body = json.dumps({name.decode(errors="replace"): value.decode(errors="replace") for name, value in fields.items()}).encode()
    return Message(body if fields else b"", identity, {}, identity)


def consumer(queue: Queue, _database: Database, name: str) -> RedisStream:
    return RedisStream(queue, name)
