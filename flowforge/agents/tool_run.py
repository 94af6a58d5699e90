"""The built-in function `flowforge.tools`: what only a worker can do for people who set tools up: call one, list an MCP server.

Secrets are opened in workers alone, and MCP servers are spoken to from there; so a test of a tool is a run, with all that a run has: steps,
a record, an end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.equipment import Wanted, equip, revived
from flowforge.agents.loop_tool import LoopTool
from flowforge.agents.pace import keep_pace
from flowforge.agents.tool_step import call_tool, step_options
from flowforge.audit.log import append
from flowforge.errors import Conflict, NonRetryable, NotFound
from flowforge.orchestrator import hints
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.dispatch import shape_new_runs
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.retry import StepOptions
from flowforge.orchestrator.run import start_in
from flowforge.skills.caller import ToolCaller
from flowforge.skills.failure import ToolFailed
from flowforge.skills.mcp.offer import note_failure
from flowforge.skills.mcp.record import find_mcp_server
from flowforge.skills.mcp.tool import list_server
from flowforge.skills.tool import ToolRegistry

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.db.queries import Connection
    from flowforge.orchestrator.context import Context
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.hints import Bell
    from flowforge.orchestrator.registry import Registry

FUNCTION_ID = "flowforge.tools"


def register_tool_runs(registry: Registry, tools: ToolRegistry) -> None:
    """Let workers of `registry` test tools and list MCP servers. Twice is once."""

    async def work(ctx: Context[dict[str, Any]]) -> Any:
        given = ctx.event.data
        if "server" in given:
            return await _list(current_execution(), given["server"], given.get("by"))
        return await _test(current_execution(), given["tool"], given["arguments"], tools)

    if FUNCTION_ID not in registry:
        registry.add(Function(FUNCTION_ID, work, (), retries=0, builtin=True))


async def start_test(database: Database, bell: Bell, principal: Principal, tool: str, arguments: Mapping[str, Any], run_id: UUID) -> None:
    """Let a worker call the tool once, as this person wants it: nobody is asked. A repeat under the same id starts nothing.

    Raises Conflict where no worker has ever run.
    """
    given = {"tool": tool, "arguments": arguments}
    async with database.pool.acquire() as connection, connection.transaction():
        if await _start(connection, principal.tenant_id, given, run_id):
            await append(connection, principal, "tool.test", "tool", tool, {"run": ids.show("run", run_id), "arguments": arguments})
    await _ring(database, bell, run_id)


async def start_listing(database: Database, bell: Bell, principal: Principal, server: str, run_id: UUID, *, first: bool = False) -> None:
    """Let a worker ask an MCP server what it offers. With `first`, this person accepts what a server that was never listed offers."""
    given = {"server": server} | ({"by": principal.name} if first else {})
    async with database.pool.acquire() as connection, connection.transaction():
        if await _start(connection, principal.tenant_id, given, run_id) and not first:
            await append(connection, principal, "mcp_server.list", "mcp_server", server, {"run": ids.show("run", run_id)})
    await _ring(database, bell, run_id)


async def _start(connection: Connection, tenant_id: UUID, given: Mapping[str, Any], run_id: UUID) -> bool:
    try:
        return await start_in(connection, tenant_id, FUNCTION_ID, to_json(given), run_id)
    except NotFound:
        raise Conflict("no worker has ever run here", hint="start one:  flowforge worker") from None


async def _ring(database: Database, bell: Bell, run_id: UUID) -> None:
    await shape_new_runs(database, [run_id])
    bell.ring(hints.READY)


async def _test(execution: Execution, name: str, arguments: Mapping[str, Any], tools: ToolRegistry) -> Any:
    nobody = AgentDefinition(name="test", model="none", tools=(name,))
    wanted = Wanted(execution.tenant_id, None, nobody, (name,), tools)
    records = await execution.durable("tool", "find", lambda: equip(execution.host.database, wanted))
    tool = revived(records, tools)[name]
    if isinstance(tool, LoopTool):
        raise NonRetryable(f"{name} acts in an agent's run, and cannot be called outside of one")
    tool.parameters.parse(arguments)
    await keep_pace(execution, tool, "test", parent="")
    return await execution.durable(
        "tool",
        name,
        lambda: call_tool(tool, "test", arguments),
        input=dict(arguments),
        identity="test",
        announce=True,
        options=step_options(tool),
        effectful=not tool.may_repeat,
    )


async def _list(execution: Execution, server: str, first_by: str | None) -> Any:
    async def ask() -> dict[str, Any]:
        caller = ToolCaller.now()
        pool = caller.database.pool
        try:
            listing = await list_server(execution.host, caller, server, first_by=first_by)
        except (ToolFailed, NotFound) as error:
            there = await find_mcp_server(pool, execution.tenant_id, server)
            await note_failure(pool, execution.tenant_id, there.server_id, caller.hide(error.message))
            raise NonRetryable(error.message) from None
        return {"tools": [tool.name for tool in listing.tools], "refused": list(listing.refused)}

    return await execution.durable("tool", f"list {server}", ask, announce=True, options=StepOptions(retries=0))
