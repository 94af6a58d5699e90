"""Making a card, under the next number of its board, perhaps already in somebody's hands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board import text
from flowforge.board.activity import Change, record, ring
from flowforge.board.assignee import AssigneeName, find_assignee
from flowforge.board.assignment import after_assignment, hand_over
from flowforge.board.board import Board, default_board
from flowforge.board.card import Card
from flowforge.board.queries import sql
from flowforge.board.task import Task, get_task
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.orchestrator.stream import open_stream

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell


@dataclass(frozen=True)
class NewTask:
    """A card to be made. Without a column it goes to the first one; an agent's card always starts in Doing."""

    title: str
    description: str = ""
    column: str | None = None
    assignee: AssigneeName | None = None


async def create_task(
    database: Database, principal: Principal, new: NewTask, *, task_id: UUID | None = None, bell: Bell | None = None
) -> Task:
    """Make a card; its key is the board's next number, and a failed creation leaves no gap.

    With a `task_id` a repeat finds the card that the first one made. Raises InvalidInput for a title or description that
    cannot be stored, NotFound for an unknown column or assignee.

        task = await create_task(database, principal, NewTask("Refund ORD-9218", assignee=AssigneeName("agent", "atlas")))
    """
    title, description = text.line(new.title, "/title"), text.body(new.description, "/description")
    if task_id is not None and await sql.find_card_by_id.fetchval(database.pool, tenant_id=principal.tenant_id, task_id=task_id):
        return await get_task(database, principal.tenant_id, ids.show("tsk", task_id))
    async with database.pool.acquire() as connection, connection.transaction():
        board = await default_board(connection, principal.tenant_id)
        column = board.columns[0] if new.column is None else board.column(new.column)
        assignee = None if new.assignee is None else await find_assignee(connection, principal.tenant_id, new.assignee)
        card = await _numbered(connection, principal.tenant_id, board, task_id or ids.new_id(), title, description, column)
        changes = [
            Change("created", {"title": title, "description": description, "column": column}, frame={"title": title, "column": column})
        ]
        if assignee is not None:
            card, given = await hand_over(connection, principal, card, assignee)
            changes += given
        await _insert(connection, principal, board, card)
        await open_stream(connection, principal.tenant_id, card.task_id)
        await record(connection, principal, card, "task.create", *changes, detail={"title": title, "column": card.column_name})
    await after_assignment(database, principal.tenant_id, card, bell)
    ring(bell, card)
    return await get_task(database, principal.tenant_id, card.key)


async def _numbered(
    connection: Connection, tenant_id: UUID, board: Board, task_id: UUID, title: str, description: str, column: str
) -> Card:
    number = await sql.take_number.fetchval(connection, tenant_id=tenant_id, board_id=board.board_id)
    return Card(
        task_id=task_id,
        board_id=board.board_id,
        key=f"{board.prefix}-{number}",
        title=title,
        description=description,
        column_name=column,
        agent_id=None,
        person_id=None,
        assignment_id=None,
        revision=1,
    )


async def _insert(connection: Connection, principal: Principal, board: Board, card: Card) -> None:
    await sql.create_card.execute(
        connection,
        tenant_id=principal.tenant_id,
        task_id=card.task_id,
        board_id=board.board_id,
        number=int(card.key.rpartition("-")[2]),
        key=card.key,
        title=card.title,
        description=card.description,
        column_name=card.column_name,
        agent_id=card.agent_id,
        person_id=card.person_id,
        assignment_id=card.assignment_id,
        created_by=principal.name,
    )
