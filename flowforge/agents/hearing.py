"""What people say to an agent while it works, taken into its conversation at the next turn.

A look costs one query and records nothing. Only when there is something to hear is it taken, in a step that records which messages: a
replay hears the same at the same turn. What was taken when the worker died is found again by its run, so nothing is heard twice or lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.agents.framing import framed
from flowforge.crash import crash_point
from flowforge.db.queries import load_queries
from flowforge.orchestrator.outage import insist
from flowforge.orchestrator.step_scope import current_step

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

KIND = "messages"
AT_ONCE_MAX = 50
TRUSTED = frozenset({"person", "user", "key", "system"})  # members of the tenant; words of anybody else are framed

sql = load_queries("flowforge.agents")

Heard = Sequence[Mapping[str, Any]]


async def hear(execution: Execution, turn: int, place: str, heard: Sequence[str], *, ahead: bool) -> Heard:
    """What the agent is told at `place`; nothing where nobody said anything. `ahead`: what follows is recorded already, so that a replay
    adds nothing to it."""
    recorded = execution.memo.get(f"{KIND}:{place}") is not None
    if not recorded and (ahead or execution.agent_id is None or not await _waits(execution, heard)):
        return ()
    found: Heard = await execution.durable(KIND, KIND, lambda: _take(execution, turn, heard), identity=place, announce=True)
    return found


def said(message: Mapping[str, Any], secret: str) -> str:
    """A message as the agent reads it."""
    how = "mentioned you in a comment" if message["kind"] == "mention" else "tells you while you work"
    text = message["text"]
    if message["author_kind"] not in TRUSTED:
        text = framed(f"{message['author_kind']} {message['author']}", text, secret)
    return f"{message['author']} {how}:\n\n{text}"


def taint_of(messages: Heard) -> set[str]:
    """Who of them may try to give orders, and has no right to."""
    return {f"message of {one['author_kind']} {one['author']}" for one in messages if one["author_kind"] not in TRUSTED}


async def _waits(execution: Execution, heard: Sequence[str]) -> bool:
    execution.busy += 1  # the run does not leave its worker meanwhile
    try:
        waits: bool = await insist(
            lambda: sql.message_waits.fetchval(
                execution.host.database.pool,
                tenant_id=execution.tenant_id,
                agent_id=execution.agent_id,
                run_id=execution.run_id,
                task_id=execution.task_id,
                heard=[UUID(one) for one in heard],
            )
        )
    finally:
        execution.busy -= 1
        execution.moved()
    return waits


async def _take(execution: Execution, turn: int, heard: Sequence[str]) -> list[dict[str, Any]]:
    pool = execution.host.database.pool
    of = {"tenant_id": execution.tenant_id, "agent_id": execution.agent_id, "run_id": execution.run_id}
    await sql.take_messages.execute(pool, **of, task_id=execution.task_id, turn=turn, limit=AT_ONCE_MAX)
    crash_point("messages.taken")
    rows = await sql.taken_messages.fetch(pool, **of, heard=[UUID(one) for one in heard], limit=AT_ONCE_MAX)
    found = [{**row, "message_id": row["message_id"].hex} for row in rows]
    for one in found:
        about = {"level": "info", "message": f"the agent sees what {one['author']} said, at turn {turn}", "turn": turn}
        current_step().emit("log", about | {"agent_message": one["message_id"]})
    return found
