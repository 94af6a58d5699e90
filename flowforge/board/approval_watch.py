"""While nobody decides: those who may are reminded, and then another role may decide too. Each once, whoever of many servers sees it first.
What nobody can decide any more, because its run is over, leaves the inboxes.

A reminder and an escalation are moments in the approval's row, set when it was asked and gone when they were done or it was decided: taking
one, what is told of it and its audit entry are one transaction. The look is one small statement; nobody sleeps for one approval.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board.approval_notice import tell_waiting
from flowforge.board.approver import Stage, put_before_approvers
from flowforge.board.inbox import put_away_ended
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Query
from flowforge.lookout import looking

EVERY_SECONDS = 15.0
BATCH = 100

log = logging.getLogger("flowforge.approvals")


@asynccontextmanager
async def reminding(database: Database, *, every_seconds: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """Watch while the context lasts."""

    async def again() -> float:
        return await look(database, every_seconds=every_seconds)

    async with looking(again, name="flowforge-approvals", log=log, trouble="approvals.not_watched", every_seconds=every_seconds):
        yield


async def look(database: Database, *, every_seconds: float = EVERY_SECONDS) -> float:
    """Remind and escalate what is due, and put away what is over; returns the seconds until the next look."""
    pause = 0.0 if await put_away_ended(database.pool, BATCH) == BATCH else every_seconds
    for row in await sql.tenants_with_due_approvals.fetch(database.pool):
        if row["seconds"] <= 0:
            full = await remind(database, row["tenant_id"]) + await escalate(database, row["tenant_id"]) >= BATCH
            pause = 0.0 if full else pause
        else:
            pause = min(pause, max(0.05, row["seconds"]))
    return pause


async def remind(database: Database, tenant_id: UUID) -> int:
    """Tell who may decide that a call waits still. Returns how many were told of."""
    return await _take(database, tenant_id, sql.approvals_to_remind, "approval.reminded", "approval.remind", "reminded")


async def escalate(database: Database, tenant_id: UUID) -> int:
    """Let another role decide too, and tell it. Returns how many."""
    return await _take(database, tenant_id, sql.approvals_to_escalate, "approval.escalated", "approval.escalate", "escalated")


async def _take(database: Database, tenant_id: UUID, due: Query, name: str, act: str, stage: Stage) -> int:
    async with database.pool.acquire() as connection, connection.transaction():
        rows = [row for row in await due.fetch(connection, tenant_id=tenant_id, limit=BATCH) if row["is_open"]]
        for row in rows:
            approval = ids.show("apr", row["approval_id"])
            await audit.append(connection, Principal(tenant_id, "system", "review queue"), act, "approval", approval, _detail(row))
        for row in rows:
            await tell_waiting(connection, tenant_id, row, name)
        await put_before_approvers(connection, [(tenant_id, row["approval_id"]) for row in rows], stage)
    return len(rows)


def _detail(row: Any) -> dict[str, Any]:
    return {"tool": row["tool"], "roles": list(row["roles"]), "asked_at": row["created_at"].isoformat()}
