"""`ask_human`: a question to a person. The run leaves its worker until somebody answers."""

from __future__ import annotations

from typing import Any

from flowforge.agents.loop_tool import Calling, loop_tool
from flowforge.board import text
from flowforge.board.ask_step import Asking, ask_person
from flowforge.board.assignee import AssigneeName, find_assignee
from flowforge.durations import seconds

QUESTION_CHARACTERS_MAX = 10_000
SCHEMA = {
    "type": "object",
    "properties": {
        "question": {"type": "string", "minLength": 1, "maxLength": QUESTION_CHARACTERS_MAX},
        "options": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 500},
            "minItems": 2,
            "maxItems": 10,
            "uniqueItems": True,
            "description": "Answers to choose from, where there are only these.",
        },
        "to": {"type": "string", "maxLength": 100, "description": "The name of the person to ask. Else whoever reads it answers."},
        "expires": {"type": "string", "maxLength": 20, "description": "How long to wait, as in 4h or 2d. Else until it is answered."},
    },
    "required": ["question"],
    "additionalProperties": False,
}


async def _ask(calling: Calling, arguments: dict[str, Any]) -> str:
    at_work, database = calling.at_work, calling.execution.host.database

    async def prepare() -> dict[str, Any]:
        question = text.written(text.mended(arguments["question"]), "/question", max_characters=QUESTION_CHARACTERS_MAX)
        person = None
        if to := arguments.get("to"):
            person = await find_assignee(database.pool, at_work.principal.tenant_id, AssigneeName("user", to))
        timeout = seconds(arguments["expires"]) if "expires" in arguments else None
        return {
            "question": question,
            "to": None if person is None else person.name,
            "person": None if person is None else person.id.hex,
            "timeout": timeout,
        }

    ready = await calling.step("ask_human", prepare, input=arguments)
    asking = Asking(
        ready["question"],
        at_work.principal.name,
        at_work.principal.id,
        at_work.task_id,
        calling.uuid(ready["person"]),
        ready["to"],
        arguments.get("options"),
    )
    answered = await ask_person(
        calling.execution,
        "answer",
        asking,
        question_id=calling.derived_id("question"),
        timeout=ready["timeout"],
        parent=calling.parent,
        identity=calling.identity("answer"),
    )
    if answered.answer is None:
        return "Nobody answered in time."
    return f"{answered.by} answered: {answered.answer}"


ask_human = loop_tool(
    _ask,
    name="ask_human",
    description="Ask a person a question that only people can answer, and wait for the answer. Ask once, with all that they need to know.",
    schema=SCHEMA,
    effect="read",  # it changes nothing but what people read
)
