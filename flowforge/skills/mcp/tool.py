"""Tools of MCP servers: a call goes to the session of its worker, while the tool there is the one that was accepted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.durations import seconds
from flowforge.errors import NotFound
from flowforge.skills.caller import ToolCaller
from flowforge.skills.failure import ToolFailed
from flowforge.skills.mcp.connection import Connection
from flowforge.skills.mcp.connections import Connections
from flowforge.skills.mcp.content import read_result
from flowforge.skills.mcp.definition import McpServerDefinition
from flowforge.skills.mcp.listing import Listing, hash_of, read_listing
from flowforge.skills.mcp.offer import McpTool, store_listing
from flowforge.skills.mcp.record import find_mcp_server
from flowforge.skills.parameters import Parameters
from flowforge.skills.tool import Tool

if TYPE_CHECKING:
    from flowforge.orchestrator.worker.host import Host

GRACE_SECONDS = 60.0  # to connect, and to list; the call itself has its own time
KEPT = "mcp"


def record_of(offered: McpTool, definition: McpServerDefinition) -> dict[str, Any]:
    """What a run keeps of a tool: all that the model reads, and which tool of which server it is."""
    return {
        "server": offered.server,
        "server_id": offered.server_id.hex,
        "tool": offered.tool,
        "description": offered.description,
        "parameters": offered.parameters,
        "hash": offered.hash,
        "effect": offered.effect,
        "approval": offered.approval,
        "timeout": definition.timeout,
        "rate": definition.rate,
    }


def mcp_tool(name: str, record: Mapping[str, Any], description: str) -> Tool:
    """The tool of a record. `description` is what the model reads of it."""

    async def call(**arguments: Any) -> Any:
        return await _call(record, arguments)

    return Tool(
        name,
        call,
        description,
        Parameters(dict(record["parameters"])),  # its listing has checked it
        record["effect"],
        approval=record["approval"],
        origin="mcp",
        outside=True,
        timeout=seconds(record["timeout"]) + GRACE_SECONDS,
        rate=record["rate"],
    )


async def session_with(host: Host, caller: ToolCaller, name: str) -> tuple[Connection, McpServerDefinition, UUID]:
    """The worker's session with a server, opened if need be, with the secrets as they are now. Raises NotFound and ToolFailed.

    A secret of the scope `tool` is this server's where its subject is the server's name: all of its tools share the session.
    """
    server = await find_mcp_server(caller.database.pool, caller.tenant_id, name)
    secrets = await caller.secrets(sorted(server.definition.secrets), tool=name)
    sessions: Connections = host.keep(KEPT, Connections)
    return await sessions.open((caller.tenant_id, server.server_id), server.definition, secrets), server.definition, server.server_id


async def list_server(host: Host, caller: ToolCaller, name: str, *, first_by: str | None = None) -> Listing:
    """Ask a server what it offers, and keep it. Raises NotFound and ToolFailed."""
    session, definition, server_id = await session_with(host, caller, name)
    listing = read_listing(name, await session.tools(), definition.only)
    await store_listing(caller.database, caller.tenant_id, server_id, listing, first_by=first_by)
    return listing


async def _call(record: Mapping[str, Any], arguments: Mapping[str, Any]) -> Any:
    caller = ToolCaller.now()
    host = caller.scope.execution.host
    try:
        session, definition, server_id = await session_with(host, caller, record["server"])
    except NotFound as error:
        raise ToolFailed(error.message) from None
    if server_id.hex != record["server_id"]:
        raise ToolFailed(f"the MCP server {record['server']!r} is another one than when this run began")
    if session.hashes is None or session.changed:
        said = await session.tools()
        session.hashes = {str(one.get("name")): hash_of(one) for one in said}
        await store_listing(caller.database, caller.tenant_id, server_id, read_listing(record["server"], said, definition.only))
    now = session.hashes.get(record["tool"])
    if now is None:
        raise ToolFailed(f"the MCP server {record['server']!r} does not offer {record['tool']!r} any more")
    if now != record["hash"]:
        raise ToolFailed(
            f"the MCP server {record['server']!r} says something else of {record['tool']!r} than what was accepted;"
            " a person must look at it before it is called again"
        )
    answer = await session.call(record["tool"], arguments, caller.key)
    return read_result(json.loads(caller.hide(json.dumps(answer, ensure_ascii=False))))
