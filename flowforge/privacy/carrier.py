"""Carrying erasures on: one batch, one transaction, one place; by whoever comes by, a server or a worker."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit.log import append
from flowforge.clock import SYSTEM_CLOCK
from flowforge.crash import crash_point
from flowforge.db.queries import Connection, load_queries
from flowforge.lookout import looking
from flowforge.privacy.act import IN_USE, erase
from flowforge.privacy.erasure import UNCONFIRMED
from flowforge.privacy.look import look_on
from flowforge.privacy.match import Match
from flowforge.privacy.table import tables

if TYPE_CHECKING:
    from flowforge.db.database import Database

BATCH = 50
ROUNDS = 3  # of erasing what the look after it has found
EVERY_SECONDS = 5.0

log = logging.getLogger("flowforge.privacy")
sql = load_queries("flowforge.privacy")


@asynccontextmanager
async def carrying(database: Database, *, every_seconds: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """While the context lasts, carry on whatever goes on, and forget what nobody confirmed."""

    async def again() -> float:
        if await sql.erasures_under_way.fetchval(database.pool, age=UNCONFIRMED):
            await forget_unconfirmed(database)
            await carry_on(database)
        return every_seconds

    async with looking(again, name="flowforge-privacy", log=log, trouble="erasures.not_carried_on", every_seconds=every_seconds):
        yield


async def carry_on(database: Database, *, tenant_id: UUID | None = None, erasure_id: UUID | None = None, seconds: float = 2.0) -> bool:
    """Carry out batches of the given act, or of any, for about so long. False: nothing is left that nobody else is at."""
    until = SYSTEM_CLOCK.monotonic() + seconds
    while SYSTEM_CLOCK.monotonic() < until:
        if not await _batch(database, tenant_id, erasure_id):
            return False
    return True


async def forget_unconfirmed(database: Database) -> int:
    """Drop looks that nobody has confirmed for a day, for they name somebody. Returns how many there were."""
    async with database.pool.acquire() as connection, connection.transaction():
        rows = await sql.stale_erasures.fetch(connection, age=UNCONFIRMED)
        for row in rows:
            await sql.drop_erasure.execute(connection, tenant_id=row["tenant_id"], erasure_id=row["erasure_id"])
    return len(rows)


async def _batch(database: Database, tenant_id: UUID | None, erasure_id: UUID | None) -> bool:
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.take_erasure.fetchrow(connection, tenant_id=tenant_id, erasure_id=erasure_id)
        if row is None:
            return False
        act = {"tenant_id": row["tenant_id"], "erasure_id": row["erasure_id"]}
        matches = [Match(one["value"], one["path"]) for one in json.loads(row["matches"])]
        if row["state"] == "erasing":
            await _erase(connection, act, row, matches)
        else:
            await _look(connection, act, row, matches)
        crash_point("erasure.batch")
    return True


async def _look(connection: Connection, act: dict[str, Any], row: Any, matches: Sequence[Match]) -> None:
    found, place = await look_on(connection, act["tenant_id"], await tables(connection), matches, row["place"])
    if found:
        await sql.add_marks.execute(
            connection,
            **act,
            holdings=[one.holding for one in found],
            subjects=[one.subject for one in found],
            becauses=[one.because for one in found],
        )
    if place is not None:
        await sql.move_look.execute(connection, **act, place=place)
        return
    await sql.add_what_came_of_it.execute(connection, **act)
    if row["state"] == "looking":
        await sql.end_look.execute(connection, **act, found=json.dumps(await _sums(connection, act)))
    else:
        await _check(connection, act, row)


async def _check(connection: Connection, act: dict[str, Any], row: Any) -> None:
    """The look after erasing is through: erase what came in the meantime, or end and say what is left."""
    await sql.drop_unseen_marks.execute(connection, **act)
    if row["round"] < ROUNDS:
        await sql.retry_left.execute(connection, **act, because=IN_USE)
        if await sql.next_marks.fetch(connection, **act, limit=1):
            await sql.erase_again.execute(connection, **act)
            return
    remaining = await _sums(connection, act)
    await sql.end_erasure.execute(connection, **act, remaining=json.dumps(remaining))
    principal = Principal(act["tenant_id"], row["principal_kind"], row["principal"])
    detail = {"erased": json.loads(row["erased"]), "remaining": {one["kind"]: one["count"] for one in remaining}}
    await append(connection, principal, "erasure.end", "erasure", act["erasure_id"].hex, detail)


async def _erase(connection: Connection, act: dict[str, Any], row: Any, matches: Sequence[Match]) -> None:
    marks = [(mark["holding"], mark["subject"]) for mark in await sql.next_marks.fetch(connection, **act, limit=BATCH)]
    if not marks:
        await sql.check_erasure.execute(connection, **act)
        return
    left = await erase(connection, act["tenant_id"], await tables(connection), marks, matches, force=row["force"])
    done = [mark for mark in marks if mark not in left]
    await sql.drop_marks.execute(connection, **act, holdings=[one for one, _ in done], subjects=[one for _, one in done])
    if left:
        holdings, subjects = [one for one, _ in left], [one for _, one in left]
        await sql.leave_marks.execute(connection, **act, holdings=holdings, subjects=subjects, becauses=list(left.values()))
    counts: dict[str, int] = json.loads(row["erased"])
    for holding, _ in done:
        counts[holding] = counts.get(holding, 0) + 1
    await sql.count_erased.execute(connection, **act, erased=json.dumps(counts))


async def _sums(connection: Connection, act: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "kind": one["holding"],
            "count": one["count"],
            "open": one["open"],
            "stays": one["because"],
            "sample": [_shown(one["holding"], subject) for subject in one["sample"] or ()],
        }
        for one in await sql.sum_marks.fetch(connection, **act)
    ]


def _shown(holding: str, subject: str) -> str:
    return ids.show("run" if holding == "run" else "evt", UUID(subject))
