"""What a test is told that would reach a model: a refusal at once, instead of a call that costs money."""

from __future__ import annotations

from typing import NoReturn

from flowforge.errors import FlowForgeError
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelClient, ModelReply, ModelRequest, OnDelta


class CassetteError(FlowForgeError):
    """A test and its cassette do not agree. Not retried: the next attempt would ask the same."""

    retryable = False


class NoModelCalls:
    """A client that refuses: put it in place where a test must not reach any model (`set_client(NoModelCalls())`).

    `instead_of` is the client whose place it takes; `scripted_model` and cassettes bring that one back while they last.
    """

    def __init__(self, instead_of: ModelClient | None = None) -> None:
        self.instead_of = instead_of

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        self._refuse(request.model)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        self._refuse(request.model)

    async def close(self) -> None:
        return None

    def _refuse(self, model: str) -> NoReturn:
        raise CassetteError(
            f"a test called the model {model}",
            hint="give it the fixture scripted_model or @pytest.mark.cassette(name); @pytest.mark.model_calls lets it call for real",
        )
