"""MCP servers: where they are, what they offer, and what a person has said of each tool."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.agents.tool_run import start_listing
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.etag import IfMatch, etag, unchanged_since
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.runs import RunOut, shown_run
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.errors import Conflict, NotFound
from flowforge.orchestrator.run import find_run
from flowforge.skills.mcp.definition import Http, McpServerDefinition, Stdio, read_mcp_server
from flowforge.skills.mcp.offer import McpTool, State, mcp_tools
from flowforge.skills.mcp.offer import decide_mcp_tool as decide
from flowforge.skills.mcp.record import McpServer, create_mcp_server, delete_mcp_server, find_mcp_server, mcp_servers, update_mcp_server
from flowforge.skills.tool import Effect

router = Resource(prefix="/v1/mcp_servers", tags=["tools"])

DEFINITION: JsonDict = {
    "name": "tracker",
    "transport": {"kind": "http", "url": "https://mcp.example.com/mcp", "bearer": "tracker"},
    "timeout": "60s",
}
EXAMPLE: JsonDict = {
    "id": "mcp_01968f3ac8b17c02a3f08241a2f70051",
    "definition": DEFINITION,
    "revision": 1,
    "error": None,
    "listed_at": "2026-11-22T09:00:00.000000Z",
    "created_at": "2026-11-22T09:00:00.000000Z",
    "updated_at": "2026-11-22T09:00:00.000000Z",
}
TOOL: JsonDict = {
    "name": "tracker__list_issues",
    "tool": "list_issues",
    "state": "changed",
    "description": "Lists the open issues of a project.",
    "parameters": {"type": "object", "properties": {"project": {"type": "string"}}},
    "hints": {"read_only": True},
    "hash": "6f1a8d51a8e1c0d3f6e5b90c1f2f1d8a4c3b2a190817263544536271809fabcd",
    "accepted": "11c2ab8d51a8e1c0d3f6e5b90c1f2f1d8a4c3b2a190817263544536271809fab",
    "accepted_by": "mira",
    "effect": "read",
    "approval": None,
    "listed_at": "2026-11-22T09:00:00.000000Z",
}
InPath = Annotated[str, Path(description="The server's name.", examples=["tracker"])]
ToolInPath = Annotated[str, Path(description="The tool's name here.", examples=["tracker__list_issues"])]


class McpServerIn(McpServerDefinition):
    """A server to add."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [DEFINITION]})


class McpServerPatch(BaseModel):
    """A JSON merge patch of the definition: what is given replaces, whole; null puts back to the default."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"rate": "60/min"}]})

    name: str | None = None
    description: str | None = None
    transport: Annotated[Stdio | Http | None, Field(discriminator="kind")] = None
    only: list[str] | None = None
    timeout: str | None = None
    rate: str | None = None


class McpServerOut(BaseModel):
    """A server. `error` says what was wrong with its last listing: that it could not be reached, or which tools cannot be used."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    definition: dict[str, Any]
    revision: int
    error: str | None
    listed_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, found: McpServer) -> McpServerOut:
        definition = found.definition.model_dump(mode="json", exclude_unset=True)
        plain = ("id", "revision", "error", "listed_at", "created_at", "updated_at")
        return cls(definition=definition, **{name: getattr(found, name) for name in plain})


class McpServerPage(Page[McpServerOut]):
    """Servers by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


class McpToolOut(BaseModel):
    """A tool of a server. Description, parameters and hints are the server's words. Agents get it while it is `accepted`: while its `hash`
    is the one that somebody has accepted."""

    model_config = ConfigDict(json_schema_extra={"examples": [TOOL]})

    name: str
    tool: str
    state: State
    description: str
    parameters: dict[str, Any]
    hints: dict[str, Any]
    hash: str
    accepted: str | None
    accepted_by: str | None
    effect: Effect
    approval: bool | None
    listed_at: datetime

    @classmethod
    def of(cls, found: McpTool) -> McpToolOut:
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class McpToolPage(Page[McpToolOut]):
    """Tools by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [TOOL], "next_cursor": None}]})


class McpToolPatch(Body):
    """What a person says of a tool. `accept` is the hash of what was read; null takes the acceptance back. What is left out stays."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"accept": TOOL["hash"], "effect": "read"}]})

    accept: Annotated[str | None, Field(max_length=100)] = None
    effect: Literal["read", "write", "money", "outside"] | None = None
    approval: bool | None = None


@router.get("", summary="List MCP servers", operation_id="list_mcp_servers")
async def index(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> McpServerPage:
    """By name."""
    found = [one for one in await mcp_servers(database.pool, caller.tenant_id) if one.definition.name > (cursor or "")]
    following = found[limit - 1].definition.name if len(found) > limit else None
    return McpServerPage(data=[McpServerOut.of(one) for one in found[:limit]], next_cursor=following)


@router.post("", status_code=201, summary="Add an MCP server", operation_id="create_mcp_server", responses=errors(409))
async def create(body: McpServerIn, caller: Caller, database: Db, bell: Hub, answer: Answer, repeat: RepeatId) -> McpServerOut:
    """A worker asks it at once what it offers; what it finds then is accepted by the caller, with the effect `outside`.

    A program is started only where the operator of the workers allows it.
    """
    definition = read_mcp_server(body.model_dump(mode="json", exclude_unset=True))
    made = await create_mcp_server(database, caller, definition, server_id=repeat)
    with suppress(Conflict):  # no worker has ever run: the first listing is asked for by hand
        await start_listing(database, bell, caller, definition.name, ids.derived_id(repeat, "listing"), first=True)
    answer.headers["Location"] = f"/v1/mcp_servers/{definition.name}"
    return _tagged(answer, made)


@router.get("/{server}", summary="Show an MCP server", operation_id="get_mcp_server", responses=errors(404))
async def show(server: InPath, caller: Caller, database: Db, answer: Answer) -> McpServerOut:
    """By name."""
    return _tagged(answer, await find_mcp_server(database.pool, caller.tenant_id, server))


@router.patch("/{server}", summary="Change an MCP server", operation_id="update_mcp_server", responses=errors(404, 409, 412))
async def change(server: InPath, body: McpServerPatch, if_match: IfMatch, caller: Caller, database: Db, answer: Answer) -> McpServerOut:
    """With another transport it is another server: nothing that was accepted of its tools holds any more."""
    with unchanged_since(if_match):
        return _tagged(
            answer,
            await update_mcp_server(database, caller, server, body.model_dump(mode="json", exclude_unset=True), if_revision=if_match),
        )


@router.delete("/{server}", status_code=204, summary="Remove an MCP server", operation_id="delete_mcp_server", responses=errors(404))
async def delete(server: InPath, caller: Caller, database: Db) -> None:
    """With all that is known of its tools; calls of runs under way are refused."""
    await delete_mcp_server(database, caller, server)


@router.post(
    "/{server}/listings",
    status_code=202,
    summary="Ask an MCP server what it offers",
    operation_id="refresh_mcp_server",
    responses=errors(404, 409),
)
async def refresh(server: InPath, caller: Caller, database: Db, bell: Hub, answer: Answer, repeat: RepeatId) -> RunOut:
    """A worker does, in a run that has the outcome. Tools that are new or changed wait for somebody to accept them."""
    found = await find_mcp_server(database.pool, caller.tenant_id, server)
    await start_listing(database, bell, caller, found.definition.name, repeat)
    run = await find_run(database.pool, caller.tenant_id, repeat.hex)
    answer.headers["Location"] = f"/v1/runs/{run.id}"
    return await shown_run(database, caller, run)


@router.get("/{server}/tools", summary="List an MCP server's tools", operation_id="list_mcp_tools", responses=errors(404))
async def tools(server: InPath, caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> McpToolPage:
    """By name, as they were listed last."""
    found = await find_mcp_server(database.pool, caller.tenant_id, server)
    offered = await mcp_tools(database.pool, caller.tenant_id, servers=[found.definition.name])
    rest = [one for one in offered if one.name > (cursor or "")]
    return McpToolPage(data=[McpToolOut.of(one) for one in rest[:limit]], next_cursor=rest[limit - 1].name if len(rest) > limit else None)


@router.patch("/{server}/tools/{tool}", summary="Accept an MCP server's tool", operation_id="decide_mcp_tool", responses=errors(404, 409))
async def judge(server: InPath, tool: ToolInPath, body: McpToolPatch, caller: Caller, database: Db) -> McpToolOut:
    """Accept it as it was read, or take that back; say what its effect is, and whether it asks first. 409 when it has changed since."""
    found = await find_mcp_server(database.pool, caller.tenant_id, server)
    offered = {one.name for one in await mcp_tools(database.pool, caller.tenant_id, servers=[found.definition.name])}
    if tool not in offered:
        raise NotFound(f"tool of {server}", tool, offered)
    given = body.model_fields_set
    return McpToolOut.of(
        await decide(
            database,
            caller,
            tool,
            accept=body.accept,
            refuse="accept" in given and body.accept is None,
            effect=body.effect,
            approval=body.approval,
            set_approval="approval" in given,
        )
    )


def _tagged(answer: Answer, found: McpServer) -> McpServerOut:
    answer.headers["ETag"] = etag(found.revision)
    return McpServerOut.of(found)
