from __future__ import annotations

import math
from typing import Any

import pytest

from flowforge.errors import InvalidInput, ModelError
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelClient, TokenUsage
from flowforge.testing.scripted_provider import ScriptedProvider

MODEL = "text-embedding-3-small"
TEXTS = ("a refund of an order", "the refund of the order", "weather in Oslo")


async def embed(client: ModelClient, model: str = MODEL, **fields: Any) -> EmbeddingReply:
    return await client.embed(EmbeddingRequest(model=model, **{"texts": TEXTS, **fields}))


def likeness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_each_text_gets_its_vector(client: ModelClient, provider: ScriptedProvider) -> None:
    reply = await embed(client)
    assert len(reply.vectors) == len(TEXTS)
    assert likeness(reply.vectors[0], reply.vectors[1]) > likeness(reply.vectors[0], reply.vectors[2])
    assert all(math.isclose(likeness(vector, vector), 1.0, abs_tol=1e-4) for vector in reply.vectors)
    assert (reply.model, reply.provider, reply.answered_by, reply.tokens) == (MODEL, "openai", MODEL, TokenUsage(input=15))


async def test_vectors_can_be_shorter(client: ModelClient, provider: ScriptedProvider) -> None:
    assert {len(vector) for vector in (await embed(client, dimensions=4)).vectors} == {4}
    assert provider.requests[-1].body["dimensions"] == 4


async def test_uncounted_texts_are_estimated(client: ModelClient, provider: ScriptedProvider) -> None:
    provider.fail_next("no_usage")
    reply = await embed(client)
    assert (reply.tokens.estimated, reply.tokens.input > 0) == (True, True)


@pytest.mark.parametrize(
    ("fault", "kind", "lost"),
    [
        ("rate_limited", "rate_limited", False),
        ("unauthorized", "authentication", False),
        ("html", "server_error", True),
        ("no_choices", "server_error", True),
    ],
)
async def test_a_failure_has_its_kind(client: ModelClient, provider: ScriptedProvider, fault: str, kind: str, lost: bool) -> None:
    with pytest.raises(ModelError) as caught:
        await embed(client, f"openai/fault-{fault}")
    assert (caught.value.kind, caught.value.answer_lost) == (kind, lost)
    assert len(provider.requests) == 1  # not retried underneath


async def test_silence_is_a_timeout(client: ModelClient) -> None:
    with pytest.raises(ModelError) as caught:
        await embed(client, "openai/fault-timeout", timeout_seconds=0.3)
    assert (caught.value.kind, caught.value.answer_lost) == ("timeout", True)


@pytest.mark.parametrize(("texts", "pointer"), [((), "/texts"), (("a", ""), "/texts/1")])
async def test_texts_that_have_no_vector_are_refused(
    client: ModelClient, provider: ScriptedProvider, texts: tuple[str, ...], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await embed(client, texts=texts)
    assert (caught.value.pointer, provider.requests) == (pointer, [])


async def test_a_provider_without_embeddings_says_so(client: ModelClient, provider: ScriptedProvider) -> None:
    with pytest.raises(ModelError, match="anthropic offers no embeddings"):
        await embed(client, "claude-sonnet-4.5")
    assert provider.requests == []
