"""A card's parent: the bigger task that it is a part of. At most eight levels, and never in a circle."""

from __future__ import annotations

from uuid import UUID

from flowforge.board.card import Card, find_card, lock_card
from flowforge.board.dependency import lock_graph
from flowforge.board.queries import sql
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput, NotFound

LEVELS_MAX = 8


async def find_parent(connection: Connection, tenant_id: UUID, task_id: UUID, reference: str) -> Card:
    """The card that is to be the parent of this one, locked until commit. Call it before the child is locked.

    Raises NotFound (of a parent), Conflict for a circle, InvalidInput where the tree would get too deep.
    """
    await lock_graph(connection, tenant_id)
    try:
        parent_id = await find_card(connection, tenant_id, reference)
    except NotFound as unknown:
        raise NotFound("parent", unknown.name, unknown.nearest) from None
    above = await sql.lineage.fetch(connection, tenant_id=tenant_id, task_id=parent_id)
    if any(row["task_id"] == task_id for row in above):
        raise Conflict(f"{reference.upper()} is a part of this card, or the card itself: it cannot be its parent")
    below = await sql.height_below.fetchval(connection, tenant_id=tenant_id, task_id=task_id)
    if len(above) + 1 + below > LEVELS_MAX:
        raise InvalidInput(f"tasks are nested at most {LEVELS_MAX} levels deep", pointer="/parent")
    return await lock_card(connection, tenant_id, parent_id)
