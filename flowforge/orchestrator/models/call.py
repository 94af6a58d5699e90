"""A model call inside a step's body: checked, paid for, answered by whoever can; what the model writes goes out as frames.

    input guards ─► the kept answer, if there is one ─► the model, else the next of `fallback` (each a `PaidCall`) ─► output guards

What was used goes to the step's record and is stored with its checkpoint, or with the attempt that failed.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import SecretStr

from flowforge.errors import ModelError
from flowforge.orchestrator.interruption import ProviderBusy
from flowforge.orchestrator.models import prices
from flowforge.orchestrator.models.answers import keep_answer, kept_answer
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelReply, ModelRequest, get_client
from flowforge.orchestrator.models.frames import DeltaFrames
from flowforge.orchestrator.models.paid_call import Bill, PaidCall
from flowforge.orchestrator.models.policy import PLAIN, CallPolicy
from flowforge.orchestrator.models.usage import Usage
from flowforge.orchestrator.step_scope import StepScope, current_step
from flowforge.secrets.opened import OPENED

T = TypeVar("T")
Q = TypeVar("Q", ModelRequest, EmbeddingRequest)


async def call_model(
    request: ModelRequest, policy: CallPolicy = PLAIN, fits: Callable[[ModelReply], bool] = lambda reply: True
) -> ModelReply:
    """Call the model from the body of the step that is running. The reply carries its price. One that does not fit is not kept.

    Raises ModelError; BudgetExceeded and GuardRefused, which are not retried; Interruption where the call has to wait for a
    provider, a budget or a person. Frames: `reasoning.delta`, `message.delta` and `tool_call.args_delta` while it writes (only when
    `request.stream`), then `usage.recorded` and `message.completed`. The usage counts even if the caller then rejects the reply.
    """
    scope = current_step()
    request = await _guarded(policy.input_guards, request)
    age, kept = policy.cache_seconds, None
    if age is not None and (kept := await kept_answer(scope, request, age)) is not None:
        said = kept.model_copy(update={"cost": Decimal(0), "latency_ms": 0, "first_token_ms": None})
        _record(scope, Usage.from_cache(kept), None)
    else:
        said = await _asked(scope, request, policy)
    reply = await _guarded(policy.output_guards, said)
    scope.emit("message.completed", _completed(reply))
    if age is not None and kept is None and reply.finish_reason in ("stop", "tool_calls") and fits(reply):
        await keep_answer(scope, request, said, age)
    return reply


async def call_embedding(request: EmbeddingRequest) -> EmbeddingReply:
    """Ask for vectors from the body of the step that is running; paid for and recorded like any call. Raises as `call_model` does."""
    scope = current_step()
    size = sum(len(text) for text in request.texts)
    bill = Bill(request.model, request.settings, size, lambda: prices.estimate_texts(request.model, request.texts), embeds=True)
    call = PaidCall(scope, bill)
    reply, price = await call.send(lambda key: get_client().embed(_with(request, key)))
    _record(scope, Usage.from_embedding(reply, price), call.call_id)
    return reply


async def _asked(scope: StepScope, request: ModelRequest, policy: CallPolicy) -> ModelReply:
    """The first of the models that answers; the last one's error when none does."""
    models = (request.model, *policy.fallback)
    for model, following in zip(models, (*models[1:], None), strict=True):
        try:
            return await _ask(scope, request.model_copy(update={"model": model}), policy)
        except ProviderBusy:
            if following is None or "rate_limited" not in policy.fallback_on:
                raise
        except ModelError as error:
            if following is None or error.kind not in policy.fallback_on:
                raise
            said = {"type": "ModelError", "message": error.message, "kind": error.kind}
            scope.emit("step.retrying", {"name": scope.name, "kind": scope.kind, "delay_seconds": 0, "error": said, "fallback": following})
    raise AssertionError("the last model either answers or raises")


async def _ask(scope: StepScope, request: ModelRequest, policy: CallPolicy) -> ModelReply:
    frames = DeltaFrames(scope.emit, lambda text: OPENED.held_back(text, scope.execution.tenant_id))

    async def ask(key: SecretStr | None) -> ModelReply:
        try:
            return await get_client().complete(_with(request, key), frames.add if request.stream else None)
        finally:
            frames.flush()  # what was seen was seen; `step.retrying` voids it

    call = PaidCall(scope, _bill(request, policy))
    reply, price = await call.send(ask)
    reply = reply.model_copy(update={"cost": price.cost, "price_source": price.source, "price_version": price.version})
    _record(scope, Usage.from_reply(reply), call.call_id)
    return reply


def _with(request: Q, key: SecretStr | None) -> Q:
    return request if key is None else request.model_copy(update={"own_key": key})


def _bill(request: ModelRequest, policy: CallPolicy) -> Bill:
    settings = request.settings
    longest = settings.get("max_completion_tokens") or settings.get("max_tokens")
    return Bill(
        model=request.model,
        settings=settings,
        size_bytes=_size(request.messages) + _size(request.tools),
        prompt_tokens=lambda: prices.estimate_prompt(request),
        output_tokens=longest if isinstance(longest, int) else None,
        cost_max=policy.cost_max,
    )


def _size(part: Any) -> int:
    """Characters of all the text in it."""
    if isinstance(part, str):
        return len(part.encode(errors="replace"))
    if isinstance(part, dict):
        return sum(len(key) + _size(value) for key, value in part.items() if key not in ("image_url", "file"))
    return sum(map(_size, part)) if isinstance(part, Sequence) else 8


def _record(scope: StepScope, usage: Usage, call_id: Any) -> None:
    scope.record(usage, call_id)
    scope.emit("usage.recorded", usage.frame())


async def _guarded(guards: Sequence[Callable[[T], T | Awaitable[T | None] | None]], value: T) -> T:
    """The value after all guards, each of which sees what the one before it made of it."""
    for guard in guards:
        found = guard(value)
        changed = await found if inspect.isawaitable(found) else found
        value = value if changed is None else changed
    return value


def _completed(reply: ModelReply) -> dict[str, Any]:
    return {
        "text": reply.text,
        "reasoning": "\n\n".join(block["text"] for block in reply.reasoning),
        "tool_calls": [{"tool_call_id": call["id"], "tool": call["name"], "arguments": call["arguments"]} for call in reply.tool_calls],
        "finish_reason": reply.finish_reason,
        "model": reply.model,
    }
