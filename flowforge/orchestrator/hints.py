"""Hints: who should look, now. Polling is the truth; a lost hint costs at most one poll.

A `Bell` wakes whoever waits in this process, and tells the other processes with one coalesced NOTIFY after the commit,
never in its transaction (a NOTIFY takes an instance-wide lock at commit).
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.orchestrator.branch import outside

if TYPE_CHECKING:
    import asyncpg

    from flowforge.db.database import Database

CHANNEL = "flowforge"
NOTIFY = "select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)"  # a hint is not worth waiting for the disk
COALESCE_SECONDS = 0.01  # how long news of streams is gathered: part of the age of every delta; work that is ready is told at once
MAX_IDS = 200  # a NOTIFY payload must stay under 8,000 bytes; above this everybody looks

READY = "ready"  # the ready queue has grown
WAKE = "wake"  # a leased run was woken, or is to be cancelled
ANYTHING = "anything"  # rings with every other topic
URGENT = {READY, WAKE}

log = logging.getLogger("flowforge.hints")


class Bell:
    """Rings for topics: "ready", "wake", and the ids of streams (runs, agents, tasks) that have new frames."""

    def __init__(self) -> None:
        self._name = ids.new_id().hex[-12:]  # a hint comes back to who sent it, and tells it nothing new
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._pending: set[str] = set()
        self._urgent = asyncio.Event()
        self._sent_at = float("-inf")
        self._sender: asyncio.Task[None] | None = None
        self._listener: asyncio.Task[None] | None = None
        self._database: Database | None = None

    async def open(self, database: Database) -> None:
        """Listen to the other processes, for as long as this bell is open."""
        self._database = database
        self._listener = outside(self._listen(database))

    async def close(self) -> None:
        for task in (self._listener, self._sender):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        self._listener = self._sender = None

    def ring(self, *topics: str, elsewhere: bool = True) -> None:
        """Wake who waits for these topics here and, by one coalesced NOTIFY, in the other processes."""
        for topic in (*topics, ANYTHING):
            for event in self._waiting.get(topic, ()):
                event.set()
        if elsewhere and self._database is not None:
            self._pending.update(topics)
            if not URGENT.isdisjoint(topics):
                self._urgent.set()
            if self._sender is None or self._sender.done():
                self._sender = outside(self._send(self._database))

    def ring_streams(self, streams: Iterable[UUID]) -> None:
        """The same for streams with new frames, by their ids."""
        self.ring(*(stream.hex for stream in streams))

    def subscribe(self, *topics: str) -> asyncio.Event:
        """An event that is set at every ring of these topics; clear it before looking. Give it back to `unsubscribe`."""
        event = asyncio.Event()
        for topic in topics:
            self._waiting[topic].add(event)
        return event

    def unsubscribe(self, event: asyncio.Event, *topics: str) -> None:
        for topic in topics:
            self._waiting[topic].discard(event)
            if not self._waiting[topic]:
                del self._waiting[topic]

    async def _send(self, database: Database) -> None:
        while self._pending:
            await self._until_worth_sending()
            topics, self._pending = self._pending, set()
            self._sent_at = asyncio.get_running_loop().time()
            payload = ",".join([self._name, *(sorted(topics) if len(topics) <= MAX_IDS else ["*"])])
            try:
                await database.engine.execute(NOTIFY, CHANNEL, payload)
            except Exception as error:  # noqa: BLE001 - a hint may be lost, its sender must not be
                log.debug("hint not sent: %s", error)

    async def _until_worth_sending(self) -> None:
        """The first news goes out at once, and so does ready work; other news is gathered for a moment."""
        self._urgent.clear()
        rest = self._sent_at + COALESCE_SECONDS - asyncio.get_running_loop().time()
        if rest > 0 and URGENT.isdisjoint(self._pending):
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._urgent.wait()

    async def _listen(self, database: Database) -> None:
        while True:
            try:
                connection = await database.connect(application_name="ff:listen", direct=True)
            except Exception as error:  # noqa: BLE001 - polling goes on without hints; try again
                log.debug("cannot listen: %s", error)
                await asyncio.sleep(2)
                continue
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _, lost=lost: lost.set())
            try:
                await connection.add_listener(CHANNEL, self._heard)
                self._ring_all()  # what was said while nobody listened
                await lost.wait()
            except Exception as error:  # noqa: BLE001 - as above
                log.debug("listening ended: %s", error)
            finally:
                connection.terminate()
            await asyncio.sleep(0.2)

    def _heard(self, _connection: asyncpg.Connection[Any] | Any, _pid: int, _channel: str, payload: Any) -> None:
        sender, *topics = str(payload).split(",")
        if topics == ["*"]:
            self._ring_all()
        elif sender != self._name:
            self.ring(*topics, elsewhere=False)

    def _ring_all(self) -> None:
        for events in list(self._waiting.values()):
            for event in events:
                event.set()
