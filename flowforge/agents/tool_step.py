"""The body of a tool call's step: call the function, and say on the stream what happens."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from flowforge.clock import SYSTEM_CLOCK
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.retry import StepOptions
from flowforge.orchestrator.step_scope import StepScope, current_step
from flowforge.secrets.redact import redact
from flowforge.skills.tool import RESULT_STORED_MAX, Tool
from flowforge.skills.tool_use import note_call

RESULT_CHARACTERS_MAX = 4_000  # of a result in its frame; the step holds all of it

ASKED_TO_RETRY = "ModelRetry"  # pydantic-ai's exception by which a tool asks the model to call it differently


async def call_tool(tool: Tool, call_id: str, arguments: Mapping[str, Any], allowed: Mapping[str, Any] | None = None) -> Any:
    """The tool's result as plain JSON: what the model reads is what is stored. Raises whatever the tool raises.

    `allowed` names the rule or the grant by which the call runs, where one had a part in it.
    """
    return await tell_call(tool.name, call_id, arguments, lambda: tool.call(arguments), allowed)


async def tell_call(
    tool: str, call_id: str, arguments: Mapping[str, Any], act: Callable[[], Awaitable[Any]], allowed: Mapping[str, Any] | None = None
) -> Any:
    """What `act` returns, as plain JSON; watchers see that it is called, and how it ends."""
    step = current_step()
    step.tool = tool
    about = {"tool_call_id": call_id, "tool": tool}
    step.emit("tool_call.executing", {**about, "arguments": arguments, **(allowed or {})})
    began = SYSTEM_CLOCK.monotonic()
    try:
        text = _storable(to_json(await act()))
    except Exception as error:
        message = redact(str(error), tenant_id=step.execution.tenant_id)
        step.emit("tool_call.failed", {**about, "error": {"type": type(error).__name__, "message": message}, "ms": _since(began)})
        _note(step, message)
        if type(error).__name__ == ASKED_TO_RETRY:
            error.retryable = False  # type: ignore[attr-defined]
        raise
    step.emit("tool_call.completed", {**about, **_shown(text), "ms": _since(began)})
    _note(step, None)
    return json.loads(text)


def step_options(tool: Tool) -> StepOptions:
    """How the step of a call is executed."""
    uncertain: Literal["fail", "retry"] = (
        "fail" if tool.on_uncertain == "fail" else "retry"
    )  # with "retry" and an effect, a person is asked first
    return StepOptions(retries=tool.attempts_after_first, timeout_seconds=tool.timeout, on_uncertain=uncertain)


def _since(began: float) -> float:
    return round((SYSTEM_CLOCK.monotonic() - began) * 1000, 3)


def _storable(text: str) -> str:
    """A result as it is stored: the whole of it, up to a limit."""
    if len(text) <= RESULT_STORED_MAX:
        return text
    value = json.loads(text)
    whole = value if isinstance(value, str) else text
    return to_json(f"{whole[:RESULT_STORED_MAX]}… (cut: it has {len(whole)} characters)")


def _note(step: StepScope, error: str | None) -> None:
    """Count the call, beside it: what is known of a tool's calls is worth no call."""
    host = step.execution.host
    host.spawn(note_call(host.database.pool, step.execution.tenant_id, str(step.tool), error))


def _shown(text: str) -> dict[str, Any]:
    if len(text) > RESULT_CHARACTERS_MAX:
        return {"result": text[:RESULT_CHARACTERS_MAX], "truncated": True}
    return {"result": json.loads(text)}
