"""A model client that answers by a script without a network, at a price of a cent a call."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flowforge.errors import ModelError
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelReply, ModelRequest, OnDelta, TokenUsage


class ScriptedClient:
    """`answer(request)` gives text, or JSON data, or raises; `asked` are the requests so far."""

    def __init__(self, answer: Callable[[ModelRequest], Any], cost: Decimal | None = Decimal("0.01")) -> None:
        self.answer, self.cost = answer, cost
        self.asked: list[ModelRequest] = []

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        self.asked.append(request)
        said = self.answer(request)
        return ModelReply(
            text=said if isinstance(said, str) else json.dumps(said),
            finish_reason="stop",
            model=request.model,
            provider="scripted",
            tokens=TokenUsage(input=10, output=5),
            cost=self.cost,
            latency_ms=20,
        )

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        raise ModelError("bad_request", "this script knows no vectors", model=request.model)

    async def close(self) -> None:
        return None
