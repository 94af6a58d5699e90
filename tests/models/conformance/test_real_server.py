"""Both clients against a server that nobody here wrote: LiteLLM's proxy, which writes both wire formats by itself.

It lives in an environment of its own, locked in requirements/proxy.lock and kept between test runs. Behind it stands the scripted
provider, in the other format each time, so that whatever our clients read was written by the proxy.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from flowforge.orchestrator.models.client import EmbeddingRequest, ModelClient
from flowforge.orchestrator.models.http.client import HttpModelClient
from flowforge.orchestrator.models.library import loaded
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.testing.scripted_provider import ScriptedProvider
from tests.locked_program import locked_program
from tests.models.conformance.core import CORE, Terms, script

LOG = "proxy.log"
START_SECONDS = 90.0

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(300)]


@pytest.mark.long
async def test_both_clients_understand_a_server_that_nobody_here_wrote(
    one_provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one_provider.answer_with(script)
    program = await asyncio.to_thread(locked_program, "proxy", "litellm")
    wrong: list[str] = []
    with starting_proxy(program, one_provider, tmp_path) as (process, address, key):
        await asyncio.gather(asyncio.to_thread(wait_until_well, process, address, tmp_path / LOG), loaded())  # each takes seconds
        monkeypatch.setenv("OPENAI_BASE_URL", f"{address}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", key)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", address)
        monkeypatch.setenv("ANTHROPIC_API_KEY", key)
        clients: list[ModelClient] = [HttpModelClient(), LiteLLMClient()]
        for client in clients:
            wrong += await failed_checks(client)
            vectors = (await client.embed(EmbeddingRequest(model="text-embedding-3-small", texts=("a refund", "the weather")))).vectors
            assert [len(vector) for vector in vectors] == [16, 16]
            await client.close()
    assert wrong == []
    assert {received.path for received in one_provider.requests} == {"/v1/chat/completions", "/v1/messages", "/v1/embeddings"}


async def failed_checks(client: ModelClient) -> list[str]:
    """All of the core, in both formats, streamed and whole; in one test, since the server takes long to start."""
    wrong = []
    for model in ("gpt-4o", "claude-sonnet-4.5"):
        for stream in (True, False):
            for check in CORE:
                try:
                    await check(Terms(client, model, stream))
                except Exception as error:
                    how = "streamed" if stream else "whole"
                    wrong.append(f"{type(client).__name__}, {model}, {how}: {check.__name__}: {error}")
    return wrong


@contextmanager
def starting_proxy(program: Path, provider: ScriptedProvider, directory: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, str]]:
    """Its process, its address and its key; no name is looked up, nothing is reported anywhere."""
    config = directory / "proxy.yaml"
    config.write_text(yaml.safe_dump(configuration(provider)))
    port, key = free_port(), f"sk-{secrets.token_hex(16)}"
    quiet = {
        "LITELLM_MASTER_KEY": key,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
        "LITELLM_LOCAL_BLOG_POSTS": "True",
        "LITELLM_LOCAL_AUTOROUTER_PRESETS": "True",
        "LITELLM_LOCAL_POLICY_TEMPLATES": "True",
        "LITELLM_TELEMETRY": "False",
        "LITELLM_MODE": "PRODUCTION",
        "HOME": str(directory),
    }
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TMPDIR")}
    command = [str(program), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    with (directory / LOG).open("wb") as output:
        process = subprocess.Popen(command, cwd=directory, env=kept | quiet, stdout=output, stderr=output, start_new_session=True)
    try:
        yield process, f"http://127.0.0.1:{port}", key
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def configuration(provider: ScriptedProvider) -> dict[str, object]:
    """Each name is served by the other format, so that the proxy must translate: OpenAI's out of Anthropic's and back."""
    openai = {"api_base": provider.base_url, "api_key": "sk-behind-the-proxy"}
    anthropic = {"api_base": provider.root_url, "api_key": "sk-behind-the-proxy"}
    served = {
        "gpt-4o": {"model": "anthropic/claude-sonnet-4-5", **anthropic},
        "claude-sonnet-4-5": {"model": "hosted_vllm/gpt-4o", **openai},
        "fault-rate_limited": {"model": "hosted_vllm/fault-rate_limited", **openai},
        "fault-context_too_long": {"model": "hosted_vllm/fault-context_too_long", **openai},
        "text-embedding-3-small": {"model": "hosted_vllm/any", **openai},
    }
    return {
        "model_list": [{"model_name": name, "litellm_params": behind} for name, behind in served.items()],
        "litellm_settings": {"num_retries": 0},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
    }


def wait_until_well(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/health/liveliness", timeout=2).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"the proxy did not start: {log.read_text()[-3000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
