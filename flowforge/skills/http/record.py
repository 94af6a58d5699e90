"""HTTP tools as records: made, found, listed, changed, removed. Each change is a revision and an audit entry in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, NotFound
from flowforge.skills.http.definition import HttpToolDefinition, patched

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

TOOLS_MAX = 2_000  # of one tenant

sql = load_queries("flowforge.skills")


@dataclass(frozen=True)
class HttpTool:
    """A definition with what is known of it. `source` names the import that it came from."""

    tool_id: UUID
    definition: HttpToolDefinition
    revision: int
    source: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def id(self) -> str:
        return ids.show("tol", self.tool_id)


async def create_http_tool(
    database: Database, principal: Principal, definition: HttpToolDefinition, *, tool_id: UUID, source: str | None = None
) -> HttpTool:
    """Make one. A repeat under the same id changes nothing. Raises Conflict for a name that is taken, and for one too many."""
    async with database.pool.acquire() as connection, connection.transaction():
        await add_http_tool(connection, principal, definition, tool_id=tool_id, source=source)
        return await find_http_tool(connection, principal.tenant_id, definition.name)


async def add_http_tool(
    connection: Connection, principal: Principal, definition: HttpToolDefinition, *, tool_id: UUID, source: str | None
) -> None:
    """The same within the caller's transaction."""
    tenant_id = principal.tenant_id
    if await sql.count_http_tools.fetchval(connection, tenant_id=tenant_id) >= TOOLS_MAX:
        raise Conflict(f"a tenant has at most {TOOLS_MAX} HTTP tools", hint="delete those that nobody uses")
    text = definition.model_dump_json(exclude_unset=True)
    made = await sql.insert_http_tool.fetchval(
        connection, tenant_id=tenant_id, tool_id=tool_id, name=definition.name, definition=text, source=source
    )
    if made is None:
        there = await find_http_tool(connection, tenant_id, definition.name)
        if there.tool_id == tool_id:
            return
        raise Conflict(f"there is an HTTP tool named {definition.name!r} already", hint="choose another name, or PATCH that one")
    await append(connection, principal, "tool.create", "tool", definition.name, {"revision": 1, "definition": _shown(definition)})


async def update_http_tool(
    database: Database, principal: Principal, name: str, patch: dict[str, Any], if_revision: int | None = None
) -> HttpTool:
    """Apply a merge patch; a run that has begun keeps what it began with. A patch that changes nothing makes no revision.

    Raises NotFound, InvalidInput, and Conflict when `if_revision` is no longer the current one or the new name is taken.
    """
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.lock_http_tool.fetchrow(connection, tenant_id=principal.tenant_id, name=name)
        if row is None:
            raise await _missing(connection, principal.tenant_id, name)
        before = _of(row)
        if if_revision is not None and before.revision != if_revision:
            raise Conflict(
                f"tool {name!r} is at revision {before.revision}, not {if_revision}: somebody changed it meanwhile",
                winner={"revision": before.revision},
            )
        after = patched(before.definition, patch)
        if after != before.definition:
            await change_http_tool(connection, principal, before, after)
        return await find_http_tool(connection, principal.tenant_id, after.name)


async def change_http_tool(connection: Connection, principal: Principal, before: HttpTool, after: HttpToolDefinition) -> None:
    """Store a new revision within the caller's transaction, which has locked it. Raises Conflict for a name that is taken."""
    if after.name != before.definition.name:
        taken = await sql.find_http_tool.fetchrow(connection, tenant_id=principal.tenant_id, name=after.name)
        if taken is not None:
            raise Conflict(f"there is an HTTP tool named {after.name!r} already", hint="choose another name")
    await sql.update_http_tool.execute(
        connection,
        tenant_id=principal.tenant_id,
        tool_id=before.tool_id,
        name=after.name,
        definition=after.model_dump_json(exclude_unset=True),
    )
    detail = {"name": after.name, "revision": before.revision + 1, "definition": _shown(after)}
    await append(connection, principal, "tool.update", "tool", before.definition.name, detail)


async def delete_http_tool(database: Database, principal: Principal, name: str) -> None:
    """Runs that have it keep it; no later run gets it. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        await remove_http_tool(connection, principal, name)


async def remove_http_tool(connection: Connection, principal: Principal, name: str) -> None:
    """The same within the caller's transaction."""
    if await sql.delete_http_tool.fetchval(connection, tenant_id=principal.tenant_id, name=name) is None:
        raise await _missing(connection, principal.tenant_id, name)
    await append(connection, principal, "tool.delete", "tool", name)


async def find_http_tool(connection: Connection, tenant_id: UUID, name: str) -> HttpTool:
    """Raises NotFound with the nearest names."""
    row = await sql.find_http_tool.fetchrow(connection, tenant_id=tenant_id, name=name)
    if row is None:
        raise await _missing(connection, tenant_id, name)
    return _of(row)


async def http_tools(
    connection: Connection, tenant_id: UUID, names: Sequence[str] | None = None, *, source: str | None = None
) -> list[HttpTool]:
    """Those of a tenant, by name: all, or those of these names, or of this import."""
    rows = await sql.http_tools.fetch(connection, tenant_id=tenant_id, names=None if names is None else list(names), source=source)
    return [_of(row) for row in rows]


async def http_tool_names(connection: Connection, tenant_id: UUID) -> list[str]:
    return [row["name"] for row in await sql.http_tool_names.fetch(connection, tenant_id=tenant_id)]


def _of(row: Any) -> HttpTool:
    # It was checked when it was stored. What may be called from here can have changed since: the call itself will say so.
    definition = HttpToolDefinition.model_validate_json(row["definition"], context={"stored": True})
    return HttpTool(row["tool_id"], definition, row["revision"], row["source"], row["created_at"], row["updated_at"])


async def _missing(connection: Connection, tenant_id: UUID, name: str) -> NotFound:
    return NotFound("HTTP tool", name, await http_tool_names(connection, tenant_id))


def _shown(definition: HttpToolDefinition) -> dict[str, Any]:
    """What the audit log says of it: secrets are names in it."""
    return definition.model_dump(mode="json", exclude_unset=True)
