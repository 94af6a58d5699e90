"""The people of a tenant, whom cards can be assigned to. (The API calls them users.)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flowforge import ids
from flowforge.access.permission import Role
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board import text
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.errors import Conflict


@dataclass(frozen=True)
class Person:
    """Somebody who can be given a card."""

    person_id: UUID
    name: str
    created_at: datetime
    role: Role | None = None  # None: takes cards, and cannot sign in


async def create_person(database: Database, principal: Principal, name: str, *, person_id: UUID | None = None) -> Person:
    """Add a person; a repeat under the same `person_id` adds nobody. Raises InvalidInput for a name that cannot be one, and
    Conflict when the name is taken.

    mira = await create_person(database, principal, "mira")
    """
    name = text.line(name, "/name", max_characters=text.NAME_CHARACTERS_MAX)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.create_person.fetchrow(connection, tenant_id=principal.tenant_id, person_id=person_id or ids.new_id(), name=name)
        if row is not None:
            await audit.append(connection, principal, "user.create", "user", name)
            return Person(**row)
        row = await sql.person_named.fetchrow(connection, tenant_id=principal.tenant_id, name=name)
        if row["person_id"] != person_id:
            raise Conflict(f"there is a user {name!r} already")
        return Person(**row)


async def list_people(database: Database, tenant_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[Person]:
    """The people of a tenant, in the order in which they were added. Raises InvalidInput for an unknown cursor."""
    rows = await sql.list_people.fetch(database.pool, tenant_id=tenant_id, after=read_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit, "person_id", lambda row: Person(**row))
