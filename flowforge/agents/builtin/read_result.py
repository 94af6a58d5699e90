"""`read_result`: what a tool returned in this run, where the conversation holds only its beginning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flowforge.agents.framing import framed
from flowforge.agents.loop_tool import Calling, LoopTool, Tainted, loop_tool
from flowforge.agents.tool_step import tell_call
from flowforge.db.queries import load_queries
from flowforge.errors import InvalidInput, NonRetryable
from flowforge.skills.tool import Tool

CHARACTERS_MAX = 16_000

sql = load_queries("flowforge.agents")


def read_result_tool(tools: Mapping[str, Tool]) -> LoopTool:
    """The tool for a run with these others: what one of them has from outside is in a frame here, too."""

    async def read(calling: Calling, arguments: dict[str, Any]) -> Any:
        found = await calling.step("read_result", lambda: _told(calling, arguments), input=arguments)
        tool = tools.get(found.pop("tool"))
        if tool is None or not tool.outside:
            return found
        return Tainted({**found, "text": framed(tool.name, found["text"], calling.execution.run_id.hex)}, frozenset({tool.name}))

    return loop_tool(
        read,
        name="read_result",
        description="Read a tool's earlier result of which you were shown only a part.",
        schema={
            "type": "object",
            "properties": {
                "step": {"type": "string", "maxLength": 500, "description": "as it is named where the result was cut"},
                "offset": {"type": "integer", "minimum": 0, "description": "characters to pass over; 0 unless given"},
            },
            "required": ["step"],
            "additionalProperties": False,
        },
        effect="read",
    )


async def _told(calling: Calling, arguments: dict[str, Any]) -> Any:
    return await tell_call("read_result", calling.call_id, arguments, lambda: _read(calling, arguments["step"], arguments.get("offset", 0)))


async def _read(calling: Calling, step: str, offset: int) -> dict[str, Any]:
    execution = calling.execution
    try:
        row = await sql.step_result.fetchrow(
            execution.host.database.pool, tenant_id=execution.tenant_id, run_id=execution.run_id, key=step.replace("\x00", "")
        )
    except UnicodeEncodeError:
        row = None
    if row is None:
        raise NonRetryable(f"there is no result of a step {step!r} in this run")
    output = (
        row["output"] if row["blob_id"] is None else await execution.host.read_blob(execution.tenant_id, execution.run_id, row["blob_id"])
    )
    value = json.loads(output)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if offset and offset >= len(text):
        raise NonRetryable(str(InvalidInput(f"the result has {len(text):,} characters, so there is nothing at {offset:,}")))
    end = min(offset + CHARACTERS_MAX, len(text))
    return {"tool": row["name"], "text": text[offset:end], "characters": len(text), "next_offset": end if end < len(text) else None}
