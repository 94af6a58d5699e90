"""What an MCP server offers, as it was listed, and what a person has said of each tool: accepted as it is, its effect, whether it asks.

A tool is given to agents only while what the server says of it is what a person has accepted: its description is read by models, and a
server that words it anew, after it was looked at, would otherwise word what agents do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, NotFound
from flowforge.skills.mcp.listing import Listing
from flowforge.skills.tool import Effect

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

State = Literal["accepted", "new", "changed", "gone"]

sql = load_queries("flowforge.skills")


@dataclass(frozen=True)
class McpTool:
    """One tool of a server. `hints` are the server's own words about its effect, `effect` a person's."""

    server_id: UUID
    server: str
    tool: str
    name: str
    description: str
    parameters: Mapping[str, Any]
    hints: Mapping[str, Any]
    hash: str
    accepted: str | None
    accepted_by: str | None
    effect: Effect
    approval: bool | None
    gone: bool
    listed_at: datetime

    @property
    def state(self) -> State:
        """accepted: agents get it. new: nobody has looked at it. changed: not since the server said something else of it."""
        if self.gone:
            return "gone"
        return "accepted" if self.accepted == self.hash else "new" if self.accepted is None else "changed"


async def store_listing(database: Database, tenant_id: UUID, server_id: UUID, listing: Listing, *, first_by: str | None = None) -> None:
    """Keep what a server offers now. Of a server that was never listed, `first_by` has accepted what he finds by adding it."""
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.lock_listing.fetchrow(connection, tenant_id=tenant_id, server_id=server_id)
        if row is None:
            return  # it was deleted meanwhile
        tools = listing.tools
        taken = {one.name: one for one in await mcp_tools(connection, tenant_id) if not one.gone}
        usable = [one for one in tools if one.name not in taken or taken[one.name].server_id == server_id]
        await sql.store_listing.execute(
            connection,
            tenant_id=tenant_id,
            server_id=server_id,
            tools=[one.tool for one in usable],
            names=[one.name for one in usable],
            descriptions=[one.description for one in usable],
            parameters=[json.dumps(one.parameters) for one in usable],
            hints=[json.dumps(one.hints) for one in usable],
            hashes=[one.hash for one in usable],
            accept_by=first_by if row["listed_at"] is None else None,
        )
        await sql.mark_gone.execute(connection, tenant_id=tenant_id, server_id=server_id, tools=[one.tool for one in usable])
        await sql.note_listing.execute(connection, tenant_id=tenant_id, server_id=server_id, listed=True, error=listing.error)


async def note_failure(connection: Connection, tenant_id: UUID, server_id: UUID, error: str) -> None:
    """Say why a server could not be listed; what it offered before stays."""
    await sql.note_listing.execute(connection, tenant_id=tenant_id, server_id=server_id, listed=False, error=error[:2_000])


async def mcp_tools(
    connection: Connection, tenant_id: UUID, *, names: Sequence[str] | None = None, servers: Sequence[str] | None = None
) -> list[McpTool]:
    """By name: all of a tenant, or those of these names or of these servers."""
    lists = {"names": None if names is None else list(names), "servers": None if servers is None else list(servers)}
    return [_of(row) for row in await sql.mcp_tools.fetch(connection, tenant_id=tenant_id, **lists)]


async def decide_mcp_tool(
    database: Database,
    principal: Principal,
    name: str,
    *,
    accept: str | None = None,
    refuse: bool = False,
    effect: Effect | None = None,
    approval: bool | None = None,
    set_approval: bool = False,
) -> McpTool:
    """Accept a tool as it is (`accept` is the hash of what was read), take that back, say what its effect is, and whether it asks first.

    Raises NotFound, and Conflict when the server says something else of it by now.
    """
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.lock_mcp_tool.fetchrow(connection, tenant_id=principal.tenant_id, name=name)
        if row is None:
            raise NotFound("tool of an MCP server", name, [one.name for one in await mcp_tools(connection, principal.tenant_id)])
        before = _of(row)
        if accept is not None and accept != before.hash:
            raise Conflict(f"{before.server} says something else of {name} by now: read it again", winner={"hash": before.hash})
        accepted = before.hash if accept is not None else None if refuse else before.accepted
        by = principal.name if accept is not None else None if refuse else before.accepted_by
        after = {
            "accepted": accepted,
            "accepted_by": by,
            "effect": effect or before.effect,
            "approval": approval if set_approval else before.approval,
        }
        where = {"tenant_id": principal.tenant_id, "server_id": before.server_id, "tool": before.tool}
        await sql.decide_mcp_tool.execute(connection, **where, **after)
        detail = {"server": before.server, "hash": before.hash, "description": before.description, **after}
        await append(connection, principal, "mcp_tool.decide", "tool", name, detail)
        return (await mcp_tools(connection, principal.tenant_id, names=[name]))[0]


def _of(row: Any) -> McpTool:
    values = {**row, "parameters": json.loads(row["parameters"]), "hints": json.loads(row["hints"])}
    return McpTool(**values)
