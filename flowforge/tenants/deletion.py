"""Deleting a tenant: all its rows in every table, in batches. How far it has got is the data itself, so a kill at any moment costs
nothing but the batch, and whoever asks again goes on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.access.tenant import Tenant
from flowforge.audit import log as audit
from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput
from flowforge.tenants.life import find_tenant
from flowforge.tenants.tables import Table, tables_of_tenants

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

BATCH_ROWS = 2_000
WORK_SECONDS = 2.0
# Requests that were let in before the suspension have ended by then; what a worker had leased may take longer to leave it.
QUIET = timedelta(seconds=10)
LEASES = timedelta(minutes=5)

sql = load_queries("flowforge.tenants")


async def delete_tenant(
    database: Database, by: Principal, tenant: Tenant, *, confirm: str, seconds: float = WORK_SECONDS, clock: Clock = SYSTEM_CLOCK
) -> Tenant | None:
    """Delete for at most so many seconds; None once nothing is left. Call it again until then: it goes on where it stopped.

    Raises InvalidInput unless `confirm` is the tenant's name, Conflict unless it is suspended. There is no way back from the first call on.

        while await delete_tenant(database, by, tenant, confirm="acme"): ...
    """
    if confirm != tenant.name:
        raise InvalidInput(f"to delete the tenant, say its name: {tenant.name!r}", pointer="/confirm")
    await _begin(database, by, tenant)
    until = clock.monotonic() + seconds
    tables = await tables_of_tenants(database.pool)
    while True:
        done, going_on = await _delete_some(database, by, tenant, tables)
        if done:
            return None
        if not going_on or clock.monotonic() >= until:
            return await find_tenant(database.pool, ids.show("tnt", tenant.tenant_id))


async def _begin(database: Database, by: Principal, tenant: Tenant) -> None:
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.lock_tenant.fetchrow(connection, tenant_id=tenant.tenant_id)
        if row is None or row["state"] == "deleting":
            return
        if row["state"] != "suspended":
            raise Conflict(f"the tenant {tenant.name!r} is {row['state']}; only a suspended one is deleted", hint="suspend it first")
        await sql.begin_deletion.execute(connection, tenant_id=tenant.tenant_id)
        await audit.append(connection, by, "tenant.begin_deletion", "tenant", tenant.name)


async def _delete_some(database: Database, by: Principal, tenant: Tenant, tables: Sequence[Table]) -> tuple[bool, bool]:
    """One batch in one transaction: whether nothing is left, and whether there is something to be done at once."""
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.lock_tenant.fetchrow(connection, tenant_id=tenant.tenant_id)
        if row is None:
            return True, False
        since = row["now"] - row["suspended_at"]
        if since < QUIET or (since < LEASES and await sql.has_leased_runs.fetchval(connection, tenant_id=tenant.tenant_id)):
            return False, False
        deleted = await _delete_rows(connection, tenant.tenant_id, tables)
        await sql.count_deleted.execute(connection, tenant_id=tenant.tenant_id, rows=deleted)
        if deleted:
            return False, True
        await sql.delete_tenant.execute(connection, tenant_id=tenant.tenant_id)
        await audit.append(connection, by, "tenant.delete", "tenant", tenant.name, {"rows": row["deleted_rows"]})
        return True, False


async def _delete_rows(connection: Connection, tenant_id: UUID, tables: Sequence[Table]) -> int:
    """At most a batch of rows: first accounts of people who are of this tenant alone, then of the first tables that still have some."""
    await sql.delete_marks.execute(connection, tenant_id=tenant_id)
    await sql.end_sessions.execute(connection, tenant_id=tenant_id)
    deleted = len(await sql.delete_lone_accounts.fetch(connection, tenant_id=tenant_id, limit=BATCH_ROWS))
    for table in tables:
        if table.name != "tenant" and deleted < BATCH_ROWS:
            status = await connection.execute(table.delete, tenant_id, BATCH_ROWS - deleted)
            deleted += int(status.rpartition(" ")[2])
    return deleted
