"""One suite for every ModelClient: both clients, both wire formats, streamed and whole, against one scripted provider."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest

from flowforge.errors import ModelError
from flowforge.orchestrator.models.client import ModelClient, ModelRequest
from flowforge.orchestrator.models.http.client import HttpModelClient
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.testing.scripted_provider import ScriptedProvider, everyday


@pytest.fixture(scope="session")
def one_provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider() as provider:
        yield provider


@pytest.fixture
def provider(one_provider: ScriptedProvider, no_model_is_called: None, monkeypatch: pytest.MonkeyPatch) -> ScriptedProvider:
    """As good as new: it follows its everyday script, and nobody has asked it anything."""
    for name, value in one_provider.environment().items():
        monkeypatch.setenv(name, value)
    one_provider.answer_with(everyday)
    one_provider.requests.clear()
    one_provider.be_well()
    return one_provider


@pytest.fixture(params=["litellm", "http"])
async def client(request: pytest.FixtureRequest, provider: ScriptedProvider) -> AsyncIterator[ModelClient]:
    if request.param == "litellm":
        await warm_litellm()
        provider.requests.clear()
    client: ModelClient = LiteLLMClient() if request.param == "litellm" else HttpModelClient()
    yield client
    await client.close()


@pytest.fixture(params=["gpt-4o", "claude-sonnet-4.5"])
def model(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["openai", "anthropic"])
def wire(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[True, False], ids=["streamed", "whole"])
def stream(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def warm_litellm() -> None:
    """The first calls of a process import for seconds: not in a test's own time, which some tests bound."""
    global _is_warm
    if _is_warm:
        return
    client = LiteLLMClient()
    for model in ("gpt-4o", "openai/fault-cut", "openai/fault-rate_limited", "claude-sonnet-4.5"):
        with suppress(ModelError):
            await client.complete(ModelRequest(model=model, messages=[{"role": "user", "content": "hello"}]))
    _is_warm = True


_is_warm = False
