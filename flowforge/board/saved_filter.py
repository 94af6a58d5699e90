"""Saved filters: questions to the board under a name, a person's own or shared with the tenant.

A filter holds parameters of the list of tasks, which the door that takes them has checked. `me` as an assignee is whoever asks with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board import text
from flowforge.board.inbox import holder_of
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, NotFound

ME = "me"
QUERY_CHARACTERS_MAX = 8000
FILTERS_MAX = 200  # of one person, and of the tenant


@dataclass(frozen=True)
class SavedFilter:
    """A question under a name. `person_id` is None for one that is shared with the tenant."""

    filter_id: UUID
    person_id: UUID | None
    name: str
    query: dict[str, Any]
    revision: int
    created_by: str
    created_at: datetime
    updated_at: datetime

    @property
    def shared(self) -> bool:
        return self.person_id is None


async def create_filter(
    database: Database, principal: Principal, name: str, query: Mapping[str, Any], *, shared: bool = False, filter_id: UUID | None = None
) -> SavedFilter:
    """Save a filter; a repeat under the same id saves none. Raises InvalidInput for a name or query that cannot be kept,
    Conflict when the name is taken or there are as many as there may be, NotFound for a caller who is no person and wants one of their own.

        await create_filter(database, principal, "mine", {"assignee": "me", "column": "Doing"})
    """
    name = text.line(name, "/name", max_characters=text.NAME_CHARACTERS_MAX)
    checked = _checked(query)
    async with database.pool.acquire() as connection, connection.transaction():
        person_id = None if shared else (await holder_of(connection, principal)).person_id
        filter_id = filter_id or ids.new_id()
        if (known := await _load(connection, principal, filter_id)) is not None:
            return known
        of = {"tenant_id": principal.tenant_id, "person_id": person_id}
        if await sql.count_filters.fetchval(connection, **of) >= FILTERS_MAX:
            raise Conflict(f"there are {FILTERS_MAX} filters already", hint="delete some first")
        row = await sql.create_filter.fetchrow(
            connection,
            **of,
            filter_id=filter_id,
            name=name,
            query=checked,
            created_by_kind=principal.kind,
            created_by=principal.name,
        )
        if row is None:
            raise Conflict(f"there is a filter {name!r} already", hint="choose another name, or change that one")
        await audit.append(connection, principal, "filter.create", "filter", name, {"query": dict(query), "shared": shared})
        return _filter(row)


async def change_filter(
    database: Database,
    principal: Principal,
    reference: str,
    *,
    name: str | None = None,
    query: Mapping[str, Any] | None = None,
    revision: int | None = None,
) -> SavedFilter:
    """Change a filter's name or query; with a `revision` only if it is still at that one. Raises as `create_filter` does, and NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        found = await find_filter(connection, principal, reference, lock=True)
        if revision is not None and revision != found.revision:
            raise Conflict(f"the filter is at revision {found.revision}, not {revision}", winner={"revision": found.revision})
        wanted = found.name if name is None else text.line(name, "/name", max_characters=text.NAME_CHARACTERS_MAX)
        asked = found.query if query is None else dict(query)
        if (wanted, asked) == (found.name, found.query):
            return found
        of = {"tenant_id": principal.tenant_id, "person_id": found.person_id}
        taken = await sql.filter_of_name.fetchval(connection, **of, name=wanted)
        if taken is not None and taken != found.filter_id:
            raise Conflict(f"there is a filter {wanted!r} already", hint="choose another name")
        row = await sql.change_filter.fetchrow(
            connection,
            tenant_id=principal.tenant_id,
            filter_id=found.filter_id,
            name=wanted,
            query=_checked(asked),
        )
        await audit.append(connection, principal, "filter.update", "filter", wanted, {"query": asked, "shared": found.shared})
        return _filter(row)


async def delete_filter(database: Database, principal: Principal, reference: str) -> None:
    """Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        found = await find_filter(connection, principal, reference, lock=True)
        await sql.delete_filter.execute(connection, tenant_id=principal.tenant_id, filter_id=found.filter_id)
        await audit.append(connection, principal, "filter.delete", "filter", found.name, {"shared": found.shared})


async def list_filters(connection: Connection, principal: Principal, *, after: UUID | None = None, limit: int = 50) -> list[SavedFilter]:
    """The caller's own and the shared ones, in the order in which they were made."""
    rows = await sql.list_filters.fetch(connection, **await _seen_by(connection, principal), after=after, limit=limit)
    return [_filter(row) for row in rows]


async def find_filter(connection: Connection, principal: Principal, reference: str, *, lock: bool = False) -> SavedFilter:
    """The filter of that id or name, as the caller may see it: their own before a shared one of the same name. Raises NotFound."""
    seen = await _seen_by(connection, principal)
    row = None
    if text.storable(reference):
        query = sql.lock_filter if lock else sql.find_filter
        row = await query.fetchrow(connection, **seen, filter_id=ids.parse("flt", reference), name=reference)
    if row is None:
        known = [found["name"] for found in await sql.list_filters.fetch(connection, **seen, after=None, limit=2 * FILTERS_MAX)]
        raise NotFound("filter", reference[:100], known)
    return _filter(row)


async def resolve_filter(connection: Connection, caller: Principal, name: str) -> dict[str, Any]:
    """The parameters of the list of tasks that a filter stands for, by its name or id; `me` is the caller. Raises NotFound.

    wanted = await resolve_filter(connection, caller, "mine")
    """
    query = (await find_filter(connection, caller, name)).query
    return {parameter: caller.name if (parameter, value) == ("assignee", ME) else value for parameter, value in query.items()}


def _checked(query: Mapping[str, Any]) -> str:
    written = json.dumps(dict(query), ensure_ascii=False)
    return text.body(written, "/query", max_characters=QUERY_CHARACTERS_MAX)


async def _seen_by(connection: Connection, principal: Principal) -> dict[str, Any]:
    """Whose filters the caller sees beside the shared ones: nobody's, where no person asks."""
    person_id = None
    if principal.kind == "person":
        row = await sql.inbox_person.fetchrow(connection, tenant_id=principal.tenant_id, person_id=principal.id, name=principal.name)
        person_id = None if row is None else row["person_id"]
    return {"tenant_id": principal.tenant_id, "person_id": person_id}


async def _load(connection: Connection, principal: Principal, filter_id: UUID) -> SavedFilter | None:
    seen = await _seen_by(connection, principal)
    row = await sql.find_filter.fetchrow(connection, **seen, filter_id=filter_id, name="")
    return None if row is None else _filter(row)


def _filter(row: Any) -> SavedFilter:
    return SavedFilter(**{**row, "query": json.loads(row["query"])})
