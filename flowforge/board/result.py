"""How an agent hands its work in: the result as a comment, and the card into the column where its work ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board import text
from flowforge.board.act import Aftermath, carry_out
from flowforge.board.board import Board, Column, board_of
from flowforge.board.card import Card, lock_card, save_card
from flowforge.board.column import Moved, record_move, relocate
from flowforge.board.comment import add_comment, wakes_of
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import NotFound

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
    leaves the card where it is, and where its board has no column of that name it goes to the first of category `review`. What was worked
    out is never refused: a full column takes it too. Returns False for a repeat. Raises NotFound for an unknown task.
    """
    words = text.mended(result)

    async def act(connection: Connection, after: Aftermath) -> bool:
        card = await lock_card(connection, principal.tenant_id, task_id)
        said, change = await add_comment(connection, principal, card, words if words.strip() else NOTHING_SAID, comment_id)
        if change is None:
            return False
        found = Moved(card, card, [], {})
        if card.assignment_id == assignment_id:
            found = await _hand_in(connection, principal, card, column, after)
        if card.assignment_id == assignment_id:
            change = replace(change, ends="failed" if column is None else "handed in")
        found.changes.insert(0, change)
        after.events += wakes_of(said)
        found.detail = {"comment": ids.show("cmt", said.comment_id), "column": column}
        await record_move(connection, principal, found, "task.result", after)
        return True

    return await carry_out(database, principal.tenant_id, act, bell)


async def _hand_in(connection: Connection, principal: Principal, card: Card, column: str | None, after: Aftermath) -> Moved:
    """The card without its assignment, where its work ends."""
    board = await board_of(connection, principal.tenant_id, card.board_id)
    stands = board.column_of(card.column_id)
    to = stands if column is None else _end_of_work(board, column, stands)
    ended = replace(card, assignment_id=None, waits=False, parked=False)
    if to.column_id == stands.column_id:
        await save_card(connection, principal.tenant_id, ended)
        return Moved(card, ended, [], {})
    return await relocate(connection, principal, ended, [], board, to, None, after, checked=False)


def _end_of_work(board: Board, name: str, stands: Column) -> Column:
    try:
        return board.column(name)
    except NotFound:
        return board.first("review") or stands
