"""The stream of a whole tenant: what all its runs, agents and cards do, in one order.

What is said becomes news in its own transaction, without a lock, and only in a tenant that somebody follows. Each process with readers of
a tenant gives news its numbers, so readers cost runs a row and never a wait: a commit that is held open holds up nobody, and is numbered
when it comes. Words in pieces and steps are not told here: they stand on the streams of runs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from weakref import WeakKeyDictionary

from flowforge.clock import SYSTEM_CLOCK
from flowforge.db.queries import Connection, load_queries
from flowforge.orchestrator.branch import outside
from flowforge.orchestrator.hints import ANYTHING
from flowforge.orchestrator.stream import POLL_SECONDS, read_stream
from flowforge.orchestrator.stream_page import Frame

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

CALM_SECONDS = 0.04  # between two looks for news: part of the age of every frame
BATCH = 500
FOLLOWED_FOR = timedelta(days=1)  # without anybody who follows
SAY_AGAIN_SECONDS = 3600.0

log = logging.getLogger("flowforge.streams")
sql = load_queries("flowforge.orchestrator")


async def follow_tenant(connection: Connection, tenant_id: UUID) -> None:
    """From now on, and for a day after the last one who follows, what happens in the tenant has numbers on its stream."""
    await sql.follow_tenant.execute(connection, tenant_id=tenant_id)


async def number_news(connection: Connection, tenant_id: UUID, limit: int = BATCH) -> int:
    """Number what is there, and return how much it was: `limit` or more when there may be more."""
    return len(await sql.number_news.fetch(connection, tenant_id=tenant_id, limit=limit))


async def number_all(connection: Connection, tenant_id: UUID) -> int:
    """The same for as much as there is. Returns how much it was."""
    numbered = 0
    while found := await number_news(connection, tenant_id):
        numbered += found
        if found < BATCH:
            break
    return numbered


async def forget_followers(connection: Connection, tenant_id: UUID, now: datetime) -> None:
    """Put down no more news in a tenant that nobody has followed for a day."""
    await sql.forget_followers.execute(connection, tenant_id=tenant_id, before=now - FOLLOWED_FOR)


async def read_tenant(database: Database, bell: Bell, tenant_id: UUID, after: int = 0) -> AsyncIterator[Frame]:
    """Frames of the whole tenant after number `after`, as they come, each once and in order."""
    with being_numbered(database, bell, tenant_id):
        async with aclosing(read_stream(database, bell, tenant_id, "tenant", tenant_id, after)) as frames:  # type: ignore[type-var]
            async for frame in frames:
                yield frame


@contextmanager
def being_numbered(database: Database, bell: Bell, tenant_id: UUID) -> Iterator[None]:
    """Meanwhile this process gives the tenant's news its numbers, and rings for the tenant's id."""
    numbering = _numbering_of(database, bell, tenant_id)
    numbering.join()
    try:
        yield
    finally:
        numbering.leave()


class _Numbering:
    """Gives one tenant's news its numbers, for as long as somebody in this process reads them."""

    def __init__(self, database: Database, bell: Bell, tenant_id: UUID) -> None:
        self._database, self._bell, self._tenant_id = database, bell, tenant_id
        self._readers = 0
        self._task: asyncio.Task[None] | None = None

    def join(self) -> None:
        self._readers += 1
        if self._task is None:
            self._task = outside(self._number())

    def leave(self) -> None:
        self._readers -= 1
        if self._readers == 0 and self._task is not None:
            self._task.cancel()
            self._task = None
            del _numberings[self._bell][self._tenant_id]

    async def _number(self) -> None:
        rung = self._bell.subscribe(ANYTHING)
        said_at = SYSTEM_CLOCK.monotonic()
        try:
            while True:
                rung.clear()
                try:
                    if SYSTEM_CLOCK.monotonic() - said_at > SAY_AGAIN_SECONDS:
                        await follow_tenant(self._database.engine, self._tenant_id)
                        said_at = SYSTEM_CLOCK.monotonic()
                    if await number_all(self._database.engine, self._tenant_id):
                        self._bell.ring(self._tenant_id.hex)
                except Exception as error:  # noqa: BLE001 - readers wait for it: it looks again, as long as there are any
                    log.warning("news.not_numbered", extra={"error": repr(error)})
                await asyncio.sleep(CALM_SECONDS)
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await rung.wait()
        finally:
            self._bell.unsubscribe(rung, ANYTHING)


_numberings: WeakKeyDictionary[Bell, dict[UUID, _Numbering]] = WeakKeyDictionary()


def _numbering_of(database: Database, bell: Bell, tenant_id: UUID) -> _Numbering:
    of_bell = _numberings.setdefault(bell, {})
    if tenant_id not in of_bell:
        of_bell[tenant_id] = _Numbering(database.root, bell, tenant_id)
    return of_bell[tenant_id]
