"""`delegate`: a part of the work for another agent, a team or a person, as a child card; the run waits for the end of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flowforge.agents.await_step import await_card, told
from flowforge.agents.builtin.create_task import DESCRIPTION, KEYS, TITLE
from flowforge.agents.delegation import Errand, delegated_frame, give_card, name_assignee
from flowforge.agents.loop_tool import Calling, loop_tool
from flowforge.board import text
from flowforge.board.creation import NewTask
from flowforge.orchestrator.step_scope import current_step

SCHEMA = {
    "type": "object",
    "properties": {
        "to": {"type": "string", "minLength": 1, "maxLength": 100, "description": "An agent, a team or a person, by name."},
        "title": TITLE,
        "description": DESCRIPTION,
        "depends_on": {**KEYS, "description": "Keys of the tasks that have to be done first."},
        "wait": {
            "type": "boolean",
            "description": "False: go on, and read the result with await_tasks. Else you get it here.",
        },
        "on_cancel": {
            "enum": ["cancel", "keep"],
            "description": "What becomes of it when your work is cancelled; cancel unless given.",
        },
    },
    "required": ["to", "title"],
    "additionalProperties": False,
}


async def _delegate(calling: Calling, arguments: dict[str, Any]) -> Any:
    at_work, host = calling.at_work, calling.execution.host
    waits = arguments.get("wait", True)

    async def give() -> dict[str, Any]:
        assignee = await name_assignee(host.database.pool, at_work, arguments["to"])
        new = NewTask(
            title=" ".join(text.mended(arguments["title"]).split()),
            description=text.mended(arguments.get("description", "")),
            assignee=assignee,
            parent=at_work.task,
            depends_on=tuple(arguments.get("depends_on", ())),
            tainted=sorted(calling.taint),
        )
        errand = Errand(
            new, calling.derived_id("task"), calling.execution.run_id, awaited=waits, on_cancel=arguments.get("on_cancel", "cancel")
        )
        key = await give_card(host.database, at_work, errand, host.bell)
        current_step().emit("agent.delegated", delegated_frame(at_work, errand.run_id, key, assignee.name))
        return {"task": key, "task_id": errand.task_id.hex}

    given = await calling.step("delegate", give, input=arguments)
    if not waits:
        return {"task": given["task"]}
    return told([await await_card(calling, given["task"], UUID(given["task_id"]))], calling.execution.run_id.hex)


delegate = loop_tool(
    _delegate,
    name="delegate",
    description="Give a part of your work to another agent, a team or a person, and get the result when it has ended, however it ends.",
    schema=SCHEMA,
    effect="write",
    approval=False,  # to whom it may give work, its definition says
)
