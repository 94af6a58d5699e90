"""Pausing one run: an operator's act, kept on the run's owner row, so that it outlasts workers, deploys and restarts.

A run that no worker executes is paused at once. A leased one is flagged: its worker begins nothing more, lets the bodies in
flight end, stores their results, and hands it back. Whoever hands it back for another reason (a worker that stops, a rescue)
pauses it as well.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict
from flowforge.orchestrator import hints
from flowforge.orchestrator.run import find_run

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

MAX_REASON = 500

sql = load_queries("flowforge.orchestrator")


async def pause_run(database: Database, principal: Principal, run_id: UUID, *, reason: str | None = None, bell: Bell | None = None) -> None:
    """Pause an open run. Repeating it is harmless. Raises Conflict when it has ended."""
    async with database.pool.acquire() as connection, connection.transaction():
        if not await pause_in(connection, principal, run_id, reason=reason):
            raise Conflict(f"run {ids.label(run_id)} has ended, or never was")
        await append(connection, principal, "run.pause", "run", ids.show("run", run_id), {"reason": reason} if reason else {})
    if bell is not None:
        bell.ring(hints.WAKE, run_id.hex)


async def pause_in(
    connection: Connection, principal: Principal, run_id: UUID, *, reason: str | None = None, because: str | None = None, stop: bool = False
) -> bool:
    """`pause_run` inside the caller's transaction, who writes the audit entry. False: it has ended. `because`: all that is told.

    `stop`: the bodies in flight are cancelled, not awaited.
    """
    if await sql.lock_owner.fetchrow(connection, tenant_id=principal.tenant_id, run_id=run_id) is None:
        return False
    text = because or f"paused by {principal.name}" + (f": {reason[:MAX_REASON]}" if reason else "")
    frame = json.dumps({"run": ids.show("run", run_id), "reason": text})
    await sql.pause_run.fetchval(connection, tenant_id=principal.tenant_id, run_id=run_id, reason=text, frame=frame, stop=stop)
    return True


async def resume_run(database: Database, principal: Principal, run_id: UUID, *, bell: Bell | None = None) -> None:
    """Let a paused run go on, also one that the engine paused. Raises Conflict when it is not paused, NotFound for an unknown one."""
    async with database.pool.acquire() as connection, connection.transaction():
        if not await resume_in(connection, principal.tenant_id, run_id):
            view = await find_run(connection, principal.tenant_id, run_id.hex)
            raise Conflict(f"run {view.label} is {view.state}, not paused", winner={"state": view.state})
        await append(connection, principal, "run.resume", "run", ids.show("run", run_id))
    if bell is not None:
        bell.ring(hints.READY, hints.WAKE, run_id.hex)


async def resume_in(connection: Connection, tenant_id: UUID, run_id: UUID) -> bool:
    """`resume_run` inside the caller's transaction, who writes the audit entry. False: it was not paused.

    A step that the run was paused for, because it failed there, is tried again.
    """
    owner = await sql.lock_owner.fetchrow(connection, tenant_id=tenant_id, run_id=run_id)
    if owner is not None and owner["parked_for"] == "p" and owner["failed_key"] is not None:
        await sql.resume_run.execute(connection, tenant_id=tenant_id, run_id=run_id, failed_key=owner["failed_key"])
        return True
    return await sql.resume_paused_run.fetchval(connection, tenant_id=tenant_id, run_id=run_id) is not None
