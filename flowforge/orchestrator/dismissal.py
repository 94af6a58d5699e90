"""Dismissing a failure: somebody has seen it. The run stays as it is; the list of failures to look at gets shorter."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

sql = load_queries("flowforge.orchestrator")


async def dismiss_failure(database: Database, principal: Principal, run_id: UUID, *, undo: bool = False) -> None:
    """Take a failed run off the list of failures, or put it back. Repeating it is harmless. Raises Conflict when it has not failed."""
    async with database.pool.acquire() as connection, connection.transaction():
        if not await dismiss_in(connection, principal, run_id, undo=undo):
            raise Conflict(f"run {ids.label(run_id)} has not failed")
        await append(connection, principal, "run.undismiss" if undo else "run.dismiss", "run", ids.show("run", run_id))


async def dismiss_in(connection: Connection, principal: Principal, run_id: UUID, *, undo: bool = False) -> bool:
    """`dismiss_failure` inside the caller's transaction, who writes the audit entry. False: it has not failed."""
    by = None if undo else principal.name
    return await sql.dismiss_failure.fetchval(connection, tenant_id=principal.tenant_id, run_id=run_id, by=by) is not None
