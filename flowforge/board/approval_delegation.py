"""Handing one's approvals on: somebody is away, and until a day another person of the same role decides for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.queries import sql
from flowforge.board.vote import find_voter
from flowforge.clock import SYSTEM_CLOCK
from flowforge.db.database import Database
from flowforge.errors import Conflict, InvalidInput, NotFound


@dataclass(frozen=True)
class Delegation:
    """Who decides for whom, until when."""

    delegation_id: UUID
    from_name: str
    to_name: str
    expires_at: datetime
    created_by: str
    created_at: datetime
    ended_at: datetime | None

    @property
    def id(self) -> str:
        return ids.show("dlg", self.delegation_id)


async def hand_on(database: Database, principal: Principal, *, to: str, until: datetime, delegation_id: UUID | None = None) -> Delegation:
    """Let another person of one's own role decide what is for oneself. One at a time: it takes the place of an earlier one.

    Raises InvalidInput for who is of another role, and for a day that has passed; Conflict for who is no person.
    """
    if until <= SYSTEM_CLOCK.now():
        raise InvalidInput("that moment has passed", pointer="/until")
    delegation_id = delegation_id or ids.new_id()
    async with database.pool.acquire() as connection, connection.transaction():
        voter = await find_voter(connection, principal)
        if not voter.place.startswith("person:"):
            raise Conflict("only a person hands approvals on")
        await _check(connection, principal.tenant_id, voter.name, voter.role, to)
        of = {"tenant_id": principal.tenant_id, "from_name": voter.name}
        await sql.end_delegations_of.fetch(connection, **of, besides=delegation_id)
        made = await sql.insert_delegation.fetchval(
            connection, **of, delegation_id=delegation_id, to_name=to, expires_at=until, created_by=principal.name
        )
        if made is not None:
            detail = {"to": to, "until": until.isoformat()}
            await audit.append(connection, principal, "approval_delegation.create", "approval_delegation", voter.name, detail)
        return await _find(connection, principal.tenant_id, delegation_id)


async def hand_back(database: Database, principal: Principal, reference: str) -> None:
    """End a delegation: of one's own, or, for an admin, of anybody's. Raises NotFound."""
    delegation_id = ids.parse("dlg", reference)
    async with database.pool.acquire() as connection, connection.transaction():
        found = None if delegation_id is None else await _row(connection, principal.tenant_id, delegation_id)
        voter = await find_voter(connection, principal)
        if found is None or (voter.role != "admin" and voter.name not in (found["from_name"], found["to_name"])):
            raise NotFound("delegation", reference[:80])
        await sql.end_delegation.execute(connection, tenant_id=principal.tenant_id, delegation_id=delegation_id)
        if found["ended_at"] is None:
            await audit.append(connection, principal, "approval_delegation.end", "approval_delegation", found["from_name"])


async def list_delegations(database: Database, tenant_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[Delegation]:
    """Those that hold now, oldest first. Raises InvalidInput for an unknown cursor."""
    rows = await sql.list_delegations.fetch(database.pool, tenant_id=tenant_id, after=read_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit, "delegation_id", lambda row: Delegation(**row))


async def _check(connection: Any, tenant_id: UUID, name: str, role: str | None, to: str) -> None:
    if to == name:
        raise InvalidInput("hand them on to somebody else", pointer="/to")
    found = await sql.find_role.fetchval(connection, tenant_id=tenant_id, name=to) if "\0" not in to else None
    if found is None:
        raise InvalidInput(f"there is no member {to[:100]!r}", pointer="/to")
    if found != role:
        raise InvalidInput(f"{to} is {found}, and you are {role or 'neither'}: approvals go to the same role", pointer="/to")


async def _row(connection: Any, tenant_id: UUID, delegation_id: UUID) -> Any:
    return await sql.find_delegation.fetchrow(connection, tenant_id=tenant_id, delegation_id=delegation_id)


async def _find(connection: Any, tenant_id: UUID, delegation_id: UUID) -> Delegation:
    return Delegation(**await _row(connection, tenant_id, delegation_id))
