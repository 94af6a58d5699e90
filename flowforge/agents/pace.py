"""A tool with a rate: its calls take turns, over all workers. A call that has to wait for its turn sleeps, and holds nothing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flowforge.skills.rate import read_rate, take_turn
from flowforge.skills.tool import Tool

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution


async def keep_pace(execution: Execution, tool: Tool, call_id: str, *, parent: str) -> None:
    """Return when it is the call's turn. The turn is recorded before the call begins: a call that is resumed keeps it."""
    interval = read_rate(tool.rate)
    if interval is None:
        return

    async def turn() -> str | None:
        at = await take_turn(execution.host.database.pool, execution.tenant_id, tool.name, interval)
        return None if at is None else at.isoformat()

    name = f"turn of {tool.name}"
    at = await execution.durable("tool", name, turn, identity=call_id, parent=parent)
    if at is not None:
        await execution.wait("sleep", name, until=datetime.fromisoformat(at), parent=parent, identity=f"{call_id}:wait")
