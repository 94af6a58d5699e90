"""`flowforge mcp`: what it passes on, what it says of a server that is away, and what it says when it cannot begin."""

from __future__ import annotations

import json

import anyio
import httpx2
import pytest
from click.testing import CliRunner
from mcp import Client
from mcp.shared.exceptions import MCPError

from flowforge.api.mcp.catalogue import TOOLS
from flowforge.cli import main
from flowforge.cli.mcp_bridge import Wire, _server, _upstream
from tests.mcp.speaking import ERAS

pytestmark = pytest.mark.filterwarnings("ignore:resources/.*subscribe is removed")  # by the newer protocol; programs speak the older one


@pytest.mark.parametrize("mode", ERAS)
async def test_what_the_server_has_is_passed_on_and_its_absence_told(server, mode):
    told = []

    async def progress(*what):
        told.append(what)

    async with _upstream(server.url, None) as upstream, anyio.create_task_group() as following:
        async with Client(_server(upstream, following), mode=mode) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == list(TOOLS)
            made = await client.call_tool("create_task", {"title": "by a program"}, progress_callback=progress)
            assert made.structured_content["created_by"] == "operator"
            refused = await client.call_tool("get_task", {"key": "FF-2"})
            assert refused.is_error and "did you mean FF-1" in refused.content[0].text
            read = await client.read_resource("flowforge://tasks/FF-1")
            assert json.loads(read.contents[0].text)["title"] == "by a program"
            with pytest.raises(MCPError, match="no task"):
                await client.read_resource("flowforge://tasks/FF-9")
            await server.stop()
            away = await client.call_tool("list_tasks", {})
            assert away.is_error and f"no FlowForge server answers at {server.url}" in away.content[0].text
            with pytest.raises(MCPError, match="no FlowForge server answers"):
                await client.list_tools()
        following.cancel_scope.cancel()


async def test_a_server_that_refuses_is_heard_in_its_own_words():
    problem = {"detail": "this key may send 60 requests a minute", "request_id": "r1"}

    def refuse(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(429, json=problem, headers={"content-type": "application/problem+json"})

    async with Wire(transport=httpx2.MockTransport(refuse)) as wire:
        answer = await wire.post("http://127.0.0.1/mcp", json={})
    assert answer.status_code == 429
    assert answer.json()["error"] == {"code": -32600, "message": problem["detail"], "data": {"status": 429, "request_id": "r1"}}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--url", "http://127.0.0.1:9"], 3, "no FlowForge server answers at http://127.0.0.1:9"),
        (["--url", "ftp://127.0.0.1"], 2, "is not an address of a FlowForge server"),
        (["--print-config", "claude-desktop", "--over", "http"], 2, "leave out --over"),
        (["--print-config", "emacs"], 2, "'emacs' is not one of"),
    ],
    ids=["nobody there", "no address", "cannot", "unknown program"],
)
def test_what_cannot_be_is_said_in_a_sentence(arguments, code, said):
    ended = CliRunner().invoke(main, ["mcp", *arguments])
    assert (ended.exit_code, ended.stdout) == (code, "") and said in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.parametrize("program", ["claude-code", "claude-desktop", "cursor", "vscode"])
def test_settings_name_the_key_and_never_hold_it(program):
    ended = CliRunner().invoke(main, ["mcp", "--print-config", program, "--url", "https://flows.example.com/", "--api-key", "ffk_live_x"])
    [servers] = json.loads(ended.stdout).values()
    assert servers["flowforge"]["args"] == ["mcp"] and servers["flowforge"]["env"]["FLOWFORGE_URL"] == "https://flows.example.com"
    assert "ffk_live_x" not in ended.output
    if program != "claude-desktop":
        [over_http] = json.loads(CliRunner().invoke(main, ["mcp", "--print-config", program, "--over", "http", "-q"]).stdout).values()
        assert over_http["flowforge"]["url"] == "http://127.0.0.1:8288/mcp" and "FLOWFORGE_API_KEY}" in str(over_http)
