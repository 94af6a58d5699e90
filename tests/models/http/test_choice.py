"""Which client a process uses, and that the plain one needs no LiteLLM."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from flowforge.errors import ConfigurationError, ModelError
from flowforge.orchestrator.models import provider as providers
from flowforge.orchestrator.models.client import ModelRequest, get_client, set_client
from flowforge.orchestrator.models.http.client import HttpModelClient
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.settings import Settings
from flowforge.testing.scripted_provider import ScriptedProvider

PROGRAM = """
import asyncio, sys
from flowforge.orchestrator.models.client import EmbeddingRequest, ModelRequest, get_client

async def main():
    client = get_client()
    for model in ("gpt-4o", "claude-sonnet-4.5", "scripted/atlas"):
        for stream in (True, False):
            await client.complete(ModelRequest(model=model, messages=[{"role": "user", "content": "hello"}], stream=stream))
    await client.embed(EmbeddingRequest(model="text-embedding-3-small", texts=("hello",)))
    await client.close()

asyncio.run(main())
print([name for name in ("litellm", "openai", "anthropic", "tiktoken", "aiohttp") if name in sys.modules])
"""


@pytest.mark.parametrize(
    ("said", "kind"), [(None, LiteLLMClient), ("", LiteLLMClient), ("litellm", LiteLLMClient), ("http", HttpModelClient)]
)
def test_the_environment_chooses_the_client(monkeypatch: pytest.MonkeyPatch, said: str | None, kind: type) -> None:
    monkeypatch.delenv("FLOWFORGE_MODEL_CLIENT", raising=False)
    if said is not None:
        monkeypatch.setenv("FLOWFORGE_MODEL_CLIENT", said)
    before = set_client(None)
    assert type(get_client()) is kind
    set_client(before)


def test_a_client_that_does_not_exist_is_refused_when_a_process_starts() -> None:
    with pytest.raises(ConfigurationError, match="FLOWFORGE_MODEL_CLIENT must be litellm or http, not 'https'"):
        Settings.from_environment({"FLOWFORGE_MODEL_CLIENT": "https"})


def test_plain_http_imports_no_other_library_of_models(provider: ScriptedProvider) -> None:
    environment = {**os.environ, **provider.environment(), "FLOWFORGE_MODEL_CLIENT": "http"}
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[]", "")


@pytest.mark.parametrize(
    ("model", "package", "extra"),
    [("bedrock/anthropic.claude-3-sonnet-20240229-v1:0", "boto3", "bedrock"), ("vertex_ai/gemini-2.5-pro", "google-auth", "vertex")],
)
async def test_a_library_that_is_not_installed_is_named_with_its_command(
    monkeypatch: pytest.MonkeyPatch, client: LiteLLMClient, model: str, package: str, extra: str
) -> None:
    monkeypatch.setattr(providers, "_is_installed", lambda module: False)
    with pytest.raises(ModelError) as caught:
        await client.complete(ModelRequest(model=model, messages=[{"role": "user", "content": "hello"}]))
    assert str(caught.value) == f"{model} cannot be called: {package} is not installed (pip install 'flowforge[{extra}]')"
    assert (caught.value.kind, caught.value.retryable) == ("bad_request", False)
