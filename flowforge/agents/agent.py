"""Agents as records: made, found, listed, changed. Each change is a revision and an audit entry in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.agents.definition import AgentDefinition, escaped, patched
from flowforge.agents.status import AgentView, view_of
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator.stream import open_stream
from flowforge.skills.publish import known_skills, known_tools

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

sql = load_queries("flowforge.agents")

LIST_LIMIT_MAX = 200
ENDING_LENGTH_MIN = 4


@dataclass(frozen=True)
class AgentPage:
    """One page of a list; `next_cursor` is None on the last one."""

    data: list[AgentView]
    next_cursor: str | None


async def create_agent(database: Database, principal: Principal, definition: AgentDefinition) -> AgentView:
    """Make a new agent. Raises Conflict when its name is taken, InvalidInput for a skill or tool that nobody offers."""
    await check_definition(database.pool, definition)
    agent_id = ids.new_id()
    async with database.pool.acquire() as connection, connection.transaction():
        columns = _columns(definition)
        if await sql.insert_agent.fetchval(connection, tenant_id=principal.tenant_id, agent_id=agent_id, **columns) is None:
            raise Conflict(f"there is an agent named {definition.name!r} already", hint="choose another name, or PATCH that one")
        await _record(connection, principal, "agent.create", agent_id, definition, revision=1)
        await open_stream(connection, principal.tenant_id, agent_id)
    return await _view(database.pool, principal.tenant_id, agent_id)


async def update_agent(
    database: Database, principal: Principal, text: str, patch: dict[str, Any], if_revision: int | None = None
) -> AgentView:
    """Apply a JSON merge patch; a run that has begun keeps the revision it began with. A patch that changes nothing makes none.

    Raises NotFound, InvalidInput, and Conflict when `if_revision` is no longer the current revision or the name is taken.
    """
    agent_id = await resolve_agent(database.pool, principal.tenant_id, text)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.lock_agent.fetchrow(connection, tenant_id=principal.tenant_id, agent_id=agent_id)
        if if_revision is not None and row["revision"] != if_revision:
            raise Conflict(
                f"agent {row['name']!r} is at revision {row['revision']}, not {if_revision}: somebody changed it meanwhile",
                winner={"revision": row["revision"]},
            )
        before = definition_of(row)
        after = patched(before, patch)
        if after != before:
            await check_definition(connection, after)
            await _store_change(connection, principal, agent_id, after, row["revision"] + 1)
    return await _view(database.pool, principal.tenant_id, agent_id)


async def find_agent(connection: Connection, tenant_id: UUID, text: str) -> AgentView:
    """The agent by name, by `agt_` id, or by any ending of the id that fits only one. Raises NotFound with nearest names."""
    return await _view(connection, tenant_id, await resolve_agent(connection, tenant_id, text))


async def resolve_agent(connection: Connection, tenant_id: UUID, text: str) -> UUID:
    """The id that `text` means, see `find_agent`. Raises NotFound."""
    ending = text.removeprefix("agt_").replace("-", "").replace("_", "").lower()
    if len(ending) < ENDING_LENGTH_MIN or not ending.isalnum():
        ending = ""
    rows = await sql.match_agent.fetch(connection, tenant_id=tenant_id, name=text, ending=ending)
    named = [row["agent_id"] for row in rows if row["name"] == text]
    if named or len(rows) == 1:
        found: UUID = named[0] if named else rows[0]["agent_id"]
        return found
    if rows:
        raise InvalidInput(f"{text!r} could be {' or '.join(row['name'] for row in rows)}", hint="give more of the id, or the name")
    raise NotFound("agent", text, await agent_names(connection, tenant_id))


async def agent_names(connection: Connection, tenant_id: UUID) -> list[str]:
    """All names, for "did you mean"."""
    return [row["name"] for row in await sql.agent_names.fetch(connection, tenant_id=tenant_id)]


async def list_agents(connection: Connection, tenant_id: UUID, limit: int = 50, cursor: str | None = None) -> AgentPage:
    """Agents by name, from behind `cursor`. Raises InvalidInput for a limit outside 1 to 200."""
    if not 1 <= limit <= LIST_LIMIT_MAX:
        raise InvalidInput(f"limit must lie between 1 and {LIST_LIMIT_MAX}, {limit} does not", pointer="/limit")
    rows = await sql.list_agents.fetch(connection, tenant_id=tenant_id, agent_id=None, after=cursor or "", limit=limit + 1)
    views = [view_of(row) for row in rows[:limit]]
    return AgentPage(views, views[-1].name if len(rows) > limit else None)


async def check_definition(connection: Connection, definition: AgentDefinition) -> None:
    """Raises InvalidInput, with a pointer and the nearest names, for a skill or tool that no worker has published."""
    skills = {skill.name: skill for skill in await known_skills(connection)}
    tools = [tool.name for tool in await known_tools(connection)]
    _check_names("skill", definition.skills, skills, "/skills")
    _check_names("tool", definition.tools, tools, "/tools")
    granted = {*definition.tools, *(name for skill in definition.skills for name in skills[skill].tools)}
    for name in definition.approval:
        if name not in granted:
            raise InvalidInput(f"approval: {NotFound('tool of this agent', name, granted)}", pointer=f"/approval/{escaped(name)}")


def definition_of(row: Any) -> AgentDefinition:
    """The definition in an agent's row."""
    return AgentDefinition(
        name=row["name"],
        model=row["model"],
        instructions=row["instructions"],
        skills=tuple(row["skills"]),
        tools=tuple(row["tools"]),
        approval=json.loads(row["approval"]),
        done_column=row["done_column"],
    )


def _check_names(what: str, names: Sequence[str], known: Iterable[str], pointer: str) -> None:
    known = list(known)
    for index, name in enumerate(names):
        if name not in known:
            hint = None if known else f"no worker has published a {what} yet: start one with the file that registers it"
            raise InvalidInput(str(NotFound(what, name, known)), pointer=f"{pointer}/{index}", hint=hint)


def _columns(definition: AgentDefinition) -> dict[str, Any]:
    return definition.model_dump() | {
        "skills": list(definition.skills),
        "tools": list(definition.tools),
        "approval": json.dumps(definition.approval),
    }


async def _store_change(connection: Connection, principal: Principal, agent_id: UUID, definition: AgentDefinition, revision: int) -> None:
    owner = await sql.agent_by_name.fetchval(connection, tenant_id=principal.tenant_id, name=definition.name)
    if owner is not None and owner != agent_id:
        raise Conflict(f"there is an agent named {definition.name!r} already", hint="choose another name")
    await sql.update_agent.execute(connection, tenant_id=principal.tenant_id, agent_id=agent_id, revision=revision, **_columns(definition))
    await _record(connection, principal, "agent.update", agent_id, definition, revision)


async def _record(
    connection: Connection, principal: Principal, action: str, agent_id: UUID, definition: AgentDefinition, revision: int
) -> None:
    await sql.insert_revision.execute(
        connection, tenant_id=principal.tenant_id, agent_id=agent_id, revision=revision, definition=definition.model_dump_json()
    )
    detail = {"name": definition.name, "revision": revision, "definition": definition.model_dump(mode="json")}
    await append(connection, principal, action, "agent", ids.show("agt", agent_id), detail)


async def _view(connection: Connection, tenant_id: UUID, agent_id: UUID) -> AgentView:
    row = await sql.list_agents.fetchrow(connection, tenant_id=tenant_id, agent_id=agent_id, after="", limit=1)
    if row is None:
        raise NotFound("agent", ids.show("agt", agent_id))
    return view_of(row)
