"""A model inside the test's own process: the scripts of the scripted provider without its HTTP, and without a client to import."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from flowforge.errors import ModelError
from flowforge.orchestrator.models.client import Delta, EmbeddingReply, ModelReply, ModelRequest, OnDelta, TokenUsage, set_client
from flowforge.testing.scripted_provider import everyday
from flowforge.testing.scripted_provider.asked import from_openai
from flowforge.testing.scripted_provider.reply import Script

COSTS = {"gpt-4o": Decimal("0.0012"), "gpt-4o-mini": Decimal("0.0001"), "claude-sonnet-4.5": Decimal("0.0031")}


class SpokenModel:
    """A ModelClient that follows a script."""

    def __init__(self) -> None:
        self.script: Script = everyday
        self.requests: list[ModelRequest] = []

    def answer_with(self, script: Script) -> None:
        self.script = script

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        self.requests.append(request)
        if request.model.endswith("fault-unauthorized"):
            raise ModelError("authentication", "the key is wrong", model=request.model)
        body: dict[str, Any] = {"model": request.model, "messages": request.messages, "tools": list(request.tools)}
        reply = self.script(from_openai(body | ({"response_format": request.response_format} if request.response_format else {})))
        if on_delta is not None and reply.text:
            on_delta(Delta("text", reply.text))
        count = len(self.requests)
        return ModelReply(
            text=reply.text,
            reasoning=[{"text": reply.reasoning, "signature": "signed"}] if reply.reasoning else [],
            tool_calls=[
                {"id": call.id or f"call_{count}_{place}", "name": call.name, "arguments": call.arguments_json()}
                for place, call in enumerate(reply.tool_calls)
            ],
            finish_reason="tool_calls" if reply.tool_calls else "stop",
            model=request.model,
            provider="anthropic" if "claude" in request.model else "openai",
            tokens=TokenUsage(input=10, output=5),
            cost=COSTS.get(request.model),
            price_source="test" if request.model in COSTS else None,
            latency_ms=7,
        )

    async def embed(self, request: object) -> EmbeddingReply:
        raise AssertionError("nobody embeds here")

    async def close(self) -> None: ...


@pytest.fixture
def spoken_model() -> Iterator[SpokenModel]:
    """The model client of this test; `answer_with(script)` changes the script."""
    model = SpokenModel()
    before = set_client(model)
    yield model
    set_client(before)
