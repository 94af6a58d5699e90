"""A model call inside a step's body: what the model writes goes out as frames, what it used goes to the step's record."""

from __future__ import annotations

from flowforge.orchestrator.models.client import ModelReply, ModelRequest, get_client
from flowforge.orchestrator.models.frames import DeltaFrames
from flowforge.orchestrator.models.policy import PLAIN, CallPolicy
from flowforge.orchestrator.models.usage import Usage
from flowforge.orchestrator.step_scope import current_step


async def call_model(request: ModelRequest, policy: CallPolicy = PLAIN) -> ModelReply:
    """Call the model from the body of the step that is running. Raises ModelError.

    Frames: `reasoning.delta`, `message.delta` and `tool_call.args_delta` while it writes (only when `request.stream`), then
    `usage.recorded` and `message.completed`. The usage counts even if the caller then rejects the reply.
    """
    scope = current_step()
    frames = DeltaFrames(scope.emit)
    try:
        reply = await get_client().complete(request, frames.add if request.stream else None)
    finally:
        frames.flush()  # what was seen was seen; `step.retrying` voids it
    usage = Usage.from_reply(reply)
    scope.record(usage)
    scope.emit("usage.recorded", usage.frame())
    scope.emit(
        "message.completed",
        {
            "text": reply.text,
            "reasoning": "\n\n".join(block["text"] for block in reply.reasoning),
            "tool_calls": [{"tool_call_id": call["id"], "tool": call["name"], "arguments": call["arguments"]} for call in reply.tool_calls],
            "finish_reason": reply.finish_reason,
            "model": reply.model,
        },
    )
    return reply
