"""Versions: a run made under `version=` is executed by that version alone, until somebody moves it to another.

The pin stands on the owner row, where claims look. `run.version` keeps what the run was recorded by, so that a run which is moved
replays the steps of its old version with a recorded warning instead of an error where their arguments differ now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict
from flowforge.orchestrator import hints

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

sql = load_queries("flowforge.orchestrator")


async def move_run(database: Database, principal: Principal, run_id: UUID, version: str | None, *, bell: Bell | None = None) -> None:
    """Pin an open run to another version of its function; None: whichever a worker has. Raises Conflict when it has ended.

    A worker that executes it now goes on with the code that it has until the run next leaves it.
    """
    async with database.pool.acquire() as connection, connection.transaction():
        if not await move_in(connection, principal.tenant_id, run_id, version):
            raise Conflict(f"run {ids.label(run_id)} has ended, or never was")
        await append(connection, principal, "run.move", "run", ids.show("run", run_id), {"version": version})
    if bell is not None:
        bell.ring(hints.READY)


async def move_in(connection: Connection, tenant_id: UUID, run_id: UUID, version: str | None) -> bool:
    """`move_run` inside the caller's transaction, who writes the audit entry. False: it has ended."""
    return await sql.move_run.fetchval(connection, tenant_id=tenant_id, run_id=run_id, version=version) is not None
