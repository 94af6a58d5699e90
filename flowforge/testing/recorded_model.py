"""Model calls of runs that are executed over a record: each goes to the client of its run's host, and none to anybody else.

`RecordedModel` answers from the record: for each step the reply that became its checkpoint. Where a frame still holds the
model's own words they are said again; else they are written anew from the checkpoint, which loses what it does not hold: thoughts
of a `step.ai`, and the exact spelling of its JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, get_args

from flowforge.orchestrator.models.client import (
    EmbeddingReply,
    EmbeddingRequest,
    FinishReason,
    ModelClient,
    ModelReply,
    ModelRequest,
    OnDelta,
    Reasoning,
    TokenUsage,
    ToolCall,
    get_client,
    set_client,
)
from flowforge.orchestrator.step_scope import SCOPE
from flowforge.testing.drift import cut
from flowforge.testing.refusal import CassetteError, client_in_place

if TYPE_CHECKING:
    from flowforge.orchestrator.history import RecordedStep


class RecordedModel:
    """Answers each step once, as it was answered."""

    def __init__(self, steps: Mapping[str, RecordedStep]) -> None:
        self._steps = steps
        self.asked: set[str] = set()

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        """The recorded reply. Raises CassetteError for a request that the record holds no answer to."""
        scope = SCOPE.get()
        step = None if scope is None else self._steps.get(scope.key)
        if step is None:
            where = f"step {scope.key!r}" if scope is not None else "code outside of steps"
            raise CassetteError(f"{where} asks {request.model}, and the record holds no answer")
        if step.key in self.asked:
            why = cut(str(request.messages[-1].get("content")))
            raise CassetteError(f"step {step.key!r} asks {request.model} again, and the record holds one answer. It says: {why}")
        self.asked.add(step.key)
        return recorded_reply(step, request)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        """Vectors are checkpoints like others: their steps are answered without coming here."""
        raise CassetteError(f"the record holds no vectors of {request.model}")

    async def close(self) -> None:
        return None


@contextmanager
def calls_go_to_hosts() -> Iterator[None]:
    """While this lasts, a model call inside a replayed run goes to `host.model`; all others go where they went before."""
    present = client_in_place()
    router = present if isinstance(present, _Router) else _Router(present)
    router.users += 1
    set_client(router)
    try:
        yield
    finally:
        router.users -= 1
        if not router.users:
            set_client(router.elsewhere)


def outside_client() -> ModelClient:
    """The client of this process, also from within a replay."""
    present = get_client()
    return present.outside() if isinstance(present, _Router) else present


class _Router:
    """One for all replays that go on at the same time."""

    def __init__(self, elsewhere: ModelClient | None) -> None:
        self.elsewhere = elsewhere
        self.users = 0

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        return await self._client().complete(request, on_delta)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        return await self._client().embed(request)

    async def close(self) -> None:
        if self.elsewhere is not None:
            await self.elsewhere.close()

    def outside(self) -> ModelClient:
        if self.elsewhere is None:
            set_client(None)
            self.elsewhere = get_client()
            set_client(self)
        return self.elsewhere

    def _client(self) -> ModelClient:
        scope = SCOPE.get()
        hosted: ModelClient | None = None if scope is None else getattr(scope.execution.host, "model", None)
        return self.outside() if hosted is None else hosted


def recorded_reply(step: RecordedStep, request: ModelRequest) -> ModelReply:
    """The reply that became this step's checkpoint, as the model client gave it."""
    used = step.calls[-1] if step.calls else None
    tokens = TokenUsage()
    if used is not None:
        tokens = TokenUsage(input=used.input_tokens, output=used.output_tokens, cached=used.cached_tokens, reasoning=used.reasoning_tokens)
    about: dict[str, Any] = {
        "model": used.model if used else request.model,
        "provider": used.provider if used else "recorded",
        "tokens": tokens,
        "cost": used.cost if used else None,
        "latency_ms": used.latency_ms or 0 if used else 0,
    }
    if is_turn(step.output):
        return _reply_of_turn(step.output, about)
    said = step.reply
    if said is None:
        return ModelReply(text=_written(step, request), finish_reason="stop", **about)
    thought: list[Reasoning] = [{"text": said.reasoning, "signature": None}] if said.reasoning else []
    return ModelReply(text=said.text, reasoning=thought, finish_reason=_finish(said.finish_reason), **about)


def is_turn(output: Any) -> bool:
    """Is this the checkpoint of an agent's turn: pydantic-ai's response as JSON?"""
    return isinstance(output, dict) and output.get("kind") == "response" and isinstance(output.get("parts"), list)


def _reply_of_turn(output: Mapping[str, Any], about: Mapping[str, Any]) -> ModelReply:
    """A turn's checkpoint holds everything: words, thoughts with their signatures, calls with their ids."""
    parts: list[dict[str, Any]] = output["parts"]
    thoughts: list[Reasoning] = [
        {"text": part.get("content", ""), "signature": part.get("signature")} for part in parts if part["part_kind"] == "thinking"
    ]
    calls: list[ToolCall] = [
        {"id": part["tool_call_id"], "name": part["tool_name"], "arguments": _arguments(part.get("args"))}
        for part in parts
        if part["part_kind"] == "tool-call"
    ]
    return ModelReply(
        text="\n\n".join(part["content"] for part in parts if part["part_kind"] == "text"),
        reasoning=thoughts,
        tool_calls=calls,
        finish_reason=_finish(output.get("finish_reason") or ("tool_calls" if calls else "stop")),
        response_id=output.get("provider_response_id"),
        **{**about, "provider": output.get("provider_name") or about["provider"], "model": output.get("model_name") or about["model"]},
    )


def _arguments(args: Any) -> str:
    return args if isinstance(args, str) else json.dumps(args or {}, ensure_ascii=False)


def _written(step: RecordedStep, request: ModelRequest) -> str:
    """A checkpoint as the text that a model would have said for it."""
    if isinstance(step.output, str) and request.response_format is None:
        return step.output
    asked = step.input.get("output") if isinstance(step.input, dict) else None
    travels_inside = isinstance(asked, dict) and asked.get("type") != "object" and "$ref" not in asked  # of an object: see models/output.py
    return json.dumps({"value": step.output} if travels_inside else step.output, ensure_ascii=False)


def _finish(reason: str) -> FinishReason:
    known: dict[str, FinishReason] = {name: name for name in get_args(FinishReason)} | {"tool_call": "tool_calls"}
    return known.get(reason, "stop")
