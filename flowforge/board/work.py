"""The durable runs behind an agent's card: is one at work, and cancel them when the card is taken away.

A card names the event that gave it to its agent (`assignment_id`). Between that event's commit and its run there is a
moment with no run to see, so whoever takes the card away first locks the event's dispatch row: the run is then either there
to be cancelled, or will begin after our commit and find, by `is_current`, that the card is no longer its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.board.card import Card, find_card, lock_card
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.orchestrator import hints
from flowforge.orchestrator.event import wake_parents
from flowforge.orchestrator.run import cancel_in
from flowforge.orchestrator.run_pause import pause_in, resume_in

if TYPE_CHECKING:
    import asyncpg

    from flowforge.orchestrator.hints import Bell


async def hold_card(connection: asyncpg.Connection, tenant_id: UUID, reference: str) -> tuple[Card, list[UUID]]:
    """The card and its open runs, locked until commit in the order that everybody keeps: dispatch, owner rows, the card.

    What to lock first is known only from the card; where that has changed once the card is locked, all is let go and begun
    again (somebody else got through meanwhile). Raises NotFound.
    """
    task_id = await find_card(connection, tenant_id, reference)
    while True:
        with suppress(_Changed):
            async with connection.transaction():  # inside the caller's: going back lets go of the locks
                return await _lock_in_order(connection, tenant_id, task_id)


async def _lock_in_order(connection: Connection, tenant_id: UUID, task_id: UUID) -> tuple[Card, list[UUID]]:
    assignment_id = await sql.assignment_of.fetchval(connection, tenant_id=tenant_id, task_id=task_id)
    await sql.hold_event.execute(connection, tenant_id=tenant_id, event_id=assignment_id)
    runs = await sql.lock_open_runs.fetch(connection, tenant_id=tenant_id, task_id=task_id)
    card = await lock_card(connection, tenant_id, task_id)
    if card.assignment_id != assignment_id:
        raise _Changed
    return card, [row["run_id"] for row in runs]


class _Changed(Exception):
    """The card was given to somebody else between the look at it and its lock."""


async def is_at_work(connection: Connection, tenant_id: UUID, card: Card) -> bool:
    """Whether the run of the card's present assignment is open, or about to be made."""
    working: bool = await sql.is_at_work.fetchval(connection, tenant_id=tenant_id, task_id=card.task_id, event_id=card.assignment_id)
    return working


async def is_current(connection: Connection, tenant_id: UUID, task_id: UUID, event_id: UUID) -> bool:
    """Whether the card is still with the agent that this `board/task.assigned` event gave it to. A run asks before it begins."""
    current: bool = await sql.is_current.fetchval(connection, tenant_id=tenant_id, task_id=task_id, event_id=event_id)
    return current


def is_interrupted(principal: Principal, card: Card) -> bool:
    """Whether taking the card away interrupts an agent: not after it has handed its work in, and not when it acts itself."""
    acts_itself = principal.kind == "agent" and principal.id is not None and principal.id == card.agent_id
    return card.assignment_id is not None and not acts_itself


async def cancel_work(connection: Connection, principal: Principal, runs: Sequence[UUID]) -> None:
    """Cancel the runs that `hold_card` locked. One that was made since is not among them, and finds the card not its own."""
    for run_id in runs:
        await cancel_in(connection, principal.tenant_id, run_id, by=principal.name)


async def pause_work(connection: Connection, principal: Principal, runs: Sequence[UUID], reason: str) -> list[UUID]:
    """Pause the runs that `hold_card` locked; those that are paused now. None: its run is still to be made, or has just ended."""
    return [run_id for run_id in runs if await pause_in(connection, principal, run_id, reason=reason)]


async def resume_work(connection: Connection, principal: Principal, runs: Sequence[UUID]) -> list[UUID]:
    """Let the runs that `hold_card` locked go on; those that were paused."""
    return [run_id for run_id in runs if await resume_in(connection, principal.tenant_id, run_id)]


async def after_cancel(database: Database, tenant_id: UUID, runs: Sequence[UUID], bell: Bell | None) -> None:
    """After the commit: tell the cancelled runs' workers and parents."""
    if not runs:
        return
    await wake_parents(database, [(tenant_id, run_id) for run_id in runs], bell=bell)
    if bell is not None:
        bell.ring(hints.WAKE, *(run_id.hex for run_id in runs))
