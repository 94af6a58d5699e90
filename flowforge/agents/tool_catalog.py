"""All the tools of a tenant, wherever they come from: what they do, who has them, how their calls went."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from flowforge.agents.builtin import BUILTIN
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import NotFound
from flowforge.skills.http.record import HttpTool, http_tools
from flowforge.skills.http.tool import http_tool
from flowforge.skills.mcp.offer import McpTool, mcp_tools
from flowforge.skills.publish import PublishedTool, known_tools
from flowforge.skills.tool import Effect, Origin, Tool
from flowforge.skills.tool_use import ToolUse, uses_of

State = Literal["ready", "new", "changed", "gone", "shadowed"]

NEVER = ToolUse()

sql = load_queries("flowforge.agents")


@dataclass(frozen=True)
class ToolView:
    """One tool. `state`: agents get it when it is ready; new, changed, gone are of MCP tools; shadowed: another one has its name."""

    name: str
    origin: Origin
    description: str
    effect: Effect
    parameters: Mapping[str, Any]
    state: State = "ready"
    reversible: bool | None = None
    approval: bool | None = None
    consequence: str | None = None
    outside: bool = False
    timeout_seconds: float | None = None
    rate: str | None = None
    http: HttpTool | None = None
    mcp: McpTool | None = None
    used_by: tuple[str, ...] = ()
    use: ToolUse = NEVER


@dataclass(frozen=True)
class ToolPage:
    """One page of a list; `next_cursor` is None on the last one."""

    data: list[ToolView]
    next_cursor: str | None


async def list_tools(
    connection: Connection, tenant_id: UUID, limit: int = 50, cursor: str | None = None, origin: Origin | None = None
) -> ToolPage:
    """By name, from behind `cursor`; of one name, the one that agents get comes first."""
    found = [one for one in await _all(connection, tenant_id) if origin is None or one.origin == origin]
    rest = [one for one in found if cursor is None or _place(one) > (cursor.partition(":")[0], cursor.partition(":")[2])]
    page = await _with_uses(connection, tenant_id, rest[:limit])
    return ToolPage(page, ":".join(_place(page[-1])) if len(rest) > limit else None)


async def find_tool(connection: Connection, tenant_id: UUID, name: str) -> ToolView:
    """The tool that agents get by this name. Raises NotFound with the nearest names."""
    found = await _all(connection, tenant_id)
    named = [one for one in found if one.name == name]
    if not named:
        raise NotFound("tool", name, [one.name for one in found])
    return (await _with_uses(connection, tenant_id, named[:1]))[0]


async def taken_by(connection: Connection, tenant_id: UUID, name: str) -> Origin | None:
    """Where a tool of this name comes from already, HTTP tools apart."""
    return next((one.origin for one in await _all(connection, tenant_id) if one.name == name and one.origin != "http"), None)


async def _all(connection: Connection, tenant_id: UUID) -> list[ToolView]:
    """In the order of the sources within a name: the first is the one that agents get."""
    sources = [
        [_of_code(one) for one in await known_tools(connection)],
        [_of_tool(one.tool) for one in BUILTIN.values()],
        [_of_http(one) for one in await http_tools(connection, tenant_id)],
        [_of_mcp(one) for one in await mcp_tools(connection, tenant_id)],
    ]
    seen: set[str] = set()
    found: list[ToolView] = []
    for source in sources:
        found += [replace(one, state="shadowed") if one.name in seen else one for one in source]
        seen |= {one.name for one in source}
    return sorted(found, key=lambda one: _place(one))


def _place(one: ToolView) -> tuple[str, str]:
    return one.name, f"{one.state == 'shadowed':d}{one.origin}"


async def _with_uses(connection: Connection, tenant_id: UUID, tools: Sequence[ToolView]) -> list[ToolView]:
    names = [one.name for one in tools]
    if not names:
        return []
    uses = await uses_of(connection, tenant_id, names)
    rows = await sql.agents_using.fetch(connection, tenant_id=tenant_id, tools=names)
    users = {row["tool"]: tuple(row["agents"]) for row in rows}
    return [replace(one, use=uses.get(one.name, NEVER), used_by=users.get(one.name, ())) for one in tools]


def _of_code(one: PublishedTool) -> ToolView:
    terms = one.terms
    return ToolView(
        one.name,
        "code",
        one.description,
        one.effect,
        one.schema,
        reversible=one.reversible,
        approval=one.approval,
        consequence=one.consequence,
        outside=bool(terms.get("outside")),
        timeout_seconds=terms.get("timeout"),
        rate=terms.get("rate"),
    )


def _of_tool(tool: Tool) -> ToolView:
    return ToolView(
        tool.name,
        tool.origin,
        tool.description,
        tool.effect,
        tool.schema,
        reversible=tool.reversible,
        approval=tool.approval,
        consequence=tool.consequence,
        outside=tool.outside,
        timeout_seconds=tool.timeout,
        rate=tool.rate,
    )


def _of_http(one: HttpTool) -> ToolView:
    return replace(_of_tool(http_tool(one.definition)), http=one)


def _of_mcp(one: McpTool) -> ToolView:
    state: State = "ready" if one.state == "accepted" else one.state
    return ToolView(one.name, "mcp", one.description, one.effect, one.parameters, state=state, approval=one.approval, outside=True, mcp=one)


def shown_definition(one: HttpTool) -> dict[str, Any]:
    """A definition as people wrote it."""
    definition: dict[str, Any] = json.loads(one.definition.model_dump_json(exclude_unset=True))
    return definition
