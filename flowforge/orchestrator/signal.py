"""Signals: facts addressed to one run. Each is stored before it is told, is delivered to one wait, and in the order it came.

A signal and the run's wake are one transaction under the run's owner row, so it is never lost when it comes before the wait; the
wait takes the oldest one that no other step has, and keeps it through a crash (`taken_key`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator import hints
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.waits import Outcome, PendingWait, register_wait_kind

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

MAX_NAME = 200

sql = load_queries("flowforge.orchestrator")


def check_signal_name(name: object) -> None:
    """Raises InvalidInput unless `name` can be a signal's name."""
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise InvalidInput(f"a signal's name must have 1 to {MAX_NAME} printable characters, not {name!r}"[:300], pointer="/signal")


async def send_signal(
    database: Database,
    tenant_id: UUID,
    run_id: UUID,
    name: str,
    data: Any,
    *,
    signal_id: UUID | None = None,
    bell: Bell | None = None,
) -> bool:
    """Send a signal to an open run and wake it. False: this `signal_id` was stored already.

    Raises NotFound for an unknown run, Conflict for one that has ended.
    """
    async with database.pool.acquire() as connection, connection.transaction():
        new = await signal_in(connection, tenant_id, run_id, name, data, signal_id or ids.new_id())
    if bell is not None:
        bell.ring(hints.READY, hints.WAKE)
    return new


async def signal_in(connection: Connection, tenant_id: UUID, run_id: UUID, name: str, data: Any, signal_id: UUID) -> bool:
    """The same inside the caller's transaction, who rings the bell after it."""
    check_signal_name(name)
    text = to_json(data)
    found = await sql.lock_owner.fetchrow(connection, tenant_id=tenant_id, run_id=run_id)
    if found is None:
        await _refuse(connection, tenant_id, run_id, signal_id)
        return False
    stored = await sql.store_signal.fetchval(connection, tenant_id=tenant_id, run_id=run_id, signal_id=signal_id, name=name, data=text)
    await sql.wake_run.fetchval(connection, tenant_id=tenant_id, run_id=run_id)
    return stored is not None


async def _refuse(connection: Connection, tenant_id: UUID, run_id: UUID, signal_id: UUID) -> None:
    """It has no owner row: say why, unless this very signal was stored while it had one."""
    row = await sql.signalled.fetchrow(connection, tenant_id=tenant_id, run_id=run_id, signal_id=signal_id)
    if row is None:
        raise NotFound("run", ids.show("run", run_id))
    if not row["stored"]:
        raise Conflict(f"run {ids.label(run_id)} has {row['state']} already, nobody would hear the signal", winner={"state": row["state"]})


async def look_for_signals(database: Database, waits: Sequence[PendingWait]) -> list[Outcome | None]:
    """The signal that each wait has taken, or takes now; in the order in which the waits were opened."""
    return [await _take(database, wait) for wait in waits]


async def _take(database: Database, wait: PendingWait) -> Outcome | None:
    row = await sql.take_signal.fetchrow(
        database.pool, tenant_id=wait.tenant_id, run_id=wait.run_id, key=wait.key, name=json.loads(wait.input)["signal"]
    )
    return None if row is None else Outcome(text=row["data"], ref=row["signal_id"])


register_wait_kind("wait_for_signal", look_for_signals)
