"""`create_task`: a card on the board, for somebody or for nobody yet. The run does not wait for it."""

from __future__ import annotations

from typing import Any

from flowforge.agents.delegation import Errand, delegated_frame, give_card, name_assignee
from flowforge.agents.loop_tool import Calling, loop_tool
from flowforge.board import text
from flowforge.board.creation import NewTask
from flowforge.orchestrator.step_scope import current_step

TITLE = {"type": "string", "minLength": 1, "maxLength": 500}
DESCRIPTION = {"type": "string", "maxLength": 50_000, "description": "Markdown: all that whoever does it needs to know."}
KEYS = {"type": "array", "items": {"type": "string", "maxLength": 60}, "maxItems": 50}
SCHEMA = {
    "type": "object",
    "properties": {
        "title": TITLE,
        "description": DESCRIPTION,
        "assignee": {
            "type": "string",
            "maxLength": 100,
            "description": "An agent or a person, by name. An agent starts by itself.",
        },
        "column": {"type": "string", "maxLength": 100, "description": "Where it stands; the first column unless given."},
        "depends_on": {**KEYS, "description": "Keys of the tasks that have to be done first."},
        "labels": {"type": "array", "items": {"type": "string", "maxLength": 50}, "maxItems": 20},
        "parent": {
            "type": ["string", "null"],
            "maxLength": 60,
            "description": "The task that it is a part of: a key, or null for none. Your own task unless given.",
        },
    },
    "required": ["title"],
    "additionalProperties": False,
}


async def _create(calling: Calling, arguments: dict[str, Any]) -> dict[str, Any]:
    at_work, host = calling.at_work, calling.execution.host

    async def create() -> dict[str, Any]:
        assignee = None
        if name := arguments.get("assignee"):
            assignee = await name_assignee(host.database.pool, at_work, name)
        parent = arguments.get("parent", "this")
        new = NewTask(
            title=" ".join(text.mended(arguments["title"]).split()),
            description=text.mended(arguments.get("description", "")),
            column=arguments.get("column"),
            assignee=assignee,
            parent=at_work.task if parent == "this" else parent,
            depends_on=tuple(arguments.get("depends_on", ())),
            labels=tuple(arguments.get("labels", ())),
            tainted=sorted(calling.taint),
        )
        errand = Errand(new, calling.derived_id("task"), calling.execution.run_id, on_cancel="keep")
        key = await give_card(host.database, at_work, errand, host.bell)
        if assignee is not None:
            current_step().emit("agent.delegated", delegated_frame(at_work, errand.run_id, key, assignee.name))
        return {"task": key}

    created: dict[str, Any] = await calling.step("create_task", create, input=arguments)
    return created


create_task = loop_tool(
    _create,
    name="create_task",
    description="Put a task on the board. You get its key and go on; nobody waits for it.",
    schema=SCHEMA,
    effect="write",
)
