"""NATS JetStream: a durable pull consumer that all workers share. A message is known by its place in the stream."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import nats
import nats.errors
from nats.js.api import AckPolicy, ConsumerConfig

from flowforge.integrations.consumer import BATCH, WAIT_SECONDS, Message, text_headers

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js import JetStreamContext

    from flowforge.db.database import Database
    from flowforge.integrations.queue import Queue


class JetStreamSubject:
    """Fetches from the group's consumer of one subject (or pattern: `orders.*`), in whichever stream holds it."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        # One durable consumer has one filter, so each subject gets its own.
        self._durable = f"{queue.group}-{hashlib.sha256(queue.name.encode()).hexdigest()[:8]}"
        self._client: Client | None = None
        self._subscription: JetStreamContext.PullSubscription | None = None

    async def open(self) -> None:
        self._client = await nats.connect(self._queue.server_url, allow_reconnect=False, connect_timeout=5, error_cb=_quiet)
        config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=self._queue.redeliver_seconds, max_ack_pending=10 * BATCH)
        self._subscription = await self._client.jetstream().pull_subscribe(self._queue.name, durable=self._durable, config=config)

    async def receive(self) -> Sequence[Message]:
        assert self._client is not None
        assert self._subscription is not None
        if not self._client.is_connected:
            raise ConnectionError("the connection was closed")
        try:
            found = await self._subscription.fetch(BATCH, timeout=WAIT_SECONDS)
        except nats.errors.TimeoutError:
            return ()
        return [_message(message) for message in found]

    async def ack(self, messages: Sequence[Message]) -> None:
        assert self._client is not None
        for message in messages:
            await message.receipt.ack()
        await self._client.flush(timeout=5)

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()


def _message(message: Any) -> Message:
    metadata = message.metadata
    headers = {**text_headers(message.headers), "subject": str(message.subject)}
    return Message(message.data, f"{metadata.stream}:{metadata.sequence.stream}", headers, message)


async def _quiet(_error: Exception) -> None:
    """What matters fails a call as well."""


def consumer(queue: Queue, _database: Database, _name: str) -> JetStreamSubject:
    return JetStreamSubject(queue)
