"""Importing an OpenAPI document: what would be made, changed and removed; and doing it, in one transaction, each with its audit entry.

What was imported before under the same source is compared: a tool that the document still has keeps what people have changed in it beside
what the document says (approval, rate, effect and the like).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput
from flowforge.skills.failure import ToolFailed
from flowforge.skills.http.definition import HttpToolDefinition, read_http_tool
from flowforge.skills.http.openapi import Choice, Reading, read_document, read_openapi
from flowforge.skills.http.record import HttpTool, add_http_tool, change_http_tool, http_tools, remove_http_tool
from flowforge.skills.http.request import Request, send
from flowforge.transport.guard import Limits

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

FETCH_SECONDS = 20.0
FETCH_BYTES_MAX = 5 * 1024 * 1024
_OF_THE_DOCUMENT = frozenset({"description", "method", "url", "parameters", "body", "form", "headers", "auth"})

sql = load_queries("flowforge.skills")


@dataclass(frozen=True)
class Import:
    """What an import makes of a tenant's tools. `kept` are as they were; `taken` have a name that another tool of the tenant has."""

    source: str
    title: str
    made: tuple[HttpToolDefinition, ...]
    changed: tuple[tuple[HttpTool, HttpToolDefinition], ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    refused: tuple[str, ...]


async def fetch_document(url: str) -> dict[str, Any]:
    """A document from an address, through the guarded transport. Raises InvalidInput."""
    headers = {"accept": "application/json, application/yaml;q=0.9, text/*;q=0.5"}
    try:
        answer = await send(Request("GET", url, headers, None), Limits(total_seconds=FETCH_SECONDS, answer_bytes=FETCH_BYTES_MAX))
    except ToolFailed as error:
        raise InvalidInput(error.message, pointer="/url") from None
    if answer.status_code != 200:
        raise InvalidInput(f"the server answered {answer.status_code} {answer.reason_phrase[:100]}", pointer="/url")
    return read_document(answer.text)


async def plan(connection: Connection, tenant_id: UUID, source: str, document: dict[str, Any], choice: Choice, url: str | None) -> Import:
    """What importing would do; nothing is changed. Raises InvalidInput."""
    reading = read_openapi(document, choice, url=url)
    return await _compared(connection, tenant_id, source, reading)


async def carry_out(database: Database, principal: Principal, wanted: Import) -> None:
    """Make, change and remove. Raises Conflict where somebody has changed the tools since the plan was made."""
    async with database.pool.acquire() as connection, connection.transaction():
        for definition in wanted.made:
            await add_http_tool(connection, principal, definition, tool_id=ids.new_id(), source=wanted.source)
        for before, after in wanted.changed:
            row = await sql.lock_http_tool.fetchrow(connection, tenant_id=principal.tenant_id, name=before.definition.name)
            if row is None or row["revision"] != before.revision:
                raise Conflict(f"tool {before.definition.name!r} was changed meanwhile; import again")
            await change_http_tool(connection, principal, before, after)
        for name in wanted.removed:
            await remove_http_tool(connection, principal, name)


async def _compared(connection: Connection, tenant_id: UUID, source: str, reading: Reading) -> Import:
    there = {one.definition.name: one for one in await http_tools(connection, tenant_id)}
    ours = {name: one for name, one in there.items() if one.source == source}
    made: list[HttpToolDefinition] = []
    changed: list[tuple[HttpTool, HttpToolDefinition]] = []
    kept: list[str] = []
    refused = list(reading.refused)
    for definition in reading.tools:
        name = definition.name
        if name in ours:
            after = _merged(ours[name].definition, definition)
            if after == ours[name].definition:
                kept.append(name)
            else:
                changed.append((ours[name], after))
        elif name in there:
            refused.append(f"{name}: another tool has this name; import with a prefix")
        else:
            made.append(definition)
    removed = sorted(set(ours) - {definition.name for definition in reading.tools})
    return Import(source, reading.title, tuple(made), tuple(changed), tuple(removed), tuple(kept), tuple(refused))


def _merged(before: HttpToolDefinition, read: HttpToolDefinition) -> HttpToolDefinition:
    """What the document says of the call; what a person has said of everything else."""
    old, new = before.model_dump(mode="json", exclude_unset=True), read.model_dump(mode="json", exclude_unset=True)
    said = {key: value for key, value in old.items() if key not in _OF_THE_DOCUMENT}
    from_document = {key: value for key, value in new.items() if key in _OF_THE_DOCUMENT}
    auth = {"auth": old["auth"]} if "auth" in old and "auth" not in from_document else {}
    return read_http_tool({**new, **said, **auth, **from_document})
