"""Making, naming and suspending tenants. Every act is an entry in the log of whoever acts, so it outlives the tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.tenant import Tenant, check_name
from flowforge.audit import log as audit
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator import hints

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

REASON_MAX = 500

sql = load_queries("flowforge.tenants")


async def list_tenants(connection: Connection, limit: int, after: str = "") -> list[Tenant]:
    """By name, those behind `after`."""
    return [Tenant(**row) for row in await sql.list_tenants.fetch(connection, limit=limit, after=after)]


async def find_tenant(connection: Connection, text: str) -> Tenant:
    """By its name or its id. Raises NotFound with the nearest names."""
    tenant_id = ids.parse("tnt", text)
    row = await sql.find_tenant.fetchrow(connection, name=text, tenant_id=tenant_id)
    if row is None:
        raise NotFound("tenant", text, [name for (name,) in await sql.tenant_names.fetch(connection)])
    return Tenant(**row)


async def create_tenant(database: Database, by: Principal, name: str, *, tenant_id: UUID | None = None) -> Tenant:
    """Make a tenant. Raises InvalidInput for a name that cannot be one, Conflict for one that is taken.

    tenant = await create_tenant(database, by, "acme")
    """
    check_name(name, pointer="/name")
    wanted = tenant_id or ids.new_id()
    async with database.pool.acquire() as connection, connection.transaction():
        made = await sql.create_tenant.fetchval(connection, tenant_id=wanted, name=name)
        found = await find_tenant(connection, name)
        if made is not None:
            await audit.append(connection, by, "tenant.create", "tenant", name)
        elif found.tenant_id != wanted:
            raise Conflict(f"there is a tenant {name!r} already")
    return found


async def rename_tenant(database: Database, by: Principal, tenant_id: UUID, name: str) -> Tenant:
    """Give it another name; its id stays. Raises Conflict for a name that is taken, and for the default tenant."""
    check_name(name, pointer="/name")
    async with database.pool.acquire() as connection, connection.transaction():
        tenant = await _locked(connection, tenant_id)
        if tenant.name != name:
            if await sql.find_tenant.fetchrow(connection, name=name, tenant_id=None):
                raise Conflict(f"there is a tenant {name!r} already")
            await sql.rename_tenant.execute(connection, tenant_id=tenant_id, name=name)
            await audit.append(connection, by, "tenant.rename", "tenant", name, {"from": tenant.name})
        return await find_tenant(connection, name)


async def suspend_tenant(database: Database, by: Principal, tenant_id: UUID, reason: str | None = None) -> Tenant:
    """Nobody of it gets in, no run of it is leased anew, no schedule of it fires; its data stays. Repeating it changes nothing.

    What a worker executes at that moment goes on until it sleeps, waits or ends. Raises Conflict for the default tenant.
    """
    if reason is not None and len(reason) > REASON_MAX:
        raise InvalidInput(f"a reason has at most {REASON_MAX} characters", pointer="/reason")
    async with database.pool.acquire() as connection, connection.transaction():
        tenant = await _locked(connection, tenant_id)
        if tenant.state == "active":
            await sql.suspend.execute(connection, tenant_id=tenant_id, pause_id=ids.new_id(), reason=reason, by=by.name)
            await audit.append(connection, by, "tenant.suspend", "tenant", tenant.name, {"reason": reason})
        return await find_tenant(connection, tenant.name)


async def unsuspend_tenant(database: Database, by: Principal, tenant_id: UUID, *, bell: Bell | None = None) -> Tenant:
    """It goes on; its runs get turns of now. Raises Conflict when it is being deleted."""
    async with database.pool.acquire() as connection, connection.transaction():
        tenant = await _locked(connection, tenant_id)
        if tenant.state == "deleting":
            raise Conflict(f"the tenant {tenant.name!r} is being deleted; that cannot be taken back")
        if tenant.state == "suspended":
            await sql.unsuspend.execute(connection, tenant_id=tenant_id)
            await audit.append(connection, by, "tenant.unsuspend", "tenant", tenant.name)
        found = await find_tenant(connection, tenant.name)
    if bell is not None:
        bell.ring(hints.READY)
    return found


async def _locked(connection: Connection, tenant_id: UUID) -> Tenant:
    """The tenant, its row locked until the transaction ends. Raises NotFound, and Conflict for the one that a deployment always has."""
    row: Any = await sql.lock_tenant.fetchrow(connection, tenant_id=tenant_id)
    if row is None:
        raise NotFound("tenant", ids.show("tnt", tenant_id))
    if tenant_id == ids.DEFAULT_TENANT:
        raise Conflict("the default tenant is the deployment's own: it keeps its name, and cannot be suspended or deleted")
    return Tenant(**{name: value for name, value in row.items() if name != "now"})
