"""How an agent hands its work in: the result as a comment, and the card into the column where its work ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board import text
from flowforge.board.activity import record, ring
from flowforge.board.board import default_board
from flowforge.board.card import lock_card, save_card
from flowforge.board.column import moved
from flowforge.board.comment import add_comment
from flowforge.db.database import Database

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

NOTHING_SAID = "(no result)"


async def post_result(
    database: Database,
    principal: Principal,
    task_id: UUID,
    *,
    result: str,
    column: str | None,
    assignment_id: UUID,
    comment_id: UUID,
    bell: Bell | None = None,
) -> bool:
    """Post an agent's result on its card and, if the assignment still stands, move the card on and end the assignment.

    Safe to repeat: the `comment_id` (`flowforge.ids.derived_id(run_id, "result")`) tells a repeat, which changes nothing, not
    even when a person has moved the card since. `assignment_id` is the id of the event that started the run; `column=None`
    leaves the card where it is. Returns False for a repeat. Raises NotFound for an unknown task or column.
    """
    words = text.mended(result)
    async with database.pool.acquire() as connection, connection.transaction():
        card = await lock_card(connection, principal.tenant_id, task_id)
        said, change = await add_comment(connection, principal, card, words if words.strip() else NOTHING_SAID, comment_id)
        if change is None:
            return False
        changes, to = [change], card.column_name
        if card.assignment_id == assignment_id:
            to = card.column_name if column is None else (await default_board(connection, principal.tenant_id)).column(column)
            changes += [moved(card, to)] if to != card.column_name else []
            await save_card(connection, principal.tenant_id, replace(card, column_name=to, assignment_id=None))
        await record(
            connection, principal, card, "task.result", *changes, detail={"comment": ids.show("cmt", said.comment_id), "column": to}
        )
    ring(bell, card)
    return True
