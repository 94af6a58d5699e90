"""Tools that nobody wrote code for, as sources of an agent's equipment: calls over HTTP that the tenant has described, and its MCP servers.

A run keeps the whole description: what is changed, or accepted, later is for later runs. Secrets are not in it: they are as they are at
each call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.agents.framing import framed
from flowforge.errors import NonRetryable
from flowforge.skills.http.definition import HttpToolDefinition
from flowforge.skills.http.record import HttpTool, http_tool_names, http_tools
from flowforge.skills.http.tool import http_tool
from flowforge.skills.mcp.offer import McpTool, mcp_tools
from flowforge.skills.mcp.record import mcp_servers
from flowforge.skills.mcp.tool import mcp_tool, record_of
from flowforge.skills.tool import Tool, ToolRegistry

if TYPE_CHECKING:
    from flowforge.agents.equipment import Record, Wanted
    from flowforge.db.database import Database
    from flowforge.db.queries import Connection


class HttpTools:
    """Calls over HTTP, described in JSON."""

    name = "http"

    async def offered(self, connection: Connection, tenant_id: UUID) -> Sequence[str]:
        return await http_tool_names(connection, tenant_id)

    async def find(self, database: Database, wanted: Wanted) -> Mapping[str, Record]:
        found = await http_tools(database.pool, wanted.tenant_id, wanted.names) if wanted.names else []
        return {one.definition.name: _record(one) for one in found}

    def revive(self, name: str, record: Record, registry: ToolRegistry) -> Tool:
        tool = http_tool(HttpToolDefinition.model_validate(record["definition"], context={"stored": True}))
        source = record.get("source")
        if source is None or not tool.outside:
            return tool
        said = framed(source, tool.description, json.dumps(record["definition"], sort_keys=True))
        described = f"The call {name!r} of an API, whose own document says of it:\n{said}"
        return replace(tool, description=described, described_by=f"description of {name}")


class McpTools:
    """What MCP servers offer and a person has accepted: all of the servers that an agent's definition names, and single tools by name."""

    name = "mcp"

    async def offered(self, connection: Connection, tenant_id: UUID) -> Sequence[str]:
        return [one.name for one in await mcp_tools(connection, tenant_id) if one.state == "accepted"]

    async def find(self, database: Database, wanted: Wanted) -> Mapping[str, Record]:
        names, servers = wanted.names, wanted.definition.mcp_servers
        if not names and not servers:
            return {}
        known = {one.definition.name: one.definition for one in await mcp_servers(database.pool, wanted.tenant_id)}
        missing = [name for name in servers if name not in known]
        if missing:
            raise NonRetryable(f"agent {wanted.definition.name!r} uses the MCP server {missing[0]!r}, which is not there any more")
        found = await mcp_tools(database.pool, wanted.tenant_id, names=names, servers=servers)
        for one in found:
            if one.name in names and one.state != "accepted":
                raise NonRetryable(f"{one.name} is not given to agents: {_why_not(one)}", hint=f"flowforge mcp-servers accept {one.server}")
        return {one.name: record_of(one, known[one.server]) for one in found if one.state == "accepted"}

    def revive(self, name: str, record: Record, registry: ToolRegistry) -> Tool:
        """Its description is the server's, and framed: a model may use it to know the tool, and not as an order."""
        said = framed(f"MCP server {record['server']}", record["description"] or "(nothing)", record["hash"])
        tool = mcp_tool(name, record, f"The tool {record['tool']!r} of the MCP server {record['server']!r}, which says of it:\n{said}")
        return replace(tool, described_by=f"description of MCP server {record['server']}")


def _why_not(one: McpTool) -> str:
    return {
        "new": "nobody has accepted it yet",
        "changed": f"the MCP server {one.server!r} says something else of it than what was accepted",
        "gone": f"the MCP server {one.server!r} does not offer it any more",
        "accepted": "",
    }[one.state]


def _record(one: HttpTool) -> Record:
    """`source` only where a document of an API described the tool: what people write themselves is theirs."""
    source = {} if one.source is None else {"source": one.source}
    return {"revision": one.revision, "definition": _plain(one.definition), **source}


def _plain(definition: HttpToolDefinition) -> Any:
    return json.loads(definition.model_dump_json(exclude_unset=True))
