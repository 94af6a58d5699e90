"""Erasing what is held about one person: a look, a person's word, batches, and another look that says what is left.

The act is a row. Whoever carries it on (`carrier.py`) does one batch in one transaction together with the place it got to, so a death
between two batches costs nothing. It knows whom it is about until it ends, or for a day after its look where nobody confirms it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.privacy.match import MOST, Match

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

State = Literal["looking", "found", "erasing", "checking", "ended"]
UNCONFIRMED = timedelta(hours=24)  # how long a look is kept without a word

sql = load_queries("flowforge.privacy")


@dataclass(frozen=True)
class Erasure:
    """An act, as far as it has got.

    `found`: by kind, `count`, `open` (runs that go on), `sample` (ids) and `stays` (why erasing leaves it, else None). `erased`: counts
    by kind. `remaining`: what the last look has still seen, in the form of `found`.
    """

    erasure_id: UUID
    state: State
    kinds: tuple[str, ...]
    force: bool
    found: tuple[dict[str, Any], ...]
    erased: dict[str, int]
    remaining: tuple[dict[str, Any], ...]
    by: str
    created_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None

    @property
    def id(self) -> str:
        return self.erasure_id.hex


async def look_for(database: Database, principal: Principal, matches: Sequence[Match], *, erasure_id: UUID | None = None) -> Erasure:
    """Begin to look for what is held. Nothing is changed until `confirm`. Raises InvalidInput without a match, or with too many."""
    if not 0 < len(matches) <= MOST:
        raise InvalidInput(f"say whose data, by 1 to {MOST} matches", pointer="/match")
    erasure_id = erasure_id or ids.new_id()
    kinds = json.dumps([match.kind for match in matches])
    async with database.pool.acquire() as connection, connection.transaction():
        made = await sql.make_erasure.fetchval(
            connection,
            tenant_id=principal.tenant_id,
            erasure_id=erasure_id,
            matches=json.dumps([{"value": match.value, "path": match.path} for match in matches]),
            kinds=kinds,
            principal_kind=principal.kind,
            principal=principal.name,
        )
        if made is not None:
            await append(connection, principal, "erasure.look", "erasure", erasure_id.hex, {"match": json.loads(kinds)})
    return await find_erasure(database.pool, principal.tenant_id, erasure_id)


async def confirm(database: Database, principal: Principal, erasure_id: UUID, *, force: bool = False) -> Erasure:
    """Erase what was found; with `force` runs that still go on, too: they end at once. Confirming again changes nothing.

    Raises NotFound, and Conflict while it still looks.
    """
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.lock_erasure.fetchrow(connection, tenant_id=principal.tenant_id, erasure_id=erasure_id)
        if row is None:
            raise NotFound("erasure", erasure_id.hex)
        if row["state"] == "looking":
            raise Conflict("the look is not through yet", winner={"state": "looking"}, hint="wait until its state is found")
        if await sql.confirm_erasure.fetchval(connection, tenant_id=principal.tenant_id, erasure_id=erasure_id, force=force):
            counts = {one["kind"]: one["count"] for one in json.loads(row["found"])}
            await append(connection, principal, "erasure.confirm", "erasure", erasure_id.hex, {"force": force, "found": counts})
    return await find_erasure(database.pool, principal.tenant_id, erasure_id)


async def discard(database: Database, principal: Principal, erasure_id: UUID) -> None:
    """Drop an act that was not confirmed, and what it has found. Raises NotFound, and Conflict for one that was."""
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.lock_erasure.fetchrow(connection, tenant_id=principal.tenant_id, erasure_id=erasure_id)
        if row is None:
            raise NotFound("erasure", erasure_id.hex)
        if row["confirmed_at"] is not None:
            raise Conflict("it was confirmed, and stays on record", winner={"state": row["state"]})
        await sql.drop_erasure.execute(connection, tenant_id=principal.tenant_id, erasure_id=erasure_id)
        await append(connection, principal, "erasure.discard", "erasure", erasure_id.hex)


async def find_erasure(connection: Connection, tenant_id: UUID, erasure_id: UUID) -> Erasure:
    """An act, as far as it has got. Raises NotFound."""
    row = await sql.find_erasure.fetchrow(connection, tenant_id=tenant_id, erasure_id=erasure_id)
    if row is None:
        raise NotFound("erasure", erasure_id.hex)
    return read_erasure(row)


async def list_erasures(connection: Connection, tenant_id: UUID, *, before: UUID | None = None, limit: int = 50) -> list[Erasure]:
    """The newest first."""
    rows = await sql.list_erasures.fetch(connection, tenant_id=tenant_id, before=before, limit=limit)
    return [read_erasure(row) for row in rows]


def read_erasure(row: Any) -> Erasure:
    return Erasure(
        row["erasure_id"],
        row["state"],
        tuple(json.loads(row["kinds"])),
        row["force"],
        tuple(json.loads(row["found"])),
        json.loads(row["erased"]),
        tuple(json.loads(row["remaining"])),
        row["principal"],
        row["created_at"],
        row["confirmed_at"],
        row["ended_at"],
    )
