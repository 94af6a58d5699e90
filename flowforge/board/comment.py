"""Comments on a card: said, changed and taken back by their author, in one order for everybody.

What a comment said before it was changed or deleted is in the card's activity. A deleted one stays as a tombstone, without words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal, PrincipalKind
from flowforge.board import mention, text
from flowforge.board.activity import Change, record, ring
from flowforge.board.card import Card, find_card, lock_card
from flowforge.board.inbox import Notice, Tell, take_back
from flowforge.board.mention import Mentioned, find_mentioned, note_mentions, wake_id
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.queries import sql
from flowforge.board.words import say_again
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Gone, InvalidInput, NotAllowed, NotFound
from flowforge.orchestrator.event import dispatch_pending

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell


@dataclass(frozen=True)
class Comment:
    """What somebody said on a card. `mentions` are those whom it names; one that was deleted has no text."""

    comment_id: UUID
    task_id: UUID
    author_kind: PrincipalKind
    author: str
    text: str
    created_at: datetime
    author_id: UUID | None = None
    mentions: tuple[Mentioned, ...] = ()
    reply_to: UUID | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None

    def is_by(self, principal: Principal) -> bool:
        """Whether that is who wrote it: by id where both have one, so that a later bearer of the name is somebody else."""
        if principal.kind != self.author_kind:
            return False
        if principal.id is not None and self.author_id is not None:
            return principal.id == self.author_id
        return principal.name == self.author


async def comment(
    database: Database,
    principal: Principal,
    reference: str,
    words: str,
    *,
    reply_to: str | None = None,
    comment_id: UUID | None = None,
    bell: Bell | None = None,
) -> Comment:
    """Say something on a card. With a `comment_id` (see `flowforge.ids.derived_id`) a repeat says nothing new.

    Raises NotFound for an unknown task, InvalidInput for words that are empty, too long or cannot be stored, and for a `reply_to` that is
    no comment of this card, or a reply itself.

        await comment(database, principal, "FF-1", "@atlas looks good to me")
    """
    words = text.written(words, "/text")
    events: list[UUID] = []
    async with database.pool.acquire() as connection, connection.transaction():
        task_id = await find_card(connection, principal.tenant_id, reference)
        card = await lock_card(connection, principal.tenant_id, task_id)
        above = None if reply_to is None else await _above(connection, card, principal, reply_to)
        said, change = await add_comment(connection, principal, card, words, comment_id or ids.new_id(), reply_to=above)
        events = wakes_of(said)
        if change is not None:
            events += await record(
                connection, principal, card, "task.comment", change, detail={"comment": ids.show("cmt", said.comment_id)}
            )
    await dispatch_pending(database, principal.tenant_id, events, bell=bell)
    ring(bell, card)
    return said


async def add_comment(
    connection: Connection, principal: Principal, card: Card, words: str, comment_id: UUID, *, reply_to: UUID | None = None
) -> tuple[Comment, Change | None]:
    """Put a comment on a locked card; the change is None when it was there already. The caller records the change, and dispatches
    `wakes_of` it after the commit."""
    of = {"tenant_id": principal.tenant_id, "task_id": card.task_id, "comment_id": comment_id}
    mentioned = await find_mentioned(connection, principal.tenant_id, words)
    row = await sql.add_comment.fetchrow(
        connection,
        **of,
        author_kind=principal.kind,
        author=principal.name,
        author_id=principal.id,
        text=words,
        mentions=mention.written(mentioned),
        reply_to=reply_to,
    )
    if row is None:
        return _comment(await sql.find_comment.fetchrow(connection, **of)), None
    said = _comment(row)
    persons = await note_mentions(connection, principal, card, said, mentioned)
    return said, Change("commented", _facts(said), frame={**_facts(said), "text": words}, tells=_tells(principal, card, said, persons))


def wakes_of(said: Comment) -> list[UUID]:
    """The events that wake the agents whom it mentions, for `dispatch_pending` after the commit; the dispatch sweep makes good a crash."""
    return [wake_id(said.comment_id, one.id) for one in said.mentions if one.kind == "agent"]


async def edit_comment(
    database: Database, principal: Principal, reference: str, comment: str, words: str, *, bell: Bell | None = None
) -> Comment:
    """Change what a comment says; whom it names now and did not before is told. The activity keeps what it said.

    Raises NotFound, InvalidInput, NotAllowed for anybody but its author, and Gone for one that was deleted.
    """
    words = text.written(words, "/text")
    async with database.pool.acquire() as connection, connection.transaction():
        card, before = await _hold(connection, principal, reference, comment)
        if before.deleted_at is not None:
            raise Gone("this comment was deleted")
        said, events = before, []
        if words != before.text:
            mentioned = await find_mentioned(connection, principal.tenant_id, words)
            said = await _change(connection, principal, before, words, mentioned, deleted=False)
            persons = await note_mentions(connection, principal, card, said, mentioned)
            tells = _tells(principal, card, said, persons, to_watchers=False)
            facts = {"comment": ids.show("cmt", said.comment_id)}
            change = Change("comment_edited", {**facts, "was": before.text, "text": words}, frame={**facts, "text": words}, tells=tells)
            events = [*wakes_of(said), *await record(connection, principal, card, "task.edit_comment", change, detail=facts)]
    await dispatch_pending(database, principal.tenant_id, events, bell=bell)
    ring(bell, card)
    return said


async def delete_comment(database: Database, principal: Principal, reference: str, comment: str, *, bell: Bell | None = None) -> None:
    """Take a comment back: a tombstone stays in its place. One that is deleted already stays so.

    Raises NotFound, and NotAllowed for anybody but its author.
    """
    async with database.pool.acquire() as connection, connection.transaction():
        card, before = await _hold(connection, principal, reference, comment)
        events: list[UUID] = []
        if before.deleted_at is None:
            said = await _change(connection, principal, before, "", (), deleted=True)
            facts = {"comment": ids.show("cmt", said.comment_id)}
            change = Change("comment_deleted", {**facts, "was": before.text}, frame={**facts, "deleted": True})
            events = await record(connection, principal, card, "task.delete_comment", change, detail=facts)
            await take_back(connection, principal.tenant_id, card.task_id, before.comment_id, before.author, before.text)
    await dispatch_pending(database, principal.tenant_id, events, bell=bell)
    ring(bell, card)


async def get_comment(database: Database, tenant_id: UUID, reference: str, comment: str) -> Comment:
    """One comment of a card. Raises NotFound."""
    async with database.pool.acquire() as connection:
        return await _find(connection, tenant_id, await find_card(connection, tenant_id, reference), comment)


async def find_comment(connection: Connection, tenant_id: UUID, task_id: UUID, comment_id: UUID) -> Comment | None:
    """A comment by the ids of its card and its own."""
    row = await sql.find_comment.fetchrow(connection, tenant_id=tenant_id, task_id=task_id, comment_id=comment_id)
    return None if row is None else _comment(row)


async def list_comments(
    database: Database, tenant_id: UUID, reference: str, *, cursor: str | None = None, limit: int = 50
) -> Page[Comment]:
    """A card's comments, oldest first. Raises NotFound for an unknown task and InvalidInput for an unknown cursor."""
    after = read_cursor(cursor)
    async with database.pool.acquire() as connection:
        task_id = await find_card(connection, tenant_id, reference)
        rows = await sql.read_comments.fetch(connection, tenant_id=tenant_id, task_id=task_id, after=after, limit=limit + 1)
    return page_of(rows, limit, "comment_id", _comment)


async def newest_comments(connection: Connection, tenant_id: UUID, task_ids: Sequence[UUID], limit: int) -> dict[UUID, tuple[Comment, ...]]:
    """The last `limit` comments of each of these cards, oldest first."""
    found: dict[UUID, list[Comment]] = defaultdict(list)
    for row in await sql.newest_comments.fetch(connection, tenant_id=tenant_id, task_ids=list(task_ids), limit=limit):
        found[row["task_id"]].append(_comment(row))
    return {task_id: tuple(comments) for task_id, comments in found.items()}


async def _hold(connection: Connection, principal: Principal, reference: str, comment: str) -> tuple[Card, Comment]:
    """The card, locked, and the comment, which the caller wrote."""
    task_id = await find_card(connection, principal.tenant_id, reference)
    card = await lock_card(connection, principal.tenant_id, task_id)
    found = await _find(connection, principal.tenant_id, task_id, comment)
    if not found.is_by(principal):
        raise NotAllowed("a comment is changed by whoever wrote it")
    return card, found


async def _find(connection: Connection, tenant_id: UUID, task_id: UUID, comment: str) -> Comment:
    comment_id = ids.parse("cmt", comment)
    found = None if comment_id is None else await find_comment(connection, tenant_id, task_id, comment_id)
    if found is None:
        raise NotFound("comment", comment[:80])
    return found


async def _above(connection: Connection, card: Card, principal: Principal, reply_to: str) -> UUID:
    try:
        above = await _find(connection, principal.tenant_id, card.task_id, reply_to)
    except NotFound as unknown:
        raise InvalidInput(f"{unknown} on {card.key}", pointer="/reply_to") from None
    if above.reply_to is not None:
        raise InvalidInput("this comment is a reply itself", pointer="/reply_to", hint=f"reply to {ids.show('cmt', above.reply_to)}")
    if above.deleted_at is not None:
        raise InvalidInput("this comment was deleted", pointer="/reply_to")
    return above.comment_id


async def _change(
    connection: Connection, principal: Principal, before: Comment, words: str, mentioned: Sequence[Mentioned], *, deleted: bool
) -> Comment:
    row = await sql.change_comment.fetchrow(
        connection,
        tenant_id=principal.tenant_id,
        task_id=before.task_id,
        comment_id=before.comment_id,
        text=words,
        mentions=mention.written(mentioned),
        deleted=deleted,
    )
    said = await sql.said_on_card.fetch(connection, tenant_id=principal.tenant_id, task_id=before.task_id)
    await say_again(connection, principal.tenant_id, before.task_id, before.text, [other["text"] for other in said])
    return _comment(row)


def _tells(principal: Principal, card: Card, said: Comment, persons: Sequence[UUID], *, to_watchers: bool = True) -> tuple[Tell, ...]:
    """Who is put a comment before: those whom it names as mentioned, the others who watch the card as commented."""
    about: dict[str, Any] = {
        "subject": ids.show("tsk", card.task_id),
        "task": card.key,
        "text": said.text,
        "by_kind": principal.kind,
        "by": principal.name,
    }
    mentioned = Tell(Notice("mentioned", title=f"{principal.name} mentioned you on {card.key} {card.title}", **about), tuple(persons))
    commented = Tell(Notice("commented", title=f"{principal.name} commented on {card.key} {card.title}", **about), to_watchers=to_watchers)
    return tuple(tell for tell in (mentioned, commented) if tell.persons or tell.to_watchers)


def _facts(said: Comment) -> dict[str, Any]:
    facts: dict[str, Any] = {"comment": ids.show("cmt", said.comment_id)}
    if said.reply_to is not None:
        facts["reply_to"] = ids.show("cmt", said.reply_to)
    if said.mentions:
        facts["mentions"] = [{one.kind: one.name} for one in said.mentions]
    return facts


def _comment(row: Any) -> Comment:
    return Comment(**{**row, "mentions": mention.read(row["mentions"])})
