"""What agents note down, and read again in another run: short texts, of the agent at large or of one card.

An agent writes by its tools `remember`, `recall` and `forget`; people see and change the same notes. A note that is written after something
from outside was read says so (`tainted`), and is shown in a frame when it is recalled: what was planted once gives no orders later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.text import line, storable, written
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

NOTES_MAX = 2_000  # of one agent
TITLE_CHARACTERS_MAX = 200
TEXT_CHARACTERS_MAX = 20_000
TAGS_MAX = 20
TAG_CHARACTERS_MAX = 50
FOUND_MAX = 50
QUERY_CHARACTERS_MAX = 500

sql = load_queries("flowforge.agents")


@dataclass(frozen=True)
class Note:
    """One note. `task` is the key of the card it belongs to; None: the agent's at large. `tainted`: what had come from outside."""

    note_id: UUID
    agent_id: UUID
    task_id: UUID | None
    task: str | None
    title: str
    text: str
    tags: tuple[str, ...]
    pinned: bool
    tainted: tuple[str, ...]
    by_kind: str
    by_name: str
    revision: int
    created_at: datetime
    updated_at: datetime

    @property
    def id(self) -> str:
        return ids.show("mem", self.note_id)


@dataclass(frozen=True)
class Words:
    """What a note says. Raises InvalidInput, with a pointer, for what cannot be one."""

    title: str
    text: str
    tags: tuple[str, ...] = ()
    pinned: bool = False

    def __post_init__(self) -> None:
        line(self.title, "/title", max_characters=TITLE_CHARACTERS_MAX)
        written(self.text, "/text", max_characters=TEXT_CHARACTERS_MAX)
        if len(self.tags) > TAGS_MAX:
            raise InvalidInput(f"{len(self.tags)} tags are more than {TAGS_MAX}", pointer="/tags")
        for place, tag in enumerate(self.tags):
            line(tag, f"/tags/{place}", max_characters=TAG_CHARACTERS_MAX)


async def add_note(
    database: Database,
    principal: Principal,
    agent_id: UUID,
    words: Words,
    *,
    task_id: UUID | None = None,
    tainted: Sequence[str] = (),
    note_id: UUID | None = None,
) -> Note:
    """Note something down for an agent; a repeat under the same `note_id` adds nothing. Raises NotFound for an unknown agent, and
    Conflict when it has as many notes as an agent may have.

        note = await add_note(database, mira, agent_id, Words("Refund limit", "Refund at most 500 dollars."))
    """
    tenant_id, note_id = principal.tenant_id, note_id or ids.new_id()
    async with database.pool.acquire() as connection, connection.transaction():
        if await sql.lock_notes_of.fetchval(connection, tenant_id=tenant_id, agent_id=agent_id) is None:
            raise NotFound("agent", ids.show("agt", agent_id))
        if await sql.count_notes.fetchval(connection, tenant_id=tenant_id, agent_id=agent_id) >= NOTES_MAX:
            known = await sql.find_note.fetchrow(connection, tenant_id=tenant_id, agent_id=agent_id, note_id=note_id)
            if known is None:
                raise Conflict(f"an agent may have {NOTES_MAX} notes, and this one has them", hint="forget some of them first")
        made = await sql.insert_note.fetchval(
            connection,
            tenant_id=tenant_id,
            note_id=note_id,
            agent_id=agent_id,
            task_id=task_id,
            **_columns(words),
            tainted=list(tainted),
            by_kind=principal.kind,
            by_name=principal.name,
        )
        row = await sql.find_note.fetchrow(connection, tenant_id=tenant_id, agent_id=agent_id, note_id=note_id)
        if row is None:  # a repeat, and it is deleted since
            raise Conflict("this note was written and is deleted since")
        if made is not None:
            await _record(connection, principal, "memory.create", agent_id, note_id)
    return _note(row)


async def change_note(
    database: Database, principal: Principal, agent_id: UUID, note: str, changes: dict[str, Any], if_revision: int | None = None
) -> Note:
    """Change a note; what is left out stays. With new words it is tainted no more: whoever wrote them has read it. To pin it is not to.

    Raises NotFound, InvalidInput, and Conflict when `if_revision` is no longer its revision.
    """
    note_id = await resolve_note(database.pool, principal.tenant_id, agent_id, note)
    of = {"tenant_id": principal.tenant_id, "note_id": note_id}
    async with database.pool.acquire() as connection, connection.transaction():
        row = await _locked(connection, agent_id, of, if_revision)
        before = Words(row["title"], row["text"], tuple(row["tags"]), row["pinned"])
        after = Words(**{**vars(before), **changes})
        if after != before:
            by = {"by_kind": principal.kind, "by_name": principal.name}
            tainted = row["tainted"] if replace(before, pinned=after.pinned) == after else []
            await sql.update_note.execute(connection, **of, **_columns(after), tainted=tainted, **by)
            await _record(connection, principal, "memory.update", agent_id, note_id)
        row = await sql.find_note.fetchrow(connection, **of, agent_id=agent_id)
    return _note(row)


async def delete_note(database: Database, principal: Principal, agent_id: UUID, note: str, if_revision: int | None = None) -> None:
    """Forget a note; its words are gone. Raises NotFound, and Conflict when `if_revision` is no longer its revision."""
    note_id = await resolve_note(database.pool, principal.tenant_id, agent_id, note)
    of = {"tenant_id": principal.tenant_id, "note_id": note_id}
    async with database.pool.acquire() as connection, connection.transaction():
        await _locked(connection, agent_id, of, if_revision)
        await sql.delete_note.execute(connection, **of)
        await _record(connection, principal, "memory.delete", agent_id, note_id)


async def find_note(connection: Connection, tenant_id: UUID, agent_id: UUID, note: str) -> Note:
    """The note by its id, or an ending of it that fits only one. Raises NotFound."""
    note_id = await resolve_note(connection, tenant_id, agent_id, note)
    row = await sql.find_note.fetchrow(connection, tenant_id=tenant_id, agent_id=agent_id, note_id=note_id)
    if row is None:
        raise NotFound("note", note)
    return _note(row)


async def list_notes(
    connection: Connection,
    tenant_id: UUID,
    agent_id: UUID,
    *,
    task_id: UUID | None = None,
    tag: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Note]:
    """An agent's notes, newest first. Raises InvalidInput for an unknown cursor."""
    of = {"tenant_id": tenant_id, "agent_id": agent_id, "task_id": task_id, "tag": tag}
    rows = await sql.list_notes.fetch(connection, **of, after=read_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit, "note_id", _note)


async def search_notes(
    connection: Connection,
    tenant_id: UUID,
    agent_id: UUID,
    query: str,
    *,
    task_id: UUID | None = None,
    wide: bool = False,
    general: bool = True,
    limit: int = 10,
) -> list[Note]:
    """The notes that hold any of the words, best first: those at large (`general`), and those of the card; `wide`: of every card."""
    query = written(query, "/query", max_characters=QUERY_CHARACTERS_MAX)
    of = {"tenant_id": tenant_id, "agent_id": agent_id, "task_id": task_id, "wide": wide, "general": general}
    return [_note(row) for row in await sql.search_notes.fetch(connection, **of, query=query, limit=min(limit, FOUND_MAX))]


async def note_titles(connection: Connection, tenant_id: UUID, agent_id: UUID, task_id: UUID, limit: int) -> list[str]:
    """What an agent is shown of its notes when it begins. A tainted title may try to give orders: such notes are only counted."""
    rows = await sql.note_titles.fetch(connection, tenant_id=tenant_id, agent_id=agent_id, task_id=task_id, limit=limit)
    titles = [row["title"] for row in rows if not row["is_tainted"]]
    hidden = len(rows) - len(titles)
    return titles + ([f"({hidden} more, written after reading what came from outside)"] if hidden else [])


async def resolve_note(connection: Connection, tenant_id: UUID, agent_id: UUID, note: str) -> UUID:
    """The id that `note` names. Raises NotFound, and InvalidInput for an ending of several."""
    whole = ids.parse("mem", note)
    if whole is not None:
        return whole
    ending = note.removeprefix("mem_").replace("-", "").replace("_", "").lower()
    if len(ending) < 4 or not storable(ending) or not ending.isalnum():
        raise NotFound("note", note[:80])
    rows = await sql.match_notes.fetch(connection, tenant_id=tenant_id, agent_id=agent_id, ending=ending)
    if not rows:
        raise NotFound("note", note[:80])
    if len(rows) > 1:
        raise InvalidInput(f"{note!r} is the ending of several notes", hint="give more of the id")
    found: UUID = rows[0]["note_id"]
    return found


async def _locked(connection: Connection, agent_id: UUID, of: dict[str, Any], if_revision: int | None) -> Any:
    row = await sql.lock_note.fetchrow(connection, **of, agent_id=agent_id)
    if row is None:
        raise NotFound("note", ids.show("mem", of["note_id"]))
    if if_revision is not None and row["revision"] != if_revision:
        raise Conflict(
            f"the note is at revision {row['revision']}, not {if_revision}: somebody changed it meanwhile",
            winner={"revision": row["revision"]},
        )
    return row


async def _record(connection: Connection, principal: Principal, action: str, agent_id: UUID, note_id: UUID) -> None:
    await append(connection, principal, action, "memory", ids.show("mem", note_id), {"agent": ids.show("agt", agent_id)})


def _columns(words: Words) -> dict[str, Any]:
    return {"title": words.title.strip(), "text": words.text, "tags": list(words.tags), "pinned": words.pinned}


def _note(row: Any) -> Note:
    values: dict[str, Any] = {name: row[name] for name in Note.__dataclass_fields__}
    return Note(**{**values, "tags": tuple(values["tags"]), "tainted": tuple(values["tainted"])})
