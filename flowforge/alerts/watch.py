"""The watch: in every process, a look every fifteen seconds whether rules are to be evaluated and messages to be delivered.

The look is one small statement; without rules and without messages it is all that happens.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from flowforge.alerts.delivery import deliver_one
from flowforge.alerts.evaluation import EVERY_SECONDS, evaluate
from flowforge.alerts.queries import sql
from flowforge.db.database import Database
from flowforge.orchestrator.trace import drop_origins

DELIVERIES_AT_ONCE = 20  # then the rules have their turn

log = logging.getLogger("flowforge.alerts")


@asynccontextmanager
async def watching(database: Database, *, every_seconds: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """Watch while the context lasts."""
    task = asyncio.create_task(_watch(database, every_seconds), name="flowforge-alerts")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _watch(database: Database, every_seconds: float) -> None:
    while True:
        try:
            pause = await look(database, every_seconds=every_seconds)
        except Exception as error:  # noqa: BLE001 - the database is away; look again
            log.warning("alerts.not_watched", extra={"error": repr(error)})
            pause = every_seconds
        await asyncio.sleep(pause)


async def look(database: Database, *, every_seconds: float = EVERY_SECONDS) -> float:
    """Evaluate and deliver what is due; returns the seconds until the next look."""
    work = await sql.watch_work.fetchrow(database.pool, every=every_seconds)
    if work["tidy"]:
        await sql.make_watch.execute(database.pool)
        await sql.tidy.execute(database.pool)
        await drop_origins(database.pool)
    if work["evaluate"]:
        await evaluate(database, every_seconds=every_seconds)
    elif work["delivery_in"] is None or work["delivery_in"] > 0:
        return min(every_seconds, max(0.05, work["delivery_in"] or every_seconds))
    delivered = 0
    while delivered < DELIVERIES_AT_ONCE and await deliver_one(database):
        delivered += 1
    if delivered:
        return 0.0
    wait: float | None = work["delivery_in"]
    return every_seconds if wait is None else min(every_seconds, max(1.0, wait))  # due, but behind one that waits for its next attempt
