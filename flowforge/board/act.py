"""How a change of the board is carried out: in one transaction, and after its commit whoever has to know is told."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import asyncpg

from flowforge.board.activity import ring
from flowforge.board.card import Card
from flowforge.board.queries import sql
from flowforge.board.work import after_cancel
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.orchestrator import hints
from flowforge.orchestrator.event import dispatch_pending

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

T = TypeVar("T")

DEADLOCKS_MAX = 8

log = logging.getLogger("flowforge.board")


@dataclass
class Aftermath:
    """What an act leaves to be done once it is committed. A crash before that loses nothing: sweeps and polls find it."""

    events: list[UUID] = field(default_factory=list)
    cancelled: list[UUID] = field(default_factory=list)
    paused: list[UUID] = field(default_factory=list)
    resumed: list[UUID] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)

    async def settle(self, database: Database, tenant_id: UUID, bell: Bell | None) -> None:
        if self.events:
            await dispatch_pending(database, tenant_id, self.events, bell=bell)
        await after_cancel(database, tenant_id, self.cancelled, bell)
        if bell is not None and (self.paused or self.resumed):
            bell.ring(hints.READY, hints.WAKE, *(run_id.hex for run_id in (*self.paused, *self.resumed)))
        ring(bell, *self.cards)


async def carry_out(database: Database, tenant_id: UUID, act: Callable[[Connection, Aftermath], Awaitable[T]], bell: Bell | None) -> T:
    """What `act` answers, once it is committed. One that a deadlock undid is done again: two acts may need each other's cards."""
    for again in range(DEADLOCKS_MAX + 1):
        aftermath = Aftermath()
        try:
            async with database.pool.acquire() as connection, connection.transaction():
                answer = await act(connection, aftermath)
                for board_id in sorted({card.board_id for card in aftermath.cards}):
                    await sql.count_change.execute(connection, tenant_id=tenant_id, board_id=board_id)
            break
        except asyncpg.DeadlockDetectedError:
            if again == DEADLOCKS_MAX:
                raise
            log.info("board.deadlock")
    await aftermath.settle(database, tenant_id, bell)
    return answer
