"""What both clients do around a call for vectors: what may be asked, and what counts as an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowforge.errors import InvalidInput, ModelError
from flowforge.orchestrator.models import failure, prices
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, TokenUsage


def check_texts(request: EmbeddingRequest) -> None:
    """Raises InvalidInput for a request without texts, or with an empty one, which providers refuse each in their own way."""
    if not request.texts:
        raise InvalidInput("there are no texts to embed", pointer="/texts", hint="give at least one text")
    for position, text in enumerate(request.texts):
        if not text:
            raise InvalidInput("an empty text has no vector", pointer=f"/texts/{position}", hint="leave it out")


def refuse_without_embeddings(request: EmbeddingRequest, provider: str) -> None:
    """Raises ModelError for providers that are known to have none."""
    if provider == "anthropic":
        raise ModelError(
            "bad_request", f"{provider} offers no embeddings", model=request.model, hint="take a model of another provider for them"
        )


def embedding_reply(
    request: EmbeddingRequest, provider: str, rows: Sequence[Any], *, answered_by: str | None, input_tokens: int, latency_ms: int
) -> EmbeddingReply:
    """The vectors in the order of the texts. Raises ModelError where the provider did not answer each text with a vector."""
    vectors = [_vector(row) for row in sorted(rows, key=_place)]
    if len(vectors) != len(request.texts) or not all(vectors):
        raise failure.unreadable(f"{len(vectors)} vectors to {len(request.texts)} texts", request.model, provider)
    counted = input_tokens or prices.estimate_texts(request.model, request.texts)
    tokens = TokenUsage(input=counted, estimated=not input_tokens)
    return EmbeddingReply(
        vectors=vectors, model=request.model, provider=provider, answered_by=answered_by, tokens=tokens, latency_ms=latency_ms
    )


def _place(row: Any) -> int:
    index = row.get("index") if hasattr(row, "get") else None
    return index if isinstance(index, int) else 0


def _vector(row: Any) -> list[float]:
    found = row.get("embedding") if hasattr(row, "get") else None
    return [float(number) for number in found] if isinstance(found, list) and all(isinstance(one, int | float) for one in found) else []
