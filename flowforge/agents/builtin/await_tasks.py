"""`await_tasks`: wait until the work on other cards has ended, and read what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flowforge.agents.await_step import await_card, told
from flowforge.agents.delegation import keep_waits
from flowforge.agents.loop_tool import Calling, loop_tool
from flowforge.board.card import find_card
from flowforge.board.dependency import lock_graph
from flowforge.errors import Conflict

SCHEMA = {
    "type": "object",
    "properties": {
        "tasks": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 60},
            "minItems": 1,
            "maxItems": 50,
            "uniqueItems": True,
            "description": "The keys of the tasks.",
        }
    },
    "required": ["tasks"],
    "additionalProperties": False,
}


async def _await(calling: Calling, arguments: dict[str, Any]) -> Any:
    at_work, pool = calling.at_work, calling.execution.host.database.pool
    tenant_id = at_work.principal.tenant_id

    async def note() -> dict[str, str]:
        async with pool.acquire() as connection, connection.transaction():
            await lock_graph(connection, tenant_id)
            cards: dict[str, UUID] = {}
            for reference in arguments["tasks"]:
                key = reference.upper()
                cards[key] = await find_card(connection, tenant_id, reference)
                if cards[key] == at_work.task_id:
                    raise Conflict(f"{key} is your own task: it would wait for itself")
            await keep_waits(connection, at_work, calling.execution.run_id, cards)
        return {key: task_id.hex for key, task_id in cards.items()}

    cards = await calling.step("await_tasks", note, input=arguments)
    waits = [await_card(calling, key, UUID(task_id)) for key, task_id in cards.items()]
    return told([await wait for wait in waits], calling.execution.run_id.hex)


await_tasks = loop_tool(
    _await,
    name="await_tasks",
    description="Wait until the work on these tasks has ended, however it ends, and read what came of each.",
    schema=SCHEMA,
    effect="read",
)
