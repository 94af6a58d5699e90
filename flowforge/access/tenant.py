"""A tenant: who owns the rows. Every query names one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from flowforge.db.queries import Connection, load_queries
from flowforge.errors import InvalidInput, NotFound
from flowforge.ids import new_id, show

NAME_CHARACTERS_MAX = 100

State = Literal["active", "suspended", "deleting"]

sql = load_queries("flowforge.access")


@dataclass(frozen=True)
class Tenant:
    """One tenant of this deployment."""

    tenant_id: UUID
    name: str
    created_at: datetime
    state: State = "active"
    suspended_at: datetime | None = None
    reason: str | None = None  # why it is suspended
    deleted_rows: int = 0  # while it is deleting


async def find_or_create_tenant(connection: Connection, name: str) -> Tenant:
    """The tenant of that name, made on its first use; two callers at once get the same one.

    Raises InvalidInput for a name that is empty, too long, or holds control characters.

        tenant = await find_or_create_tenant(database.pool, "acme")
    """
    check_name(name)
    row = await sql.find_tenant.fetchrow(connection, name=name)
    if row is None:
        await sql.create_tenant.execute(connection, tenant_id=new_id(), name=name)
        row = await sql.find_tenant.fetchrow(connection, name=name)
    return Tenant(**row)


async def inactive_tenants(connection: Connection) -> frozenset[UUID]:
    """Those that are suspended or being deleted: nobody of them gets in."""
    return frozenset(tenant_id for (tenant_id,) in await sql.inactive_tenants.fetch(connection))


async def find_tenant(connection: Connection, name: str) -> Tenant | None:
    """The tenant of that name, if there is one."""
    row = await sql.find_tenant.fetchrow(connection, name=name)
    return None if row is None else Tenant(**row)


async def load_tenant_name(connection: Connection, tenant_id: UUID) -> str:
    """What that tenant is called. Raises NotFound."""
    name: str | None = await sql.tenant_name.fetchval(connection, tenant_id=tenant_id)
    if name is None:
        raise NotFound("tenant", show("tnt", tenant_id))
    return name


def check_name(name: str, *, pointer: str = "") -> None:
    """Raises InvalidInput for a name that no tenant can have."""
    if not name.strip() or len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
        raise InvalidInput(f"a tenant's name has 1 to {NAME_CHARACTERS_MAX} printable characters, {name[:40]!r} does not", pointer=pointer)
