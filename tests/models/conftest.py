"""The scripted provider for tests of the wire, and a guard: a test that reaches for a model without one fails at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from flowforge.orchestrator.models.client import set_client
from flowforge.orchestrator.models.library import loaded
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.testing.cassettes import NoModelCalls
from flowforge.testing.plugin import cassette
from flowforge.testing.plugin import scripted_model as provider
from flowforge.testing.scripted_provider import ScriptedProvider

__all__ = ["cassette", "provider"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cassette(name): replay this test's model calls from cassettes/<name>.yaml")
    for quiet in (r"ignore::DeprecationWarning:litellm.*", r"ignore:Item .* on TypedDict class:UserWarning"):
        config.addinivalue_line("filterwarnings", quiet)


@pytest.fixture(autouse=True)
def no_model_is_called(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.node.get_closest_marker("cassette") is not None:  # it plays already
        yield
        return
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    before = set_client(NoModelCalls())
    yield
    set_client(before)


@pytest.fixture
async def client(provider: ScriptedProvider) -> AsyncIterator[LiteLLMClient]:
    """LiteLLM's client, in place for the length of a test."""
    real = LiteLLMClient()
    await loaded()  # seconds, once: not in a test's own time
    before = set_client(real)
    yield real
    await real.close()
    set_client(before)
