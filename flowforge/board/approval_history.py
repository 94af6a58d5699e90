"""What was decided of calls like this one, lately; and how many approvals there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flowforge.board.approval import of_voter
from flowforge.board.queries import sql
from flowforge.board.vote import Voter
from flowforge.db.database import Database

DAYS = 7


@dataclass(frozen=True)
class Alike:
    """How calls of the same tool were decided in the last `days`: those of the same agent, and those with arguments of the same names and
    types, whoever asked."""

    agent_approved: int
    agent_denied: int
    shape_approved: int
    shape_denied: int
    days: int = DAYS


@dataclass(frozen=True)
class Counts:
    """How many approvals there are. `mine` may be decided by whoever asks; those that have ended are counted for `days`."""

    pending: int
    mine: int
    approved: int
    denied: int
    expired: int
    days: int = DAYS


async def find_alike(database: Database, tenant_id: UUID, approval_id: UUID) -> Alike:
    """What a person wants to know before deciding: is this usual?"""
    row = await sql.alike_approvals.fetchrow(
        database.pool, tenant_id=tenant_id, approval_id=approval_id, first_id=await _first_id(database)
    )
    return Alike(**row)


async def count_approvals(database: Database, tenant_id: UUID, voter: Voter) -> Counts:
    """For a badge, and for a list's head."""
    row = await sql.count_approvals.fetchrow(database.pool, tenant_id=tenant_id, first_id=await _first_id(database), **of_voter(voter))
    return Counts(**row)


async def _first_id(database: Database) -> UUID:
    """Ids begin with the time of their making: the smallest that one made within these days can have."""
    now: datetime = await sql.approvals_now.fetchval(database.pool)
    milliseconds = int((now - timedelta(days=DAYS)).timestamp() * 1000)
    return UUID(int=max(milliseconds, 0) << 80)
