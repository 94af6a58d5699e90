"""The watch: in every process, a look every fifteen seconds whether rules are to be evaluated and messages to be delivered.

The look is one small statement; without rules and without messages it is all that happens.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from flowforge.alerts.approval_news import tell_of_approvals
from flowforge.alerts.delivery import deliver_one
from flowforge.alerts.evaluation import EVERY_SECONDS, evaluate
from flowforge.alerts.inbox_mail import look_for_mail, tidy_inboxes
from flowforge.alerts.queries import sql
from flowforge.db.database import Database
from flowforge.lookout import looking
from flowforge.orchestrator.trace import drop_origins

DELIVERIES_AT_ONCE = 20  # then the rules have their turn

log = logging.getLogger("flowforge.alerts")


@asynccontextmanager
async def watching(database: Database, *, every_seconds: float = EVERY_SECONDS, public_url: str | None = None) -> AsyncIterator[None]:
    """Watch while the context lasts. `public_url` is where people reach the server: links in messages begin with it."""

    async def again() -> float:
        pause = await look(database, every_seconds=every_seconds, public_url=public_url)
        return 0.0 if await look_for_mail(database) else pause

    async with looking(again, name="flowforge-alerts", log=log, trouble="alerts.not_watched", every_seconds=every_seconds):
        yield


async def look(database: Database, *, every_seconds: float = EVERY_SECONDS, public_url: str | None = None) -> float:
    """Evaluate and deliver what is due; returns the seconds until the next look."""
    work = await sql.watch_work.fetchrow(database.pool, every=every_seconds)
    told = await tell_of_approvals(database) if work["news"] else 0
    if work["tidy"]:
        await sql.make_watch.execute(database.pool)
        await sql.tidy.execute(database.pool)
        await drop_origins(database.pool)
        await tidy_inboxes(database)
    if work["evaluate"]:
        await evaluate(database, every_seconds=every_seconds)
    elif not told and (work["delivery_in"] is None or work["delivery_in"] > 0):
        return min(every_seconds, max(0.05, work["delivery_in"] or every_seconds))
    delivered = 0
    while delivered < DELIVERIES_AT_ONCE and await deliver_one(database, public_url=public_url):
        delivered += 1
    if delivered:
        return 0.0
    wait: float | None = work["delivery_in"]
    return every_seconds if wait is None else min(every_seconds, max(1.0, wait))  # due, but behind one that waits for its next attempt
