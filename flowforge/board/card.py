"""The row of a task, as its changes see it: found by key or id, locked, saved whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from flowforge import ids
from flowforge.board.queries import sql
from flowforge.db.queries import Connection
from flowforge.errors import NotFound

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9]{0,9}-[0-9]{1,9}")


@dataclass(frozen=True)
class Card:
    """A locked card. `assignment_id` is the event that gave it to its agent, while that assignment stands."""

    task_id: UUID
    board_id: UUID
    key: str
    title: str
    description: str
    column_name: str
    agent_id: UUID | None
    person_id: UUID | None
    assignment_id: UUID | None
    revision: int


async def find_card(connection: Connection, tenant_id: UUID, reference: str) -> UUID:
    """The id of the task that `FF-14` or `tsk_…` names. Raises NotFound with the nearest keys."""
    found: UUID | None = None
    if _KEY.fullmatch(reference):
        found = await sql.find_card_by_key.fetchval(connection, tenant_id=tenant_id, key=reference.upper())
    elif (task_id := ids.parse("tsk", reference)) is not None:
        found = await sql.find_card_by_id.fetchval(connection, tenant_id=tenant_id, task_id=task_id)
    if found is None:
        known = await sql.recent_keys.fetch(connection, tenant_id=tenant_id)
        raise NotFound("task", reference[:80], [row["key"] for row in known])
    return found


async def lock_card(connection: Connection, tenant_id: UUID, task_id: UUID) -> Card:
    """The card, locked until the caller's transaction ends. Raises NotFound."""
    row = await sql.lock_card.fetchrow(connection, tenant_id=tenant_id, task_id=task_id)
    if row is None:
        raise NotFound("task", ids.show("tsk", task_id))
    return Card(**row)


async def save_card(connection: Connection, tenant_id: UUID, card: Card) -> None:
    """Store the fields of a card that the caller holds locked, under the next revision."""
    await sql.save_card.execute(
        connection,
        tenant_id=tenant_id,
        task_id=card.task_id,
        title=card.title,
        description=card.description,
        column_name=card.column_name,
        agent_id=card.agent_id,
        person_id=card.person_id,
        assignment_id=card.assignment_id,
    )
