"""`comment`: say something on a card."""

from __future__ import annotations

from typing import Any

from flowforge.agents.loop_tool import Calling, loop_tool
from flowforge.board import text
from flowforge.board.comment import comment as say
from flowforge.errors import InvalidInput

SCHEMA = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "minLength": 1, "maxLength": 50_000, "description": "Markdown. A name behind an @ is told of it."},
        "task": {"type": "string", "maxLength": 60, "description": "The key of a task; your own unless given."},
    },
    "required": ["text"],
    "additionalProperties": False,
}


async def _comment(calling: Calling, arguments: dict[str, Any]) -> str:
    at_work, host = calling.at_work, calling.execution.host
    task = arguments.get("task") or at_work.task
    if task is None:
        raise InvalidInput("you work on no task: say on which to comment", pointer="/task")

    async def post() -> str:
        words = text.mended(arguments["text"])
        await say(host.database, at_work.principal, task, words, comment_id=calling.derived_id("comment"), bell=host.bell)
        return f"Said on {task}."

    said: str = await calling.step("comment", post, input=arguments)
    return said


comment = loop_tool(
    _comment,
    name="comment",
    description="Say something on a task, for people and other agents. Your final answer is posted by itself.",
    schema=SCHEMA,
    effect="write",
    approval=False,
)
