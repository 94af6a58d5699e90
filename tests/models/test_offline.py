"""The whole way of a model call, in a fresh process, with every name look-up made fatal."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from flowforge.testing.scripted_provider import ScriptedProvider

PROGRAM = """
import asyncio, ipaddress, os, socket, sys

looked_up = []
def refuse(host, *args, **kwargs):
    looked_up.append(host)
    raise socket.gaierror(f"looked up {host!r}")
real_connect = socket.socket.connect
def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and not ipaddress.ip_address(address[0]).is_loopback:
        looked_up.append(address)
        raise OSError(f"connected to {address}")
    return real_connect(self, address)
real_getaddrinfo = socket.getaddrinfo
def only_numbers(host, *args, **kwargs):
    try:
        if ipaddress.ip_address(host).is_loopback:
            return real_getaddrinfo(host, *args, **kwargs)
    except ValueError:
        pass
    return refuse(host)
socket.getaddrinfo = only_numbers
socket.gethostbyname = socket.gethostbyname_ex = refuse
socket.socket.connect = connect

os.chdir(sys.argv[1])
from flowforge.orchestrator.models.client import EmbeddingRequest, ModelRequest, get_client
from flowforge.orchestrator.models.output import Output

async def main():
    client = get_client()
    turn = [{"role": "user", "content": "hello"}]
    tools = ({"type": "function", "function": {"name": "look", "description": "", "parameters": {"type": "object", "properties": {}}}},)
    shape = Output(list[int]).response_format()
    for model in sys.argv[2:]:
        for stream in (True, False):
            await client.complete(ModelRequest(model=model, messages=turn, stream=stream))
            await client.complete(ModelRequest(model=model, messages=turn, stream=stream, tools=tools))
            await client.complete(ModelRequest(model=model, messages=turn, stream=stream, response_format=shape))
    await client.embed(EmbeddingRequest(model="text-embedding-3-small", texts=("hello",)))
    await client.close()

asyncio.run(main())
assert ("litellm" in sys.modules) == (os.environ["FLOWFORGE_MODEL_CLIENT"] == "litellm")
assert "tiktoken" in sys.modules
assert looked_up == [], looked_up
assert "FROM_DOTENV" not in os.environ, "the import loaded a .env file"
print("nothing was looked up")
"""


MODELS = [
    "gpt-4o",
    "claude-sonnet-4.5",
    "scripted/atlas",
    "anthropic/claude-3-haiku-20240307",
    "openai/fault-no_usage",
    "anthropic/fault-no_usage",
]


@pytest.fixture
def environment(provider: ScriptedProvider, tmp_path: object) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LITELLM_", "TIKTOKEN_", "HF_"))}
    return {**kept, **provider.environment()}


@pytest.mark.parametrize("client", [pytest.param("litellm", marks=pytest.mark.long), "http"])
def test_a_model_call_looks_no_name_up(environment: dict[str, str], tmp_path: os.PathLike[str], client: str) -> None:
    with open(os.path.join(tmp_path, ".env"), "w") as file:
        file.write("FROM_DOTENV=1\n")
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", PROGRAM, str(tmp_path), *MODELS]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment | {"FLOWFORGE_MODEL_CLIENT": client}, timeout=120, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "nothing was looked up"), done.stderr
    assert done.stderr == ""
