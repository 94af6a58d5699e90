"""Comments on a card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal, PrincipalKind
from flowforge.board import text
from flowforge.board.activity import Change, record, ring
from flowforge.board.card import Card, find_card, lock_card
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell


@dataclass(frozen=True)
class Comment:
    """What somebody said on a card."""

    comment_id: UUID
    task_id: UUID
    author_kind: PrincipalKind
    author: str
    text: str
    created_at: datetime


async def comment(
    database: Database, principal: Principal, reference: str, words: str, *, comment_id: UUID | None = None, bell: Bell | None = None
) -> Comment:
    """Say something on a card. With a `comment_id` (see `flowforge.ids.derived_id`) a repeat says nothing new.

    Raises NotFound for an unknown task and InvalidInput for words that are empty, too long or cannot be stored.

        await comment(database, principal, "FF-1", "looks good to me")
    """
    words = text.written(words, "/text")
    async with database.pool.acquire() as connection, connection.transaction():
        task_id = await find_card(connection, principal.tenant_id, reference)
        card = await lock_card(connection, principal.tenant_id, task_id)
        said, change = await add_comment(connection, principal, card, words, comment_id or ids.new_id())
        if change is not None:
            await record(connection, principal, card, "task.comment", change, detail={"comment": ids.show("cmt", said.comment_id)})
    ring(bell, card)
    return said


async def add_comment(
    connection: Connection, principal: Principal, card: Card, words: str, comment_id: UUID
) -> tuple[Comment, Change | None]:
    """Put a comment on a locked card; the change is None when it was there already. The caller records the change."""
    of = {"tenant_id": principal.tenant_id, "task_id": card.task_id, "comment_id": comment_id}
    row = await sql.add_comment.fetchrow(connection, **of, author_kind=principal.kind, author=principal.name, text=words)
    if row is None:
        return Comment(**await sql.find_comment.fetchrow(connection, **of)), None
    shown = ids.show("cmt", comment_id)
    return Comment(**row), Change("commented", {"comment": shown}, frame={"comment": shown, "text": words})


async def list_comments(
    database: Database, tenant_id: UUID, reference: str, *, cursor: str | None = None, limit: int = 50
) -> Page[Comment]:
    """A card's comments, oldest first. Raises NotFound for an unknown task and InvalidInput for an unknown cursor."""
    after = read_cursor(cursor)
    async with database.pool.acquire() as connection:
        task_id = await find_card(connection, tenant_id, reference)
        rows = await sql.read_comments.fetch(connection, tenant_id=tenant_id, task_id=task_id, after=after, limit=limit + 1)
    return page_of(rows, limit, "comment_id", lambda row: Comment(**row))


async def newest_comments(connection: Connection, tenant_id: UUID, task_ids: Sequence[UUID], limit: int) -> dict[UUID, tuple[Comment, ...]]:
    """The last `limit` comments of each of these cards, oldest first."""
    found: dict[UUID, list[Comment]] = defaultdict(list)
    for row in await sql.newest_comments.fetch(connection, tenant_id=tenant_id, task_ids=list(task_ids), limit=limit):
        found[row["task_id"]].append(Comment(**row))
    return {task_id: tuple(comments) for task_id, comments in found.items()}
