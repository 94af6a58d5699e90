"""Who can sign in to a tenant, and as what. A tenant always keeps one admin who can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flowforge import ids
from flowforge.access.account import Account, sql
from flowforge.access.permission import OF_THE_DEPLOYMENT, ROLES, Role
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, NotFound


@dataclass(frozen=True)
class Member:
    """Somebody who can sign in to a tenant. `totp`: with a second factor."""

    person_id: UUID
    account_id: UUID
    name: str
    email: str
    role: Role
    operator: bool
    totp: bool
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True)
class Workplace:
    """A tenant that an account can work in."""

    tenant_id: UUID
    name: str
    role: Role


async def tenants_of(connection: Connection, account_id: UUID) -> Sequence[Workplace]:
    """The tenants that an account can work in now, by name."""
    return [Workplace(**row) for row in await sql.list_tenants_of.fetch(connection, account_id=account_id)]


async def list_members(connection: Connection, tenant_id: UUID, limit: int, after: UUID | None) -> Sequence[Member]:
    """In the order in which they were added."""
    return [Member(**row) for row in await sql.list_members.fetch(connection, tenant_id=tenant_id, limit=limit, after=after)]


async def find_member(connection: Connection, tenant_id: UUID, person_id: UUID) -> Member:
    """Raises NotFound."""
    row = await sql.find_member.fetchrow(connection, tenant_id=tenant_id, person_id=person_id)
    if row is None:
        raise NotFound("person", ids.show("usr", person_id))
    return Member(**row)


async def find_membership(connection: Connection, tenant_id: UUID, account_id: UUID) -> Member | None:
    """What an account is in a tenant."""
    row = await sql.find_membership.fetchrow(connection, tenant_id=tenant_id, account_id=account_id)
    return None if row is None else Member(**row)


async def person_permissions(database: Database, tenant_id: UUID, person_id: UUID) -> frozenset[str]:
    """What a person may in a tenant at this moment: nothing, when they are disabled or gone. Takes the whole database."""
    row = await sql.find_member.fetchrow(database.pool, tenant_id=tenant_id, person_id=person_id)
    if row is None or row["disabled_at"] is not None:
        return frozenset()
    role: Role = row["role"]
    return ROLES[role] | (OF_THE_DEPLOYMENT if row["operator"] else frozenset())


async def add_member(connection: Connection, tenant_id: UUID, account: Account, name: str, role: Role) -> UUID:
    """Let an account into a tenant; their person's id. Raises Conflict when they are in it, or the name is somebody else's there."""
    if await find_membership(connection, tenant_id, account.account_id) is not None:
        raise Conflict("this account is in the tenant already", hint="sign in with it")
    person_id = await sql.add_member.fetchval(
        connection, tenant_id=tenant_id, person_id=ids.new_id(), name=name, account_id=account.account_id, role=role
    )
    if person_id is None:
        raise Conflict(f"there is a user {name!r} already", hint="take another name")
    return UUID(str(person_id))


async def change_member(
    database: Database, principal: Principal, person_id: UUID, *, role: Role | None = None, disabled: bool | None = None
) -> Member:
    """Give somebody another role, or shut them out and let them in again. Their sessions in the tenant end.

    Raises NotFound, and Conflict for the last admin.
    """
    tenant_id = principal.tenant_id
    async with database.pool.acquire() as connection, connection.transaction():
        admins = await lock_admins(connection, tenant_id)
        before = await find_member(connection, tenant_id, person_id)
        wanted_role = role or before.role
        was_disabled = await sql.is_disabled.fetchval(connection, tenant_id=tenant_id, person_id=person_id)
        wanted_disabled = was_disabled if disabled is None else disabled
        if wanted_role != "admin" or wanted_disabled:
            _keep_an_admin(admins, person_id)
        await sql.change_member.execute(connection, tenant_id=tenant_id, person_id=person_id, role=wanted_role, disabled=wanted_disabled)
        if (wanted_role, wanted_disabled) != (before.role, was_disabled):
            await sql.end_sessions_in.execute(connection, account_id=before.account_id, tenant_id=tenant_id)
            detail = {"role": wanted_role, "disabled": wanted_disabled, "role_before": before.role}
            await audit.append(connection, principal, "person.change", "user", before.name, detail)
        return await find_member(connection, tenant_id, person_id)


async def remove_member(database: Database, principal: Principal, person_id: UUID) -> None:
    """Take somebody out of the tenant; what they did stays under their name. An account that works nowhere then goes, but an operator's.

    Raises NotFound, and Conflict for the last admin.
    """
    async with database.pool.acquire() as connection, connection.transaction():
        admins = await lock_admins(connection, principal.tenant_id)
        member = await find_member(connection, principal.tenant_id, person_id)
        _keep_an_admin(admins, person_id)
        await sql.remove_member.execute(connection, tenant_id=principal.tenant_id, person_id=person_id)
        await sql.end_sessions_in.execute(connection, account_id=member.account_id, tenant_id=principal.tenant_id)
        gone = await sql.delete_lone_account.fetchval(connection, account_id=member.account_id) is not None
        await audit.append(connection, principal, "person.remove", "user", member.name, {"role": member.role, "account_deleted": gone})


async def lock_admins(connection: Connection, tenant_id: UUID) -> set[UUID]:
    """Those who can act, locked."""
    rows = await sql.lock_admins.fetch(connection, tenant_id=tenant_id)
    return {row["person_id"] for row in rows if row["active"]}


def _keep_an_admin(admins: set[UUID], leaving: UUID) -> None:
    if admins == {leaving}:
        raise Conflict("this is the tenant's last admin", hint="make somebody else an admin first")
