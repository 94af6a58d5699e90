"""RabbitMQ: competing consumers of one queue. What a dead one had not acknowledged goes back to the queue with its connection."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import aio_pika
from aio_pika.exceptions import ChannelNotFoundEntity

from flowforge.integrations.consumer import BATCH, WAIT_SECONDS, Message, text_headers

if TYPE_CHECKING:
    from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue

    from flowforge.db.database import Database
    from flowforge.integrations.queue import Queue


class RabbitQueue:
    """One consumer. A message is known again by its `message_id`, if its publisher gave it one; else it is delivered at least once."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._waiting: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None

    async def open(self) -> None:
        # Without a path the virtual host is "/".
        self._connection = await aio_pika.connect(self._queue.server_url, timeout=5)
        found = await self._find()
        await found.consume(self._put)

    async def receive(self) -> Sequence[Message]:
        found: list[AbstractIncomingMessage] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SECONDS):
                found.append(await self._waiting.get())
        while found and len(found) < BATCH and not self._waiting.empty():
            found.append(self._waiting.get_nowait())
        self._must_be_open()
        return [_message(message) for message in found]

    async def ack(self, messages: Sequence[Message]) -> None:
        self._must_be_open()
        await messages[-1].receipt.ack(multiple=True)  # they came in this order over this channel

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _find(self) -> AbstractQueue:
        """The queue as its owner declared it, whatever its arguments; a durable one where there is none yet."""
        assert self._connection is not None
        for passive in (True, False):
            self._channel = await self._connection.channel()
            await self._channel.set_qos(prefetch_count=BATCH)
            with suppress(ChannelNotFoundEntity):
                return await self._channel.declare_queue(self._queue.name, durable=True, passive=passive)
        raise ConnectionError(f"there is no queue {self._queue.name}")

    async def _put(self, message: AbstractIncomingMessage) -> None:
        self._waiting.put_nowait(message)

    def _must_be_open(self) -> None:
        if self._connection is None or self._connection.is_closed or self._channel is None or self._channel.is_closed:
            raise ConnectionError("the connection was closed")


def _message(message: AbstractIncomingMessage) -> Message:
    known: dict[str, Any] = {"content-type": message.content_type, "routing-key": message.routing_key, "type": message.type}
    headers = {**text_headers(message.headers), **text_headers({name: value for name, value in known.items() if value})}
    return Message(message.body, message.message_id or None, headers, message)


def consumer(queue: Queue, _database: Database, _name: str) -> RabbitQueue:
    return RabbitQueue(queue)
