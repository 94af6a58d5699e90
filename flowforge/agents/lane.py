"""How many runs of one agent work at once, over all workers: its lane, a limit of the engine's of which runs know from their making on.

A run that waits holds no place in it. Who stands at it goes by the card's priority, then by age. A paused agent's lane lets nobody in.
An agent that never had a concurrency and was never paused has no lane, and its runs take the shorter way.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import InvalidInput
from flowforge.orchestrator.flow.limit import AGENT_LANE, limit_key

if TYPE_CHECKING:
    from flowforge.db.database import Database

sql = load_queries("flowforge.agents")

_PLACE = struct.Struct(">h16s")


@dataclass(frozen=True)
class QueuedRun:
    """A run of an agent that waits for its turn. `ahead` counts those before it."""

    run_id: UUID
    task: str | None
    title: str | None
    priority: int
    queued_at: datetime
    ahead: int

    @property
    def id(self) -> str:
        return ids.show("run", self.run_id)


async def keep_lane(
    connection: Connection, tenant_id: UUID, agent_id: UUID, capacity: int | None, *, present: UUID | None = None
) -> UUID | None:
    """Let at most `capacity` runs of the agent work at once, and, with None, any number; in the caller's transaction.

    What works already goes on, whatever the capacity. The caller rings the bell after the commit.
    """
    if capacity is None and present is None:
        return None
    lane = present or limit_key(AGENT_LANE, tenant_id, agent_id.hex).limit_id
    await sql.set_lane.execute(connection, tenant_id=tenant_id, agent_id=agent_id, lane=lane, rule=AGENT_LANE, capacity=capacity)
    if present is None:
        runs = await lock_runs(connection, tenant_id, agent_id)
        await sql.put_on_lane.execute(connection, tenant_id=tenant_id, lane=lane, run_ids=[row["run_id"] for row in runs])
    return lane


async def lock_runs(connection: Connection, tenant_id: UUID, agent_id: UUID) -> Sequence[Any]:
    """The owner rows of the agent's open runs, locked until commit."""
    return await sql.lock_runs_of_agent.fetch(connection, tenant_id=tenant_id, agent_id=agent_id)


async def queue_of(
    database: Database, tenant_id: UUID, agent_id: UUID, *, limit: int = 50, cursor: str | None = None
) -> tuple[list[QueuedRun], str | None]:
    """One page of the agent's runs that wait for their turn, the next one first, and the cursor of the page behind it.

    Raises InvalidInput for an unknown cursor.
    """
    priority, run_id, ahead = _read_cursor(cursor) if cursor else (0, None, 0)
    rows = await sql.queue_of_agent.fetch(
        database.pool,
        tenant_id=tenant_id,
        agent_id=agent_id,
        after_there=run_id is not None,
        after_priority=priority,
        after_run=run_id,
        limit=limit + 1,
    )
    found = [
        QueuedRun(row["run_id"], row["task"], row["title"], row["priority"], row["created_at"], ahead + place)
        for place, row in enumerate(rows[:limit])
    ]
    return found, _cursor(found[-1]) if len(rows) > limit else None


def _cursor(last: QueuedRun) -> str:
    place = _PLACE.pack(last.priority, last.run_id.bytes) + struct.pack(">I", last.ahead + 1)
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[int, UUID | None, int]:
    try:
        data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        priority, run_id = _PLACE.unpack(data[: _PLACE.size])
        (ahead,) = struct.unpack(">I", data[_PLACE.size :])
        return priority, UUID(bytes=run_id), ahead
    except (ValueError, struct.error):
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor") from None
