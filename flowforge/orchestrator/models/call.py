"""A model call inside a step's body: what the model writes goes out as frames, what it used goes to the step's record."""

from __future__ import annotations

from flowforge.clock import SYSTEM_CLOCK
from flowforge.orchestrator.models import price_table, prices
from flowforge.orchestrator.models.client import ModelReply, ModelRequest, get_client
from flowforge.orchestrator.models.frames import DeltaFrames
from flowforge.orchestrator.models.policy import PLAIN, CallPolicy
from flowforge.orchestrator.models.price_book import load_overrides
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
        reply = await _priced(await get_client().complete(request, frames.add if request.stream else None), request)
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


async def _priced(reply: ModelReply, request: ModelRequest) -> ModelReply:
    """The reply with what it cost, by the prices that hold for this tenant now."""
    execution = current_step().execution
    await price_table.loaded()
    overrides = await load_overrides(execution.host.database.pool, execution.tenant_id)
    price = prices.price(
        request.model,
        reply.provider,
        reply.tokens,
        overrides,
        answered_by=reply.answered_by,
        tier=request.settings.get("service_tier"),
        at=SYSTEM_CLOCK.now(),
    )
    return reply.model_copy(update={"cost": price.cost, "price_source": price.source, "price_version": price.version})
