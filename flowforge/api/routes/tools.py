"""Tools: what agents can do, wherever that comes from; and calls over HTTP, described here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.access.principal import Principal
from flowforge.agents import tool_catalog as catalog
from flowforge.agents.tool_catalog import State, ToolView, find_tool, shown_definition, taken_by
from flowforge.agents.tool_run import start_test
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.etag import IfMatch, etag, unchanged_since
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.runs import RunOut, shown_run
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.db.database import Database
from flowforge.errors import Conflict, InvalidInput
from flowforge.orchestrator.run import find_run
from flowforge.skills.http.definition import Auth, HttpToolFields, read_http_tool
from flowforge.skills.http.openapi import Choice, checked
from flowforge.skills.http.record import create_http_tool, delete_http_tool, update_http_tool
from flowforge.skills.http.tool_import import Import, carry_out, fetch_document, plan
from flowforge.skills.tool import Effect, OnUncertain, Origin

router = Resource(prefix="/v1", tags=["tools"])

DEFINITION: JsonDict = {
    "name": "get_order",
    "description": "Look up an order by its number.",
    "effect": "read",
    "method": "GET",
    "url": "https://api.example.com/orders/{order}",
    "auth": {"kind": "bearer", "secret": "shop"},
    "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]},
}
EXAMPLE: JsonDict = {
    "name": "get_order",
    "origin": "http",
    "state": "ready",
    "description": "Look up an order by its number.",
    "effect": "read",
    "approval": None,
    "reversible": None,
    "consequence": None,
    "outside": True,
    "timeout_seconds": 35.0,
    "rate": None,
    "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"], "additionalProperties": False},
    "server": None,
    "revision": 1,
    "source": None,
    "used_by": ["atlas"],
    "calls_today": 12,
    "failures_today": 1,
    "called_at": "2026-11-22T09:00:00.000000Z",
    "error": "the server answered 404 Not Found",
    "failed_at": "2026-11-22T08:00:00.000000Z",
}
IMPORT: JsonDict = {
    "source": "shop",
    "title": "The shop",
    "dry_run": True,
    "made": ["list_orders"],
    "changed": ["get_order"],
    "removed": ["old_order"],
    "kept": [],
    "refused": ["POST /upload: its body is of a kind that a tool cannot send: multipart/form-data"],
    "tools": [DEFINITION],
}
InPath = Annotated[str, Path(description="Its name.", examples=["get_order"])]


class HttpToolIn(HttpToolFields):
    """A call over HTTP to describe."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [DEFINITION]})


class HttpToolPatch(BaseModel):
    """A JSON merge patch of the definition: what is given replaces, whole; null puts back to the default."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"rate": "60/min", "approval": True}]})

    name: str | None = None
    description: str | None = None
    effect: Effect | None = None
    method: str | None = None
    url: str | None = None
    headers: dict[str, str] | None = None
    auth: Auth | None = None
    parameters: dict[str, Any] | None = None
    body: Any = None
    form: bool | None = None
    pick: str | None = None
    reversible: bool | None = None
    approval: bool | None = None
    consequence: str | None = None
    outside: bool | None = None
    timeout: str | None = None
    retries: int | None = None
    idempotent: bool | None = None
    rate: str | None = None
    on_uncertain: OnUncertain | None = None
    answer_bytes_max: int | None = None
    result_characters_max: int | None = None


class ToolOut(BaseModel):
    """A tool. `state`: agents get it when it is `ready`; `shadowed` has the name of another one, which they get; new, changed and gone are
    of MCP servers' tools. `outside`: its results come from elsewhere. Counts are of today, UTC; `error` is of the last call that failed."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    name: str
    origin: Origin
    state: State
    description: str
    effect: Effect
    approval: bool | None
    reversible: bool | None
    consequence: str | None
    outside: bool
    timeout_seconds: float | None
    rate: str | None
    parameters: dict[str, Any]
    server: str | None
    revision: int | None
    source: str | None
    used_by: list[str]
    calls_today: int
    failures_today: int
    called_at: datetime | None
    error: str | None
    failed_at: datetime | None

    @classmethod
    def of(cls, found: ToolView, **more: Any) -> Any:
        plain = ("name", "origin", "state", "description", "effect", "approval", "reversible", "consequence", "outside")
        return cls(
            **{name: getattr(found, name) for name in plain},
            timeout_seconds=found.timeout_seconds,
            rate=found.rate,
            parameters=dict(found.parameters),
            server=found.mcp.server if found.mcp else None,
            revision=found.http.revision if found.http else None,
            source=found.http.source if found.http else None,
            used_by=list(found.used_by),
            **vars(found.use),
            **more,
        )


class WholeToolOut(ToolOut):
    """A tool with its definition, where it is a call over HTTP."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**EXAMPLE, "definition": DEFINITION}]})

    definition: dict[str, Any] | None


class ToolPage(Page[ToolOut]):
    """Tools by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


class TestIn(Body):
    """What to call it with."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"arguments": {"order": "ORD-9218"}}]})

    arguments: Annotated[dict[str, Any], Field(default_factory=dict)]


class ToolImportIn(BaseModel):
    """An OpenAPI document, as it is or by its address. Without `tags` and `operations`, all of its operations."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "source": "shop",
                    "document": {
                        "openapi": "3.1.0",
                        "info": {"title": "The shop", "version": "1"},
                        "paths": {"/orders": {"get": {"operationId": "listOrders", "tags": ["orders"], "summary": "All orders."}}},
                    },
                    "server": "https://api.example.com",
                    "tags": ["orders"],
                    "effects": {"cancelOrder": "money"},
                    "auth": {"kind": "bearer", "secret": "shop"},
                    "dry_run": True,
                }
            ]
        },
    )

    source: Annotated[
        str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$", description="A name for it: importing it again compares.")
    ]
    document: Annotated[dict[str, Any] | None, Field(description="The document itself.")] = None
    url: Annotated[str | None, Field(max_length=2000, description="Where it is, instead.")] = None
    tags: Annotated[list[str], Field(max_length=100)] = []
    operations: Annotated[list[str], Field(max_length=500, description="Operation ids.")] = []
    prefix: Annotated[str, Field(max_length=30, pattern=r"^[A-Za-z0-9_-]*$", description="Before each name.")] = ""
    effects: Annotated[dict[str, Effect], Field(max_length=500, description="By operation id, where the method's is not right.")] = {}
    auth: Auth | None = None
    server: Annotated[str | None, Field(max_length=500, description="Where calls go, if not where the document says.")] = None
    dry_run: Annotated[bool, Field(description="Say what would be made, changed and removed, and do nothing.")] = True


class ToolImportOut(BaseModel):
    """What an import makes, changes, removes and leaves as it is; `refused` could be no tools. `tools` are those made or changed."""

    model_config = ConfigDict(json_schema_extra={"examples": [IMPORT]})

    source: str
    title: str
    dry_run: bool
    made: list[str]
    changed: list[str]
    removed: list[str]
    kept: list[str]
    refused: list[str]
    tools: list[dict[str, Any]]

    @classmethod
    def of(cls, wanted: Import, *, dry_run: bool) -> ToolImportOut:
        new = [*wanted.made, *(after for _, after in wanted.changed)]
        return cls(
            source=wanted.source,
            title=wanted.title,
            dry_run=dry_run,
            made=[one.name for one in wanted.made],
            changed=[after.name for _, after in wanted.changed],
            removed=list(wanted.removed),
            kept=list(wanted.kept),
            refused=list(wanted.refused),
            tools=[one.model_dump(mode="json", exclude_unset=True) for one in new],
        )


@router.get("/tools", summary="List tools", operation_id="list_tools")
async def index(
    caller: Caller,
    database: Db,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
    origin: Annotated[Literal["code", "builtin", "http", "mcp"] | None, Query(description="Only tools from there.")] = None,
) -> ToolPage:
    """All that agents can be given, by name. Of several with one name the first is the one that they get."""
    page = await catalog.list_tools(database.pool, caller.tenant_id, limit, cursor, origin)
    return ToolPage(data=[ToolOut.of(one) for one in page.data], next_cursor=page.next_cursor)


@router.post("/tools", status_code=201, summary="Describe a call over HTTP", operation_id="create_tool", responses=errors(409))
async def create(body: HttpToolIn, caller: Caller, database: Db, answer: Answer, repeat: RepeatId) -> WholeToolOut:
    """A tool for agents, without code. Secrets stand in it by name; workers put them in, at each call."""
    definition = read_http_tool(body.model_dump(mode="json", exclude_unset=True))
    taken = await taken_by(database.pool, caller.tenant_id, definition.name)
    if taken is not None:
        raise Conflict(f"there is a tool named {definition.name!r} already, of the origin {taken}", hint="choose another name")
    await create_http_tool(database, caller, definition, tool_id=repeat)
    answer.headers["Location"] = f"/v1/tools/{definition.name}"
    return await _whole(database, caller, definition.name, answer)


@router.get("/tools/{tool}", summary="Show a tool", operation_id="get_tool", responses=errors(404))
async def show(tool: InPath, caller: Caller, database: Db, answer: Answer) -> WholeToolOut:
    """The one that agents get by this name."""
    return await _whole(database, caller, tool, answer)


@router.patch("/tools/{tool}", summary="Change a call over HTTP", operation_id="update_tool", responses=errors(404, 409, 412))
async def change(tool: InPath, body: HttpToolPatch, if_match: IfMatch, caller: Caller, database: Db, answer: Answer) -> WholeToolOut:
    """Each change is a revision; a run that has begun keeps the one it began with, and gets secrets as they are."""
    patch: dict[str, Any] = body.model_dump(mode="json", exclude_unset=True)
    with unchanged_since(if_match):
        changed = await update_http_tool(database, caller, tool, patch, if_revision=if_match)
    return await _whole(database, caller, changed.definition.name, answer)


@router.delete("/tools/{tool}", status_code=204, summary="Remove a call over HTTP", operation_id="delete_tool", responses=errors(404))
async def delete(tool: InPath, caller: Caller, database: Db) -> None:
    """Runs under way keep it; no later one gets it, and those of agents that name it fail with a sentence that says so."""
    await delete_http_tool(database, caller, tool)


@router.post("/tools/{tool}/tests", status_code=202, summary="Call a tool once", operation_id="test_tool", responses=errors(404, 409))
async def test(tool: InPath, body: TestIn, caller: Caller, database: Db, bell: Hub, answer: Answer, repeat: RepeatId) -> RunOut:
    """As the caller, who is asked nothing: a worker makes the call, in a run that has its result. 409 where no worker has ever run."""
    found = await find_tool(database.pool, caller.tenant_id, tool)
    if found.state not in ("ready", "shadowed"):
        raise Conflict(f"{tool} is {found.state}: accept it first", hint=f"flowforge mcp-servers accept {tool}")
    await start_test(database, bell, caller, tool, body.arguments, repeat)
    run = await find_run(database.pool, caller.tenant_id, repeat.hex)
    answer.headers["Location"] = f"/v1/runs/{run.id}"
    return await shown_run(database, caller, run)


@router.post("/tool_imports", summary="Import an OpenAPI document", operation_id="import_tools", responses=errors(409))
async def import_(body: ToolImportIn, caller: Caller, database: Db) -> ToolImportOut:
    """One tool for each operation: a read for GET and HEAD, a write for the others, unless `effects` says otherwise.

    Imported again under the same `source`, what has changed in the document changes here, and what people have set beside it stays.
    """
    if (body.document is None) == (body.url is None):
        raise InvalidInput("give either the document or its url", pointer="/document")
    document = checked(body.document) if body.document is not None else await fetch_document(body.url or "")
    choice = Choice(
        tuple(body.tags),
        tuple(body.operations),
        body.prefix,
        body.effects,
        body.auth.model_dump(mode="json") if body.auth else None,
        server=body.server,
    )
    wanted = await plan(database.pool, caller.tenant_id, body.source, document, choice, body.url)
    if not body.dry_run:
        await carry_out(database, caller, wanted)
    return ToolImportOut.of(wanted, dry_run=body.dry_run)


async def _whole(database: Database, caller: Principal, name: str, answer: Answer) -> WholeToolOut:
    found = await find_tool(database.pool, caller.tenant_id, name)
    if found.http is not None:
        answer.headers["ETag"] = etag(found.http.revision)
    whole: WholeToolOut = WholeToolOut.of(found, definition=shown_definition(found.http) if found.http else None)
    return whole
