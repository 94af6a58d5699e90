"""Deleting a run: it and everything that is its own, in one transaction, whatever state it is in.

A worker that executes it finds its owner row gone, as after a lost lease, and drops it. A parent that waits for it is told that
its child was deleted; its children live on without a parent. Its usage (what it cost) and the audit log's entries stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, NotFound
from flowforge.orchestrator import hints

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

sql = load_queries("flowforge.orchestrator")


async def delete_run(database: Database, principal: Principal, run_id: UUID, *, force: bool = False, bell: Bell | None = None) -> None:
    """Delete a run; with `force` also one that has not ended. Raises NotFound, and Conflict for an open one without `force`."""
    async with database.pool.acquire() as connection, connection.transaction():
        if not await delete_in(connection, principal.tenant_id, run_id, force=force):
            raise Conflict(f"run {ids.label(run_id)} has not ended", hint="cancel it first, or delete it by force")
        await append(connection, principal, "run.delete", "run", ids.show("run", run_id), {"force": True} if force else {})
    if bell is not None:
        bell.ring(hints.READY, hints.WAKE, run_id.hex)


async def delete_batch(connection: Connection, tenant_id: UUID, run_ids: Sequence[UUID], *, force: bool = False) -> set[UUID]:
    """Delete several runs inside the caller's transaction, those that are gone already apart. Returns those that are open, and stay."""
    await sql.lock_batch.fetch(connection, tenant_id=tenant_id, run_ids=list(run_ids))
    stay: set[UUID] = set()
    for run_id in run_ids:
        with suppress(NotFound):
            if not await delete_in(connection, tenant_id, run_id, force=force):
                stay.add(run_id)
    return stay


async def delete_events(connection: Connection, tenant_id: UUID, event_ids: Sequence[UUID]) -> set[UUID]:
    """Delete events inside the caller's transaction. Returns those that stay: unmatched yet, or still waited for."""
    rows = await sql.events_in_use.fetch(connection, tenant_id=tenant_id, event_ids=list(event_ids))
    stay = {row["event_id"] for row in rows}
    await sql.drop_events.execute(connection, tenant_id=tenant_id, event_ids=[one for one in event_ids if one not in stay])
    return stay


async def delete_in(connection: Connection, tenant_id: UUID, run_id: UUID, *, force: bool = False) -> bool:
    """`delete_run` inside the caller's transaction, who writes the audit entry. False: it is open, and stays. Raises NotFound."""
    place = {"tenant_id": tenant_id, "run_id": run_id}
    is_open = any(row["run_id"] == run_id for row in await sql.lock_for_deletion.fetch(connection, **place))
    if is_open and not force:
        return False
    await sql.release_relatives.execute(connection, **place)
    await sql.disown_run.execute(connection, **place)
    if not await sql.delete_runs.fetch(connection, tenant_id=tenant_id, run_ids=[run_id]):
        raise NotFound("run", ids.show("run", run_id))
    return True
