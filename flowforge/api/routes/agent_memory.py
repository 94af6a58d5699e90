"""What agents remember: notes that they and people write, search, change and delete."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.agents import memory
from flowforge.agents.agent import resolve_agent
from flowforge.agents.memory import Note, Words
from flowforge.api.caller import Caller, Db
from flowforge.api.etag import IfMatch, etag, unchanged_since
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.agents import AgentId
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.board.card import find_card
from flowforge.db.queries import Connection
from flowforge.errors import InvalidInput, NotFound

router = Resource(prefix="/v1/agents/{agent}/memory", tags=["agents"])

EXAMPLE: JsonDict = {
    "id": "mem_01968f3ac8b17c02a3f08241a2f70041",
    "title": "Refund limit",
    "text": "Refund at most 500 dollars without asking Mira.",
    "tags": ["refunds"],
    "task": None,
    "pinned": False,
    "tainted": [],
    "by_kind": "agent",
    "by": "atlas",
    "revision": 1,
    "created_at": "2026-11-22T09:00:00.000000Z",
    "updated_at": "2026-11-22T09:00:00.000000Z",
}

NoteId = Annotated[str, Path(description="A note's id, or an ending of it.", examples=["mem_01968f3ac8b17c02a3f08241a2f70041"])]
Title = Annotated[
    str, Field(min_length=1, max_length=memory.TITLE_CHARACTERS_MAX, description="One line; the agent sees it when it begins.")
]
Text = Annotated[str, Field(min_length=1, max_length=memory.TEXT_CHARACTERS_MAX)]
Tags = Annotated[list[str], Field(max_length=memory.TAGS_MAX)]
Pinned = Annotated[bool, Field(description="Its title is always among those that the agent is shown.")]


class NoteIn(Body):
    """A note to write."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "Refund limit", "text": "Refund at most 500 dollars without asking Mira."}]}
    )

    title: Title
    text: Text
    tags: Tags = Field(default_factory=list)
    task: Annotated[str | None, Field(max_length=100, description="Only for work on this task; null: for all work.")] = None
    pinned: Pinned = False


class NotePatch(Body):
    """What is left out stays. The note is then yours: what had come from outside with it counts as read by you."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"pinned": True}]})

    title: Title | None = None
    text: Text | None = None
    tags: Tags | None = None
    pinned: Pinned | None = None


class NoteOut(BaseModel):
    """A note. `tainted` names what the agent had read from outside before it wrote it: it is shown such a note as data, not as advice."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    title: str
    text: str
    tags: list[str]
    task: str | None
    pinned: bool
    tainted: list[str]
    by_kind: str
    by: str
    revision: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, note: Note) -> NoteOut:
        return cls(
            id=note.id,
            title=note.title,
            text=note.text,
            tags=list(note.tags),
            task=note.task,
            pinned=note.pinned,
            tainted=list(note.tainted),
            by_kind=note.by_kind,
            by=note.by_name,
            revision=note.revision,
            created_at=note.created_at,
            updated_at=note.updated_at,
        )


class NotePage(Page[NoteOut]):
    """Notes, the newest first; those of a search, the best match first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.get("", summary="List or search an agent's notes", operation_id="list_notes", responses=errors(404))
async def index(
    agent: AgentId,
    caller: Caller,
    database: Db,
    q: Annotated[str | None, Query(max_length=memory.QUERY_CHARACTERS_MAX, description="Words to look for; any of them.")] = None,
    task: Annotated[str | None, Query(max_length=100, description="Only notes of this task.")] = None,
    tag: Annotated[str | None, Query(max_length=memory.TAG_CHARACTERS_MAX, description="Only notes with this tag.")] = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> NotePage:
    """A search has one page of at most 50, and cannot be narrowed by a tag."""
    tenant_id, pool = caller.tenant_id, database.pool
    agent_id = await resolve_agent(pool, tenant_id, agent)
    task_id = None if task is None else await _card(pool, tenant_id, task)
    if q is None:
        page = await memory.list_notes(pool, tenant_id, agent_id, task_id=task_id, tag=tag, cursor=cursor, limit=limit)
        return NotePage(data=[NoteOut.of(note) for note in page.data], next_cursor=page.next_cursor)
    if tag is not None or cursor is not None:
        raise InvalidInput("a search has one page, of any tag", pointer="/q", hint="leave out tag and cursor, or q")
    found = await memory.search_notes(
        pool, tenant_id, agent_id, q, task_id=task_id, wide=task_id is None, general=task_id is None, limit=limit
    )
    return NotePage(data=[NoteOut.of(note) for note in found])


@router.post("", status_code=201, summary="Write a note for an agent", operation_id="create_note", responses=errors(404, 409))
async def create(agent: AgentId, body: NoteIn, caller: Caller, database: Db, repeat: RepeatId, answer: Answer) -> NoteOut:
    """The agent sees its title when it next begins, and finds it by its words. 409 when it has as many notes as an agent may have."""
    agent_id = await resolve_agent(database.pool, caller.tenant_id, agent)
    task_id = None if body.task is None else await _card(database.pool, caller.tenant_id, body.task)
    words = Words(body.title, body.text, tuple(body.tags), body.pinned)
    return _tagged(answer, await memory.add_note(database, caller, agent_id, words, task_id=task_id, note_id=repeat))


@router.get("/{note}", summary="Show a note", operation_id="get_note", responses=errors(404))
async def show(agent: AgentId, note: NoteId, caller: Caller, database: Db, answer: Answer) -> NoteOut:
    """By its id."""
    agent_id = await resolve_agent(database.pool, caller.tenant_id, agent)
    return _tagged(answer, await memory.find_note(database.pool, caller.tenant_id, agent_id, note))


@router.patch("/{note}", summary="Change a note", operation_id="update_note", responses=errors(404, 412))
async def change(agent: AgentId, note: NoteId, body: NotePatch, if_match: IfMatch, caller: Caller, database: Db, answer: Answer) -> NoteOut:
    """Its words, its tags, whether it is pinned."""
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    for name, value in changes.items():
        if value is None:
            raise InvalidInput(f"{name} cannot be null", pointer=f"/{name}", hint="leave it out to keep it")
    if "tags" in changes:
        changes["tags"] = tuple(changes["tags"])
    agent_id = await resolve_agent(database.pool, caller.tenant_id, agent)
    with unchanged_since(if_match):
        return _tagged(answer, await memory.change_note(database, caller, agent_id, note, changes, if_revision=if_match))


@router.delete("/{note}", status_code=204, summary="Delete a note", operation_id="delete_note", responses=errors(404, 412))
async def delete(agent: AgentId, note: NoteId, if_match: IfMatch, caller: Caller, database: Db) -> None:
    """Its words are gone for good."""
    agent_id = await resolve_agent(database.pool, caller.tenant_id, agent)
    with unchanged_since(if_match):
        await memory.delete_note(database, caller, agent_id, note, if_revision=if_match)


async def _card(connection: Connection, tenant_id: UUID, task: str) -> UUID:
    try:
        return await find_card(connection, tenant_id, task)
    except NotFound as missing:
        raise InvalidInput(missing.message, pointer="/task") from None


def _tagged(answer: Answer, note: Note) -> NoteOut:
    answer.headers["ETag"] = etag(note.revision)
    return NoteOut.of(note)
