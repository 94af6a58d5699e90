"""`hand_off`: the card itself, with all that was said on it, goes to another agent or person."""

from __future__ import annotations

from typing import Any

from flowforge.agents.delegation import name_assignee
from flowforge.agents.loop_tool import Calling, loop_tool
from flowforge.board import text
from flowforge.board.assignment import assign
from flowforge.board.comment import comment
from flowforge.board.task import get_task
from flowforge.errors import InvalidInput

SCHEMA = {
    "type": "object",
    "properties": {
        "to": {"type": "string", "minLength": 1, "maxLength": 100, "description": "An agent or a person, by name."},
        "note": {
            "type": "string",
            "minLength": 1,
            "maxLength": 50_000,
            "description": "What is done, what was found, what is open: they begin with this.",
        },
    },
    "required": ["to", "note"],
    "additionalProperties": False,
}


async def _hand_off(calling: Calling, arguments: dict[str, Any]) -> str:
    at_work, host = calling.at_work, calling.execution.host
    task = at_work.task
    if task is None:
        raise InvalidInput("you work on no task that could be handed on")

    async def hand_over() -> str:
        to = await name_assignee(host.database.pool, at_work, arguments["to"])
        note = f"Handed over to {to.name}.\n\n{text.mended(arguments['note'])}"
        await comment(host.database, at_work.principal, task, note, comment_id=calling.derived_id("note"), bell=host.bell)
        now = (await get_task(host.database, at_work.principal.tenant_id, task)).assignee
        if now is not None and now.id == at_work.principal.id:  # not in a repeat, when the next one may be done with it already
            await assign(host.database, at_work.principal, task, to, bell=host.bell)
        return f"{task} is with {to.name} now. Do no more on it: end with one sentence."

    handed: str = await calling.step("hand_off", hand_over, input=arguments)
    return handed


hand_off = loop_tool(
    _hand_off,
    name="hand_off",
    description="Give your whole task, with its thread, to another agent or a person who goes on with it. You are done with it then.",
    schema=SCHEMA,
    effect="write",
    approval=False,
)
