"""Moving a card from one column to another. A person who moves an agent's card away from its work stops that work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.activity import Change, record, ring
from flowforge.board.board import WORKING_COLUMN, default_board
from flowforge.board.card import Card, save_card
from flowforge.board.task import Task, get_task
from flowforge.board.work import after_cancel, cancel_work, hold_card, is_interrupted
from flowforge.db.database import Database

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell


async def move(database: Database, principal: Principal, reference: str, column: str, *, bell: Bell | None = None) -> Task:
    """Put the card into a column. Raises NotFound, for the task or the column, with the nearest names.

    task = await move(database, principal, "FF-1", "Review")
    """
    cancelled: list[UUID] = []
    async with database.pool.acquire() as connection, connection.transaction():
        to = (await default_board(connection, principal.tenant_id)).column(column)
        card, runs = await hold_card(connection, principal.tenant_id, reference)
        if card.column_name != to:
            before = card
            if to != WORKING_COLUMN and is_interrupted(principal, card):
                await cancel_work(connection, principal, runs)
                cancelled, card = runs, replace(card, assignment_id=None)
            card = replace(card, column_name=to)
            await save_card(connection, principal.tenant_id, card)
            detail = {"from": before.column_name, "to": to, **_stopped(cancelled)}
            await record(connection, principal, card, "task.move", moved(before, to), detail=detail)
    await after_cancel(database, principal.tenant_id, cancelled, bell)
    ring(bell, card)
    return await get_task(database, principal.tenant_id, card.key)


def moved(card: Card, to: str) -> Change:
    """The change of a card that goes to another column."""
    return Change("moved", {"from": card.column_name, "to": to})


def _stopped(cancelled: list[UUID]) -> dict[str, Any]:
    return {"cancelled": [ids.show("run", run_id) for run_id in cancelled]} if cancelled else {}
