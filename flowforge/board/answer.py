"""What an agent answers to a comment that mentions it: a reply, under the comment or under the one that this replies to."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board import text
from flowforge.board.activity import record, ring
from flowforge.board.card import lock_card
from flowforge.board.comment import Comment, add_comment, find_comment, wakes_of
from flowforge.board.result import NOTHING_SAID
from flowforge.db.database import Database
from flowforge.orchestrator.event import dispatch_pending

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell


async def post_answer(
    database: Database, principal: Principal, task_id: UUID, to: UUID, words: str, *, comment_id: UUID, bell: Bell | None = None
) -> Comment:
    """Answer a comment on a card; a repeat under the same `comment_id` says nothing new. What was deleted meanwhile is answered all the
    same, on the card itself. Raises NotFound for an unknown task."""
    words = text.mended(words)
    async with database.pool.acquire() as connection, connection.transaction():
        card = await lock_card(connection, principal.tenant_id, task_id)
        asked = await find_comment(connection, principal.tenant_id, task_id, to)
        above = None if asked is None or asked.deleted_at is not None else asked.reply_to or asked.comment_id
        said, change = await add_comment(connection, principal, card, words if words.strip() else NOTHING_SAID, comment_id, reply_to=above)
        events = wakes_of(said)
        if change is not None:
            detail = {"comment": ids.show("cmt", said.comment_id)}
            events += await record(connection, principal, card, "task.comment", change, detail=detail)
    await dispatch_pending(database, principal.tenant_id, events, bell=bell)
    ring(bell, card)
    return said
