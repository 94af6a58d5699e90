"""`remember`, `recall` and `forget`: an agent's own notes, kept from one run to the next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from flowforge.agents import memory
from flowforge.agents.framing import framed
from flowforge.agents.loop_tool import Calling, LoopTool, Tainted, loop_tool
from flowforge.agents.memory import Note, Words
from flowforge.agents.tool_step import tell_call
from flowforge.errors import Conflict, InvalidInput, NonRetryable, NotFound

SHOWN_CHARACTERS_MAX = 6_000  # of one note in a result


async def _remember(calling: Calling, arguments: dict[str, Any]) -> Any:
    words = Words(arguments["title"], arguments["text"], tuple(arguments.get("tags", ())))
    task_id = calling.at_work.task_id if arguments.get("scope", "agent") == "task" else None

    async def write() -> Any:
        at_work, database = calling.at_work, calling.execution.host.database
        # The id follows from the call, so a repeat after a crash writes nothing twice and nobody need be asked about it.
        note = await memory.add_note(
            database,
            at_work.principal,
            _agent_of(calling),
            words,
            task_id=task_id,
            tainted=sorted(calling.taint),
            note_id=calling.derived_id("note"),
        )
        return {"note": note.id}

    return await _step(calling, arguments, write)


async def _recall(calling: Calling, arguments: dict[str, Any]) -> Any:
    async def search() -> Any:
        scope = arguments.get("scope", "all")
        found = await memory.search_notes(
            calling.execution.host.database.pool,
            calling.execution.tenant_id,
            _agent_of(calling),
            arguments["query"],
            task_id=calling.at_work.task_id if scope != "agent" else None,
            general=scope != "task",
            limit=arguments.get("limit", 8),
        )
        return [_told(note) for note in found]

    found = await _step(calling, arguments, search)
    tainted = {f"note {one['note']}" for one in found if one["tainted"]}
    shown = [_framed(one, calling.execution.run_id.hex) if one["tainted"] else one for one in found]
    return Tainted(shown, frozenset(tainted)) if tainted else shown


async def _forget(calling: Calling, arguments: dict[str, Any]) -> Any:
    async def delete() -> Any:
        await memory.delete_note(calling.execution.host.database, calling.at_work.principal, _agent_of(calling), arguments["note"])
        return {"forgotten": arguments["note"]}

    return await _step(calling, arguments, delete)


def _step(calling: Calling, arguments: Mapping[str, Any], act: Callable[[], Awaitable[Any]]) -> Awaitable[Any]:
    async def body() -> Any:
        try:
            return await tell_call(calling.tool.name, calling.call_id, arguments, act)
        except (InvalidInput, NotFound, Conflict) as error:
            raise NonRetryable(str(error)) from None

    return calling.step(calling.tool.name, body, input=arguments)


def _agent_of(calling: Calling) -> UUID:
    agent_id = calling.at_work.principal.id
    assert agent_id is not None
    return agent_id


def _told(note: Note) -> dict[str, Any]:
    text = note.text if len(note.text) <= SHOWN_CHARACTERS_MAX else note.text[: SHOWN_CHARACTERS_MAX - 1] + "…"
    return {
        "note": note.id,
        "title": note.title,
        "text": text,
        "tags": list(note.tags),
        "task": note.task,
        "by": note.by_name,
        "updated_at": note.updated_at.isoformat(),
        "tainted": list(note.tainted),
    }


def _framed(one: dict[str, Any], secret: str) -> dict[str, Any]:
    words = f"{one['title']}\n{' '.join(one['tags'])}\n\n{one['text']}"
    return {"note": one["note"], "words": framed(f"note {one['note']}", words, secret), "updated_at": one["updated_at"]}


_TEXT = {"type": "string", "minLength": 1}

REMEMBER = loop_tool(
    _remember,
    name="remember",
    description="Write a note that you will find again in later work: a fact, a decision, a way of doing something. Not for secrets.",
    schema={
        "type": "object",
        "properties": {
            "title": {**_TEXT, "maxLength": memory.TITLE_CHARACTERS_MAX, "description": "one line"},
            "text": {**_TEXT, "maxLength": memory.TEXT_CHARACTERS_MAX},
            "scope": {"enum": ["agent", "task"], "description": "agent (the default): for all your work; task: for this task alone"},
            "tags": {"type": "array", "items": {**_TEXT, "maxLength": memory.TAG_CHARACTERS_MAX}, "maxItems": memory.TAGS_MAX},
        },
        "required": ["title", "text"],
        "additionalProperties": False,
    },
    effect="write",
    approval=False,  # its own notes
)
RECALL = loop_tool(
    _recall,
    name="recall",
    description="Search your notes by words; the best matches come first.",
    schema={
        "type": "object",
        "properties": {
            "query": {**_TEXT, "maxLength": memory.QUERY_CHARACTERS_MAX},
            "scope": {"enum": ["all", "agent", "task"], "description": "all (the default), only general notes, or only those of this task"},
            "limit": {"type": "integer", "minimum": 1, "maximum": 20},
        },
        "required": ["query"],
        "additionalProperties": False,
    },
    effect="read",
)
FORGET = loop_tool(
    _forget,
    name="forget",
    description="Delete one of your notes for good.",
    schema={
        "type": "object",
        "properties": {"note": {**_TEXT, "maxLength": 100, "description": "its id, as recall gives it"}},
        "required": ["note"],
        "additionalProperties": False,
    },
    effect="write",
    approval=False,
)

MEMORY: tuple[LoopTool, ...] = (REMEMBER, RECALL, FORGET)
