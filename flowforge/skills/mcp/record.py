"""MCP servers as records: added, found, listed, changed, removed. Each change is a revision and an audit entry in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, NotFound
from flowforge.skills.mcp.definition import McpServerDefinition, read_mcp_server

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

SERVERS_MAX = 100  # of one tenant

sql = load_queries("flowforge.skills")


@dataclass(frozen=True)
class McpServer:
    """A server. `error` says what was wrong with its last listing, `listed_at` when there was one that could be read."""

    server_id: UUID
    definition: McpServerDefinition
    revision: int
    error: str | None
    listed_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def id(self) -> str:
        return ids.show("mcp", self.server_id)


async def create_mcp_server(database: Database, principal: Principal, definition: McpServerDefinition, *, server_id: UUID) -> McpServer:
    """Add one; a worker lists its tools afterwards. A repeat under the same id changes nothing. Raises Conflict."""
    tenant_id, name = principal.tenant_id, definition.name
    async with database.pool.acquire() as connection, connection.transaction():
        if await sql.count_mcp_servers.fetchval(connection, tenant_id=tenant_id) >= SERVERS_MAX:
            raise Conflict(f"a tenant has at most {SERVERS_MAX} MCP servers", hint="delete those that nobody uses")
        text = definition.model_dump_json(exclude_unset=True)
        made = await sql.insert_mcp_server.fetchval(connection, tenant_id=tenant_id, server_id=server_id, name=name, definition=text)
        there = await find_mcp_server(connection, tenant_id, name)
        if made is None and there.server_id != server_id:
            raise Conflict(f"there is an MCP server named {name!r} already", hint="choose another name, or PATCH that one")
        if made is not None:
            detail = {"revision": 1, "definition": _shown(definition)}
            await append(connection, principal, "mcp_server.create", "mcp_server", name, detail)
        return there


async def update_mcp_server(
    database: Database, principal: Principal, name: str, patch: dict[str, Any], if_revision: int | None = None
) -> McpServer:
    """Apply a merge patch to its first level. What people have accepted of its tools stays, as long as the tools do.

    Raises NotFound, InvalidInput, and Conflict when `if_revision` is no longer the current one or the name is changed.
    """
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.lock_mcp_server.fetchrow(connection, tenant_id=principal.tenant_id, name=name)
        if row is None:
            raise await _missing(connection, principal.tenant_id, name)
        before = _of(row)
        if if_revision is not None and before.revision != if_revision:
            raise Conflict(
                f"MCP server {name!r} is at revision {before.revision}, not {if_revision}: somebody changed it meanwhile",
                winner={"revision": before.revision},
            )
        whole = {**before.definition.model_dump(mode="json", exclude_unset=True), **patch}
        after = read_mcp_server({key: value for key, value in whole.items() if value is not None})
        if after.name != name:
            raise Conflict("a server keeps its name: its tools are called by it", hint="add it under the other name")
        if after != before.definition:
            text = after.model_dump_json(exclude_unset=True)
            await sql.update_mcp_server.execute(connection, tenant_id=principal.tenant_id, server_id=before.server_id, definition=text)
            if after.transport != before.definition.transport:
                # Another address, or program, is another server: nothing that was accepted of the old one holds.
                await sql.forget_acceptance.execute(connection, tenant_id=principal.tenant_id, server_id=before.server_id)
            detail = {"revision": before.revision + 1, "definition": _shown(after)}
            await append(connection, principal, "mcp_server.update", "mcp_server", name, detail)
        return await find_mcp_server(connection, principal.tenant_id, name)


async def delete_mcp_server(database: Database, principal: Principal, name: str) -> None:
    """With all that is known of its tools. Calls of runs under way are refused. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        if await sql.delete_mcp_server.fetchval(connection, tenant_id=principal.tenant_id, name=name) is None:
            raise await _missing(connection, principal.tenant_id, name)
        await append(connection, principal, "mcp_server.delete", "mcp_server", name)


async def find_mcp_server(connection: Connection, tenant_id: UUID, name: str) -> McpServer:
    """Raises NotFound with the nearest names."""
    row = await sql.find_mcp_server.fetchrow(connection, tenant_id=tenant_id, name=name)
    if row is None:
        raise await _missing(connection, tenant_id, name)
    return _of(row)


async def mcp_servers(connection: Connection, tenant_id: UUID) -> list[McpServer]:
    """All of a tenant, by name."""
    return [_of(row) for row in await sql.mcp_servers.fetch(connection, tenant_id=tenant_id)]


def _of(row: Any) -> McpServer:
    # It was checked when it was stored; what may be called or started has its say at each connection.
    definition = McpServerDefinition.model_validate_json(row["definition"], context={"stored": True})
    return McpServer(row["server_id"], definition, row["revision"], row["error"], row["listed_at"], row["created_at"], row["updated_at"])


async def _missing(connection: Connection, tenant_id: UUID, name: str) -> NotFound:
    return NotFound("MCP server", name, [one.definition.name for one in await mcp_servers(connection, tenant_id)])


def _shown(definition: McpServerDefinition) -> dict[str, Any]:
    return definition.model_dump(mode="json", exclude_unset=True)
