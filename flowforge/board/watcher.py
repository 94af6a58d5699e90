"""Watchers: the people who hear of what is said on a card. Whoever makes it, has it, answers for it, speaks on it or is named on it
watches it by itself; whoever stops watching is not made to watch again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board.card import find_card
from flowforge.board.inbox import holder_of
from flowforge.board.queries import sql
from flowforge.board.text import storable
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import NotFound

ME = "me"
WATCHERS_SHOWN_MAX = 200


@dataclass(frozen=True)
class Watcher:
    """A person who watches a card."""

    person_id: UUID
    name: str
    since: datetime


async def watch(database: Database, principal: Principal, reference: str, person: str = ME) -> Watcher:
    """Let a person (a name, an id, or `me`) watch a card. Raises NotFound for an unknown task or person.

    await watch(database, principal, "FF-1", "mira")
    """
    return await _set(database, principal, reference, person, watching=True)


async def unwatch(database: Database, principal: Principal, reference: str, person: str = ME) -> None:
    """Let a person watch a card no more, whatever they do on it from now on. Raises NotFound for an unknown task or person."""
    await _set(database, principal, reference, person, watching=False)


async def list_watchers(database: Database, tenant_id: UUID, reference: str, *, after: str | None = None, limit: int = 50) -> list[Watcher]:
    """Who watches a card, by name. Raises NotFound for an unknown task."""
    async with database.pool.acquire() as connection:
        task_id = await find_card(connection, tenant_id, reference)
        rows = await sql.list_watchers.fetch(connection, tenant_id=tenant_id, task_ids=[task_id], after=after, limit=limit)
    return [Watcher(row["person_id"], row["name"], row["since"]) for row in rows]


async def watchers_of(connection: Connection, tenant_id: UUID, task_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The names of those who watch these cards."""
    found: dict[UUID, list[str]] = defaultdict(list)
    wanted = {"task_ids": list(task_ids), "after": None, "limit": WATCHERS_SHOWN_MAX}
    for row in await sql.list_watchers.fetch(connection, tenant_id=tenant_id, **wanted):
        found[row["task_id"]].append(row["name"])
    return {task_id: tuple(names) for task_id, names in found.items()}


async def _set(database: Database, principal: Principal, reference: str, person: str, *, watching: bool) -> Watcher:
    async with database.pool.acquire() as connection, connection.transaction():
        task_id = await find_card(connection, principal.tenant_id, reference)
        person_id, name = await _person(connection, principal, person)
        of = {"tenant_id": principal.tenant_id, "task_id": task_id, "person_id": person_id}
        if await sql.set_watching.fetchval(connection, **of, watching=watching) is not None:
            act = "task.watch" if watching else "task.unwatch"
            await audit.append(connection, principal, act, "task", reference.upper(), {"user": name})
        row = await sql.find_watcher.fetchrow(connection, **of)
    return Watcher(person_id, name, row["since"])


async def _person(connection: Connection, principal: Principal, person: str) -> tuple[UUID, str]:
    if person == ME:
        holder = await holder_of(connection, principal)
        return holder.person_id, holder.name
    row = None
    if (person_id := ids.parse("usr", person)) is not None:
        row = await sql.inbox_person.fetchrow(connection, tenant_id=principal.tenant_id, person_id=person_id, name=None)
    elif storable(person):
        row = await sql.inbox_person.fetchrow(connection, tenant_id=principal.tenant_id, person_id=None, name=person)
    if row is None:
        known = [found["name"] for found in await sql.person_names.fetch(connection, tenant_id=principal.tenant_id)]
        raise NotFound("user", person[:100], known)
    return row["person_id"], row["name"]


def is_oneself(principal: Principal, person: str) -> bool:
    """Whether a name or an id is that of the person who asks."""
    by_id = principal.id is not None and ids.parse("usr", person) == principal.id
    return principal.kind == "person" and (by_id or person == principal.name)
