"""What stands in a person's inbox, and what they do with it: read, archive, put off. Every act is a frame on their own stream."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal, PrincipalKind
from flowforge.audit import log as audit
from flowforge.board.inbox import ITEM_KINDS, Holder, ItemKind, holder_of, ring_inboxes
from flowforge.board.page import Page
from flowforge.board.queries import sql
from flowforge.clock import SYSTEM_CLOCK
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

IDS_MAX = 200  # that one act names
View = Literal["open", "snoozed", "archived"]
Act = Literal["read", "unread", "archive", "unarchive", "snooze", "unsnooze"]


@dataclass(frozen=True)
class InboxItem:
    """One thing that was put before a person; `count`: how often since they have read it. `seq` is its newest frame's number."""

    item_id: UUID
    kind: ItemKind
    subject: str
    task: str | None
    title: str
    text: str
    by_kind: PrincipalKind
    by: str
    stage: str
    count: int
    seq: int
    created_at: datetime
    updated_at: datetime
    read_at: datetime | None
    archived_at: datetime | None
    snoozed_until: datetime | None


@dataclass(frozen=True)
class Inbox:
    """A page of an inbox. `unread` counts by kind what is unread and neither archived nor put off; `seq` is the stream's newest number."""

    items: Page[InboxItem]
    unread: dict[str, int]
    seq: int


@dataclass(frozen=True)
class Choice:
    """Which items an act is about: these, or all up to a number that the person has seen."""

    ids: tuple[str, ...] = ()
    up_to: int | None = None


async def list_inbox(
    database: Database,
    principal: Principal,
    *,
    unread: bool = False,
    kind: str | None = None,
    view: View = "open",
    cursor: str | None = None,
    limit: int = 50,
) -> Inbox:
    """A person's inbox, the newest first. Raises NotFound for a caller who has none, and InvalidInput for an unknown kind or cursor."""
    if kind is not None and kind not in ITEM_KINDS:
        raise InvalidInput(f"an item's kind is one of {', '.join(ITEM_KINDS)}, not {kind[:40]!r}", pointer="/kind")
    async with database.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        holder = await holder_of(connection, principal)
        of = {"tenant_id": holder.tenant_id, "person_id": holder.person_id}
        rows = await sql.list_inbox.fetch(
            connection,
            **of,
            archived=view == "archived",
            snoozed=view == "snoozed",
            unread=unread,
            kind=kind,
            before=_read_cursor(cursor),
            limit=limit + 1,
        )
        counts = await sql.count_inbox.fetchrow(connection, **of)
    shown = tuple(InboxItem(**row) for row in rows[:limit])
    page = Page(shown, str(shown[-1].seq) if len(rows) > limit else None)
    return Inbox(page, json.loads(counts["kinds"]), counts["seq"])


async def mark(
    database: Database, principal: Principal, act: Act, choice: Choice, *, until: datetime | None = None, bell: Bell | None = None
) -> int:
    """Read, archive or put off items, or take that back; returns how many have changed. `until` is when one that is put off comes back.

    Raises NotFound for a caller who has no inbox, InvalidInput for ids that are not in it, too many of them, or a time that has passed.

        await mark(database, principal, "read", Choice(up_to=31))
    """
    item_ids = _ids(choice)
    if act == "snooze" and (until is None or until <= SYSTEM_CLOCK.now()):
        raise InvalidInput("an item is put off until a moment that is still to come", pointer="/until")
    async with database.pool.acquire() as connection, connection.transaction():
        holder = await holder_of(connection, principal)
        of = {"tenant_id": holder.tenant_id, "person_id": holder.person_id}
        await sql.lock_inbox.fetchval(connection, **of)
        await _must_be_theirs(connection, of, item_ids)
        which = {**of, "item_ids": item_ids, "up_to": choice.up_to}
        if act in ("read", "unread"):
            rows = await sql.mark_read.fetch(connection, **which, read=act == "read")
        elif act in ("archive", "unarchive"):
            rows = await sql.mark_archived.fetch(connection, **which, archived=act == "archive")
        else:
            rows = await sql.mark_snoozed.fetch(connection, **which, until=until if act == "snooze" else None)
        if rows:
            await audit.append(connection, principal, f"inbox.{act}", "inbox", holder.name, {"items": len(rows)})
            await _tell(connection, holder, act, [row["item_id"] for row in rows], choice, until)
    ring_inboxes(bell)
    return len(rows)


async def _tell(connection: Connection, holder: Holder, act: Act, item_ids: Sequence[UUID], choice: Choice, until: datetime | None) -> None:
    """A frame for the person's other windows; where the act named a number, so does the frame."""
    of = {"tenant_id": holder.tenant_id, "person_id": holder.person_id}
    counts = await sql.count_inbox.fetchrow(connection, **of)
    data: dict[str, Any] = {"act": act, "unread": json.loads(counts["kinds"])}
    data |= {"ids": [ids.show("inb", one) for one in item_ids]} if choice.up_to is None else {"up_to": choice.up_to}
    if act == "snooze" and until is not None:
        data["until"] = until.isoformat()
    await sql.append_inbox_frame.fetchval(connection, **of, name="inbox.changed", data=json.dumps(data))


def _ids(choice: Choice) -> list[UUID]:
    if (choice.up_to is None) == (not choice.ids):
        raise InvalidInput("name the items by their ids, or all up to a number", pointer="/ids")
    if len(choice.ids) > IDS_MAX:
        raise InvalidInput(f"at most {IDS_MAX} items at once", pointer="/ids", hint="or all up to a number: up_to")
    found = []
    for place, text in enumerate(choice.ids):
        item_id = ids.parse("inb", text)
        if item_id is None:
            raise _unknown(place, text)
        found.append(item_id)
    return found


async def _must_be_theirs(connection: Connection, of: dict[str, UUID], item_ids: Sequence[UUID]) -> None:
    if not item_ids:
        return
    known = {row["item_id"] for row in await sql.known_items.fetch(connection, **of, item_ids=list(item_ids))}
    for place, item_id in enumerate(item_ids):
        if item_id not in known:
            raise _unknown(place, ids.show("inb", item_id))


def _unknown(place: int, text: str) -> InvalidInput:
    return InvalidInput(str(NotFound("item", text[:80])), pointer=f"/ids/{place}")


def _read_cursor(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor")
    return int(cursor)
