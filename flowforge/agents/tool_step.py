"""The body of a tool call's step: call the function, and say on the stream what happens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.step_scope import current_step
from flowforge.secrets.redact import redact
from flowforge.skills.tool import Tool

RESULT_CHARACTERS_MAX = 4_000  # of a result in its frame; the step holds all of it

ASKED_TO_RETRY = "ModelRetry"  # pydantic-ai's exception by which a tool asks the model to call it differently


async def call_tool(tool: Tool, call_id: str, arguments: Mapping[str, Any]) -> Any:
    """The tool's result as plain JSON: what the model reads is what is stored. Raises whatever the tool raises."""
    step = current_step()
    step.tool = tool.name
    about = {"tool_call_id": call_id, "tool": tool.name}
    step.emit("tool_call.executing", {**about, "arguments": arguments})
    try:
        text = to_json(await tool.call(arguments))
    except Exception as error:
        step.emit(
            "tool_call.failed",
            {**about, "error": {"type": type(error).__name__, "message": redact(str(error), tenant_id=step.execution.tenant_id)}},
        )
        if type(error).__name__ == ASKED_TO_RETRY:
            error.retryable = False  # type: ignore[attr-defined]
        raise
    step.emit("tool_call.completed", {**about, **_shown(text)})
    return json.loads(text)


def _shown(text: str) -> dict[str, Any]:
    if len(text) > RESULT_CHARACTERS_MAX:
        return {"result": text[:RESULT_CHARACTERS_MAX], "truncated": True}
    return {"result": json.loads(text)}
