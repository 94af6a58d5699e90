"""Pausing an agent: what it works on goes on to the end of the step in hand and then waits, and what is new waits at its lane.

The lane lets nobody in while the agent is paused; its runs that a worker executes are paused one by one, with a reason by which they are
known again when the agent is resumed. A run that waits for something goes on waiting: once that has come it stands at the lane too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowforge import ids
from flowforge.agents.agent import definition_of, lock_agent, resolve_agent, view
from flowforge.agents.lane import keep_lane, lock_runs
from flowforge.audit.log import append
from flowforge.db.queries import load_queries
from flowforge.errors import Conflict, InvalidInput
from flowforge.orchestrator import hints
from flowforge.orchestrator.run_pause import pause_in, resume_in
from flowforge.orchestrator.stream import append_frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any
    from uuid import UUID

    from flowforge.access.principal import Principal
    from flowforge.agents.status import AgentView
    from flowforge.db.database import Database
    from flowforge.db.queries import Connection
    from flowforge.orchestrator.hints import Bell

REASON_CHARACTERS_MAX = 500
WITH_ITS_AGENT = "its agent is paused"  # how the reason of a run begins that was paused with its agent

sql = load_queries("flowforge.agents")


async def pause_agent(
    database: Database, principal: Principal, text: str, *, reason: str | None = None, stop: bool = False, bell: Bell | None = None
) -> AgentView:
    """Pause an agent until it is resumed; repeating it changes the reason. Work that is given to it meanwhile waits, visibly.

    A run that works goes on to the end of the step in hand; with `stop` that step is cancelled, and what it had done is as unknown as
    after the death of a worker. Raises NotFound, Conflict for an archived agent, InvalidInput for a reason that is too long.
    """
    if reason is not None and (len(reason) > REASON_CHARACTERS_MAX or "\x00" in reason):
        raise InvalidInput(f"a reason has at most {REASON_CHARACTERS_MAX} characters, and none of them is NUL", pointer="/reason")
    agent_id = await resolve_agent(database.pool, principal.tenant_id, text)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await lock_agent(connection, principal.tenant_id, agent_id)
        if row["archived_at"] is not None:
            raise Conflict(f"agent {row['name']!r} is archived: it does nothing that could be paused")
        place = {"tenant_id": principal.tenant_id, "agent_id": agent_id}
        await keep_lane(connection, principal.tenant_id, agent_id, 0, present=row["lane"])
        await sql.pause_agent.execute(connection, **place, by=principal.name, reason=reason)
        stopped = await _stop(connection, principal, agent_id, reason, stop)
        detail = {"name": row["name"], "reason": reason, "stopped": [ids.show("run", run_id) for run_id in stopped]}
        await append(connection, principal, "agent.pause", "agent", ids.show("agt", agent_id), detail)
        await _tell(connection, principal, agent_id, "paused", reason)
    _ring(bell, agent_id, stopped)
    return await view(database.pool, principal.tenant_id, agent_id)


async def resume_agent(database: Database, principal: Principal, text: str, *, bell: Bell | None = None) -> AgentView:
    """Let a paused agent go on with what it has and with what has come meanwhile. Raises NotFound, Conflict when it is not paused."""
    agent_id = await resolve_agent(database.pool, principal.tenant_id, text)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await lock_agent(connection, principal.tenant_id, agent_id)
        if row["paused_at"] is None:
            raise Conflict(f"agent {row['name']!r} is not paused")
        await sql.resume_agent.execute(connection, tenant_id=principal.tenant_id, agent_id=agent_id)
        await keep_lane(connection, principal.tenant_id, agent_id, definition_of(row).concurrency, present=row["lane"])
        resumed = await _go_on(connection, principal, agent_id)
        detail = {"name": row["name"], "resumed": [ids.show("run", run_id) for run_id in resumed]}
        await append(connection, principal, "agent.resume", "agent", ids.show("agt", agent_id), detail)
        await _tell(connection, principal, agent_id, "resumed", None)
    _ring(bell, agent_id, resumed)
    return await view(database.pool, principal.tenant_id, agent_id)


async def _stop(connection: Connection, principal: Principal, agent_id: UUID, reason: str | None, stop: bool) -> list[UUID]:
    """Pause the runs that a worker executes now."""
    rows: Sequence[Any] = await lock_runs(connection, principal.tenant_id, agent_id)
    runs = [row["run_id"] for row in rows if row["state"] == "l" and not row["cancel"] and not row["pause"]]
    why = f"{WITH_ITS_AGENT} by {principal.name}" + (f": {reason}" if reason else "")
    for run_id in runs:
        await pause_in(connection, principal, run_id, because=why, stop=stop)
    return runs


async def _go_on(connection: Connection, principal: Principal, agent_id: UUID) -> list[UUID]:
    """Resume the runs that were paused with the agent; one that a person paused by itself stays so."""
    rows: Sequence[Any] = await lock_runs(connection, principal.tenant_id, agent_id)
    runs = [row["run_id"] for row in rows if (row["reason"] or "").startswith(WITH_ITS_AGENT)]
    return [run_id for run_id in runs if await resume_in(connection, principal.tenant_id, run_id)]


async def _tell(connection: Connection, principal: Principal, agent_id: UUID, status: str, reason: str | None) -> None:
    data = {"agent": ids.show("agt", agent_id), "status": status, "by": principal.name, "reason": reason, "task": None}
    await append_frame(connection, principal.tenant_id, name="agent.status", data=data, agent_id=agent_id)


def _ring(bell: Bell | None, agent_id: UUID, runs: Sequence[UUID]) -> None:
    if bell is not None:
        bell.ring(hints.READY, hints.WAKE, *(run_id.hex for run_id in runs))
        bell.ring_streams({agent_id})
