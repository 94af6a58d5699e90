"""What a principal does to runs: the act and its audit entry in one transaction, the hints after it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit.log import append
from flowforge.db.database import Database
from flowforge.errors import Conflict
from flowforge.orchestrator import hints
from flowforge.orchestrator.dispatch import shape_new_runs
from flowforge.orchestrator.event import wake_parents
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.run import RunView, cancel_in, find_run, start_in
from flowforge.orchestrator.signal import signal_in


async def start(database: Database, bell: Bell, principal: Principal, function_id: str, input_json: str, run_id: UUID) -> RunView:
    """Start a function by its id. Repeating it with the same run id makes no second run. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        if await start_in(connection, principal.tenant_id, function_id, input_json, run_id, test=principal.test):
            await append(connection, principal, "run.start", "run", ids.show("run", run_id), {"function": function_id})
    await shape_new_runs(database, [run_id])
    bell.ring(hints.READY)
    return await find_run(database.pool, principal.tenant_id, run_id.hex)


async def cancel(database: Database, bell: Bell, principal: Principal, run: RunView) -> RunView:
    """Cancel `run` and give it as it is then. Repeating it is harmless. Raises Conflict when the run had ended otherwise."""
    async with database.pool.acquire() as connection, connection.transaction():
        was_open, has_parent = await cancel_in(connection, principal.tenant_id, run.run_id, by=principal.name)
        if was_open:
            await append(connection, principal, "run.cancel", "run", run.id, {"function": run.function})
    if has_parent:
        await wake_parents(database, [(principal.tenant_id, run.run_id)], bell=bell)
    bell.ring(hints.READY, hints.WAKE, run.run_id.hex)
    now = await find_run(database.pool, principal.tenant_id, run.run_id.hex)
    if not was_open and now.state != "cancelled":
        raise Conflict(f"run {now.label} has {now.state} already", winner={"state": now.state})
    return now


async def signal(database: Database, bell: Bell, principal: Principal, run: RunView, name: str, data: Any, signal_id: UUID) -> None:
    """Send a signal to `run`. Repeating it with the same id is harmless. Raises Conflict when the run has ended."""
    async with database.pool.acquire() as connection, connection.transaction():
        if await signal_in(connection, principal.tenant_id, run.run_id, name, data, signal_id):
            await append(connection, principal, "run.signal", "run", run.id, {"signal": name})
    bell.ring(hints.READY, hints.WAKE)
