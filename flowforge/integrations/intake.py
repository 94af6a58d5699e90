"""An intake: the loop that makes events of a queue's messages, for as long as a worker lives.

Receive, store, acknowledge, in this order: a worker that dies in between leaves a message that comes again, and is the same event.
What cannot be an event is stored as `queue/rejected` and acknowledged: no message blocks those behind it. When the broker or the database
is away, the intake starts over, later and later.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import asyncpg

from flowforge import ids
from flowforge.api.strict_json import parse_strictly
from flowforge.crash import crash_point
from flowforge.errors import FlowForgeError
from flowforge.integrations.consumer import Message, consumer_of
from flowforge.integrations.queue import Queue
from flowforge.orchestrator import codec
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.retry import Backoff
from flowforge.secrets.redact import redact

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

REJECTED = "queue/rejected"
REJECTED_CHARACTERS_MAX = 64 * 1024  # of the body, as kept with the rejection
STOP_SECONDS = 5.0
BACKOFF = Backoff(base_seconds=0.5, cap_seconds=30.0)

log = logging.getLogger("flowforge.queues")


class Intake:
    """Receives from one queue. Raises ConfigurationError, when it is made, if the client of its broker is not installed."""

    def __init__(self, queue: Queue, database: Database, bell: Bell | None = None, *, backoff: Backoff = BACKOFF) -> None:
        self.queue, self._database, self._bell, self._backoff = queue, database, bell, backoff
        self._name = f"{socket.gethostname()}-{os.getpid()}-{ids.new_id().hex[-8:]}"
        self._consumer = consumer_of(queue, database, self._name)
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"intake {self.queue.shown}")

    async def stop(self) -> None:
        """Receive nothing more; what is being stored is acknowledged first."""
        self._stopping.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=STOP_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                await self._consumer.open()
                log.info("queue.open", extra={"queue": self.queue.shown})
                while not self._stopping.is_set():
                    messages = await self._receive()
                    if messages:
                        await self._take(messages)
                    failures = 0
            except Exception as error:  # noqa: BLE001 - the broker or the database is away; what was not acknowledged comes again
                failures += 1
                log.warning("queue.away: %s: %s", self.queue.shown, redact(repr(error), self.queue.secrets))
            finally:
                await self._close()
            if failures:
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.05 + self._backoff.delay_seconds(failures)):
                        await self._stopping.wait()
            self._consumer = consumer_of(self.queue, self._database, self._name)

    async def _receive(self) -> Sequence[Message]:
        """The next messages, or nothing when it is time to stop."""
        receiving = asyncio.create_task(self._consumer.receive())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({receiving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return receiving.result() if receiving.done() else ()
        finally:
            for task in (receiving, stopping):
                task.cancel()
            await asyncio.gather(receiving, stopping, return_exceptions=True)

    async def _take(self, messages: Sequence[Message]) -> None:
        await self._store([(message, self._event_of(message)) for message in messages])
        crash_point("queue.stored")
        await self._consumer.ack(messages)

    async def _store(self, taken: Sequence[tuple[Message, NewEvent]]) -> None:
        try:
            await send_events(self._database, ids.DEFAULT_TENANT, [event for _, event in taken], bell=self._bell)
        except (asyncpg.DataError, ValueError) as error:  # one of them is nothing that PostgreSQL can hold
            if len(taken) > 1:
                for one in taken:
                    await self._store([one])
            else:
                await self._store_rejection(taken[0][0], str(error))

    async def _store_rejection(self, message: Message, reason: str) -> None:
        await send_events(self._database, ids.DEFAULT_TENANT, [self._rejection(message, reason)], bell=self._bell)

    def _event_of(self, message: Message) -> NewEvent:
        key = None if message.identity is None else self.queue.key_of(message.identity)
        try:
            body = parse_strictly(message.body)
            event = self.queue.transform.apply({"body": body, "headers": message.headers}, data=body, key=key)
            codec.to_json(event.data)
        except FlowForgeError as error:
            return self._rejection(message, error.message)
        return event

    def _rejection(self, message: Message, reason: str) -> NewEvent:
        log.warning("queue.rejected: %s: %s", self.queue.shown, reason)
        body = message.body[: 4 * REJECTED_CHARACTERS_MAX].decode(errors="replace").replace("\0", "�")[:REJECTED_CHARACTERS_MAX]
        data = {"queue": self.queue.shown, "message": message.identity, "reason": reason, "headers": message.headers, "body": body}
        return NewEvent(REJECTED, data, None if message.identity is None else f"{self.queue.key_of(message.identity)}:rejected")

    async def _close(self) -> None:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._consumer.close()
        except Exception as error:  # noqa: BLE001 - it is being given up; the broker gives its messages to others
            log.debug("queue.not_closed: %s: %s", self.queue.shown, redact(repr(error), self.queue.secrets))


class Intakes:
    """The intakes of one process."""

    def __init__(self, database: Database, bell: Bell | None = None) -> None:
        self._database, self._bell = database, bell
        self._running: dict[Queue, Intake] = {}

    async def follow(self, queues: Iterable[Queue]) -> None:
        """Receive from these queues from now on, and from no others. Raises ConfigurationError, having changed nothing."""
        wanted = list(queues)
        fresh = {queue: Intake(queue, self._database, self._bell) for queue in wanted if queue not in self._running}
        gone = [self._running.pop(queue) for queue in list(self._running) if queue not in wanted]
        await asyncio.gather(*(intake.stop() for intake in gone))
        for queue, intake in fresh.items():
            self._running[queue] = intake
            intake.start()

    async def close(self) -> None:
        await self.follow(())
