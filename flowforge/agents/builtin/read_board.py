"""`list_tasks` and `read_task`: what stands on the board. What people and others wrote there comes from outside."""

from __future__ import annotations

from typing import Any

from flowforge.agents.loop_tool import Calling, loop_tool
from flowforge.board.listing import TaskFilter
from flowforge.board.task import Task, get_task
from flowforge.board.task import list_tasks as read_list

LISTED_MAX = 50
COMMENTS_MAX = 20
COMMENT_CHARACTERS_MAX = 2_000
DESCRIPTION_CHARACTERS_MAX = 20_000
LIST_SCHEMA = {
    "type": "object",
    "properties": {
        "column": {"type": "string", "maxLength": 100},
        "assignee": {"type": "string", "maxLength": 100, "description": "An agent's or a person's name, or nobody."},
        "parent": {"type": "string", "maxLength": 60, "description": "The key of a task: only its parts."},
        "text": {"type": "string", "maxLength": 200, "description": "Words that the task or a comment on it holds."},
    },
    "additionalProperties": False,
}
READ_SCHEMA = {
    "type": "object",
    "properties": {"task": {"type": "string", "minLength": 1, "maxLength": 60, "description": "Its key."}},
    "required": ["task"],
    "additionalProperties": False,
}


async def _list(calling: Calling, arguments: dict[str, Any]) -> Any:
    database, tenant_id = calling.execution.host.database, calling.at_work.principal.tenant_id

    async def read() -> dict[str, Any]:
        columns = (arguments["column"],) if "column" in arguments else ()
        wanted = TaskFilter(columns=columns, assignee=arguments.get("assignee"), parent=arguments.get("parent"), text=arguments.get("text"))
        page = await read_list(database, tenant_id, wanted=wanted, limit=LISTED_MAX)
        return {"tasks": [_brief(task) for task in page.data], "more": page.next_cursor is not None}

    return await calling.step("list_tasks", read, input=arguments)


async def _read(calling: Calling, arguments: dict[str, Any]) -> Any:
    database, tenant_id = calling.execution.host.database, calling.at_work.principal.tenant_id

    async def read() -> dict[str, Any]:
        task = await get_task(database, tenant_id, arguments["task"])
        said = [
            {"by": one.author, "at": one.created_at.isoformat(), "text": one.text[:COMMENT_CHARACTERS_MAX]}
            for one in task.comments[-COMMENTS_MAX:]
        ]
        return {**_brief(task), "description": task.description[:DESCRIPTION_CHARACTERS_MAX], "comments": said}

    return await calling.step("read_task", read, input=arguments)


def _brief(task: Task) -> dict[str, Any]:
    return {
        "task": task.key,
        "title": task.title,
        "column": task.column,
        "assignee": None if task.assignee is None else task.assignee.name,
        "state": task.state,
        "parent": task.parent,
        "depends_on": list(task.depends_on),
        "labels": list(task.labels),
    }


list_tasks = loop_tool(
    _list,
    name="list_tasks",
    description="List tasks on the board, at most 50.",
    schema=LIST_SCHEMA,
    effect="read",
    outside=True,
)
read_task = loop_tool(
    _read,
    name="read_task",
    description="Read a task with the newest comments on it.",
    schema=READ_SCHEMA,
    effect="read",
    outside=True,
)
